//! Invitations to own a crate: lists, accepting and declining (contract part 2, §6).

use axum::extract::State;
use axum::response::Response;
use cargohold_protocol::api::{
    Errors, LegacyOwnerInvitation, LegacyOwnerInvitations, OwnerInvitation, OwnerInvitationAnswer,
    OwnerInvitationAnswered, OwnerInvitations, OwnerInvitationsMeta,
};
use cargohold_registry::{InvitationFilter, InvitationKey};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Caller, Json, JsonBody, PathText, uncached};
use crate::params::{Paging, Params};
use crate::seek;

/// What somebody answers to an invitation.
#[derive(Deserialize, ToSchema)]
pub(super) struct InvitationAnswer {
    crate_owner_invite: InvitationAnswerInner,
}

/// Which invitation is answered, and how.
#[derive(Deserialize, ToSchema)]
pub(super) struct InvitationAnswerInner {
    /// The crate's id.
    crate_id: i32,
    /// Whether it is accepted.
    accepted: bool,
}

/// Lists the open invitations to a crate, for its owners, or those of the caller.
#[utoipa::path(get, path = "/api/private/crate_owner_invitations", operation_id = "list_owner_invitations", tag = "internal",
    params(
        ("crate_name" = Option<String>, Query, description = "Invitations to own this crate"),
        ("invitee_id" = Option<i32>, Query, description = "Invitations of this user, who must be the caller; passed over beside `crate_name`"),
        ("per_page" = Option<u32>, Query, minimum = 1, maximum = 100, description = "How many invitations a page has, 10 if nobody says"),
        ("seek" = Option<String>, Query, description = "From `next_page`"),
    ),
    responses((status = 200, body = OwnerInvitations), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors)),
    security(("session" = [])))]
pub(super) async fn list(State(app): State<App>, Caller(call): Caller, params: Params) -> ApiResult<Response> {
    let (name, invitee) = (params.raw("crate_name")?, invitee_id(&params)?);
    let actor = app.registry.authorize_invitation_list(&call).await?;
    let filter = match (name, invitee) {
        (Some(name), _) => InvitationFilter::ToCrate(name),
        (None, Some(id)) => InvitationFilter::OfUser(id),
        (None, None) => return Err(ApiError::bad_request("say whose invitations: give `crate_name` or `invitee_id`")),
    };
    let paging = params.paging()?;
    let (after, limit) = place(&paging)?;
    let page = app.registry.list_invitations(&call, &actor, filter, after, limit).await?;
    let next_page = page.next.map(|next| paging.seek_link(&seek::encode_invitation(next)));
    let meta = OwnerInvitationsMeta { next_page };
    Ok(uncached(OwnerInvitations { invitations: page.invitations, users: page.users, meta }))
}

/// Lists the caller's open invitations, in the form of old clients.
#[utoipa::path(get, path = "/api/v1/me/crate_owner_invitations", operation_id = "list_my_owner_invitations", tag = "owners",
    params(
        ("per_page" = Option<u32>, Query, minimum = 1, maximum = 100, description = "How many invitations there are at most, 10 if nobody says"),
        ("seek" = Option<String>, Query, description = "Where to go on"),
    ),
    responses((status = 200, body = LegacyOwnerInvitations), (status = 400, body = Errors), (status = 403, body = Errors)),
    security(("session" = [])))]
pub(super) async fn list_mine(State(app): State<App>, Caller(call): Caller, params: Params) -> ApiResult<Response> {
    let actor = app.registry.authorize_invitation_list(&call).await?;
    let paging = params.paging()?;
    let (after, limit) = place(&paging)?;
    let filter = InvitationFilter::OfUser(actor.user.id);
    let page = app.registry.list_invitations(&call, &actor, filter, after, limit).await?;
    let legacy = |invitation: OwnerInvitation| {
        let inviter = page.users.iter().find(|user| user.id == invitation.inviter_id);
        LegacyOwnerInvitation {
            invitee_id: invitation.invitee_id,
            inviter_id: invitation.inviter_id,
            invited_by_username: inviter.map(|user| user.login.clone()).unwrap_or_default(),
            crate_name: invitation.crate_name,
            crate_id: invitation.crate_id,
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
        }
    };
    let crate_owner_invitations = page.invitations.into_iter().map(legacy).collect();
    Ok(uncached(LegacyOwnerInvitations { crate_owner_invitations, users: page.users.clone() }))
}

/// Accepts or declines the caller's invitation to own a crate. The id in the body counts, the one in the address is passed over.
#[utoipa::path(put, path = "/api/v1/me/crate_owner_invitations/{crate_id}", operation_id = "answer_owner_invitation", tag = "owners",
    params(("crate_id" = String, Path, description = "Passed over")), request_body = InvitationAnswer,
    responses((status = 200, body = OwnerInvitationAnswered), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors), (status = 410, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn answer(
    State(app): State<App>,
    Caller(call): Caller,
    PathText(_): PathText,
    JsonBody(given): JsonBody<InvitationAnswer>,
) -> ApiResult<Json<OwnerInvitationAnswered>> {
    let InvitationAnswerInner { crate_id, accepted } = given.crate_owner_invite;
    let crate_id = i64::from(crate_id);
    app.registry.answer_invitation(&call, crate_id, accepted).await?;
    Ok(answered(crate_id, accepted))
}

/// Accepts an invitation for whoever it was sent to: the secret is in the mail.
#[utoipa::path(put, path = "/api/v1/me/crate_owner_invitations/accept/{token}", operation_id = "accept_owner_invitation", tag = "owners",
    params(("token" = String, Path, description = "The secret from the mail")),
    responses((status = 200, body = OwnerInvitationAnswered), (status = 403, body = Errors), (status = 404, body = Errors), (status = 410, body = Errors)))]
pub(super) async fn accept(
    State(app): State<App>,
    Caller(call): Caller,
    PathText(secret): PathText,
) -> ApiResult<Json<OwnerInvitationAnswered>> {
    let crate_id = app.registry.accept_invitation_by_secret(&call, &secret).await?;
    Ok(answered(crate_id, true))
}

fn answered(crate_id: i64, accepted: bool) -> Json<OwnerInvitationAnswered> {
    Json(OwnerInvitationAnswered { crate_owner_invitation: OwnerInvitationAnswer { crate_id, accepted } })
}

/// The id that is asked for. Unlike elsewhere, an empty one is a mistake.
fn invitee_id(params: &Params) -> Result<Option<i64>, ApiError> {
    let Some(text) = params.raw("invitee_id")? else { return Ok(None) };
    let id = text.parse::<i32>();
    id.map(|id| Some(i64::from(id))).map_err(|_| {
        ApiError::bad_request(format!(
            "failed to deserialize query string: invitee_id: `{text}` is no id; ids are numbers"
        ))
    })
}

/// Where the page begins, and how long it is.
fn place(paging: &Paging<'_>) -> Result<(Option<InvitationKey>, usize), ApiError> {
    if paging.page.is_some() {
        return Err(ApiError::bad_request("`page` is not supported for this list; follow `next_page`"));
    }
    Ok((paging.seek.map(seek::decode_invitation).transpose()?, paging.limit()?))
}
