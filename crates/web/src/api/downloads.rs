//! Daily downloads (contract §5.4, §5.9).

use axum::extract::State;
use cargohold_protocol::Day;
use cargohold_protocol::Version;
use cargohold_protocol::api::{CrateDownloads, Errors, VersionDownloads};

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Caller, CrateAt, Json, VersionAt};
use crate::params::Params;

/// Lists the daily downloads of a crate over the last 90 days.
///
/// Of its five highest versions each by itself, of all others together.
#[utoipa::path(get, path = "/api/v1/crates/{name}/downloads", operation_id = "list_crate_downloads", tag = "crates",
    params(
        ("name" = String, Path, description = "The name in any spelling"),
        ("include" = Option<String>, Query, pattern = "^,*(versions(,+|$))*$", description = "`versions`, or nothing"),
    ),
    responses((status = 200, body = CrateDownloads), (status = 400, body = Errors), (status = 404, body = Errors)))]
pub(super) async fn of_crate(
    State(app): State<App>,
    Caller(call): Caller,
    at: CrateAt,
    params: Params,
) -> ApiResult<Json<CrateDownloads>> {
    params.raw("include")?;
    app.registry.check_crate(&at.name).await?;
    let with_versions = params.include(&["versions"])?.is_some_and(|words| !words.is_empty());
    Ok(Json(app.registry.list_crate_downloads(&call, &at.name, with_versions).await?))
}

/// Lists the daily downloads of a version over 90 days.
#[utoipa::path(get, path = "/api/v1/crates/{name}/{version}/downloads", operation_id = "list_version_downloads", tag = "versions",
    params(
        ("name" = String, Path, description = "The name in any spelling"),
        ("version" = inline(Version), Path, description = "The full version, build metadata included"),
        ("before_date" = Option<String>, Query, format = Date, description = "The last of the days, today if nobody says; `YYYY-MM-DD`"),
    ),
    responses((status = 200, body = VersionDownloads), (status = 400, body = Errors), (status = 404, body = Errors)))]
pub(super) async fn of_version(
    State(app): State<App>,
    at: VersionAt,
    Caller(call): Caller,
    params: Params,
) -> ApiResult<Json<VersionDownloads>> {
    let last: Day = match params.raw("before_date")? {
        Some(text) => text.parse().map_err(|problem| {
            ApiError::bad_request(format!("failed to deserialize query string: before_date: {problem}"))
        })?,
        None => Day::of(call.now),
    };
    let version_downloads = app.registry.list_version_downloads(&at.name, &at.version, last).await?;
    Ok(Json(VersionDownloads { version_downloads }))
}
