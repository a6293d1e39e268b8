//! Yank and unyank (contract §6.3).

use cargohold_protocol::Version;
use cargohold_store::versions::{self, Action};
use cargohold_store::{changes, crates};

use crate::access::{check_yanker, load_crate};
use crate::crate_view::Derived;
use crate::{Call, Error, Registry, Result, Scope};

/// Names the bucket in the store.
const YANK: &str = "yank-unyank";

impl Registry {
    /// Hides a version from fresh resolution; lockfiles that name it keep building. Idempotent. A message that somebody
    /// gave with an earlier yank is dropped.
    ///
    /// # Errors
    /// When crate or version do not exist, or the caller may not.
    pub async fn yank(&self, call: &Call, name: &str, version: &Version) -> Result<()> {
        self.set_yanked(call, name, version, true, Action::Yank).await
    }

    /// Brings a yanked version back. Idempotent.
    ///
    /// # Errors
    /// As [`Registry::yank`].
    pub async fn unyank(&self, call: &Call, name: &str, version: &Version) -> Result<()> {
        self.set_yanked(call, name, version, false, Action::Unyank).await
    }

    async fn set_yanked(
        &self,
        call: &Call,
        name: &str,
        version: &Version,
        is_yanked: bool,
        action: Action,
    ) -> Result<()> {
        let mut tx = self.store.read().await?;
        let krate = load_crate(&mut tx, name).await?;
        let missing = || Error::NoSuchVersion { name: krate.name.clone(), version: version.clone() };
        versions::find_yank_state(&mut tx, krate.id, version).await?.ok_or_else(missing)?;
        drop(tx);
        let actor = self.authenticate(call, Scope::Yank, krate.name.as_str()).await?;
        self.spend(call, actor.user.id, YANK, "yank and unyank", self.settings.limits.yank).await?;

        let mut tx = self.store.write().await?;
        crates::lock(&mut tx, krate.id).await?;
        check_yanker(&mut tx, &actor, &krate).await?;
        let state = versions::find_yank_state(&mut tx, krate.id, version).await?.ok_or_else(missing)?;
        if state.is_yanked == is_yanked && state.yank_message.is_none() {
            return Ok(());
        }
        versions::set_yanked(&mut tx, state.id, is_yanked, None, call.now).await?;
        versions::record_action(&mut tx, state.id, action, actor.user.id, Some(actor.token_id), call.now).await?;
        let derived = Derived::load(&mut tx, krate.id).await?;
        crates::apply_yank(&mut tx, krate.id, derived.default_version_id(), call.now).await?;
        let change = changes::append(&mut tx, krate.id, &krate.name.canonical(), call.now).await?;
        tx.commit().await?;
        self.apply_change(&change);
        Ok(())
    }
}
