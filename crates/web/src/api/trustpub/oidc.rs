//! `/api/v1/trusted_publishing/oidc_configs`: pipelines of any other issuer that may publish a crate. Beyond the reference.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use cargohold_protocol::api::{ClaimRule, ConfigListMeta, Errors, OidcConfig};
use cargohold_registry::{NewTrustedPublisher, TrustedPipeline, TrustedProvider, show_oidc_config};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{asked, page};
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Caller, Json, JsonBody, PathId};
use crate::params::Params;

/// A pipeline to trust.
#[derive(Deserialize, ToSchema)]
pub(in crate::api) struct NewOidcConfigBody {
    oidc_config: NewOidcConfig,
}

/// A pipeline and the crate it may publish.
#[derive(Deserialize, ToSchema)]
struct NewOidcConfig {
    /// The crate.
    #[serde(rename = "crate")]
    krate: String,
    /// What this registry's operator calls the issuer.
    #[schema(min_length = 1, max_length = 255, pattern = r"^[^\x00]*$")]
    provider: String,
    /// What its JWT must say. One rule must be on a claim that tells whose pipeline it is, such as `sub`.
    #[schema(min_items = 1, max_items = 10)]
    rules: Vec<ClaimRule>,
    /// Whether the crate may be one that does not exist yet: whoever makes the configuration will own it.
    #[serde(default)]
    pending: bool,
}

/// A pipeline that is trusted.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct OidcConfigCreated {
    oidc_config: OidcConfig,
}

/// A page of configurations.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct OidcConfigs {
    /// In order of their ids.
    oidc_configs: Vec<OidcConfig>,
    /// How it goes on.
    meta: ConfigListMeta,
}

/// Lists trusted publishers of the kind oidc.
#[utoipa::path(get, path = "/api/v1/trusted_publishing/oidc_configs", operation_id = "list_trustpub_oidc_configs", tag = "trusted_publishing",
    params(
        ("crate" = Option<String>, Query, description = "Those of this crate; either this or `user_id`"),
        ("user_id" = Option<i32>, Query, description = "Those of all crates of the user who asks"),
        ("per_page" = Option<u32>, Query, minimum = 1, maximum = 100, description = "How many a page has"),
        ("seek" = Option<String>, Query, description = "From `next_page`"),
    ),
    responses((status = 200, body = OidcConfigs), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(in crate::api) async fn list(State(app): State<App>, Caller(call): Caller, params: Params) -> ApiResult<Response> {
    let all = app.registry.list_trusted_publishers(&call, TrustedProvider::Oidc, &asked(&params)?).await?;
    let (publishers, meta) = page(&params, all)?;
    let oidc_configs = publishers.iter().map(show_oidc_config).collect::<Result<_, _>>()?;
    Ok(super::unstored(OidcConfigs { oidc_configs, meta }))
}

/// Adds a trusted publisher of the kind oidc.
#[utoipa::path(post, path = "/api/v1/trusted_publishing/oidc_configs", operation_id = "create_trustpub_oidc_config", tag = "trusted_publishing",
    request_body = NewOidcConfigBody,
    responses((status = 200, body = OidcConfigCreated), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors), (status = 409, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors), (status = 429, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(in crate::api) async fn create(
    State(app): State<App>,
    Caller(call): Caller,
    JsonBody(NewOidcConfigBody { oidc_config: given }): JsonBody<NewOidcConfigBody>,
) -> ApiResult<Json<OidcConfigCreated>> {
    let pipeline = TrustedPipeline::Oidc { issuer: given.provider, rules: given.rules };
    let new = NewTrustedPublisher { krate: given.krate, is_pending: given.pending, pipeline };
    let publisher = app.registry.add_trusted_publisher(&call, &new).await?;
    Ok(Json(OidcConfigCreated { oidc_config: show_oidc_config(&publisher)? }))
}

/// Removes a trusted publisher of the kind oidc.
#[utoipa::path(delete, path = "/api/v1/trusted_publishing/oidc_configs/{id}", operation_id = "delete_trustpub_oidc_config", tag = "trusted_publishing",
    params(("id" = i32, Path, description = "The id of the configuration")),
    responses((status = 204), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(in crate::api) async fn delete(
    State(app): State<App>,
    Caller(call): Caller,
    PathId(id): PathId,
) -> ApiResult<StatusCode> {
    app.registry.remove_trusted_publisher(&call, TrustedProvider::Oidc, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
