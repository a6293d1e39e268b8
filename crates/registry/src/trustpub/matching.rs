//! Which configurations a pipeline fits, by what its provider says of it (contract part 2, §8.2, step 4).

use cargohold_protocol::api::{self, TrustpubData};
use cargohold_providers::pipeline::{ClaimError, ClaimRule, GitHubRun, GitLabJob, matches};
use cargohold_providers::{Kind, Proof};
use cargohold_store::{Tx, trusted_publishers};

use super::{TrustedProvider, TrustedPublisher};
use crate::version_view::stored_json;
use crate::{Error, Result};

/// The longest `sub` and owner id, in bytes.
const MAX_CLAIM_BYTES: usize = 255;

/// A pipeline that has proved who it is.
pub(super) struct Pipeline {
    /// What is remembered of it.
    pub(super) data: TrustpubData,
    /// The configurations it fits; at least one.
    pub(super) publishers: Vec<TrustedPublisher>,
}

/// Refuses a proof that fits no configuration, in a transaction that only reads.
pub(super) async fn check(tx: &mut Tx, proof: &Proof) -> Result<()> {
    pipeline(tx, proof, false).await.map(drop)
}

/// Finds the configurations that a proof fits. The ids of owner and repository are learned if they were unknown so far.
pub(super) async fn find(tx: &mut Tx, proof: &Proof) -> Result<Pipeline> {
    pipeline(tx, proof, true).await
}

async fn pipeline(tx: &mut Tx, proof: &Proof, is_learning: bool) -> Result<Pipeline> {
    match proof.kind {
        Kind::GitHub => {
            let run = GitHubRun::from_claims(&proof.claims).map_err(refuse_claim)?;
            let publishers = Job {
                provider: TrustedProvider::GitHub,
                owner: &run.repository_owner,
                repository: &run.repository_name,
                owner_id: &run.repository_owner_id.to_string(),
                repository_id: text(proof, "repository_id"),
                workflow: &run.workflow_filename,
                environment: run.environment.as_deref(),
                is_learning,
            }
            .find(tx)
            .await?;
            let repository = run.repository();
            Ok(Pipeline { data: TrustpubData::GitHub { repository, run_id: run.run_id, sha: run.sha }, publishers })
        }
        Kind::GitLab => {
            let job = GitLabJob::from_claims(&proof.claims).map_err(refuse_claim)?;
            let publishers = Job {
                provider: TrustedProvider::GitLab,
                owner: &job.namespace,
                repository: &job.project,
                owner_id: &job.namespace_id,
                repository_id: text(proof, "project_id"),
                workflow: &job.workflow_filepath,
                environment: job.environment.as_deref(),
                is_learning,
            }
            .find(tx)
            .await?;
            let project_path = job.project_path();
            Ok(Pipeline { data: TrustpubData::GitLab { project_path, job_id: job.job_id, sha: job.sha }, publishers })
        }
        Kind::Other => find_by_rules(tx, proof).await,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` gives")]
fn refuse_claim(error: ClaimError) -> Error {
    Error::Refused(error.to_string())
}

/// A claim that may be missing.
fn text<'p>(proof: &'p Proof, claim: &str) -> Option<&'p str> {
    proof.claims.get(claim).and_then(serde_json::Value::as_str)
}

/// A job in a repository, as its provider describes it.
struct Job<'j> {
    provider: TrustedProvider,
    owner: &'j str,
    repository: &'j str,
    owner_id: &'j str,
    repository_id: Option<&'j str>,
    workflow: &'j str,
    environment: Option<&'j str>,
    /// Whether configurations remember ids that they did not know.
    is_learning: bool,
}

impl Job<'_> {
    async fn find(&self, tx: &mut Tx) -> Result<Vec<TrustedPublisher>> {
        // What cannot be in a configuration need not be looked for.
        let is_odd = |text: &str| text.contains('\0') || text.len() > MAX_CLAIM_BYTES;
        if [self.owner, self.repository, self.owner_id].into_iter().chain(self.repository_id).any(is_odd) {
            return Err(self.unknown());
        }
        let found = self.fitting(tx).await?;
        let knows_all = |publisher: &TrustedPublisher| {
            publisher.owner_id.is_some() && (publisher.repository_id.is_some() || self.repository_id.is_none())
        };
        if !self.is_learning || found.iter().all(knows_all) {
            return Ok(found);
        }
        self.teach(tx).await?;
        // Somebody else may have taught other ids since.
        self.fitting(tx).await
    }

    /// Makes all configurations of the repository remember whose it is and which, as far as they did not know.
    async fn teach(&self, tx: &mut Tx) -> Result<()> {
        let (provider, owner, repository) = (self.provider.as_str(), self.owner, self.repository);
        trusted_publishers::learn_owner_id(tx, provider, owner, repository, self.owner_id).await?;
        if let Some(id) = self.repository_id {
            trusted_publishers::learn_repository_id(tx, provider, self.owner_id, owner, repository, id).await?;
        }
        Ok(())
    }

    async fn fitting(&self, tx: &mut Tx) -> Result<Vec<TrustedPublisher>> {
        let provider = self.provider.as_str();
        let mut found = trusted_publishers::list_of_repository(tx, provider, self.owner, self.repository).await?;
        if found.is_empty() {
            return Err(self.unknown());
        }
        let expected = list(found.iter().filter_map(|publisher| publisher.owner_id.as_deref()));
        found.retain(|publisher| publisher.owner_id.as_deref().is_none_or(|id| id == self.owner_id));
        self.insist(&found, "the owner's id", &expected, self.owner_id)?;

        let expected = list(found.iter().filter_map(|publisher| publisher.repository_id.as_deref()));
        found.retain(|publisher| {
            publisher.repository_id.is_none() || publisher.repository_id.as_deref() == self.repository_id
        });
        self.insist(&found, "the repository's id", &expected, self.repository_id.unwrap_or("none"))?;

        let expected = list(found.iter().map(|publisher| &*publisher.workflow));
        found.retain(|publisher| publisher.workflow == self.workflow);
        self.insist(&found, "the workflow", &expected, self.workflow)?;

        let expected = list(found.iter().filter_map(|publisher| publisher.environment.as_deref()));
        let given = self.environment.map(str::to_lowercase);
        let fits = |wanted: &String| given.as_deref() == Some(&*wanted.to_lowercase());
        found.retain(|publisher| publisher.environment.as_ref().is_none_or(fits));
        self.insist(&found, "the environment", &expected, self.environment.unwrap_or("none"))?;
        Ok(found)
    }

    fn unknown(&self) -> Error {
        let (owner, repository) = (self.owner.replace('\0', "\u{fffd}"), self.repository.replace('\0', "\u{fffd}"));
        Error::Refused(format!(
            "no crate trusts the repository `{owner}/{repository}`; add it as a trusted publisher in the settings of the crate"
        ))
    }

    fn insist(&self, found: &[TrustedPublisher], what: &str, expected: &str, given: &str) -> Result<()> {
        if !found.is_empty() {
            return Ok(());
        }
        let (owner, repository) = (self.owner, self.repository);
        Err(Error::Refused(format!(
            "{what} of this run of `{owner}/{repository}` is `{given}`, and its trusted publishers expect {expected}; change \
             one to fit the other"
        )))
    }
}

/// Values in the order in which they come, each once.
fn list<'v>(values: impl Iterator<Item = &'v str>) -> String {
    let mut shown: Vec<String> = Vec::new();
    for value in values.map(|value| format!("`{value}`")) {
        if !shown.contains(&value) {
            shown.push(value);
        }
    }
    shown.join(" or ")
}

async fn find_by_rules(tx: &mut Tx, proof: &Proof) -> Result<Pipeline> {
    let subject = text(proof, "sub");
    let is_good = |subject: &&str| subject.len() <= MAX_CLAIM_BYTES && !subject.chars().any(char::is_control);
    let subject = subject.filter(is_good).ok_or_else(|| {
        Error::Refused("the claim `sub` of the JWT is missing or too long; it must say whose pipeline it is".to_owned())
    })?;
    let provider = TrustedProvider::Oidc.as_str();
    let mut publishers = Vec::new();
    for publisher in trusted_publishers::list_of_repository(tx, provider, &proof.issuer, "").await? {
        let rules: Vec<api::ClaimRule> = stored_json(publisher.rules.as_deref().unwrap_or("[]"))?;
        let rules = rules.into_iter().map(|rule| ClaimRule { claim: rule.claim, pattern: rule.pattern });
        if matches(&rules.collect::<Vec<_>>(), &proof.claims) {
            publishers.push(publisher);
        }
    }
    if publishers.is_empty() {
        return Err(Error::Refused(format!(
            "no crate trusts the pipeline `{subject}` of `{}`; add it as a trusted publisher, and check the rules against the \
             claims of the JWT",
            proof.issuer
        )));
    }
    let data = TrustpubData::Oidc { issuer: proof.issuer.clone(), subject: subject.to_owned() };
    Ok(Pipeline { data, publishers })
}
