//! `/api/private/audit` and `/api/private/users/{login}/…`: what administrators see and do. The reference has no such routes.

use axum::extract::State;
use cargohold_protocol::Timestamp;
use cargohold_protocol::api::{Done, Errors};
use cargohold_registry::{AuditEntry, AuditQuery, Lock, RateOverride};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Caller, Json, JsonBody, PathPair, PathText};
use crate::params::Params;

/// Entries of the audit log.
#[derive(Serialize, ToSchema)]
pub(super) struct Audit {
    /// The newest first.
    #[schema(value_type = Vec<Object>)]
    entries: Vec<AuditEntry>,
}

/// Why an account is to be locked.
#[derive(Deserialize, ToSchema)]
pub(super) struct WantedLock {
    /// What its owner is told.
    reason: String,
    /// Until when; for good if it is left out.
    until: Option<Timestamp>,
}

/// What somebody may do more or less often than others.
#[derive(Serialize, ToSchema)]
pub(super) struct Rates {
    rate_limits: Vec<NamedRate>,
}

/// How often somebody may do something, unlike others.
#[derive(Serialize, ToSchema)]
struct NamedRate {
    /// What it is about.
    action: String,
    /// How often at once.
    burst: i64,
    /// Until when.
    #[schema(required)]
    expires_at: Option<Timestamp>,
}

/// How often somebody may do something, unlike others.
#[derive(Deserialize, ToSchema)]
pub(super) struct WantedRate {
    /// How often at once.
    burst: u32,
    /// Until when; for good if it is left out.
    expires_at: Option<Timestamp>,
}

/// Shows the audit log. For administrators.
#[utoipa::path(get, path = "/api/private/audit", operation_id = "list_audit", tag = "internal",
    params(
        ("per_page" = Option<u32>, Query, minimum = 1, maximum = 100, description = "How many entries, 10 if it is left out"),
        ("before" = Option<i64>, Query, description = "Only entries before this place"),
        ("actor_id" = Option<i64>, Query, description = "Only what this person did"),
        ("actor" = Option<String>, Query, pattern = r"^[^\x00]*$", description = "Only what the person with this login did, or whoever else is called this"),
        ("subject" = Option<String>, Query, pattern = r"^[^\x00]*$", description = "Only what was done to this crate, login or team"),
        ("action" = Option<String>, Query, pattern = r"^[^\x00]*$", description = "Only this action"),
    ),
    responses((status = 200, body = Audit), (status = 400, body = Errors), (status = 403, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn list_audit(State(app): State<App>, Caller(call): Caller, params: Params) -> ApiResult<Json<Audit>> {
    let limit = i64::try_from(params.paging()?.limit()?).unwrap_or(i64::MAX);
    let text = |key: &str| Ok::<_, crate::error::ApiError>(params.text(key)?.map(str::to_owned));
    let query = AuditQuery {
        before: params.number("before")?,
        actor_id: params.number("actor_id")?,
        actor: text("actor")?,
        subject: text("subject")?,
        action: text("action")?,
    };
    Ok(Json(Audit { entries: app.registry.list_audit(&call, &query, limit).await? }))
}

/// Locks an account. For administrators.
#[utoipa::path(put, path = "/api/private/users/{login}/lock", operation_id = "lock_user", tag = "internal",
    params(("login" = String, Path, description = "The login")), request_body = WantedLock,
    responses((status = 200, body = Done), (status = 400, body = Errors), (status = 403, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn lock(
    State(app): State<App>,
    Caller(call): Caller,
    PathText(login): PathText,
    JsonBody(wanted): JsonBody<WantedLock>,
) -> ApiResult<Json<Done>> {
    let lock = Lock { reason: wanted.reason, until: wanted.until };
    app.registry.set_lock(&call, &login, Some(&lock)).await?;
    Ok(Json(Done::OK))
}

/// Unlocks an account. For administrators.
#[utoipa::path(delete, path = "/api/private/users/{login}/lock", operation_id = "unlock_user", tag = "internal",
    params(("login" = String, Path, description = "The login")),
    responses((status = 200, body = Done), (status = 400, body = Errors), (status = 403, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn unlock(
    State(app): State<App>,
    Caller(call): Caller,
    PathText(login): PathText,
) -> ApiResult<Json<Done>> {
    app.registry.set_lock(&call, &login, None).await?;
    Ok(Json(Done::OK))
}

/// Lists what somebody may do more or less often than others. For administrators.
#[utoipa::path(get, path = "/api/private/users/{login}/rate_limits", operation_id = "list_rate_limits", tag = "internal",
    params(("login" = String, Path, description = "The login")),
    responses((status = 200, body = Rates), (status = 400, body = Errors), (status = 403, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn list_rates(
    State(app): State<App>,
    Caller(call): Caller,
    PathText(login): PathText,
) -> ApiResult<Json<Rates>> {
    let show = |rate: RateOverride| NamedRate {
        action: rate.action,
        burst: rate.burst,
        expires_at: rate.expires_at.map(Timestamp::from_micros),
    };
    let listed = app.registry.list_rate_overrides(&call, &login).await?;
    Ok(Json(Rates { rate_limits: listed.into_iter().map(show).collect() }))
}

/// Lets somebody do something more or less often than others. For administrators.
#[utoipa::path(put, path = "/api/private/users/{login}/rate_limits/{action}", operation_id = "set_rate_limit", tag = "internal",
    params(("login" = String, Path, description = "The login"), ("action" = String, Path, description = "What it is about, such as `publish-new`")),
    request_body = WantedRate,
    responses((status = 200, body = Done), (status = 400, body = Errors), (status = 403, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn set_rate(
    State(app): State<App>,
    Caller(call): Caller,
    PathPair(login, action): PathPair,
    JsonBody(wanted): JsonBody<WantedRate>,
) -> ApiResult<Json<Done>> {
    let expires_at = wanted.expires_at.map(Timestamp::micros);
    let wanted = RateOverride { action, burst: i64::from(wanted.burst), expires_at };
    app.registry.set_rate_override(&call, &login, &wanted).await?;
    Ok(Json(Done::OK))
}

/// Lets somebody do something as often as others again. For administrators.
#[utoipa::path(delete, path = "/api/private/users/{login}/rate_limits/{action}", operation_id = "remove_rate_limit", tag = "internal",
    params(("login" = String, Path, description = "The login"), ("action" = String, Path, description = "What it is about, such as `publish-new`")),
    responses((status = 200, body = Done), (status = 400, body = Errors), (status = 403, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn remove_rate(
    State(app): State<App>,
    Caller(call): Caller,
    PathPair(login, action): PathPair,
) -> ApiResult<Json<Done>> {
    app.registry.remove_rate_override(&call, &login, &action).await?;
    Ok(Json(Done::OK))
}
