//! `GET`, `PUT` and `DELETE /api/v1/crates/{name}/owners`.

use axum::extract::State;
use cargohold_protocol::api::{Errors, Owners, OwnersChanged, TeamOwners};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Caller, CrateAt, Json, JsonBody};

/// Whom to add or remove. Old cargo says `users`.
#[derive(Deserialize, ToSchema)]
pub(super) struct Logins {
    /// Logins of people, and teams as `provider:org:team`.
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

/// Lists the people that own a crate.
#[utoipa::path(get, path = "/api/v1/crates/{name}/owner_user", operation_id = "list_user_owners", tag = "owners",
    params(("name" = String, Path, description = "The name in any spelling")),
    responses((status = 200, body = Owners), (status = 404, body = Errors)))]
pub(super) async fn list_users(State(app): State<App>, at: CrateAt) -> ApiResult<Json<Owners>> {
    Ok(Json(Owners { users: app.registry.list_user_owners(&at.name).await? }))
}

/// Lists the teams that own a crate.
#[utoipa::path(get, path = "/api/v1/crates/{name}/owner_team", operation_id = "list_team_owners", tag = "owners",
    params(("name" = String, Path, description = "The name in any spelling")),
    responses((status = 200, body = TeamOwners), (status = 404, body = Errors)))]
pub(super) async fn list_teams(State(app): State<App>, at: CrateAt) -> ApiResult<Json<TeamOwners>> {
    Ok(Json(TeamOwners { teams: app.registry.list_team_owners(&at.name).await? }))
}

/// Invites people to own a crate, and makes teams owners of it.
#[utoipa::path(put, path = "/api/v1/crates/{name}/owners", operation_id = "add_owners", tag = "owners",
    params(("name" = String, Path, description = "The name in any spelling")), request_body = Logins,
    responses((status = 200, body = OwnersChanged), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors), (status = 429, body = Errors)),
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

/// Takes ownership away from people and teams.
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
