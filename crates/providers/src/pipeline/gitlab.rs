//! A job of a GitLab CI pipeline.

use serde_json::{Map, Value};

use super::{ClaimError, optional_text, text, unreadable, yaml_stem};

/// What GitLab says about the job that asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitLabJob {
    /// The group the project is in, with the groups that is in. Compared without regard to case.
    pub namespace: String,
    /// The project's name without its groups. Compared without regard to case.
    pub project: String,
    /// The group's id, which a later group of the same name does not get.
    pub namespace_id: String,
    /// The file that describes the pipeline, from the root of its repository. Compared exactly.
    pub workflow_filepath: String,
    /// The environment the job runs in. Compared without regard to case.
    pub environment: Option<String>,
    /// The job, for the record.
    pub job_id: String,
    /// The commit, for the record.
    pub sha: String,
}

impl GitLabJob {
    /// Reads the claims of a JWT of GitLab's.
    ///
    /// # Errors
    ///
    /// When one is missing or unreadable.
    pub fn from_claims(claims: &Map<String, Value>) -> Result<Self, ClaimError> {
        let path = text(claims, "project_path")?;
        let parts = path.rsplit_once('/').filter(|(namespace, project)| !namespace.is_empty() && !project.is_empty());
        let (namespace, project) = parts.ok_or_else(|| unreadable("project_path", &path, "a group and a project"))?;
        let uri = text(claims, "ci_config_ref_uri")?;
        let file = workflow_filepath(&uri);
        let file = file.ok_or_else(|| unreadable("ci_config_ref_uri", &uri, "the path of a YAML file at a ref"))?;
        Ok(Self {
            namespace: namespace.to_owned(),
            project: project.to_owned(),
            namespace_id: text(claims, "namespace_id")?,
            workflow_filepath: file.to_owned(),
            environment: optional_text(claims, "environment")?,
            job_id: text(claims, "job_id")?,
            sha: text(claims, "sha")?,
        })
    }

    /// The project with its groups, in GitLab's spelling.
    #[must_use]
    pub fn project_path(&self) -> String {
        format!("{}/{}", self.namespace, self.project)
    }
}

/// What stands between the first `//` and the last `@`.
fn workflow_filepath(uri: &str) -> Option<&str> {
    let (_, path_at_ref) = uri.split_once("//")?;
    let (path, _) = path_at_ref.rsplit_once('@')?;
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    yaml_stem(name).map(|_| path)
}
