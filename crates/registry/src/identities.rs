//! The accounts at providers that are linked to somebody's account here.

use cargohold_store::{identities, users};
use serde_json::json;

use crate::audit::{self, Deed};
use crate::auth::Need;
use crate::providers::GITHUB;
use crate::{Call, Error, Registry, Result};

/// An account at a provider, as its owner sees it.
pub type ListedIdentity = identities::Identity;

impl Registry {
    /// The accounts at providers that are linked to the caller's.
    ///
    /// # Errors
    /// When the caller is not signed in.
    pub async fn list_identities(&self, call: &Call) -> Result<Vec<ListedIdentity>> {
        let actor = self.authorize(call, Need::Session).await?;
        Ok(identities::list(&mut self.store.read().await?, actor.user.id).await?)
    }

    /// Unlinks an account at a provider from the caller's. A link that is none of theirs is nothing to them.
    ///
    /// # Errors
    /// When the caller is not signed in, or would have no way left to sign in.
    pub async fn unlink(&self, call: &Call, id: i64) -> Result<()> {
        let actor = self.authorize(call, Need::Session).await?;
        let mut tx = self.store.write().await?;
        users::lock(&mut tx, actor.user.id).await?;
        let linked = identities::list(&mut tx, actor.user.id).await?;
        let Some(gone) = linked.iter().find(|it| it.id == id) else { return Ok(()) };
        let password = users::find_password(&mut tx, &actor.user.login).await?;
        if linked.len() == 1 && password.is_none_or(|password| password.hash.is_none()) {
            let text = "this is the only way you can sign in; link another provider first";
            return Err(Error::Refused(text.to_owned()));
        }
        identities::delete(&mut tx, actor.user.id, id).await?;
        if gone.provider == GITHUB {
            users::set_github_login(&mut tx, actor.user.id, None).await?;
        }
        let deed = Deed::new(call, &actor, "user.unlink", &actor.user.login);
        audit::record(&mut tx, &deed.with(json!({ "provider": gone.provider, "subject": gone.subject }))).await?;
        tx.commit().await?;
        self.tell_of_change(call, &actor.user, &format!("A sign-in with {} was removed", gone.provider)).await;
        Ok(())
    }
}
