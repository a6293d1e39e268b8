//! `DELETE /api/v1/crates/{name}/{version}/yank`, `PUT …/unyank`.

use axum::extract::State;
use cargohold_protocol::Version;
use cargohold_protocol::api::{Done, Errors};

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Caller, Json, VersionAt};

/// Yanks a version: fresh resolution avoids it, lockfiles that name it keep building.
#[utoipa::path(delete, path = "/api/v1/crates/{name}/{version}/yank", operation_id = "yank_version", tag = "versions",
    params(("name" = String, Path, description = "The name in any spelling"), ("version" = inline(Version), Path, description = "The full version, build metadata included")),
    responses((status = 200, body = Done), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors), (status = 429, body = Errors, headers(("Retry-After" = String, description = "The date from which on it works again")))),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn yank(State(app): State<App>, Caller(call): Caller, at: VersionAt) -> ApiResult<Json<Done>> {
    app.registry.yank(&call, &at.name, &at.version).await?;
    Ok(Json(Done::OK))
}

/// Brings a yanked version back.
#[utoipa::path(put, path = "/api/v1/crates/{name}/{version}/unyank", operation_id = "unyank_version", tag = "versions",
    params(("name" = String, Path, description = "The name in any spelling"), ("version" = inline(Version), Path, description = "The full version, build metadata included")),
    responses((status = 200, body = Done), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors), (status = 429, body = Errors, headers(("Retry-After" = String, description = "The date from which on it works again")))),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn unyank(State(app): State<App>, Caller(call): Caller, at: VersionAt) -> ApiResult<Json<Done>> {
    app.registry.unyank(&call, &at.name, &at.version).await?;
    Ok(Json(Done::OK))
}
