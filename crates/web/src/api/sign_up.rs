//! `/api/private/session/signup`, `/api/private/account` and `/api/private/signup_invitations`: how new people get an account.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use cargohold_protocol::Timestamp;
use cargohold_protocol::api::{Done, Errors, Me};
use cargohold_registry::{Error, ListedInvitation, NewAccount};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::elsewhere::{forget_pending, me, pending};
use super::session::{SignInState, begin_session};
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Caller, Json, JsonBody, PathId};

/// Whom a provider vouches for.
#[derive(Serialize, ToSchema)]
pub(super) struct Pending {
    signup: PendingPerson,
}

/// Whom a provider vouches for, as far as they may see it before they sign up.
#[derive(Serialize, ToSchema)]
struct PendingPerson {
    /// The login they would get, if it is free.
    login: String,
    /// The address the provider knows.
    #[schema(required)]
    email: Option<String>,
}

/// Somebody who decided to sign up.
#[derive(Deserialize, ToSchema)]
pub(super) struct Decision {
    signup: DecidedPerson,
}

/// What they add to what the provider says.
#[derive(Deserialize, ToSchema)]
struct DecidedPerson {
    /// Their address.
    email: String,
    /// The secret of an invitation, where one is needed.
    invitation: Option<String>,
}

/// Somebody who wants an account with a password.
#[derive(Deserialize, ToSchema)]
pub(super) struct Wanted {
    /// The login.
    login: String,
    /// Their address.
    email: String,
    /// The password.
    password: String,
    /// The secret of an invitation, where one is needed.
    invitation: Option<String>,
}

/// Somebody to invite.
#[derive(Deserialize, ToSchema)]
pub(super) struct Invitee {
    /// Where to write to; if it is left out, whoever invites passes the secret on.
    email: Option<String>,
}

/// What lets somebody have an account.
#[derive(Serialize, ToSchema)]
pub(super) struct Invited {
    /// The secret, for the address `/sign-up/`; it cannot be shown again.
    secret: String,
}

/// Invitations that are still good.
#[derive(Serialize, ToSchema)]
pub(super) struct Invitations {
    /// In the order in which they were made.
    invitations: Vec<Invitation>,
}

/// An invitation to have an account.
#[derive(Serialize, ToSchema)]
pub(super) struct Invitation {
    /// The id, by which it is taken back.
    id: i64,
    /// Where it was sent to.
    #[schema(required)]
    email: Option<String>,
    /// The id of who invited.
    #[schema(required)]
    invited_by: Option<i64>,
    /// When.
    created_at: Timestamp,
    /// Until when it is good.
    expires_at: Timestamp,
}

/// Shows whom the provider vouches for that this browser came back from.
#[utoipa::path(get, path = "/api/private/session/signup", operation_id = "find_signup", tag = "internal",
    responses((status = 200, body = Pending), (status = 400, body = Errors), (status = 404, body = Errors)), security((), ("session" = [])))]
pub(super) async fn find(State(app): State<App>, Caller(call): Caller, headers: HeaderMap) -> ApiResult<Response> {
    let pending = app.registry.find_sign_up(&call, pending(&app, &headers).as_ref()).await?;
    let signup = PendingPerson { login: pending.login, email: pending.email };
    Ok(([(CACHE_CONTROL, "no-store")], Json(Pending { signup })).into_response())
}

/// Opens an account for whom the provider vouches for.
#[utoipa::path(post, path = "/api/private/session/signup", operation_id = "sign_up_elsewhere", tag = "internal",
    request_body = Decision,
    responses((status = 200, body = Me), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors)),
    security((), ("session" = [])))]
pub(super) async fn sign_up(
    State(app): State<App>,
    Caller(call): Caller,
    headers: HeaderMap,
    JsonBody(decision): JsonBody<Decision>,
) -> ApiResult<Response> {
    let DecidedPerson { email, invitation } = decision.signup;
    let secret = pending(&app, &headers);
    let signed_in = app.registry.sign_up_elsewhere(&call, secret.as_ref(), &email, invitation.as_deref()).await?;
    let me = me(&app, call, &signed_in).await.ok_or_else(|| Error::Internal("a new account vanished".into()))?;
    let mut response = begin_session(&app, &signed_in, &me);
    forget_pending(&app, &mut response);
    Ok(response)
}

/// Forgets whom the provider vouches for.
#[utoipa::path(delete, path = "/api/private/session/signup", operation_id = "forget_signup", tag = "internal",
    responses((status = 200, body = Done)))]
pub(super) async fn forget(State(app): State<App>, Caller(call): Caller, headers: HeaderMap) -> ApiResult<Response> {
    app.registry.forget_sign_up(&call, pending(&app, &headers).as_ref()).await?;
    let mut response = Json(Done::OK).into_response();
    forget_pending(&app, &mut response);
    Ok(response)
}

/// Opens an account with a password.
#[utoipa::path(post, path = "/api/private/account", operation_id = "open_account", tag = "internal",
    request_body = Wanted,
    responses((status = 200, body = SignInState), (status = 400, body = Errors), (status = 403, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors), (status = 429, body = Errors)))]
pub(super) async fn open_account(
    State(app): State<App>,
    Caller(call): Caller,
    JsonBody(wanted): JsonBody<Wanted>,
) -> ApiResult<Response> {
    let Wanted { login, email, password, invitation } = wanted;
    let signed_in = app.registry.sign_up(&call, &NewAccount { login, email, password, invitation }).await?;
    Ok(begin_session(&app, &signed_in, &SignInState::of(&signed_in)))
}

/// Lists the invitations that are still good. For administrators.
#[utoipa::path(get, path = "/api/private/signup_invitations", operation_id = "list_signup_invitations", tag = "internal",
    responses((status = 200, body = Invitations), (status = 403, body = Errors)), security(("api_token" = []), ("session" = [])))]
pub(super) async fn list_invitations(State(app): State<App>, Caller(call): Caller) -> ApiResult<Json<Invitations>> {
    let show = |ListedInvitation { invitation: it, .. }: ListedInvitation| Invitation {
        id: it.id,
        email: it.email,
        invited_by: it.invited_by,
        created_at: Timestamp::from_micros(it.created_at),
        expires_at: Timestamp::from_micros(it.expires_at),
    };
    let listed = app.registry.list_sign_up_invitations(&call).await?;
    Ok(Json(Invitations { invitations: listed.into_iter().map(show).collect() }))
}

/// Invites somebody to have an account. For administrators.
#[utoipa::path(post, path = "/api/private/signup_invitations", operation_id = "invite", tag = "internal",
    request_body = Invitee,
    responses((status = 200, body = Invited), (status = 400, body = Errors), (status = 403, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors), (status = 429, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn invite(
    State(app): State<App>,
    Caller(call): Caller,
    JsonBody(invitee): JsonBody<Invitee>,
) -> ApiResult<Json<Invited>> {
    Ok(Json(Invited { secret: app.registry.invite(&call, invitee.email.as_deref()).await? }))
}

/// Takes an invitation back. For administrators.
#[utoipa::path(delete, path = "/api/private/signup_invitations/{id}", operation_id = "withdraw_signup_invitation", tag = "internal",
    params(("id" = i32, Path, description = "The id of the invitation")),
    responses((status = 200, body = Done), (status = 400, body = Errors), (status = 403, body = Errors)), security(("api_token" = []), ("session" = [])))]
pub(super) async fn withdraw_invitation(
    State(app): State<App>,
    Caller(call): Caller,
    PathId(id): PathId,
) -> ApiResult<Json<Done>> {
    app.registry.withdraw_sign_up_invitation(&call, id).await?;
    Ok(Json(Done::OK))
}
