//! People: shown to everybody, changed by themselves, reviewed by administrators (contract part 2, §4.4 to §4.8, §12).

use axum::extract::State;
use axum::response::Response;
use cargohold_protocol::api::{Done, Errors, UserFound, UserReview, UserStats};
use cargohold_registry::UserChange;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Caller, Json, JsonBody, PathId, PathText, uncached};

/// Shows a person.
#[utoipa::path(get, path = "/api/v1/users/{user}", operation_id = "find_user", tag = "users",
    params(("user" = String, Path, description = "The login in any spelling")),
    responses((status = 200, body = UserFound), (status = 400, body = Errors), (status = 404, body = Errors)))]
pub(super) async fn find(State(app): State<App>, PathText(login): PathText) -> ApiResult<Json<UserFound>> {
    Ok(Json(UserFound { user: app.registry.find_user(&login).await? }))
}

/// What to change of a person.
#[derive(Deserialize, ToSchema)]
pub(super) struct UserPatch {
    user: UserSettings,
}

/// Settings of a person; what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
struct UserSettings {
    /// The email address, which is then to be confirmed.
    email: Option<String>,
    /// Whether they get a mail for every publish of their crates.
    publish_notifications: Option<bool>,
}

/// Changes whoever asks.
///
/// A new address gets a mail with a link that is good for a week. Entering the same address once more sends another link, and the
/// one before is no longer good: it is not known in clear, so it cannot be sent again.
#[utoipa::path(put, path = "/api/v1/users/{user}", operation_id = "update_user", tag = "users",
    params(("user" = i32, Path, description = "The caller's own id")), request_body = UserPatch,
    responses((status = 200, body = Done), (status = 400, body = Errors), (status = 403, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors), (status = 429, body = Errors, headers(("Retry-After" = String, description = "The date from which on it works again")))),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn change(
    State(app): State<App>,
    PathId(id): PathId,
    Caller(call): Caller,
    JsonBody(patch): JsonBody<UserPatch>,
) -> ApiResult<Json<Done>> {
    let UserSettings { email, publish_notifications } = patch.user;
    app.registry.change_user(&call, id, &UserChange { email, publish_notifications }).await?;
    Ok(Json(Done::OK))
}

/// Shows how often the crates of a person were downloaded.
#[utoipa::path(get, path = "/api/v1/users/{id}/stats", operation_id = "get_user_stats", tag = "users",
    params(("id" = i32, Path, description = "The id of the person")),
    responses((status = 200, body = UserStats), (status = 400, body = Errors)))]
pub(super) async fn stats(State(app): State<App>, PathId(id): PathId) -> ApiResult<Json<UserStats>> {
    Ok(Json(UserStats { total_downloads: app.registry.count_downloads_of_owner(id).await? }))
}

/// Sends whoever asks another mail to confirm their address.
#[utoipa::path(put, path = "/api/v1/users/{id}/resend", operation_id = "resend_email_verification", tag = "users",
    params(("id" = i32, Path, description = "The caller's own id")),
    responses((status = 200, body = Done), (status = 400, body = Errors), (status = 403, body = Errors), (status = 429, body = Errors, headers(("Retry-After" = String, description = "The date from which on it works again")))),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn resend(State(app): State<App>, PathId(id): PathId, Caller(call): Caller) -> ApiResult<Json<Done>> {
    app.registry.resend_confirmation(&call, id).await?;
    Ok(Json(Done::OK))
}

/// Confirms an email address by the secret of a mail.
///
/// It may be done again, for a week.
#[utoipa::path(put, path = "/api/v1/confirm/{email_token}", operation_id = "confirm_user_email", tag = "users",
    params(("email_token" = String, Path, description = "The secret of the mail")),
    responses((status = 200, body = Done), (status = 400, body = Errors)))]
pub(super) async fn confirm(
    State(app): State<App>,
    PathText(secret): PathText,
    Caller(call): Caller,
) -> ApiResult<Json<Done>> {
    app.registry.confirm_email(&call, &secret).await?;
    Ok(Json(Done::OK))
}

/// Shows an administrator the address and the crates of a person.
#[utoipa::path(get, path = "/api/private/admin_list/{username}", operation_id = "review_user", tag = "internal",
    params(("username" = String, Path, description = "The login at GitHub, or here if nobody has it there; to the letter")),
    responses((status = 200, body = UserReview), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn review(
    State(app): State<App>,
    PathText(login): PathText,
    Caller(call): Caller,
) -> ApiResult<Response> {
    Ok(uncached(app.registry.review_user(&call, &login).await?))
}
