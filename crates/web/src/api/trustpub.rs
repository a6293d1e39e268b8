//! Trusted publishing: the exchange of a JWT for a token, and what lists of configurations have in common (contract part 2, §8).

pub(super) mod github;
pub(super) mod gitlab;
pub(super) mod oidc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use cargohold_protocol::api::{ConfigListMeta, Errors};
use cargohold_registry::{PublishersOf, TrustedPublisher};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Caller, Json, JsonBody};
use crate::params::Params;
use crate::seek;

/// What a pipeline was given by its provider.
#[derive(Deserialize, ToSchema)]
pub(super) struct Jwt {
    /// The JWT, for the audience of this registry.
    jwt: String,
}

/// What the pipeline gets for it.
#[derive(Serialize, ToSchema)]
pub(super) struct Token {
    /// Good for half an hour, as an API token for publishing.
    token: String,
}

/// Exchanges a pipeline's JWT for a token.
#[utoipa::path(post, path = "/api/v1/trusted_publishing/tokens", operation_id = "exchange_trustpub_token", tag = "trusted_publishing",
    request_body = Jwt,
    responses((status = 200, body = Token), (status = 400, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors)))]
pub(super) async fn exchange(
    State(app): State<App>,
    Caller(call): Caller,
    JsonBody(given): JsonBody<Jwt>,
) -> ApiResult<Json<Token>> {
    let secret = app.registry.exchange_jwt(&call, &given.jwt).await?;
    Ok(Json(Token { token: secret.reveal() }))
}

/// Ends the token of a pipeline that is done.
#[utoipa::path(delete, path = "/api/v1/trusted_publishing/tokens", operation_id = "revoke_trustpub_token", tag = "trusted_publishing",
    responses((status = 204), (status = 401, body = Errors)),
    security(("trustpub_token" = [])))]
pub(super) async fn revoke(State(app): State<App>, Caller(call): Caller) -> ApiResult<StatusCode> {
    app.registry.revoke_trustpub_token(&call).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whose configurations a list is to have: `crate` or `user_id`, and not both.
fn asked(params: &Params) -> ApiResult<PublishersOf> {
    match (params.raw("crate")?, params.raw("user_id")?) {
        (Some(name), None) => Ok(PublishersOf::Crate(name.to_owned())),
        (None, Some(id)) => {
            let parsed = id.parse::<i32>();
            let id = parsed.map_err(|_| ApiError::bad_request(format!("`user_id` must be a number, not `{id}`")))?;
            Ok(PublishersOf::User(id.into()))
        }
        _ => Err(ApiError::bad_request("give either `crate` or `user_id`, and not both")),
    }
}

/// The page that is asked for. There is a next one whenever this one is full, even if nothing is left for it.
fn page(params: &Params, all: Vec<TrustedPublisher>) -> ApiResult<(Vec<TrustedPublisher>, ConfigListMeta)> {
    let paging = params.paging()?;
    if paging.page.is_some() {
        return Err(ApiError::bad_request("`page` is not supported for this list; follow `next_page`"));
    }
    let limit = paging.limit()?;
    let after = paging.seek.map(seek::decode_id).transpose()?.unwrap_or(0);
    let total = all.len();
    let page: Vec<TrustedPublisher> = all.into_iter().filter(|publisher| publisher.id > after).take(limit).collect();
    let last = page.last().filter(|_| page.len() == limit);
    let next_page = last.map(|publisher| paging.seek_link(&seek::encode_id(publisher.id)));
    Ok((page, ConfigListMeta { total, next_page }))
}

/// An answer that nobody may keep.
fn unstored<T: Serialize>(list: T) -> Response {
    ([(CACHE_CONTROL, "no-store")], Json(list)).into_response()
}
