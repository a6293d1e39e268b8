//! Who may change a team, and what they then see of it.

use cargohold_protocol::api;

use super::local::check_maintainer;
use super::{LOCAL, load_team, show_team};
use crate::auth::Need;
use crate::{Call, Error, Registry, Result};

/// A team as whoever may change it sees it.
#[derive(Clone, Debug)]
pub struct ManagedTeam {
    /// The team.
    pub team: api::Team,
    /// Who is in it, in the order of their ids; `None` if it is managed elsewhere.
    pub members: Option<Vec<api::TeamMember>>,
    /// Whether the caller may delete it.
    pub may_delete: bool,
}

impl Registry {
    /// Whether the caller may change a team: maintainers and administrators may. Strangers may not.
    ///
    /// # Errors
    /// When there is no such team, or the database fails.
    pub async fn may_manage_team(&self, call: &Call, login: &str) -> Result<bool> {
        let team = load_team(&mut self.store.read().await?, login).await?;
        let Ok(actor) = self.authorize(call, Need::Unlimited).await else { return Ok(false) };
        match check_maintainer(&mut self.store.read().await?, &actor, &team).await {
            Ok(()) => Ok(true),
            Err(Error::NotMaintainer(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// A team for whoever may change it.
    ///
    /// # Errors
    /// When the caller is neither a maintainer nor an administrator, or there is no such team.
    pub async fn find_managed_team(&self, call: &Call, login: &str) -> Result<ManagedTeam> {
        let actor = self.authorize(call, Need::Unlimited).await?;
        let mut tx = self.store.read().await?;
        let team = load_team(&mut tx, login).await?;
        check_maintainer(&mut tx, &actor, &team).await?;
        drop(tx);
        let members = if team.provider == LOCAL { Some(self.list_team_members(&team.login).await?) } else { None };
        Ok(ManagedTeam { team: show_team(team), members, may_delete: actor.user.is_admin })
    }
}
