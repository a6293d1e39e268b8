//! `/api/v1/trusted_publishing/gitlab_configs`: pipelines of GitLab CI that may publish a crate.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use cargohold_protocol::api::{ConfigListMeta, Errors, GitLabConfig};
use cargohold_registry::{NewTrustedPublisher, TrustedPipeline, TrustedProvider, show_gitlab_config};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{asked, page};
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Caller, Json, JsonBody, PathId};
use crate::params::Params;

/// A pipeline to trust.
#[derive(Deserialize, ToSchema)]
pub(in crate::api) struct NewGitLabConfigBody {
    gitlab_config: NewGitLabConfig,
}

/// A pipeline and the crate it may publish.
#[derive(Deserialize, ToSchema)]
struct NewGitLabConfig {
    /// The crate.
    #[serde(rename = "crate")]
    krate: String,
    /// The group or user that the project is in, with the groups above.
    #[schema(min_length = 1, max_length = 255, pattern = r"^[A-Za-z0-9]([A-Za-z0-9_./-]*[A-Za-z0-9])?$")]
    namespace: String,
    /// The project.
    #[schema(min_length = 1, max_length = 255, pattern = r"^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$")]
    project: String,
    /// The file that describes the pipeline, from the root of the repository.
    #[schema(min_length = 1, max_length = 255, pattern = r"^[^/\x00][^\x00]*\.ya?ml$")]
    workflow_filepath: String,
    /// The environment it must run in, or null for any.
    #[schema(min_length = 1, max_length = 255, pattern = r"^[A-Za-z0-9 _/${}-]+$")]
    environment: Option<String>,
    /// Whether the crate may be one that does not exist yet: whoever makes the configuration will own it.
    #[serde(default)]
    pending: bool,
}

/// A pipeline that is trusted.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct GitLabConfigCreated {
    gitlab_config: GitLabConfig,
}

/// A page of configurations.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct GitLabConfigs {
    /// In order of their ids.
    gitlab_configs: Vec<GitLabConfig>,
    /// How it goes on.
    meta: ConfigListMeta,
}

/// Lists trusted publishers of the kind gitlab.
#[utoipa::path(get, path = "/api/v1/trusted_publishing/gitlab_configs", operation_id = "list_trustpub_gitlab_configs", tag = "trusted_publishing",
    params(
        ("crate" = Option<String>, Query, description = "Those of this crate; either this or `user_id`"),
        ("user_id" = Option<i32>, Query, description = "Those of all crates of the user who asks"),
        ("per_page" = Option<u32>, Query, minimum = 1, maximum = 100, description = "How many a page has"),
        ("seek" = Option<String>, Query, description = "From `next_page`"),
    ),
    responses((status = 200, body = GitLabConfigs), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(in crate::api) async fn list(State(app): State<App>, Caller(call): Caller, params: Params) -> ApiResult<Response> {
    let all = app.registry.list_trusted_publishers(&call, TrustedProvider::GitLab, &asked(&params)?).await?;
    let (publishers, meta) = page(&params, all)?;
    let gitlab_configs = publishers.iter().map(show_gitlab_config).collect();
    Ok(super::unstored(GitLabConfigs { gitlab_configs, meta }))
}

/// Adds a trusted publisher of the kind gitlab.
#[utoipa::path(post, path = "/api/v1/trusted_publishing/gitlab_configs", operation_id = "create_trustpub_gitlab_config", tag = "trusted_publishing",
    request_body = NewGitLabConfigBody,
    responses((status = 200, body = GitLabConfigCreated), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors), (status = 409, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors), (status = 429, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(in crate::api) async fn create(
    State(app): State<App>,
    Caller(call): Caller,
    JsonBody(NewGitLabConfigBody { gitlab_config: given }): JsonBody<NewGitLabConfigBody>,
) -> ApiResult<Json<GitLabConfigCreated>> {
    let pipeline = TrustedPipeline::GitLab {
        namespace: given.namespace,
        project: given.project,
        workflow: given.workflow_filepath,
        environment: given.environment,
    };
    let new = NewTrustedPublisher { krate: given.krate, is_pending: given.pending, pipeline };
    let publisher = app.registry.add_trusted_publisher(&call, &new).await?;
    Ok(Json(GitLabConfigCreated { gitlab_config: show_gitlab_config(&publisher) }))
}

/// Removes a trusted publisher of the kind gitlab.
#[utoipa::path(delete, path = "/api/v1/trusted_publishing/gitlab_configs/{id}", operation_id = "delete_trustpub_gitlab_config", tag = "trusted_publishing",
    params(("id" = i32, Path, description = "The id of the configuration")),
    responses((status = 204), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(in crate::api) async fn delete(
    State(app): State<App>,
    Caller(call): Caller,
    PathId(id): PathId,
) -> ApiResult<StatusCode> {
    app.registry.remove_trusted_publisher(&call, TrustedProvider::GitLab, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
