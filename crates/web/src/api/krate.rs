//! `GET`, `PATCH` and `DELETE /api/v1/crates/{name}` (contract §5.2, §6.1, §6.2).

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use cargohold_protocol::api::{CrateChanged, CrateFound, Errors};
use cargohold_registry::{CrateAnswer, Include};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Caller, CrateAt, Json, JsonBody, finished, pieces};
use crate::params::Params;

const INCLUDABLE: [&str; 7] = ["versions", "keywords", "categories", "badges", "downloads", "default_version", "full"];

/// Shows a crate.
///
/// Without `include`, everything is shown, all versions among it.
#[utoipa::path(get, path = "/api/v1/crates/{name}", operation_id = "find_crate", tag = "crates",
    params(
        ("name" = String, Path, description = "The name in any spelling"),
        ("include" = Option<String>, Query, pattern = "^,*((versions|keywords|categories|badges|downloads|default_version|full)(,+|$))*$", description = "What to show beside the crate, separated by commas: `versions`, `keywords`, `categories`, `badges`, `downloads`, `default_version`, `full`"),
    ),
    responses((status = 200, body = CrateFound), (status = 400, body = Errors), (status = 404, body = Errors)))]
pub(super) async fn find(
    State(app): State<App>,
    headers: HeaderMap,
    at: CrateAt,
    params: Params,
) -> ApiResult<Response> {
    answer(&app, &headers, &at.name, include(&params)?).await
}

/// Shows the crate called `new`.
#[utoipa::path(get, path = "/api/v1/crates/new", operation_id = "find_new_crate", tag = "crates",
    params(("include" = Option<String>, Query, pattern = "^,*((versions|keywords|categories|badges|downloads|default_version|full)(,+|$))*$", description = "As for any other crate")),
    responses((status = 200, body = CrateFound), (status = 400, body = Errors), (status = 404, body = Errors)))]
pub(super) async fn find_new(State(app): State<App>, headers: HeaderMap, params: Params) -> ApiResult<Response> {
    answer(&app, &headers, "new", include(&params)?).await
}

async fn answer(app: &App, headers: &HeaderMap, name: &str, include: Include) -> ApiResult<Response> {
    match app.registry.crate_answer(name, include).await? {
        CrateAnswer::Kept(kept) => Ok(finished(headers, &kept).await?),
        CrateAnswer::Long(answer) => pieces(answer).await,
    }
}

fn include(params: &Params) -> Result<Include, ApiError> {
    let Some(words) = params.include(&INCLUDABLE)? else { return Ok(Include::FULL) };
    let has = |word: &str| words.contains(&word) || words.contains(&"full");
    Ok(Include {
        versions: has("versions"),
        keywords: has("keywords"),
        categories: has("categories"),
        downloads: has("downloads"),
        default_version: has("default_version"),
    })
}

/// What to change of a crate.
#[derive(Deserialize, ToSchema)]
pub(super) struct CratePatch {
    #[serde(rename = "crate")]
    krate: CrateSettings,
}

/// Settings of a crate; what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
struct CrateSettings {
    /// Whether only trusted publishing may publish the crate.
    trustpub_only: Option<bool>,
}

/// Changes settings of a crate.
#[utoipa::path(patch, path = "/api/v1/crates/{name}", operation_id = "update_crate", tag = "crates",
    params(("name" = String, Path, description = "The name in any spelling")), request_body = CratePatch,
    responses((status = 200, body = CrateChanged), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn change(
    State(app): State<App>,
    Caller(call): Caller,
    at: CrateAt,
    JsonBody(patch): JsonBody<CratePatch>,
) -> ApiResult<Json<CrateChanged>> {
    let krate = app.registry.change_settings(&call, &at.name, patch.krate.trustpub_only).await?;
    Ok(Json(CrateChanged { krate }))
}

/// Deletes a crate.
///
/// Only while nobody builds on it; its name stays unavailable for a day.
#[utoipa::path(delete, path = "/api/v1/crates/{name}", operation_id = "delete_crate", tag = "internal",
    params(
        ("name" = String, Path, description = "The name in any spelling"),
        ("message" = Option<String>, Query, pattern = r"^[^\x00]*$", description = "Why, for the record"),
    ),
    responses((status = 204), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors), (status = 422, body = Errors)),
    security(("session" = [])))]
pub(super) async fn delete(
    State(app): State<App>,
    Caller(call): Caller,
    at: CrateAt,
    params: Params,
) -> ApiResult<StatusCode> {
    app.registry.delete_crate(&call, &at.name, params.text("message")?).await?;
    Ok(StatusCode::NO_CONTENT)
}
