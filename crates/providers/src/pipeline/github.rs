//! A run of a GitHub Actions workflow.

use serde_json::{Map, Value};

use super::{ClaimError, optional_text, text, unreadable, yaml_stem};

/// Events that run a workflow of the default branch, with its rights, at the instigation of strangers.
const REFUSED_EVENTS: [&str; 2] = ["pull_request_target", "workflow_run"];

/// What GitHub says about the run that asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitHubRun {
    /// Who owns the repository. Compared without regard to case.
    pub repository_owner: String,
    /// The repository's name without its owner. Compared without regard to case.
    pub repository_name: String,
    /// The owner's id, which a later owner of the same name does not get.
    pub repository_owner_id: i32,
    /// The file of the workflow, without its folder. Compared exactly.
    pub workflow_filename: String,
    /// The environment the job runs in. Compared without regard to case.
    pub environment: Option<String>,
    /// The run, for the record.
    pub run_id: String,
    /// The commit, for the record.
    pub sha: String,
}

impl GitHubRun {
    /// Reads the claims of a JWT of GitHub's.
    ///
    /// # Errors
    ///
    /// When one is missing or unreadable, or when the workflow was started by an event that strangers can cause.
    pub fn from_claims(claims: &Map<String, Value>) -> Result<Self, ClaimError> {
        let event = text(claims, "event_name")?;
        if REFUSED_EVENTS.contains(&event.as_str()) {
            return Err(ClaimError::RefusedEvent(event));
        }
        let (repository_owner, repository_name) = repository(&text(claims, "repository")?)?;
        let owner_id = text(claims, "repository_owner_id")?;
        let workflow = text(claims, "workflow_ref")?;
        let file = workflow_filename(&workflow);
        let file = file.ok_or_else(|| unreadable("workflow_ref", &workflow, "the path of a YAML file at a ref"))?;
        Ok(Self {
            repository_owner,
            repository_name,
            repository_owner_id: id(&owner_id)?,
            workflow_filename: file.to_owned(),
            environment: optional_text(claims, "environment")?,
            run_id: text(claims, "run_id")?,
            sha: text(claims, "sha")?,
        })
    }

    /// `owner/name`, in GitHub's spelling.
    #[must_use]
    pub fn repository(&self) -> String {
        format!("{}/{}", self.repository_owner, self.repository_name)
    }
}

fn repository(claim: &str) -> Result<(String, String), ClaimError> {
    let parts = claim.split_once('/');
    let parts = parts.filter(|(owner, name)| !owner.is_empty() && !name.is_empty() && !name.contains('/'));
    let (owner, name) = parts.ok_or_else(|| unreadable("repository", claim, "an owner and a name"))?;
    Ok((owner.to_owned(), name.to_owned()))
}

/// Digits alone: `i32` would also take a sign.
fn id(claim: &str) -> Result<i32, ClaimError> {
    let digits = Some(claim).filter(|claim| claim.bytes().all(|byte| byte.is_ascii_digit()));
    let id = digits.and_then(|digits| digits.parse().ok());
    id.ok_or_else(|| unreadable("repository_owner_id", claim, "a number below 2147483648"))
}

/// The first segment in which a YAML file's name is followed by `@`, up to the last such `@` in it. Refs and names of files
/// may have an `@` and `.yml` in them, too; segments of a path cannot have a slash.
fn workflow_filename(workflow_ref: &str) -> Option<&str> {
    workflow_ref.split('/').find_map(|segment| {
        let mut files = segment.rmatch_indices('@').map(|(end, _)| &segment[..end]);
        files.find(|file| yaml_stem(file).is_some())
    })
}
