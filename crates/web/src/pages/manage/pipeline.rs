//! Pipelines that may publish, as lists show them, and what a form says of one.

use cargohold_protocol::Timestamp;
use cargohold_protocol::api::ClaimRule;
use cargohold_registry::{PublishersOf, TrustedPipeline, TrustedProvider, TrustedPublisher, describe_publisher};

use crate::app::App;
use crate::pages::form::Form;
use crate::pages::refusal::PageError;
use crate::pages::visit::Visit;

/// The names of the fields, by which refusals call them.
const FIELDS: [&str; 8] = [
    "repository_owner",
    "repository_name",
    "workflow_filename",
    "namespace",
    "project",
    "workflow_filepath",
    "environment",
    "provider",
];

/// A pipeline that may publish a crate.
pub(super) struct Pipeline {
    pub(super) id: i64,
    /// Which crate.
    pub(super) krate: String,
    /// Whether the crate is yet to be published.
    pub(super) is_pending: bool,
    /// `github`, `gitlab` or `oidc`.
    pub(super) provider: String,
    /// What it is, as labels and values.
    pub(super) facts: Vec<(String, String)>,
    pub(super) created_at: Timestamp,
}

impl From<TrustedPublisher> for Pipeline {
    fn from(publisher: TrustedPublisher) -> Self {
        Self {
            id: publisher.id,
            facts: describe_publisher(&publisher),
            krate: publisher.crate_name,
            is_pending: publisher.crate_id.is_none(),
            provider: publisher.provider,
            created_at: Timestamp::from_micros(publisher.created_at),
        }
    }
}

/// The pipelines of a crate or a user, whoever vouches for them.
pub(super) async fn list_pipelines(app: &App, visit: &Visit, of: &PublishersOf) -> Result<Vec<Pipeline>, PageError> {
    let mut all = Vec::new();
    for provider in TrustedProvider::ALL {
        let found = app.registry.list_trusted_publishers(visit.call(), provider, of).await?;
        all.extend(found.into_iter().map(Pipeline::from));
    }
    Ok(all)
}

/// What a form says of a pipeline.
pub(super) fn read(form: &Form, provider: TrustedProvider) -> TrustedPipeline {
    let text = |name: &str| form.text(name).to_owned();
    let environment = form.some("environment").map(str::to_owned);
    match provider {
        TrustedProvider::GitHub => TrustedPipeline::GitHub {
            owner: text("repository_owner"),
            repository: text("repository_name"),
            workflow: text("workflow_filename"),
            environment,
        },
        TrustedProvider::GitLab => TrustedPipeline::GitLab {
            namespace: text("namespace"),
            project: text("project"),
            workflow: text("workflow_filepath"),
            environment,
        },
        TrustedProvider::Oidc => TrustedPipeline::Oidc { issuer: text("provider"), rules: read_rules(form) },
    }
}

/// The rules of a form, without rows that nobody has filled in.
fn read_rules(form: &Form) -> Vec<ClaimRule> {
    let rows = rows(form).into_iter().filter(|(claim, pattern)| !claim.is_empty() || !pattern.is_empty());
    rows.map(|(claim, pattern)| ClaimRule { claim, pattern }).collect()
}

/// All rows of rules in a form, as they were typed.
pub(super) fn rows(form: &Form) -> Vec<(String, String)> {
    let trimmed = |name: &str| form.all(name).into_iter().map(|text| text.trim().to_owned()).collect::<Vec<_>>();
    trimmed("claim").into_iter().zip(trimmed("pattern")).collect()
}

/// The field that a refusal speaks of; an empty name if it speaks of the form as a whole.
pub(super) fn field_of(refusal: &str) -> &'static str {
    let called = |field: &&&'static str| refusal.contains(&format!("`{field}`"));
    FIELDS.iter().find(called).copied().unwrap_or_default()
}

/// What the address of a repository tells of its pipelines: who vouches for them, and whose they are.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Guess {
    pub(super) provider: TrustedProvider,
    pub(super) owner: String,
    pub(super) repository: String,
}

impl Guess {
    /// Reads the address of a repository at GitHub or at some GitLab.
    pub(super) fn from_repository(address: &str) -> Option<Self> {
        let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"))?;
        let rest = rest.split(['?', '#']).next()?;
        let (host, path) = rest.split_once('/')?;
        // What lies behind `/-/` is a page of the project.
        let path = path.split("/-/").next()?.trim_matches('/');
        let host = host.to_ascii_lowercase();
        let (provider, owner, repository) = if matches!(host.as_str(), "github.com" | "www.github.com") {
            let mut parts = path.split('/');
            (TrustedProvider::GitHub, parts.next()?, parts.next()?)
        } else if host == "gitlab.com" || host.starts_with("gitlab.") {
            let (namespace, project) = path.rsplit_once('/')?;
            (TrustedProvider::GitLab, namespace, project)
        } else {
            return None;
        };
        let repository = repository.strip_suffix(".git").unwrap_or(repository);
        let is_whole = !owner.is_empty() && !repository.is_empty();
        is_whole.then(|| Self { provider, owner: owner.to_owned(), repository: repository.to_owned() })
    }

    /// A form that is filled in as far as the address tells.
    pub(super) fn form(&self) -> Form {
        let (owner, repository, workflow) = match self.provider {
            TrustedProvider::GitHub => ("repository_owner", "repository_name", ("workflow_filename", "release.yml")),
            _ => ("namespace", "project", ("workflow_filepath", ".gitlab-ci.yml")),
        };
        Form::with(&[(owner, &self.owner), (repository, &self.repository), workflow])
    }
}

#[cfg(test)]
mod tests;
