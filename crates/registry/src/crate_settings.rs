//! Settings of a crate (contract §6.1).

use cargohold_mail::Letter;
use cargohold_protocol::api;
use cargohold_store::{changes, crates, owners};
use serde_json::json;

use crate::access::{load_crate, lock_own_crate};
use crate::audit::{self, Deed};
use crate::auth::Need;
use crate::crate_view::show_plain;
use crate::{Call, Registry, Result, Scope};

impl Registry {
    /// A crate for whoever owns it themselves.
    ///
    /// # Errors
    /// When the caller is not signed in, there is no such crate, or it is not theirs.
    pub async fn find_own_crate(&self, call: &Call, name: &str) -> Result<api::Crate> {
        let actor = self.authorize(call, Need::Session).await?;
        let krate = load_crate(&mut self.store.read().await?, name).await?;
        self.check_full_rights(&actor, &krate).await?;
        Ok(show_plain(&krate, krate.recent_downloads))
    }

    /// Changes whether only trusted publishing may publish the crate; `None` changes nothing. Answers the crate as it is then.
    ///
    /// # Errors
    /// When there is no such crate, or the caller may not: a token needs the scope, and one without any scopes is not enough.
    pub async fn change_settings(&self, call: &Call, name: &str, trustpub_only: Option<bool>) -> Result<api::Crate> {
        let krate = load_crate(&mut self.store.read().await?, name).await?;
        let need = Need::NamedScope(Scope::TrustedPublishing, krate.name.as_str());
        let actor = self.authorize(call, need).await?;
        let mut tx = self.store.write().await?;
        let mut krate = lock_own_crate(&mut tx, &actor, name).await?;
        match trustpub_only {
            Some(wanted) if wanted != krate.is_trustpub_only => {
                crates::set_trustpub_only(&mut tx, krate.id, wanted, call.now).await?;
                let deed = Deed::new(call, &actor, "crate.trustpub_only", krate.name.as_str());
                audit::record(&mut tx, &deed.with(json!({ "trustpub_only": wanted }))).await?;
                let owners = owners::list(&mut tx, krate.id).await?;
                let change = changes::append(&mut tx, krate.id, &krate.name.canonical(), call.now).await?;
                tx.commit().await?;
                self.apply_change(&change);
                self.post_to_owners(call, &owners, &actor, |is_actor| Letter::TrustpubOnlyChanged {
                    actor: actor.user.login.clone(),
                    is_actor,
                    krate: krate.name.to_string(),
                    is_on: wanted,
                })
                .await;
                (krate.is_trustpub_only, krate.updated_at) = (wanted, call.now);
                tracing::info!(krate.name = %krate.name, user.id = actor.user.id, trustpub_only = wanted, "changed settings");
            }
            _ => {}
        }
        Ok(show_plain(&krate, krate.recent_downloads))
    }
}
