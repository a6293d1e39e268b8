//! What a version depends on, and what depends on a crate (contract §5.5, §5.8).

use axum::extract::State;
use cargohold_protocol::Version;
use cargohold_protocol::api::{Dependencies, Errors, ReverseDependencies};

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{CrateAt, Json, VersionAt};
use crate::params::Params;

/// Lists the dependencies of a version, of all kinds.
#[utoipa::path(get, path = "/api/v1/crates/{name}/{version}/dependencies", operation_id = "list_dependencies", tag = "versions",
    params(("name" = String, Path, description = "The name in any spelling"), ("version" = inline(Version), Path, description = "The full version, build metadata included")),
    responses((status = 200, body = Dependencies), (status = 400, body = Errors), (status = 404, body = Errors)))]
pub(super) async fn list(State(app): State<App>, at: VersionAt) -> ApiResult<Json<Dependencies>> {
    Ok(Json(Dependencies { dependencies: app.registry.list_dependencies(&at.name, &at.version).await? }))
}

/// Lists the crates whose default versions depend on a crate.
#[utoipa::path(get, path = "/api/v1/crates/{name}/reverse_dependencies", operation_id = "list_reverse_dependencies", tag = "crates",
    params(
        ("name" = String, Path, description = "The name in any spelling"),
        ("page" = Option<u32>, Query, minimum = 1, maximum = 200, description = "The number of the page"),
        ("per_page" = Option<u32>, Query, minimum = 1, maximum = 100, description = "How many crates a page has, 10 if nobody says"),
    ),
    responses((status = 200, body = ReverseDependencies), (status = 400, body = Errors), (status = 404, body = Errors)))]
pub(super) async fn list_reverse(
    State(app): State<App>,
    at: CrateAt,
    params: Params,
) -> ApiResult<Json<ReverseDependencies>> {
    let page = params.paging()?.limited_offset()?;
    Ok(Json(app.registry.list_reverse_dependencies(&at.name, page.skip, page.limit).await?))
}
