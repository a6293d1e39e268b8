//! What clients ask of a version for history's sake: authors, and a rebuild of documentation (contract §5.10, §6.5).

use axum::extract::State;
use axum::http::StatusCode;
use cargohold_protocol::Version;
use cargohold_protocol::api::{Authors, AuthorsMeta, Errors};

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Caller, Json, VersionAt};

/// Always answers an empty list: crates no longer name authors.
#[utoipa::path(get, path = "/api/v1/crates/{name}/{version}/authors", operation_id = "get_version_authors", tag = "versions",
    params(("name" = String, Path, description = "Anything"), ("version" = String, Path, description = "Anything")),
    responses((status = 200, body = Authors)))]
pub(super) async fn authors() -> Json<Authors> {
    Json(Authors { users: [], meta: AuthorsMeta { names: [] } })
}

/// Asks the documentation host to build a version's documentation once more.
#[utoipa::path(post, path = "/api/v1/crates/{name}/{version}/rebuild_docs", operation_id = "rebuild_version_docs", tag = "internal",
    params(("name" = String, Path, description = "The name in any spelling"), ("version" = inline(Version), Path, description = "The full version, build metadata included")),
    responses((status = 201), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors), (status = 422, body = Errors)),
    security(("session" = [])))]
pub(super) async fn rebuild_docs(State(app): State<App>, at: VersionAt, Caller(call): Caller) -> ApiResult<StatusCode> {
    app.registry.rebuild_docs(&call, &at.name, &at.version).await?;
    Ok(StatusCode::CREATED)
}
