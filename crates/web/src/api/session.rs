//! `/api/private/session` and what belongs to it: signing in by login and password, the second factor, and out again.

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, SET_COOKIE};
use axum::response::{IntoResponse, Response};
use cargohold_protocol::api::{Done, Errors};
use cargohold_registry::{NextStep, SESSION_LIFETIME, SignedIn};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Caller, Json, JsonBody};

/// The name of the cookie that holds the secret of a session.
pub(crate) const COOKIE: &str = "cargo_session";

/// Who wants to sign in.
#[derive(Deserialize, ToSchema)]
pub(super) struct SignIn {
    /// The login, in any casing.
    #[schema(pattern = r"^[^\x00]*$")]
    login: String,
    /// The password.
    password: String,
}

/// The code of a second factor.
#[derive(Deserialize, ToSchema)]
pub(super) struct Code {
    /// Six digits of now, or a recovery code.
    pub(super) code: String,
}

/// What a new password needs.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewPassword {
    /// The password that is to go.
    old: String,
    /// The password that is to come.
    new: String,
}

/// How far a sign-in has come.
#[derive(Serialize, ToSchema)]
pub(super) struct SignInState {
    /// Always true.
    ok: bool,
    /// Whether anything is missing before the session is good for anything.
    #[schema(value_type = String, pattern = "^(signed_in|second_factor_required|password_change_required)$")]
    status: &'static str,
}

impl SignInState {
    pub(super) fn of(signed_in: &SignedIn) -> Self {
        Self { ok: true, status: status(signed_in) }
    }
}

/// How far a sign-in has come, in one word.
pub(super) fn status(signed_in: &SignedIn) -> &'static str {
    match signed_in.next {
        NextStep::None => "signed_in",
        NextStep::SecondFactor => "second_factor_required",
        NextStep::NewPassword => "password_change_required",
    }
}

/// Signs somebody in.
#[utoipa::path(post, path = "/api/private/session", operation_id = "sign_in", tag = "internal",
    request_body = SignIn,
    responses((status = 200, body = SignInState), (status = 400, body = Errors), (status = 403, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors), (status = 429, body = Errors)))]
pub(super) async fn sign_in(
    State(app): State<App>,
    Caller(call): Caller,
    JsonBody(wanted): JsonBody<SignIn>,
) -> ApiResult<Response> {
    if wanted.login.contains('\0') {
        return Err(ApiError::bad_request("the login contains a NUL character; remove it"));
    }
    let signed_in = app.registry.sign_in(&call, &wanted.login, &wanted.password).await?;
    Ok(begin_session(&app, &signed_in, &SignInState::of(&signed_in)))
}

/// Signs whoever is signed in out; without a session, nothing happens.
#[utoipa::path(delete, path = "/api/private/session", operation_id = "sign_out", tag = "internal",
    responses((status = 200, body = Done)), security((), ("session" = [])))]
pub(super) async fn sign_out(State(app): State<App>, Caller(call): Caller) -> ApiResult<Response> {
    app.registry.sign_out(&call).await?;
    Ok(end_session(&app))
}

/// Completes a sign-in with the code of the second factor.
#[utoipa::path(post, path = "/api/private/session/second_factor", operation_id = "complete_sign_in", tag = "internal",
    request_body = Code,
    responses((status = 200, body = SignInState), (status = 400, body = Errors), (status = 403, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors), (status = 429, body = Errors)),
    security(("session" = [])))]
pub(super) async fn complete(
    State(app): State<App>,
    Caller(call): Caller,
    JsonBody(given): JsonBody<Code>,
) -> ApiResult<Response> {
    let signed_in = app.registry.complete_sign_in(&call, &given.code).await?;
    Ok(begin_session(&app, &signed_in, &SignInState::of(&signed_in)))
}

/// Gives the caller another password; all other sessions of theirs end.
#[utoipa::path(put, path = "/api/private/session/password", operation_id = "change_password", tag = "internal",
    request_body = NewPassword,
    responses((status = 200, body = SignInState), (status = 400, body = Errors), (status = 403, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors), (status = 429, body = Errors)),
    security(("session" = [])))]
pub(super) async fn change_password(
    State(app): State<App>,
    Caller(call): Caller,
    JsonBody(wanted): JsonBody<NewPassword>,
) -> ApiResult<Response> {
    let signed_in = app.registry.change_password(&call, &wanted.old, &wanted.new).await?;
    Ok(begin_session(&app, &signed_in, &SignInState::of(&signed_in)))
}

/// Gives the browser the secret of a session.
pub(super) fn begin_session(app: &App, signed_in: &SignedIn, answer: &impl Serialize) -> Response {
    (uncached(cookie_of(app, signed_in)), Json(answer)).into_response()
}

/// The cookie that holds the secret of a session.
pub(crate) fn cookie_of(app: &App, signed_in: &SignedIn) -> String {
    session_cookie(app, COOKIE, signed_in.secret.reveal(), SESSION_LIFETIME.as_secs())
}

/// Takes the secret of its session away from the browser.
pub(super) fn end_session(app: &App) -> Response {
    (uncached(no_cookie(app)), Json(Done::OK)).into_response()
}

/// The cookie that takes the secret of a session away.
pub(crate) fn no_cookie(app: &App) -> String {
    session_cookie(app, COOKIE, "", 0)
}

fn uncached(cookie: String) -> [(axum::http::HeaderName, String); 2] {
    [(SET_COOKIE, cookie), (CACHE_CONTROL, "no-store".to_owned())]
}

/// The name of a cookie that no other host of the same domain can set: browsers grant the prefix over https only.
pub(crate) fn host_cookie(app: &App, name: &str) -> String {
    let prefix = if app.base_url().starts_with("https://") { "__Host-" } else { "" };
    format!("{prefix}{name}")
}

/// A cookie that the browser sends back to this site alone, and shows to no script. `Lax`, because a link in a mail leads to a page
/// that knows who looks; whatever changes something asks for more than the cookie (S39).
pub(crate) fn session_cookie(app: &App, name: &str, value: &str, max_age_seconds: u64) -> String {
    let secure = if app.base_url().starts_with("https://") { "; Secure" } else { "" };
    format!("{name}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age={max_age_seconds}{secure}")
}
