//! Versions of a crate: list, one, change (contract §5.3, §5.6, §6.3).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use cargohold_protocol::Version;
use cargohold_protocol::api::{Errors, SingleVersion, VersionList, VersionListMeta};
use cargohold_registry::{VersionChange, VersionOrder, VersionPage, VersionQuery};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Caller, CrateAt, Json, JsonBody, VersionAt, pieces};
use crate::params::{Paging, Params};
use crate::seek;

/// Lists the versions of a crate.
///
/// Without `per_page`, all of them; with it, pages that `next_page` links.
#[utoipa::path(get, path = "/api/v1/crates/{name}/versions", operation_id = "list_versions", tag = "versions",
    params(
        ("name" = String, Path, description = "The name in any spelling; the answer repeats it"),
        ("sort" = Option<String>, Query, description = "`date` for the latest first; anything else for the highest first"),
        ("nums[]" = Option<Vec<String>>, Query, explode = true, description = "Only exactly these versions"),
        ("include" = Option<String>, Query, pattern = "^,*(release_tracks(,+|$))*$", description = "`release_tracks`, or nothing"),
        ("per_page" = Option<u32>, Query, minimum = 1, maximum = 100, description = "How many versions a page has"),
        ("seek" = Option<String>, Query, description = "From `next_page`"),
        ("page" = Option<i64>, Query, minimum = 1, maximum = 4_294_967_295_u32, description = "Not supported together with `per_page`, and without effect otherwise"),
    ),
    responses((status = 200, body = VersionList), (status = 400, body = Errors), (status = 404, body = Errors)))]
pub(super) async fn list(State(app): State<App>, at: CrateAt, params: Params) -> ApiResult<Response> {
    let paging = params.paging()?;
    let nums = params.list("nums[]")?;
    let sort = params.raw("sort")?;
    app.registry.check_crate(&at.name).await?;
    let include = params.include(&["release_tracks"])?;
    let is_by_date = sort.is_some_and(|sort| sort.eq_ignore_ascii_case("date"));
    let order = if is_by_date { VersionOrder::Date } else { VersionOrder::Semver };
    let page = page(&paging, order)?;
    let limit = page.as_ref().map(|page| page.limit);
    let query = VersionQuery {
        nums: nums.map(|nums| nums.into_iter().collect()),
        order,
        page,
        with_release_tracks: include.is_some_and(|words| !words.is_empty()),
    };
    let Some(limit) = limit else {
        return pieces(app.registry.all_versions_answer(&at.name, &query).await?).await;
    };
    let found = app.registry.list_versions(&at.name, &query).await?;
    let is_full = found.versions.len() >= limit || found.is_cut;
    let next_page = found.last.filter(|_| is_full).map(|last| paging.seek_link(&seek::encode_version(&last)));
    let meta = VersionListMeta { total: found.total, next_page, release_tracks: found.release_tracks };
    Ok(Json(VersionList { versions: found.versions, meta }).into_response())
}

fn page(paging: &Paging<'_>, order: VersionOrder) -> Result<Option<VersionPage>, ApiError> {
    if !paging.is_limited() {
        return Ok(None);
    }
    if paging.page.is_some() {
        return Err(ApiError::bad_request("`page` is not supported for this list; follow `next_page`"));
    }
    let after = paging.seek.map(|seek| seek::decode_version(seek, order)).transpose()?;
    Ok(Some(VersionPage { after, skip: 0, limit: paging.limit()? }))
}

/// Shows a version.
#[utoipa::path(get, path = "/api/v1/crates/{name}/{version}", operation_id = "find_version", tag = "versions",
    params(("name" = String, Path, description = "The name in any spelling"), ("version" = inline(Version), Path, description = "The full version, build metadata included")),
    responses((status = 200, body = SingleVersion), (status = 400, body = Errors), (status = 404, body = Errors)))]
pub(super) async fn find(State(app): State<App>, at: VersionAt) -> ApiResult<Json<SingleVersion>> {
    Ok(Json(SingleVersion { version: app.registry.find_version(&at.name, &at.version).await? }))
}

/// What to change of a version.
#[derive(Deserialize, ToSchema)]
pub(super) struct VersionPatch {
    version: VersionSettings,
}

/// How a version is to be.
#[derive(Deserialize, ToSchema)]
struct VersionSettings {
    /// Yanked or not; left out, it stays as it is.
    yanked: Option<bool>,
    /// Why it is yanked; left out, what was said before is erased.
    yank_message: Option<String>,
}

/// Yanks or unyanks a version and says why.
#[utoipa::path(patch, path = "/api/v1/crates/{name}/{version}", operation_id = "update_version", tag = "versions",
    params(("name" = String, Path, description = "The name in any spelling"), ("version" = inline(Version), Path, description = "The full version, build metadata included")),
    request_body = VersionPatch,
    responses((status = 200, body = SingleVersion), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors), (status = 429, body = Errors, headers(("Retry-After" = String, description = "The date from which on it works again")))),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn change(
    State(app): State<App>,
    at: VersionAt,
    Caller(call): Caller,
    JsonBody(patch): JsonBody<VersionPatch>,
) -> ApiResult<Json<SingleVersion>> {
    let VersionSettings { yanked, yank_message } = patch.version;
    let change = VersionChange { yanked, yank_message };
    Ok(Json(SingleVersion { version: app.registry.change_version(&call, &at.name, &at.version, &change).await? }))
}
