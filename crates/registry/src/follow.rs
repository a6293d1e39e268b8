//! Following crates (contract §6.4).

use cargohold_store::follows;

use crate::access::load_crate;
use crate::auth::Need;
use crate::{Call, Registry, Result};

impl Registry {
    /// Lets the caller follow a crate, or no longer. Idempotent.
    ///
    /// # Errors
    /// When the caller may not, or there is no such crate.
    pub async fn set_following(&self, call: &Call, name: &str, follows: bool) -> Result<()> {
        let actor = self.authorize(call, Need::Unlimited).await?;
        let mut tx = self.store.write().await?;
        let krate = load_crate(&mut tx, name).await?;
        if follows {
            follows::add(&mut tx, actor.user.id, krate.id).await?;
        } else {
            follows::remove(&mut tx, actor.user.id, krate.id).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Whether the caller, who must be signed in, follows a crate.
    ///
    /// # Errors
    /// When the caller is not signed in, or there is no such crate.
    pub async fn is_following(&self, call: &Call, name: &str) -> Result<bool> {
        let actor = self.authorize(call, Need::Session).await?;
        let mut tx = self.store.read().await?;
        let krate = load_crate(&mut tx, name).await?;
        Ok(follows::exists(&mut tx, actor.user.id, krate.id).await?)
    }

    /// The ids of all crates the caller follows.
    ///
    /// # Errors
    /// When the caller may not ask.
    pub async fn list_followed(&self, call: &Call) -> Result<Vec<i64>> {
        let actor = self.authorize(call, Need::Unlimited).await?;
        Ok(follows::list(&mut self.store.read().await?, actor.user.id).await?)
    }
}
