//! `POST` and `DELETE /api/private/session`: signing in by login and password, and out again.

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, SET_COOKIE};
use axum::response::{IntoResponse, Response};
use cargohold_protocol::api::{Done, Errors};
use cargohold_registry::SESSION_LIFETIME;
use serde::Deserialize;
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

/// Signs somebody in.
#[utoipa::path(post, path = "/api/private/session", operation_id = "sign_in", tag = "internal",
    request_body = SignIn,
    responses((status = 200, body = Done), (status = 400, body = Errors), (status = 403, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors)))]
pub(super) async fn sign_in(
    State(app): State<App>,
    Caller(call): Caller,
    JsonBody(wanted): JsonBody<SignIn>,
) -> ApiResult<Response> {
    if wanted.login.contains('\0') {
        return Err(ApiError::bad_request("the login contains a NUL character; remove it"));
    }
    let secret = app.registry.sign_in(&call, &wanted.login, &wanted.password).await?;
    Ok(with_cookie(&app, secret.reveal(), SESSION_LIFETIME.as_secs()))
}

/// Signs whoever is signed in out; without a session, nothing happens.
#[utoipa::path(delete, path = "/api/private/session", operation_id = "sign_out", tag = "internal",
    responses((status = 200, body = Done)), security((), ("session" = [])))]
pub(super) async fn sign_out(State(app): State<App>, Caller(call): Caller) -> ApiResult<Response> {
    app.registry.sign_out(&call).await?;
    Ok(with_cookie(&app, "", 0))
}

/// The browser sends the cookie back to this site alone, and shows it to no script.
fn with_cookie(app: &App, value: &str, max_age_seconds: u64) -> Response {
    let secure = if app.base_url().starts_with("https://") { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={max_age_seconds}{secure}");
    ([(SET_COOKIE, cookie), (CACHE_CONTROL, "no-store".to_owned())], Json(Done::OK)).into_response()
}
