//! Following crates (contract §6.4).

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use cargohold_protocol::api::{Done, Errors, Following};

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Caller, CrateAt, Json};

/// Follows a crate.
#[utoipa::path(put, path = "/api/v1/crates/{name}/follow", operation_id = "follow_crate", tag = "crates",
    params(("name" = String, Path, description = "The name in any spelling")),
    responses((status = 200, body = Done), (status = 403, body = Errors), (status = 404, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn follow(State(app): State<App>, Caller(call): Caller, at: CrateAt) -> ApiResult<Json<Done>> {
    app.registry.set_following(&call, &at.name, true).await?;
    Ok(Json(Done::OK))
}

/// Stops following a crate.
#[utoipa::path(delete, path = "/api/v1/crates/{name}/follow", operation_id = "unfollow_crate", tag = "crates",
    params(("name" = String, Path, description = "The name in any spelling")),
    responses((status = 200, body = Done), (status = 403, body = Errors), (status = 404, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn unfollow(State(app): State<App>, Caller(call): Caller, at: CrateAt) -> ApiResult<Json<Done>> {
    app.registry.set_following(&call, &at.name, false).await?;
    Ok(Json(Done::OK))
}

/// Tells whether whoever is signed in follows a crate.
#[utoipa::path(get, path = "/api/v1/crates/{name}/following", operation_id = "get_following_crate", tag = "internal",
    params(("name" = String, Path, description = "The name in any spelling")),
    responses((status = 200, body = Following), (status = 403, body = Errors), (status = 404, body = Errors)),
    security(("session" = [])))]
pub(super) async fn is_following(State(app): State<App>, Caller(call): Caller, at: CrateAt) -> ApiResult<Response> {
    let following = app.registry.is_following(&call, &at.name).await?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(Following { following })).into_response())
}
