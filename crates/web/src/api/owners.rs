//! `GET`, `PUT` and `DELETE /api/v1/crates/{name}/owners`.

use axum::extract::State;
use cargohold_protocol::api::{Owners, OwnersChanged};
use serde::Deserialize;

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Caller, CrateAt, Json, JsonBody};

/// Whom to add or remove. Old cargo says `users`.
#[derive(Deserialize)]
pub(super) struct Logins {
    #[serde(alias = "users")]
    owners: Vec<String>,
}

pub(super) async fn list(State(app): State<App>, at: CrateAt) -> ApiResult<Json<Owners>> {
    Ok(Json(Owners { users: app.registry.list_owners(&at.name).await? }))
}

pub(super) async fn add(
    State(app): State<App>,
    Caller(call): Caller,
    at: CrateAt,
    JsonBody(logins): JsonBody<Logins>,
) -> ApiResult<Json<OwnersChanged>> {
    let msg = app.registry.add_owners(&call, &at.name, &logins.owners).await?;
    Ok(Json(OwnersChanged { msg, ok: true }))
}

pub(super) async fn remove(
    State(app): State<App>,
    Caller(call): Caller,
    at: CrateAt,
    JsonBody(logins): JsonBody<Logins>,
) -> ApiResult<Json<OwnersChanged>> {
    let msg = app.registry.remove_owners(&call, &at.name, &logins.owners).await?;
    Ok(Json(OwnersChanged { msg, ok: true }))
}
