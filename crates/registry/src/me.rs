//! Whoever is signed in, and what everybody may ask about people (contract part 2, §4).

use std::collections::HashMap;

use cargohold_protocol::api::{Me, OwnUser, OwnedCrate, User, VersionObject};
use cargohold_store::users::{self, User as StoredUser};
use cargohold_store::{follows, owned_crates, versions};
use serde_json::json;

use crate::audit::{self, Deed};
use crate::auth::Need;
use crate::list_versions::in_order;
use crate::version_view::Spelling;
use crate::{Actor, Call, Error, Registry, Result};

impl Registry {
    /// Who is signed in; for what is judged before the answer is computed.
    ///
    /// # Errors
    /// When the caller is not signed in: a token is not enough.
    pub async fn who_is_signed_in(&self, call: &Call) -> Result<Actor> {
        self.authorize(call, Need::Session).await
    }

    /// The caller as only they see themselves, with the crates they own as a person.
    ///
    /// # Errors
    /// When the caller is not signed in.
    pub async fn me(&self, call: &Call) -> Result<Me> {
        let actor = self.authorize(call, Need::Session).await?;
        let mut owned = owned_crates::list(&mut self.store.read().await?, actor.user.id).await?;
        owned.sort_by_cached_key(|krate| krate.name.to_lowercase());
        let show = |krate: owned_crates::OwnedCrate| OwnedCrate {
            id: krate.id,
            name: krate.name,
            email_notifications: krate.email_notifications,
        };
        Ok(Me { user: self.show_own(&actor.user), owned_crates: owned.into_iter().map(show).collect() })
    }

    fn show_own(&self, user: &StoredUser) -> OwnUser {
        let shown = self.show_user(user);
        let has_email = user.email.is_some();
        OwnUser {
            id: shown.id,
            login: shown.login,
            email_verified: has_email && user.is_email_verified,
            email_verification_sent: has_email && (user.is_email_verified || user.is_email_confirmation_sent),
            name: shown.name,
            email: user.email.clone(),
            avatar: shown.avatar,
            url: Some(shown.url),
            is_admin: user.is_admin,
            publish_notifications: user.publish_notifications,
            created_at: shown.created_at,
        }
    }

    /// One page of the versions of the crates somebody follows, the latest first, yanked ones included.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_updates(&self, actor: &Actor, skip: usize, limit: usize) -> Result<Vec<VersionObject>> {
        let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let mut tx = self.store.read().await?;
        let ids = follows::list_versions(&mut tx, actor.user.id, number(skip), number(limit)).await?;
        let rows = in_order(versions::list_by_ids(&mut tx, &ids).await?, &ids);
        self.show_versions(&mut tx, rows, Spelling::Stored).await
    }

    /// Remembers for which of their crates the caller wants mails; crates that are not theirs are passed over, and of several
    /// wishes for one crate the last counts. No mail depends on it.
    ///
    /// # Errors
    /// When the caller is not signed in and has no token without limits.
    pub async fn set_email_notifications(&self, call: &Call, wishes: &[(i64, bool)]) -> Result<()> {
        let actor = self.authorize(call, Need::Unlimited).await?;
        let wishes: HashMap<i64, bool> = wishes.iter().copied().collect();
        let mut tx = self.store.write().await?;
        let mut changed = Vec::new();
        for krate in owned_crates::list(&mut tx, actor.user.id).await? {
            if let Some(are_on) = wishes.get(&krate.id).copied().filter(|are_on| *are_on != krate.email_notifications) {
                owned_crates::set_email_notifications(&mut tx, actor.user.id, krate.id, are_on).await?;
                changed.push(json!({ "crate": krate.name, "are_on": are_on }));
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        let deed = Deed::new(call, &actor, "user.email_notifications", &actor.user.login);
        audit::record(&mut tx, &deed.with(json!({ "crates": changed }))).await?;
        Ok(tx.commit().await?)
    }

    /// The person whose login this is, where neither casing nor `-` and `_` count.
    ///
    /// # Errors
    /// When there is nobody.
    pub async fn find_user(&self, login: &str) -> Result<User> {
        let nobody = || Error::NobodyHere(login.replace('\0', "\u{fffd}"));
        if login.contains('\0') {
            return Err(nobody());
        }
        let found = users::find_by_similar_login(&mut self.store.read().await?, login).await?;
        Ok(self.show_user(&found.ok_or_else(nobody)?))
    }

    /// All downloads of the crates a person owns; none for whoever does not exist.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_downloads_of_owner(&self, user_id: i64) -> Result<i64> {
        Ok(owned_crates::count_downloads(&mut self.store.read().await?, user_id).await?)
    }
}

/// Refuses whoever names another account than their own.
pub(crate) fn check_own(actor: &Actor, user_id: i64) -> Result<()> {
    if actor.user.id == user_id {
        return Ok(());
    }
    let own = actor.user.id;
    Err(Error::Refused(format!("{user_id} is not your own id, and only you change your account; yours is {own}")))
}
