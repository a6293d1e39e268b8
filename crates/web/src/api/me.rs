//! `/api/v1/me`: whoever is signed in (contract part 2, §4.1 to §4.3).

use axum::extract::State;
use axum::response::Response;
use cargohold_protocol::api::{Done, Errors, Me, Updates, UpdatesMeta};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Caller, Json, JsonBody, uncached};
use crate::params::Params;

/// Shows whoever is signed in, and what they own.
#[utoipa::path(get, path = "/api/v1/me", operation_id = "get_authenticated_user", tag = "users",
    responses((status = 200, body = Me), (status = 403, body = Errors)), security(("session" = [])))]
pub(super) async fn me(State(app): State<App>, Caller(call): Caller) -> ApiResult<Response> {
    Ok(uncached(app.registry.me(&call).await?))
}

/// Lists new versions of the crates that whoever is signed in follows.
#[utoipa::path(get, path = "/api/v1/me/updates", operation_id = "get_authenticated_user_updates", tag = "users",
    params(
        ("page" = Option<i64>, Query, minimum = 1, maximum = 4_294_967_295_u32, description = "Which page, counted from 1"),
        ("per_page" = Option<u32>, Query, minimum = 1, maximum = 100, description = "How many versions a page has"),
    ),
    responses((status = 200, body = Updates), (status = 400, body = Errors), (status = 403, body = Errors)),
    security(("session" = [])))]
pub(super) async fn updates(State(app): State<App>, Caller(call): Caller, params: Params) -> ApiResult<Response> {
    let actor = app.registry.who_is_signed_in(&call).await?;
    let page = params.paging()?.offset()?;
    let versions = app.registry.list_updates(&actor, page.skip, page.limit).await?;
    let meta = UpdatesMeta { more: versions.len() == page.limit };
    Ok(uncached(Updates { versions, meta }))
}

/// What somebody wants for one of their crates.
#[derive(Deserialize, ToSchema)]
pub(super) struct EmailNotifications {
    /// The id of the crate.
    id: i32,
    /// Whether they want mails about it.
    email_notifications: bool,
}

/// Remembers for which of their crates somebody wants mails.
///
/// No mail depends on it; see `publish_notifications` of the user instead.
#[utoipa::path(put, path = "/api/v1/me/email_notifications", operation_id = "update_email_notifications", tag = "users",
    request_body = Vec<EmailNotifications>,
    responses((status = 200, body = Done), (status = 400, body = Errors), (status = 403, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn set_email_notifications(
    State(app): State<App>,
    Caller(call): Caller,
    JsonBody(wishes): JsonBody<Vec<EmailNotifications>>,
) -> ApiResult<Json<Done>> {
    let wishes: Vec<_> = wishes.iter().map(|wish| (i64::from(wish.id), wish.email_notifications)).collect();
    app.registry.set_email_notifications(&call, &wishes).await?;
    Ok(Json(Done::OK))
}
