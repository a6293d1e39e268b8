//! API tokens (contract part 2, §5).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use cargohold_protocol::Timestamp;
use cargohold_protocol::api::{ApiTokenCreated, ApiTokenFound, ApiTokens, Errors, Nothing, TokensRevoked};
use cargohold_registry::WantedToken;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Caller, Json, JsonBody, PathId, uncached};
use crate::params::Params;

/// Lists the tokens of whoever is signed in.
#[utoipa::path(get, path = "/api/v1/me/tokens", operation_id = "list_api_tokens", tag = "tokens",
    params(("expired_days" = Option<i64>, Query, maximum = 1_000_000, description = "Also those that have expired in so many days")),
    responses((status = 200, body = ApiTokens), (status = 400, body = Errors), (status = 403, body = Errors)),
    security(("session" = [])))]
pub(super) async fn list(State(app): State<App>, Caller(call): Caller, params: Params) -> ApiResult<Response> {
    let expired_days = params.whole_number("expired_days")?;
    Ok(uncached(ApiTokens { api_tokens: app.registry.list_my_tokens(&call, expired_days).await? }))
}

/// A token to be.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewApiToken {
    api_token: TokenSettings,
}

/// What a token is to be like.
#[derive(Deserialize, ToSchema)]
struct TokenSettings {
    /// What to call it.
    #[schema(min_length = 1, pattern = r"^[^\x00]+$")]
    name: String,
    /// Patterns of the crates it covers: names, `prefix*` or `*`. Null or empty for all.
    crate_scopes: Option<Vec<String>>,
    /// What it may be used for: `publish-new`, `publish-update`, `yank`, `change-owners`, `trusted-publishing`, `read`. Null for
    /// everything, where the operator allows that.
    endpoint_scopes: Option<Vec<String>>,
    /// When it stops working; null for never.
    expired_at: Option<Timestamp>,
}

/// Creates a token for whoever is signed in. Its secret is shown only now.
#[utoipa::path(put, path = "/api/v1/me/tokens", operation_id = "create_api_token", tag = "tokens",
    request_body = NewApiToken,
    responses((status = 200, body = ApiTokenCreated), (status = 400, body = Errors), (status = 403, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors), (status = 429, body = Errors, headers(("Retry-After" = String, description = "The date from which on it works again"))), (status = 503, body = Errors)),
    security(("session" = [])))]
pub(super) async fn create(
    State(app): State<App>,
    Caller(call): Caller,
    JsonBody(new): JsonBody<NewApiToken>,
) -> ApiResult<Json<ApiTokenCreated>> {
    let TokenSettings { name, crate_scopes, endpoint_scopes, expired_at } = new.api_token;
    let wanted = WantedToken { name, endpoint_scopes, crate_scopes, expires_at: expired_at };
    Ok(Json(ApiTokenCreated { api_token: app.registry.create_my_token(&call, &wanted).await? }))
}

/// Revokes all tokens of whoever is signed in.
#[utoipa::path(delete, path = "/api/v1/me/tokens", operation_id = "revoke_all_api_tokens", tag = "tokens",
    responses((status = 200, body = TokensRevoked), (status = 403, body = Errors)), security(("session" = [])))]
pub(super) async fn revoke_all(State(app): State<App>, Caller(call): Caller) -> ApiResult<Json<TokensRevoked>> {
    Ok(Json(TokensRevoked { revoked: app.registry.revoke_all_my_tokens(&call).await? }))
}

/// Shows a token of whoever asks, even if it is revoked or expired.
#[utoipa::path(get, path = "/api/v1/me/tokens/{id}", operation_id = "find_api_token", tag = "tokens",
    params(("id" = i32, Path, description = "The id of the token")),
    responses((status = 200, body = ApiTokenFound), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn find(State(app): State<App>, PathId(id): PathId, Caller(call): Caller) -> ApiResult<Response> {
    Ok(uncached(ApiTokenFound { api_token: app.registry.find_my_token(&call, id).await? }))
}

/// Revokes a token of whoever asks. Nothing happens if they have no such token.
#[utoipa::path(delete, path = "/api/v1/me/tokens/{id}", operation_id = "revoke_api_token", tag = "tokens",
    params(("id" = i32, Path, description = "The id of the token")),
    responses((status = 200, body = Nothing), (status = 400, body = Errors), (status = 403, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn revoke(
    State(app): State<App>,
    PathId(id): PathId,
    Caller(call): Caller,
) -> ApiResult<Json<Nothing>> {
    app.registry.revoke_my_token(&call, id).await?;
    Ok(Json(Nothing {}))
}

/// Revokes the token that is presented, whatever it may be used for otherwise.
#[utoipa::path(delete, path = "/api/v1/tokens/current", operation_id = "revoke_current_api_token", tag = "tokens",
    responses((status = 204), (status = 400, body = Errors), (status = 401, body = Errors), (status = 403, body = Errors)),
    security(("api_token" = [])))]
pub(super) async fn revoke_current(State(app): State<App>, Caller(call): Caller) -> ApiResult<StatusCode> {
    app.registry.revoke_current_token(&call).await?;
    Ok(StatusCode::NO_CONTENT)
}
