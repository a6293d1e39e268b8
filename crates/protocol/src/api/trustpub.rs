//! Trusted publishing: which pipelines may publish a crate (contract part 2, §8.1).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Timestamp;

/// A workflow of GitHub Actions that may publish a crate.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GitHubConfig {
    /// The id, by which it is removed.
    pub id: i64,
    /// The crate.
    #[serde(rename = "crate")]
    pub krate: String,
    /// The user or organisation that owns the repository.
    pub repository_owner: String,
    /// Its id at GitHub; null until it is known, at the latest with the first exchange.
    #[schema(required)]
    pub repository_owner_id: Option<i64>,
    /// The repository.
    pub repository_name: String,
    /// The file of the workflow, without its folder.
    pub workflow_filename: String,
    /// The environment it must run in, or null for any.
    #[schema(required)]
    pub environment: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// True while the crate does not exist, absent afterwards.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub pending: bool,
}

/// A pipeline of GitLab CI that may publish a crate.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GitLabConfig {
    /// The id, by which it is removed.
    pub id: i64,
    /// The crate.
    #[serde(rename = "crate")]
    pub krate: String,
    /// The group or user that the project is in, with the groups above.
    pub namespace: String,
    /// Its id at GitLab; null until the first exchange.
    #[schema(required)]
    pub namespace_id: Option<String>,
    /// The project.
    pub project: String,
    /// The file that describes the pipeline.
    pub workflow_filepath: String,
    /// The environment it must run in, or null for any.
    #[schema(required)]
    pub environment: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// True while the crate does not exist, absent afterwards.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub pending: bool,
}

/// A pipeline of any other issuer that may publish a crate: one whose claims satisfy all rules.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OidcConfig {
    /// The id, by which it is removed.
    pub id: i64,
    /// The crate.
    #[serde(rename = "crate")]
    pub krate: String,
    /// What this registry's operator calls the issuer.
    pub provider: String,
    /// What it must say.
    pub rules: Vec<ClaimRule>,
    /// When it was made.
    pub created_at: Timestamp,
    /// True while the crate does not exist, absent afterwards.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub pending: bool,
}

/// What one claim must say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClaimRule {
    /// The name of the claim; a dot leads into an object.
    #[schema(min_length = 1, max_length = 255, pattern = r"^[^\x00]*$")]
    pub claim: String,
    /// What it must say, to the letter, except that `*` stands for any text.
    #[schema(min_length = 1, max_length = 255, pattern = r"^[^\x00]*$")]
    pub pattern: String,
}

/// How a list of configurations goes on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConfigListMeta {
    /// How many there are on all pages.
    pub total: usize,
    /// The query string of the next page. The page may turn out empty.
    #[schema(required)]
    pub next_page: Option<String>,
}
