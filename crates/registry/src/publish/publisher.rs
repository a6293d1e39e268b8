//! Who publishes: a user, or a pipeline that a user trusts (contract §7.3, steps 5 to 11, and part 2, §8.5).

use cargohold_protocol::{CrateName, Version};
use cargohold_providers::paseto::Mutation;
use cargohold_store::crates::Crate;
use cargohold_store::versions::{self, Action};
use cargohold_store::{Tx, owners, trusted_publishers};
use serde_json::Value;

use crate::access::Rights;
use crate::audit::{self, Deed};
use crate::auth::Need;
use crate::trustpub::{TrustedRun, check_still_pending};
use crate::{Actor, Call, Error, Registry, Result, Scope, TrustpubSecret};

/// Who publishes.
#[derive(Clone, Debug)]
pub(super) enum Publisher {
    /// Somebody with a session or an API token.
    User(Actor),
    /// A pipeline with a token of its own.
    Pipeline(TrustedRun),
}

impl Registry {
    /// Who asks to publish a crate, if they may at least try. A pipeline's token is looked at before anything else that might
    /// tell who asks.
    pub(super) async fn authorize_publisher(
        &self,
        call: &Call,
        name: &CrateName,
        existing: Option<&Crate>,
    ) -> Result<Publisher> {
        match TrustpubSecret::presented(call)? {
            Some(secret) => Ok(Publisher::Pipeline(self.authorize_pipeline(call, &secret, name, existing).await?)),
            None => Ok(Publisher::User(self.authorize_user(call, name, existing).await?)),
        }
    }

    async fn authorize_user(&self, call: &Call, name: &CrateName, existing: Option<&Crate>) -> Result<Actor> {
        let scope = if existing.is_none() { Scope::PublishNew } else { Scope::PublishUpdate };
        let actor = self.authorize(call, Need::Scope(scope, name.as_str())).await?;
        if existing.is_some_and(|krate| krate.is_trustpub_only) {
            return Err(Error::TrustedPublishingOnly(name.clone()));
        }
        if self.settings.policy.require_verified_email && !actor.user.is_email_verified {
            return Err(Error::EmailNotVerified(self.settings.base_url.clone()));
        }
        if existing.is_none() {
            self.spend_new_crate(call, actor.user.id).await?;
        } else {
            let rate = self.settings.limits.publish_update;
            self.spend(call, actor.user.id, "publish-update", "publish new versions", rate).await?;
        }
        Ok(actor)
    }

    /// Counts a user's new crate.
    pub(crate) async fn spend_new_crate(&self, call: &Call, user_id: i64) -> Result<()> {
        let rate = self.settings.limits.publish_new;
        self.spend(call, user_id, "publish-new", "publish new crates", rate).await
    }
}

impl Publisher {
    /// Who becomes the owner of the crate if it is new; nobody if this publisher cannot create it.
    pub(super) fn future_owner(&self) -> Option<i64> {
        match self {
            Self::User(actor) => Some(actor.user.id),
            Self::Pipeline(run) => run.pending.as_ref().map(|pending| pending.created_by),
        }
    }

    /// Makes the publisher of a new crate its owner. What they had pending for it becomes what may publish it from now on.
    pub(super) async fn take_possession(&self, tx: &mut Tx, call: &Call, name: &CrateName, id: i64) -> Result<()> {
        let Some(owner) = self.future_owner() else { return Ok(()) };
        if let Self::Pipeline(TrustedRun { pending: Some(pending), .. }) = self {
            check_still_pending(tx, name, pending, call.now).await?;
        }
        owners::add(tx, id, owner, owner, call.now).await?;
        trusted_publishers::settle_pending(tx, owner, name, id).await?;
        Ok(())
    }

    /// Makes sure that the publisher may publish a crate that exists.
    pub(super) async fn check_may_publish(&self, tx: &mut Tx, krate: &Crate, rights: Rights) -> Result<()> {
        match self {
            Self::User(actor) if rights.as_of_now(tx, actor, krate.id).await? == Rights::None => {
                Err(Error::CrateTaken(krate.name.clone(), actor.user.login.clone()))
            }
            // Both may have changed since the upload began.
            Self::User(_) if krate.is_trustpub_only => Err(Error::TrustedPublishingOnly(krate.name.clone())),
            Self::User(actor) => actor.satisfies(Need::Scope(Scope::PublishUpdate, krate.name.as_str())),
            Self::Pipeline(run) => run.check_covers(krate),
        }
    }

    /// Makes sure that a token which a user signed for one upload was signed for this one.
    pub(super) fn check_signed(&self, version: &Version, cksum: &str) -> Result<()> {
        match self {
            Self::User(actor) => actor.check_signed_for(Mutation::Publish, &version.to_string(), Some(cksum)),
            Self::Pipeline(_) => Ok(()),
        }
    }

    /// Who a version is published by, and their verified address; nobody if it is a pipeline.
    pub(super) fn user(&self) -> (Option<i64>, Option<&str>) {
        match self {
            Self::User(actor) => (Some(actor.user.id), actor.user.email.as_deref()),
            Self::Pipeline(_) => (None, None),
        }
    }

    /// What stands for the publisher in logs.
    pub(super) fn name(&self) -> String {
        match self {
            Self::User(actor) => actor.user.login.clone(),
            Self::Pipeline(run) => run.data.pipeline(),
        }
    }

    /// Writes down who published a version: a user's action or a pipeline's proof, and an entry of the audit log.
    pub(super) async fn record(
        &self,
        tx: &mut Tx,
        call: &Call,
        name: &CrateName,
        version_id: i64,
        details: Value,
    ) -> Result<()> {
        match self {
            Self::User(actor) => {
                let action = Action::Publish;
                versions::record_action(tx, version_id, action, actor.user.id, actor.token_id(), call.now).await?;
                let deed = Deed::new(call, actor, "version.publish", name.as_str());
                audit::record(tx, &deed.with(details)).await
            }
            Self::Pipeline(run) => {
                let data = serde_json::to_value(&run.data).map_err(Error::internal)?;
                versions::set_trustpub_data(tx, version_id, &data.to_string()).await?;
                let mut details = details;
                details["trustpub_data"] = data;
                let pipeline = run.data.pipeline();
                let deed = Deed::by(call, &pipeline, "version.publish", name.as_str());
                audit::record(tx, &deed.with(details)).await
            }
        }
    }
}
