//! Who is in a team that is managed here, and who decides that.

use cargohold_protocol::{Timestamp, api};
use cargohold_store::Tx;
use cargohold_store::team_members::{self, Member, Membership};
use cargohold_store::teams::Team;
use serde_json::json;

use super::local::check_maintainer;
use super::{load_local_team, lock_local_team};
use crate::audit::{self, Deed};
use crate::auth::Need;
use crate::people::load_person;
use crate::{Call, Error, Registry, Result};

/// How many people one call may name.
const MAX_MEMBERS: usize = 100;

/// Somebody to be in a team.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// The login.
    pub login: String,
    /// Whether they decide who else is in the team.
    pub is_maintainer: bool,
}

impl Registry {
    /// The teams managed here that the caller is in. Those that a provider knows are not among them: only it could tell.
    ///
    /// # Errors
    /// When the caller is not signed in.
    pub async fn list_my_teams(&self, call: &Call) -> Result<Vec<Membership>> {
        let actor = self.authorize(call, Need::Session).await?;
        Ok(team_members::list_teams_of(&mut self.store.read().await?, actor.user.id).await?)
    }

    /// Everybody in a team that is managed here, in the order of their ids.
    ///
    /// # Errors
    /// When there is no such team.
    pub async fn list_team_members(&self, login: &str) -> Result<Vec<api::TeamMember>> {
        let mut tx = self.store.read().await?;
        let team = load_local_team(&mut tx, login).await?;
        self.show_members(&mut tx, &team).await
    }

    /// Puts people into a team, or changes whether they are maintainers; all or none. Answers everybody in it.
    ///
    /// # Errors
    /// When the caller is neither a maintainer nor an administrator, or there is no such team, or nobody of that login.
    pub async fn put_team_members(
        &self,
        call: &Call,
        login: &str,
        members: &[NewMember],
    ) -> Result<Vec<api::TeamMember>> {
        let actor = self.authorize(call, Need::Unlimited).await?;
        check_count(members.len())?;
        let mut tx = self.store.write().await?;
        let team = lock_local_team(&mut tx, login).await?;
        check_maintainer(&mut tx, &actor, &team).await?;
        let details = put_members(&mut tx, &team, members, call.now).await?;
        let shown = self.show_members(&mut tx, &team).await?;
        audit::record(&mut tx, &Deed::new(call, &actor, "team.add", &team.login).with(details)).await?;
        tx.commit().await?;
        Ok(shown)
    }

    /// Takes people out of a team, all or none. Answers everybody who is left.
    ///
    /// # Errors
    /// As [`Registry::put_team_members`], and when somebody is not in the team.
    pub async fn remove_team_members(
        &self,
        call: &Call,
        login: &str,
        logins: &[String],
    ) -> Result<Vec<api::TeamMember>> {
        let actor = self.authorize(call, Need::Unlimited).await?;
        check_count(logins.len())?;
        let mut tx = self.store.write().await?;
        let team = lock_local_team(&mut tx, login).await?;
        check_maintainer(&mut tx, &actor, &team).await?;
        let details = remove_members(&mut tx, &team, logins).await?;
        let shown = self.show_members(&mut tx, &team).await?;
        audit::record(&mut tx, &Deed::new(call, &actor, "team.remove", &team.login).with(details)).await?;
        tx.commit().await?;
        Ok(shown)
    }

    async fn show_members(&self, tx: &mut Tx, team: &Team) -> Result<Vec<api::TeamMember>> {
        let show = |member: Member| {
            let user = self.show_user(&member.user);
            api::TeamMember {
                id: user.id,
                login: user.login,
                name: user.name,
                avatar: user.avatar,
                url: user.url,
                is_maintainer: member.is_maintainer,
            }
        };
        Ok(team_members::list(tx, team.id).await?.into_iter().map(show).collect())
    }
}

fn check_count(given: usize) -> Result<()> {
    if given <= MAX_MEMBERS {
        return Ok(());
    }
    Err(Error::Refused(format!("{given} people at once are too many; name at most {MAX_MEMBERS} in one call")))
}

/// Puts people into a team, and answers what there is to say about it.
pub(super) async fn put_members(
    tx: &mut Tx,
    team: &Team,
    members: &[NewMember],
    now: Timestamp,
) -> Result<serde_json::Value> {
    let (mut plain, mut maintainers) = (Vec::new(), Vec::new());
    for member in members {
        let user = load_person(tx, &member.login).await?;
        team_members::put(tx, team.id, user.id, member.is_maintainer, now).await?;
        if member.is_maintainer { maintainers.push(user.login) } else { plain.push(user.login) }
    }
    Ok(json!({ "members": plain, "maintainers": maintainers }))
}

/// Takes people out of a team, and answers what there is to say about it.
pub(super) async fn remove_members(tx: &mut Tx, team: &Team, logins: &[String]) -> Result<serde_json::Value> {
    let mut removed = Vec::new();
    for login in logins {
        let user = load_person(tx, login).await?;
        if !team_members::remove(tx, team.id, user.id).await? {
            let team = &team.login;
            return Err(Error::Refused(format!("`{login}` is not in the team `{team}`; leave them out")));
        }
        removed.push(user.login);
    }
    Ok(json!({ "members": removed }))
}
