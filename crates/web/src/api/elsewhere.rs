//! `/api/private/session/begin` and `authorize` (contract part 2, §3): signing in at a provider. And the accounts there that
//! are linked to the caller's.

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse, Response};
use cargohold_protocol::Timestamp;
use cargohold_protocol::api::{Done, Errors, Me, OwnUser, OwnedCrate};
use cargohold_registry::{Call, Returned, SessionSecret, SignUp, SignedIn};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::session::{begin_session, host_cookie, session_cookie, status};
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Caller, Json, JsonBody, PathId};
use crate::headers;
use crate::params::Params;

/// How long, in seconds, the browser keeps what shows that it is the one that was sent to a provider.
pub(crate) const KEEP_SECONDS: u64 = 30 * 60;

/// The ways to sign in here.
#[derive(Serialize, ToSchema)]
pub(super) struct Ways {
    /// Providers a browser can be sent to.
    providers: Vec<Provider>,
    /// How strangers get an account with a password.
    #[schema(value_type = String, pattern = "^(closed|invite|open)$")]
    sign_up: &'static str,
}

/// A provider a browser can be sent to.
#[derive(Serialize, ToSchema)]
pub(super) struct Provider {
    /// What it is called in requests.
    name: String,
    /// What people call it.
    title: String,
}

/// Where to send the browser.
#[derive(Serialize, ToSchema)]
pub(super) struct Begun {
    /// The address at the provider.
    url: String,
    /// What comes back with the code.
    state: String,
}

/// What the provider sent back.
#[derive(Deserialize, ToSchema)]
pub(super) struct Return {
    /// The code.
    code: String,
    /// What it was sent there with.
    state: String,
}

/// How a sign-in at a provider ended.
#[derive(Serialize, ToSchema)]
pub(super) struct Ended {
    /// What came of it.
    #[schema(value_type = String, pattern = "^(signed_in|second_factor_required|password_change_required|linked|signup_required)$")]
    status: &'static str,
    /// Who is signed in; only if nothing is missing any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<OwnUser>,
    /// What they own, in the same case.
    #[serde(skip_serializing_if = "Option::is_none")]
    owned_crates: Option<Vec<OwnedCrate>>,
}

impl Ended {
    fn with(status: &'static str, me: Option<Me>) -> Self {
        let (user, owned_crates) = me.map(|me| (me.user, me.owned_crates)).unzip();
        Self { status, user, owned_crates }
    }
}

/// Accounts at providers.
#[derive(Serialize, ToSchema)]
pub(super) struct Identities {
    /// In the order in which they were linked.
    identities: Vec<Identity>,
}

/// An account at a provider that is linked to one here.
#[derive(Serialize, ToSchema)]
pub(super) struct Identity {
    /// The id, by which it is unlinked.
    id: i64,
    /// The provider's name here.
    provider: String,
    /// Who vouches.
    issuer: String,
    /// Who they are there.
    subject: String,
    /// Their login there, as of the last sign-in.
    #[schema(required)]
    login: Option<String>,
    /// Their groups there, as of the last sign-in.
    groups: Vec<String>,
    /// When it was linked.
    created_at: Timestamp,
    /// When it was last used.
    last_used_at: Timestamp,
}

/// Lists the ways to sign in.
#[utoipa::path(get, path = "/api/private/session/providers", operation_id = "list_providers", tag = "internal",
    responses((status = 200, body = Ways)))]
pub(super) async fn list_providers(State(app): State<App>) -> Json<Ways> {
    let listed = app.registry.list_providers();
    let providers = listed.into_iter().map(|it| Provider { name: it.name, title: it.title }).collect();
    let sign_up = match app.registry.sign_up_rule() {
        SignUp::Closed => "closed",
        SignUp::Invite => "invite",
        SignUp::Open => "open",
    };
    Json(Ways { providers, sign_up })
}

/// Sends the browser to a provider.
#[utoipa::path(post, path = "/api/private/session/begin", operation_id = "begin_session", tag = "internal",
    params(
        ("provider" = Option<String>, Query, pattern = r"^[^\x00]*$", description = "The name of the provider; the first one if it is left out"),
        ("link" = Option<String>, Query, pattern = r"^[^\x00]*$", description = "If given, the account there is linked to the caller's own"),
    ),
    responses((status = 200, body = Begun), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors), (status = 429, body = Errors)),
    security((), ("session" = [])))]
pub(super) async fn begin(State(app): State<App>, Caller(call): Caller, params: Params) -> ApiResult<Response> {
    let is_link = params.has("link");
    let begun = app.registry.begin_elsewhere(&call, params.text("provider")?, is_link).await?;
    let cookie = pending_cookie(&app, &begun.secret);
    Ok((uncached(cookie), Json(Begun { url: begun.url, state: begun.state })).into_response())
}

/// Takes the browser back from a provider.
#[utoipa::path(post, path = "/api/private/session/authorize", operation_id = "authorize_session", tag = "internal",
    request_body = Return,
    responses((status = 200, body = Ended), (status = 400, body = Errors), (status = 403, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors)),
    security((), ("session" = [])))]
pub(super) async fn authorize(
    State(app): State<App>,
    Caller(call): Caller,
    headers: HeaderMap,
    JsonBody(back): JsonBody<Return>,
) -> ApiResult<Response> {
    let secret = pending(&app, &headers);
    let returned = app.registry.return_from_elsewhere(&call, secret.as_ref(), &back.code, &back.state).await;
    let mut response = match returned {
        Ok(Returned::SignedIn(signed_in)) => {
            let me = me(&app, call, &signed_in).await;
            begin_session(&app, &signed_in, &Ended::with(status(&signed_in), me))
        }
        Ok(Returned::Linked) => Json(Ended::with("linked", None)).into_response(),
        // The browser keeps its secret until it has decided.
        Ok(Returned::SignUpRequired) => {
            return Ok(Json(Ended::with("signup_required", None)).into_response());
        }
        Err(error) => ApiError::from(error).into_response(),
    };
    forget_pending(&app, &mut response);
    Ok(response)
}

/// Who is signed in now, if nothing is missing and the account is not locked.
pub(super) async fn me(app: &App, call: Call, signed_in: &SignedIn) -> Option<Me> {
    app.registry.me(&Call { session: Some(signed_in.secret.clone()), ..call }).await.ok()
}

/// Lists the accounts at providers that are linked to the caller's.
#[utoipa::path(get, path = "/api/private/identities", operation_id = "list_identities", tag = "internal",
    responses((status = 200, body = Identities), (status = 403, body = Errors)), security(("session" = [])))]
pub(super) async fn list_identities(State(app): State<App>, Caller(call): Caller) -> ApiResult<Json<Identities>> {
    let show = |it: cargohold_registry::ListedIdentity| Identity {
        id: it.id,
        provider: it.provider,
        issuer: it.issuer,
        subject: it.subject,
        login: it.login,
        groups: it.groups,
        created_at: it.created_at,
        last_used_at: it.last_used_at,
    };
    Ok(Json(Identities { identities: app.registry.list_identities(&call).await?.into_iter().map(show).collect() }))
}

/// Unlinks an account at a provider from the caller's.
#[utoipa::path(delete, path = "/api/private/identities/{id}", operation_id = "unlink_identity", tag = "internal",
    params(("id" = i32, Path, description = "The id of the link")),
    responses((status = 200, body = Done), (status = 400, body = Errors), (status = 403, body = Errors)), security(("session" = [])))]
pub(super) async fn unlink(State(app): State<App>, Caller(call): Caller, PathId(id): PathId) -> ApiResult<Json<Done>> {
    app.registry.unlink(&call, id).await?;
    Ok(Json(Done::OK))
}

/// What the browser shows that was sent to a provider.
pub(crate) fn pending(app: &App, headers: &HeaderMap) -> Option<SessionSecret> {
    headers::cookie(headers, &pending_name(app)).map(|value| SessionSecret::from_cookie(&value))
}

/// Takes from the browser what shows that it was sent to a provider.
pub(crate) fn forget_pending(app: &App, response: &mut Response) {
    if let Ok(cookie) = session_cookie(app, &pending_name(app), "", 0).parse() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

/// The cookie by which a browser shows that it was sent to a provider.
pub(crate) fn pending_cookie(app: &App, secret: &SessionSecret) -> String {
    session_cookie(app, &pending_name(app), secret.reveal(), KEEP_SECONDS)
}

fn pending_name(app: &App) -> String {
    host_cookie(app, "cargo_sign_in")
}

fn uncached(cookie: String) -> [(HeaderName, String); 2] {
    [(SET_COOKIE, cookie), (CACHE_CONTROL, "no-store".to_owned())]
}
