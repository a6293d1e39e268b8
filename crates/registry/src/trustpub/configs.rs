//! Configurations: which pipelines may publish a crate (contract part 2, §8.1).

use cargohold_mail::Letter;
use cargohold_protocol::CrateName;
use cargohold_store::trusted_publishers::{self, NewPublisher};
use cargohold_store::{Tx, crates, owners, users};
use serde_json::{Value, json};

use super::notices::describe;
use super::target::{Target, check_remover, list_concerned, no_owner};
use super::{NewTrustedPublisher, TrustedPipeline, TrustedProvider, TrustedPublisher, fields};
use crate::access::load_crate;
use crate::audit::{self, Deed};
use crate::auth::Need;
use crate::{Actor, Call, Error, Registry, Result, Scope};

/// Whose configurations to list.
#[derive(Clone, Debug)]
pub enum PublishersOf {
    /// Those of a crate.
    Crate(String),
    /// Those of all crates that a user owns, and those that the user has pending.
    User(i64),
}

impl Registry {
    /// Trusts a pipeline with a crate.
    ///
    /// For a crate that does not exist, and only if that is wished, the pipeline is pending: it may publish the first version,
    /// and whoever made the configuration becomes the owner. This counts as publishing a new crate.
    ///
    /// # Errors
    /// In this order: a field is wrong; the caller may not; there is no such crate, or no such crate can be; there are enough
    /// configurations; the caller does not own the crate; their email address is not verified; GitHub does not know the owner.
    pub async fn add_trusted_publisher(&self, call: &Call, new: &NewTrustedPublisher) -> Result<TrustedPublisher> {
        fields::check(&new.pipeline)?;
        self.check_issuer(&new.pipeline)?;
        let actor = self.authorize(call, Need::Scope(Scope::TrustedPublishing, &new.krate)).await?;
        let target = self.find_target(&mut self.store.read().await?, call, &actor, new).await?;
        let row = self.row(&new.pipeline).await?;
        if let Target::Name(_) = target {
            self.spend_new_crate(call, actor.user.id).await?;
        }

        let mut tx = self.store.write().await?;
        // Whoever adds one at the same time waits here, so that there are never too many.
        match target.crate_id() {
            Some(id) => crates::lock(&mut tx, id).await?,
            None => users::lock(&mut tx, actor.user.id).await?,
        }
        let target = self.find_target(&mut tx, call, &actor, new).await?;
        let publisher = row.insert(&mut tx, call, &actor, &target).await?;
        let concerned = list_concerned(&mut tx, &actor, publisher.crate_id).await?;
        record(&mut tx, call, &actor, "trustpub_config.create", &publisher).await?;
        tx.commit().await?;
        self.post_to_owners(call, &concerned, &actor, |is_actor| Letter::TrustpubConfigCreated {
            actor: actor.user.login.clone(),
            is_actor,
            krate: publisher.crate_name.clone(),
            publisher: describe(&publisher),
        })
        .await;
        Ok(publisher)
    }

    /// Trusts a pipeline no longer. Tokens it has already got work until they expire.
    ///
    /// # Errors
    /// When there is no such configuration, or the caller may not.
    pub async fn remove_trusted_publisher(&self, call: &Call, provider: TrustedProvider, id: i64) -> Result<()> {
        let missing = || Error::NoSuchPublisher(id);
        let found = trusted_publishers::find(&mut self.store.read().await?, provider.as_str(), id).await?;
        let publisher = found.ok_or_else(missing)?;
        let need = Need::Scope(Scope::TrustedPublishing, &publisher.crate_name);
        let actor = self.authorize(call, need).await?;
        let mut tx = self.store.write().await?;
        if let Some(id) = publisher.crate_id {
            crates::lock(&mut tx, id).await?;
        }
        check_remover(&mut tx, &actor, &publisher).await?;
        if !trusted_publishers::delete(&mut tx, id).await? {
            return Err(missing());
        }
        let concerned = list_concerned(&mut tx, &actor, publisher.crate_id).await?;
        record(&mut tx, call, &actor, "trustpub_config.delete", &publisher).await?;
        tx.commit().await?;
        self.post_to_owners(call, &concerned, &actor, |is_actor| Letter::TrustpubConfigDeleted {
            actor: actor.user.login.clone(),
            is_actor,
            krate: publisher.crate_name.clone(),
            publisher: describe(&publisher),
        })
        .await;
        Ok(())
    }

    /// The configurations of a crate or a user, in order of their ids. A token with crate patterns sees what they cover.
    ///
    /// # Errors
    /// When the caller may not, there is no such crate, or it is not the caller's, or the user is somebody else.
    pub async fn list_trusted_publishers(
        &self,
        call: &Call,
        provider: TrustedProvider,
        of: &PublishersOf,
    ) -> Result<Vec<TrustedPublisher>> {
        match of {
            PublishersOf::Crate(name) => {
                let actor = self.authorize(call, Need::Scope(Scope::TrustedPublishing, name)).await?;
                let mut tx = self.store.read().await?;
                let krate = load_crate(&mut tx, name).await?;
                if !owners::is_owner(&mut tx, krate.id, actor.user.id).await? {
                    return Err(no_owner(krate.name.as_str()));
                }
                Ok(trusted_publishers::list_of_crate(&mut tx, provider.as_str(), krate.id).await?)
            }
            PublishersOf::User(id) => {
                let actor = self.authorize(call, Need::NamedScopeOnAny(Scope::TrustedPublishing)).await?;
                if actor.user.id != *id {
                    return Err(Error::PublishersOfOthers(*id));
                }
                let mut tx = self.store.read().await?;
                let all = trusted_publishers::list_of_user(&mut tx, provider.as_str(), *id).await?;
                Ok(all.into_iter().filter(|publisher| actor.covers(&publisher.crate_name)).collect())
            }
        }
    }

    /// An issuer of neither GitHub nor GitLab must be one that the operator has named.
    fn check_issuer(&self, pipeline: &TrustedPipeline) -> Result<()> {
        let known = &self.settings.trustpub_issuers;
        match pipeline {
            TrustedPipeline::Oidc { issuer, .. } if !known.contains(issuer) => {
                let known = if known.is_empty() { "none".to_owned() } else { format!("`{}`", known.join("`, `")) };
                Err(Error::Refused(format!(
                    "this registry knows no issuer `{issuer}` ({known}); its operator can add it to `trustpub.oidc`"
                )))
            }
            _ => Ok(()),
        }
    }

    /// What is stored of a pipeline. GitHub's spelling of an owner replaces the caller's, and its id is kept with it, if GitHub
    /// may be asked; otherwise the id is learned when the pipeline first comes.
    async fn row(&self, pipeline: &TrustedPipeline) -> Result<Row> {
        let provider = pipeline.provider().as_str();
        Ok(match pipeline.clone() {
            TrustedPipeline::GitHub { owner, repository, workflow, environment } => {
                let (owner, owner_id) = self.look_up_owner(owner).await?;
                Row { provider, owner, owner_id, repository, workflow, environment, rules: None }
            }
            TrustedPipeline::GitLab { namespace, project, workflow, environment } => Row {
                provider,
                owner: namespace,
                owner_id: None,
                repository: project,
                workflow,
                environment,
                rules: None,
            },
            TrustedPipeline::Oidc { issuer, rules } => Row {
                provider,
                owner: issuer,
                owner_id: None,
                repository: String::new(),
                workflow: String::new(),
                environment: None,
                rules: Some(serde_json::to_string(&rules).map_err(Error::internal)?),
            },
        })
    }

    async fn look_up_owner(&self, owner: String) -> Result<(String, Option<String>)> {
        let Some(github) = self.providers.any_github() else { return Ok((owner, None)) };
        match github.find_owner_id(&owner).await.map_err(Error::internal)? {
            Some((login, id)) => Ok((login, Some(id.to_string()))),
            None => Err(Error::Refused(format!(
                "GitHub knows neither a user nor an organisation `{owner}`; check the spelling of `repository_owner`"
            ))),
        }
    }
}

/// A row to be, but for the crate.
struct Row {
    provider: &'static str,
    owner: String,
    owner_id: Option<String>,
    repository: String,
    workflow: String,
    environment: Option<String>,
    rules: Option<String>,
}

impl Row {
    async fn insert(self, tx: &mut Tx, call: &Call, actor: &Actor, target: &Target) -> Result<TrustedPublisher> {
        let crate_name: &CrateName = target.name();
        let new = NewPublisher {
            provider: self.provider,
            crate_id: target.crate_id(),
            crate_name,
            created_by: actor.user.id,
            owner: &self.owner,
            owner_id: self.owner_id.as_deref(),
            repository: &self.repository,
            workflow: &self.workflow,
            environment: self.environment.as_deref(),
            rules: self.rules.as_deref(),
        };
        let id = trusted_publishers::insert(tx, &new, call.now).await?;
        let found = trusted_publishers::find(tx, self.provider, id).await?;
        found.ok_or_else(|| Error::internal("a trusted publisher vanished"))
    }
}

async fn record(
    tx: &mut Tx,
    call: &Call,
    actor: &Actor,
    action: &'static str,
    publisher: &TrustedPublisher,
) -> Result<()> {
    let facts: serde_json::Map<String, Value> =
        describe(publisher).into_iter().map(|(label, value)| (label, value.into())).collect();
    let details = json!({ "id": publisher.id, "is_pending": publisher.crate_id.is_none(), "publisher": facts });
    audit::record(tx, &Deed::new(call, actor, action, &publisher.crate_name).with(details)).await
}
