//! Configurations as the API shows them.

use cargohold_protocol::Timestamp;
use cargohold_protocol::api::{GitHubConfig, GitLabConfig, OidcConfig};

use super::TrustedPublisher;
use crate::Result;
use crate::version_view::stored_json;

/// A workflow of GitHub Actions, as the API shows it.
#[must_use]
pub fn show_github_config(publisher: &TrustedPublisher) -> GitHubConfig {
    GitHubConfig {
        id: publisher.id,
        krate: publisher.crate_name.clone(),
        repository_owner: publisher.owner.clone(),
        repository_owner_id: publisher.owner_id.as_deref().and_then(|id| id.parse().ok()),
        repository_name: publisher.repository.clone(),
        workflow_filename: publisher.workflow.clone(),
        environment: publisher.environment.clone(),
        created_at: Timestamp::from_micros(publisher.created_at),
        pending: publisher.crate_id.is_none(),
    }
}

/// A pipeline of GitLab CI, as the API shows it.
#[must_use]
pub fn show_gitlab_config(publisher: &TrustedPublisher) -> GitLabConfig {
    GitLabConfig {
        id: publisher.id,
        krate: publisher.crate_name.clone(),
        namespace: publisher.owner.clone(),
        namespace_id: publisher.owner_id.clone(),
        project: publisher.repository.clone(),
        workflow_filepath: publisher.workflow.clone(),
        environment: publisher.environment.clone(),
        created_at: Timestamp::from_micros(publisher.created_at),
        pending: publisher.crate_id.is_none(),
    }
}

/// A pipeline of any other issuer, as the API shows it.
///
/// # Errors
/// When its rules cannot be read.
pub fn show_oidc_config(publisher: &TrustedPublisher) -> Result<OidcConfig> {
    Ok(OidcConfig {
        id: publisher.id,
        krate: publisher.crate_name.clone(),
        provider: publisher.owner.clone(),
        rules: stored_json(publisher.rules.as_deref().unwrap_or("[]"))?,
        created_at: Timestamp::from_micros(publisher.created_at),
        pending: publisher.crate_id.is_none(),
    })
}
