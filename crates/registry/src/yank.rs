//! Yank, unyank and the message that goes with it (contract §6.3).

use cargohold_protocol::Version;
use cargohold_protocol::api::VersionObject;
use cargohold_providers::paseto::Mutation;
use cargohold_store::crates::{self, Crate};
use cargohold_store::versions::{self, Action, VersionRow, YankState};
use cargohold_store::{Tx, changes};
use serde_json::json;

use crate::access::{check_publisher, check_yanker, load_crate};
use crate::audit::{self, Deed};
use crate::auth::Need;
use crate::crate_view::Derived;
use crate::list_versions::load_version;
use crate::words::{MAX_REASON_CHARS, check_words};
use crate::{Call, Error, Registry, Result, Scope};

/// Names the bucket in the store.
const YANK: &str = "yank-unyank";

/// How a version is to be.
#[derive(Clone, Debug, Default)]
pub struct VersionChange {
    /// Yanked or not; `None` leaves it as it is.
    pub yanked: Option<bool>,
    /// Why it is yanked; `None` erases what was said before.
    pub yank_message: Option<String>,
}

impl Registry {
    /// Hides a version from fresh resolution; lockfiles that name it keep building. Idempotent. A message that somebody
    /// gave with an earlier yank is dropped.
    ///
    /// # Errors
    /// When crate or version do not exist, or the caller may not.
    pub async fn yank(&self, call: &Call, name: &str, version: &Version) -> Result<()> {
        let change = VersionChange { yanked: Some(true), yank_message: None };
        self.change_yank(call, name, version, &change).await.map(drop)
    }

    /// Brings a yanked version back. Idempotent.
    ///
    /// # Errors
    /// As [`Registry::yank`].
    pub async fn unyank(&self, call: &Call, name: &str, version: &Version) -> Result<()> {
        let change = VersionChange { yanked: Some(false), yank_message: None };
        self.change_yank(call, name, version, &change).await.map(drop)
    }

    /// Yanks or unyanks a version and says why. The answer shows when it was changed before this.
    ///
    /// # Errors
    /// As [`Registry::yank`], and when there is a message for a version that is not to be yanked.
    pub async fn change_version(
        &self,
        call: &Call,
        name: &str,
        version: &Version,
        change: &VersionChange,
    ) -> Result<VersionObject> {
        let before = self.change_yank(call, name, version, change).await?;
        let mut tx = self.store.read().await?;
        let (_, now) = load_version(&mut tx, name, version).await?;
        self.show_version(&mut tx, VersionRow { updated_at: before.updated_at, ..now }).await
    }

    /// Makes sure that the caller may yank versions of a crate, for a page that asks whether they really want to.
    ///
    /// # Errors
    /// When the caller is not signed in, there is no such crate, or they may not.
    pub async fn check_may_yank(&self, call: &Call, name: &str) -> Result<()> {
        let actor = self.authorize(call, Need::Session).await?;
        let krate = load_crate(&mut self.store.read().await?, name).await?;
        if actor.user.is_admin {
            return Ok(());
        }
        let rights = self.rights(&actor, krate.id).await?;
        check_publisher(&mut self.store.read().await?, &actor, &krate, rights).await
    }

    /// Changes the state if it differs, and answers the version as it was before.
    async fn change_yank(
        &self,
        call: &Call,
        name: &str,
        version: &Version,
        change: &VersionChange,
    ) -> Result<VersionRow> {
        let mut tx = self.store.read().await?;
        let (krate, before) = load_version(&mut tx, name, version).await?;
        drop(tx);
        check_message(&before, change)?;
        let actor = self.authorize(call, Need::Scope(Scope::Yank, krate.name.as_str())).await?;
        let is_yanked = change.yanked.unwrap_or(before.is_yanked);
        let mutation = if is_yanked { Mutation::Yank } else { Mutation::Unyank };
        actor.check_signed_for(mutation, &version.to_string(), None)?;
        self.spend(call, actor.user.id, YANK, "yank and unyank", self.settings.limits.yank).await?;
        let rights = self.rights(&actor, krate.id).await?;

        let mut tx = self.store.write().await?;
        let krate = load_crate(&mut tx, krate.name.as_str()).await?;
        crates::lock(&mut tx, krate.id).await?;
        check_yanker(&mut tx, &actor, &krate, rights).await?;
        let missing = || Error::NoSuchVersion { name: krate.name.clone(), version: version.clone() };
        let state = versions::find_yank_state(&mut tx, krate.id, version).await?.ok_or_else(missing)?;
        let is_yanked = change.yanked.unwrap_or(state.is_yanked);
        if state.is_yanked == is_yanked && state.yank_message == change.yank_message {
            return Ok(before);
        }
        let message = change.yank_message.as_deref();
        apply(&mut tx, call, &krate, &state, is_yanked, message).await?;
        let action = if is_yanked { Action::Yank } else { Action::Unyank };
        versions::record_action(&mut tx, state.id, action, actor.user.id, actor.token_id(), call.now).await?;
        let done = if is_yanked { "version.yank" } else { "version.unyank" };
        let details = json!({ "version": version.to_string(), "message": change.yank_message });
        audit::record(&mut tx, &Deed::new(call, &actor, done, krate.name.as_str()).with(details)).await?;
        let change = changes::append(&mut tx, krate.id, &krate.name.canonical(), call.now).await?;
        tx.commit().await?;
        self.apply_change(&change);
        Ok(before)
    }
}

async fn apply(
    tx: &mut Tx,
    call: &Call,
    krate: &Crate,
    state: &YankState,
    is_yanked: bool,
    message: Option<&str>,
) -> Result<()> {
    versions::set_yanked(tx, state.id, is_yanked, message, call.now).await?;
    Derived::refresh(tx, krate.id, call.now).await?;
    Ok(())
}

/// A message says why a version is yanked, so there can be none for one that is not. Judged before anybody is asked who they
/// are.
fn check_message(version: &VersionRow, change: &VersionChange) -> Result<()> {
    let Some(message) = &change.yank_message else { return Ok(()) };
    check_words("`yank_message`", message, MAX_REASON_CHARS)?;
    match change.yanked {
        Some(false) => {
            Err(Error::Refused("`yank_message` says why a version is yanked; leave it out to unyank".to_owned()))
        }
        None if !version.is_yanked => {
            let text = "`yank_message` needs `yanked`: true here, because the version is not yanked";
            Err(Error::Refused(text.to_owned()))
        }
        _ => Ok(()),
    }
}
