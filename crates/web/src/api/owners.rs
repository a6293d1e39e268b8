//! `GET`, `PUT` and `DELETE /api/v1/crates/{name}/owners`.

use axum::extract::State;
use cargohold_protocol::api::{Errors, Owners, OwnersChanged};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Caller, CrateAt, Json, JsonBody};

/// Whom to add or remove. Old cargo says `users`.
#[derive(Deserialize, ToSchema)]
pub(super) struct Logins {
    /// The logins.
    #[serde(alias = "users")]
    #[schema(max_items = 10)]
    owners: Vec<String>,
}

/// Lists the owners of a crate.
#[utoipa::path(get, path = "/api/v1/crates/{name}/owners", operation_id = "list_owners", tag = "owners",
    params(("name" = String, Path, description = "The name in any spelling")),
    responses((status = 200, body = Owners), (status = 404, body = Errors)))]
pub(super) async fn list(State(app): State<App>, at: CrateAt) -> ApiResult<Json<Owners>> {
    Ok(Json(Owners { users: app.registry.list_owners(&at.name).await? }))
}

/// Makes people owners.
#[utoipa::path(put, path = "/api/v1/crates/{name}/owners", operation_id = "add_owners", tag = "owners",
    params(("name" = String, Path, description = "The name in any spelling")), request_body = Logins,
    responses((status = 200, body = OwnersChanged), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn add(
    State(app): State<App>,
    Caller(call): Caller,
    at: CrateAt,
    JsonBody(logins): JsonBody<Logins>,
) -> ApiResult<Json<OwnersChanged>> {
    let msg = app.registry.add_owners(&call, &at.name, &logins.owners).await?;
    Ok(Json(OwnersChanged { msg, ok: true }))
}

/// Takes ownership away from people.
#[utoipa::path(delete, path = "/api/v1/crates/{name}/owners", operation_id = "remove_owners", tag = "owners",
    params(("name" = String, Path, description = "The name in any spelling")), request_body = Logins,
    responses((status = 200, body = OwnersChanged), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn remove(
    State(app): State<App>,
    Caller(call): Caller,
    at: CrateAt,
    JsonBody(logins): JsonBody<Logins>,
) -> ApiResult<Json<OwnersChanged>> {
    let msg = app.registry.remove_owners(&call, &at.name, &logins.owners).await?;
    Ok(Json(OwnersChanged { msg, ok: true }))
}
