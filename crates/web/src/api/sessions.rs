//! `/api/private/sessions` and `/api/private/second_factor`: what a person sees and changes of how they are signed in.

use axum::extract::State;
use axum::response::Response;
use cargohold_protocol::Timestamp;
use cargohold_protocol::api::{Done, Errors};
use serde::Serialize;
use utoipa::ToSchema;

use super::session::{Code, end_session};
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Caller, Json, JsonBody, PathId};

/// A browser that is signed in.
#[derive(Serialize, ToSchema)]
pub(super) struct Session {
    /// The id, by which it is ended.
    id: i64,
    /// From where it was begun.
    #[schema(required)]
    address: Option<String>,
    /// With what it was begun.
    #[schema(required)]
    user_agent: Option<String>,
    /// When it was begun.
    created_at: Timestamp,
    /// When it ends.
    expires_at: Timestamp,
    /// Whether it is the one that asks.
    is_current: bool,
}

/// All browsers that are signed in.
#[derive(Serialize, ToSchema)]
pub(super) struct Sessions {
    /// The newest first.
    sessions: Vec<Session>,
}

/// Whether there is a second factor.
#[derive(Serialize, ToSchema)]
pub(super) struct SecondFactor {
    /// Whether it is asked for at sign-in.
    is_on: bool,
    /// How many recovery codes are left.
    recovery_codes: i64,
}

/// What goes into a device that makes codes.
#[derive(Serialize, ToSchema)]
pub(super) struct OfferedSecret {
    /// The shared secret in base 32, to type.
    secret: String,
    /// The same as an `otpauth:` address, to scan.
    url: String,
}

/// Codes for when the device is lost.
#[derive(Serialize, ToSchema)]
pub(super) struct RecoveryCodes {
    /// Each is good once, and shown only now.
    recovery_codes: Vec<String>,
}

/// Lists the caller's sessions.
#[utoipa::path(get, path = "/api/private/sessions", operation_id = "list_sessions", tag = "internal",
    responses((status = 200, body = Sessions), (status = 403, body = Errors)), security(("session" = [])))]
pub(super) async fn list(State(app): State<App>, Caller(call): Caller) -> ApiResult<Json<Sessions>> {
    let (listed, current) = app.registry.list_sessions(&call).await?;
    let show = |session: cargohold_registry::ListedSession| Session {
        is_current: Some(session.id) == current,
        id: session.id,
        address: session.address,
        user_agent: session.user_agent,
        created_at: Timestamp::from_micros(session.created_at),
        expires_at: Timestamp::from_micros(session.expires_at),
    };
    Ok(Json(Sessions { sessions: listed.into_iter().map(show).collect() }))
}

/// Signs the caller out everywhere.
#[utoipa::path(delete, path = "/api/private/sessions", operation_id = "end_all_sessions", tag = "internal",
    responses((status = 200, body = Done), (status = 403, body = Errors)), security(("session" = [])))]
pub(super) async fn end_all(State(app): State<App>, Caller(call): Caller) -> ApiResult<Response> {
    app.registry.end_all_sessions(&call).await?;
    Ok(end_session(&app))
}

/// Ends one of the caller's sessions.
#[utoipa::path(delete, path = "/api/private/sessions/{id}", operation_id = "end_session", tag = "internal",
    params(("id" = i32, Path, description = "The id of the session")),
    responses((status = 200, body = Done), (status = 400, body = Errors), (status = 403, body = Errors)), security(("session" = [])))]
pub(super) async fn end(State(app): State<App>, Caller(call): Caller, PathId(id): PathId) -> ApiResult<Json<Done>> {
    app.registry.end_session(&call, id).await?;
    Ok(Json(Done::OK))
}

/// Says whether the caller has a second factor.
#[utoipa::path(get, path = "/api/private/second_factor", operation_id = "find_second_factor", tag = "internal",
    responses((status = 200, body = SecondFactor), (status = 403, body = Errors)), security(("session" = [])))]
pub(super) async fn find_second_factor(State(app): State<App>, Caller(call): Caller) -> ApiResult<Json<SecondFactor>> {
    let state = app.registry.find_second_factor(&call).await?;
    Ok(Json(SecondFactor { is_on: state.is_on, recovery_codes: state.recovery_codes }))
}

/// Offers the caller a secret for the device that makes their codes.
#[utoipa::path(post, path = "/api/private/second_factor", operation_id = "offer_second_factor", tag = "internal",
    responses((status = 200, body = OfferedSecret), (status = 400, body = Errors), (status = 403, body = Errors)), security(("session" = [])))]
pub(super) async fn offer_second_factor(
    State(app): State<App>,
    Caller(call): Caller,
) -> ApiResult<Json<OfferedSecret>> {
    let offered = app.registry.offer_second_factor(&call).await?;
    Ok(Json(OfferedSecret { secret: offered.secret, url: offered.url }))
}

/// Switches the caller's second factor on, by a first code.
#[utoipa::path(put, path = "/api/private/second_factor", operation_id = "confirm_second_factor", tag = "internal",
    request_body = Code,
    responses((status = 200, body = RecoveryCodes), (status = 400, body = Errors), (status = 403, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors), (status = 429, body = Errors)),
    security(("session" = [])))]
pub(super) async fn confirm_second_factor(
    State(app): State<App>,
    Caller(call): Caller,
    JsonBody(given): JsonBody<Code>,
) -> ApiResult<Json<RecoveryCodes>> {
    Ok(Json(RecoveryCodes { recovery_codes: app.registry.confirm_second_factor(&call, &given.code).await? }))
}

/// Switches the caller's second factor off.
#[utoipa::path(delete, path = "/api/private/second_factor", operation_id = "remove_second_factor", tag = "internal",
    request_body = Code,
    responses((status = 200, body = Done), (status = 400, body = Errors), (status = 403, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors), (status = 429, body = Errors)),
    security(("session" = [])))]
pub(super) async fn remove_second_factor(
    State(app): State<App>,
    Caller(call): Caller,
    JsonBody(given): JsonBody<Code>,
) -> ApiResult<Json<Done>> {
    app.registry.remove_second_factor(&call, &given.code).await?;
    Ok(Json(Done::OK))
}
