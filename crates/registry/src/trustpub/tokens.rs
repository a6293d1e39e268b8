//! What a pipeline may do with its token (contract part 2, §8.5 and §8.6).

use cargohold_protocol::api::TrustpubData;
use cargohold_protocol::{CrateName, Timestamp};
use cargohold_store::crates::Crate;
use cargohold_store::trustpub_tokens::{self, TrustpubToken};
use cargohold_store::{Tx, trusted_publishers, users};
use serde_json::json;

use super::{TrustedPublisher, TrustpubSecret};
use crate::audit::{self, Deed};
use crate::auth::{check_header, check_lock};
use crate::version_view::stored_json;
use crate::{Call, Error, Registry, Result};

/// A pipeline that publishes.
#[derive(Clone, Debug)]
pub(crate) struct TrustedRun {
    /// What it has proved.
    pub(crate) data: TrustpubData,
    /// The crates it may publish.
    crate_ids: Vec<i64>,
    /// What allows it to create the crate, if it is to do that.
    pub(crate) pending: Option<TrustedPublisher>,
}

impl TrustedRun {
    /// Makes sure that the token covers a crate that exists.
    pub(crate) fn check_covers(&self, krate: &Crate) -> Result<()> {
        if self.crate_ids.contains(&krate.id) {
            return Ok(());
        }
        Err(Error::TokenScope(format!("crate `{}`", krate.name)))
    }
}

impl Registry {
    /// The pipeline whose token this is, if it may publish a crate: one that exists, or one that it is to create.
    ///
    /// # Errors
    /// When a user must publish first, or the token is unknown or expired, or does not cover the crate.
    pub(crate) async fn authorize_pipeline(
        &self,
        call: &Call,
        secret: &TrustpubSecret,
        name: &CrateName,
        existing: Option<&Crate>,
    ) -> Result<TrustedRun> {
        let mut tx = self.store.read().await?;
        let token = trustpub_tokens::find_usable(&mut tx, &secret.hash(), call.now).await?;
        let Some(krate) = existing else {
            let token = token.ok_or_else(|| Error::FirstPublishByUser(name.clone()))?;
            let pending = find_pending(&mut tx, &token, name).await?;
            check_waiting(&mut tx, &pending, name, call.now).await?;
            return run(&token, Some(pending));
        };
        let run = run(&token.ok_or(Error::TokenNotAccepted)?, None)?;
        run.check_covers(krate)?;
        Ok(run)
    }

    /// Ends a pipeline's token at once. Idempotent.
    ///
    /// # Errors
    /// When the call presents no such token.
    pub async fn revoke_trustpub_token(&self, call: &Call) -> Result<()> {
        check_header(call)?;
        let secret = TrustpubSecret::presented(call)?.ok_or(Error::TrustpubTokenNeeded)?;
        if !trustpub_tokens::exists(&mut self.store.read().await?, &secret.hash()).await? {
            return Ok(());
        }
        let mut tx = self.store.write().await?;
        let Some(token) = trustpub_tokens::take(&mut tx, &secret.hash()).await? else { return Ok(()) };
        let name = stored_json::<TrustpubData>(&token.data)?.pipeline();
        let deed = Deed::by(call, &name, "trustpub_token.revoke", &name);
        audit::record(&mut tx, &deed.with(json!({ "id": token.id }))).await?;
        Ok(tx.commit().await?)
    }
}

fn run(token: &TrustpubToken, pending: Option<TrustedPublisher>) -> Result<TrustedRun> {
    Ok(TrustedRun { data: stored_json(&token.data)?, crate_ids: token.crate_ids.clone(), pending })
}

/// What allows a token to create a crate. Two people who wait for the same crate from the same pipeline would both become its
/// owner, so neither does.
async fn find_pending(tx: &mut Tx, token: &TrustpubToken, name: &CrateName) -> Result<TrustedPublisher> {
    let found = trusted_publishers::list_pending(tx, &name.canonical(), &token.pending_ids).await?;
    let first = found.first().ok_or_else(|| Error::FirstPublishByUser(name.clone()))?;
    if found.iter().any(|other| other.created_by != first.created_by) {
        return Err(Error::Refused(format!(
            "several people have a pending trusted publisher for `{name}` in this pipeline; publish the first version with an \
             API token"
        )));
    }
    if first.crate_name != name.as_str() {
        let stored = first.crate_name.parse()?;
        return Err(Error::OtherSpelling { stored, given: name.clone() });
    }
    Ok(first.clone())
}

/// Makes sure that what allows to create a crate is still there.
pub(crate) async fn check_still_pending(
    tx: &mut Tx,
    name: &CrateName,
    pending: &TrustedPublisher,
    now: Timestamp,
) -> Result<()> {
    let found = trusted_publishers::list_pending(tx, &name.canonical(), &[pending.id]).await?;
    if found.is_empty() {
        return Err(Error::FirstPublishByUser(name.clone()));
    }
    check_waiting(tx, pending, name, now).await
}

/// Makes sure that whoever waits for a crate may own it: a pipeline does nothing for a locked account (S54).
async fn check_waiting(tx: &mut Tx, pending: &TrustedPublisher, name: &CrateName, now: Timestamp) -> Result<()> {
    let owner = users::find(tx, pending.created_by).await?;
    let owner = owner.ok_or_else(|| Error::internal("the account that waits for a crate vanished"))?;
    check_lock(&owner, now).map_err(|_| {
        let login = owner.login;
        Error::Refused(format!("the account of `{login}`, who would own `{name}`, is locked; ask an administrator"))
    })
}
