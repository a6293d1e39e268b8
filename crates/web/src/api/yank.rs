//! `DELETE /api/v1/crates/{name}/{version}/yank`, `PUT …/unyank`.

use axum::extract::State;
use cargohold_protocol::api::Done;

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Caller, Json, VersionAt};

pub(super) async fn yank(State(app): State<App>, Caller(call): Caller, at: VersionAt) -> ApiResult<Json<Done>> {
    app.registry.yank(&call, &at.name, &at.version).await?;
    Ok(Json(Done::OK))
}

pub(super) async fn unyank(State(app): State<App>, Caller(call): Caller, at: VersionAt) -> ApiResult<Json<Done>> {
    app.registry.unyank(&call, &at.name, &at.version).await?;
    Ok(Json(Done::OK))
}
