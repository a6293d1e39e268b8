//! `/api/v1/trusted_publishing/github_configs`: workflows of GitHub Actions that may publish a crate.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use cargohold_protocol::api::{ConfigListMeta, Errors, GitHubConfig};
use cargohold_registry::{NewTrustedPublisher, TrustedPipeline, TrustedProvider, show_github_config};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{asked, page};
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Caller, Json, JsonBody, PathId};
use crate::params::Params;

/// A workflow to trust.
#[derive(Deserialize, ToSchema)]
pub(in crate::api) struct NewGitHubConfigBody {
    github_config: NewGitHubConfig,
}

/// A workflow and the crate it may publish.
#[derive(Deserialize, ToSchema)]
struct NewGitHubConfig {
    /// The crate.
    #[serde(rename = "crate")]
    krate: String,
    /// The user or organisation that owns the repository.
    #[schema(min_length = 1, max_length = 255, pattern = r"^[A-Za-z0-9][A-Za-z0-9-]*$")]
    repository_owner: String,
    /// The repository.
    #[schema(min_length = 1, max_length = 255, pattern = r"^[A-Za-z0-9_.-]+$")]
    repository_name: String,
    /// The file of the workflow, without its folder.
    #[schema(min_length = 1, max_length = 255, pattern = r"^[^/\x00]*\.ya?ml$")]
    workflow_filename: String,
    /// The environment it must run in, or null for any.
    #[schema(min_length = 1, max_length = 255, pattern = r"^[A-Za-z0-9_/-]+$")]
    environment: Option<String>,
    /// Whether the crate may be one that does not exist yet: whoever makes the configuration will own it.
    #[serde(default)]
    pending: bool,
}

/// A workflow that is trusted.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct GitHubConfigCreated {
    github_config: GitHubConfig,
}

/// A page of configurations.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct GitHubConfigs {
    /// In order of their ids.
    github_configs: Vec<GitHubConfig>,
    /// How it goes on.
    meta: ConfigListMeta,
}

/// Lists trusted publishers of the kind github.
#[utoipa::path(get, path = "/api/v1/trusted_publishing/github_configs", operation_id = "list_trustpub_github_configs", tag = "trusted_publishing",
    params(
        ("crate" = Option<String>, Query, description = "Those of this crate; either this or `user_id`"),
        ("user_id" = Option<i32>, Query, description = "Those of all crates of the user who asks"),
        ("per_page" = Option<u32>, Query, minimum = 1, maximum = 100, description = "How many a page has"),
        ("seek" = Option<String>, Query, description = "From `next_page`"),
    ),
    responses((status = 200, body = GitHubConfigs), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(in crate::api) async fn list(State(app): State<App>, Caller(call): Caller, params: Params) -> ApiResult<Response> {
    let all = app.registry.list_trusted_publishers(&call, TrustedProvider::GitHub, &asked(&params)?).await?;
    let (publishers, meta) = page(&params, all)?;
    let github_configs = publishers.iter().map(show_github_config).collect();
    Ok(super::unstored(GitHubConfigs { github_configs, meta }))
}

/// Adds a trusted publisher of the kind github.
#[utoipa::path(post, path = "/api/v1/trusted_publishing/github_configs", operation_id = "create_trustpub_github_config", tag = "trusted_publishing",
    request_body = NewGitHubConfigBody,
    responses((status = 200, body = GitHubConfigCreated), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors), (status = 409, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors), (status = 429, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(in crate::api) async fn create(
    State(app): State<App>,
    Caller(call): Caller,
    JsonBody(NewGitHubConfigBody { github_config: given }): JsonBody<NewGitHubConfigBody>,
) -> ApiResult<Json<GitHubConfigCreated>> {
    let pipeline = TrustedPipeline::GitHub {
        owner: given.repository_owner,
        repository: given.repository_name,
        workflow: given.workflow_filename,
        environment: given.environment,
    };
    let new = NewTrustedPublisher { krate: given.krate, is_pending: given.pending, pipeline };
    let publisher = app.registry.add_trusted_publisher(&call, &new).await?;
    Ok(Json(GitHubConfigCreated { github_config: show_github_config(&publisher) }))
}

/// Removes a trusted publisher of the kind github.
#[utoipa::path(delete, path = "/api/v1/trusted_publishing/github_configs/{id}", operation_id = "delete_trustpub_github_config", tag = "trusted_publishing",
    params(("id" = i32, Path, description = "The id of the configuration")),
    responses((status = 204), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(in crate::api) async fn delete(
    State(app): State<App>,
    Caller(call): Caller,
    PathId(id): PathId,
) -> ApiResult<StatusCode> {
    app.registry.remove_trusted_publisher(&call, TrustedProvider::GitHub, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
