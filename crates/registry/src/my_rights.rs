//! What somebody may do with a crate, for pages that offer them no more than that.

use std::time::Duration;

use cargohold_store::users::User;
use cargohold_store::{follows, owners};
use moka::sync::Cache;

use crate::access::load_crate;
use crate::auth::Need;
use crate::{Call, Registry, Result};

/// How long it is remembered whether somebody is in a team that owns a crate: a provider may have to be asked.
const REMEMBER: Duration = Duration::from_mins(1);

/// Whether people, by id, are in a team that owns a crate, by id.
pub(crate) struct MembershipCache(Cache<(i64, i64), bool>);

impl Default for MembershipCache {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(10_000).time_to_live(REMEMBER).build())
    }
}

/// What the caller may do with a crate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a right of its own, none picks a branch for another")]
pub struct MyRights {
    /// Whether they own it themselves.
    pub is_owner: bool,
    /// Whether they may publish and yank it: they own it, or a team does that they are in.
    pub may_publish: bool,
    /// Whether they administrate the registry.
    pub is_admin: bool,
    /// Whether they follow it.
    pub follows: bool,
}

impl Registry {
    /// What the caller may do with a crate. Changes in a team count after a minute; nothing but what is shown depends on it, for
    /// every rule looks again.
    ///
    /// # Errors
    /// When the caller is not signed in and has no token that works, or there is no such crate.
    pub async fn find_my_rights(&self, call: &Call, name: &str) -> Result<MyRights> {
        let user = self.authorize(call, Need::Anything).await?.user;
        let mut tx = self.store.read().await?;
        let krate = load_crate(&mut tx, name).await?;
        let is_owner = owners::is_owner(&mut tx, krate.id, user.id).await?;
        let follows = follows::exists(&mut tx, user.id, krate.id).await?;
        drop(tx);
        let may_publish = is_owner || self.is_in_owning_team(&user, krate.id).await;
        Ok(MyRights { is_owner, may_publish, is_admin: user.is_admin, follows })
    }

    /// Whether somebody is in a team that owns a crate; not, if that cannot be found out now.
    async fn is_in_owning_team(&self, user: &User, crate_id: i64) -> bool {
        let key = (user.id, crate_id);
        if let Some(known) = self.memberships.0.get(&key) {
            return known;
        }
        let is_member = match self.find_owning_team_of(user, crate_id).await {
            Ok(team) => team.is_some(),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    user.id,
                    "cannot find out about somebody's teams"
                );
                false
            }
        };
        self.memberships.0.insert(key, is_member);
        is_member
    }
}
