//! Owners: list, add, remove (contract part 2, §7). People are invited, teams own at once.

pub(crate) mod add;

use cargohold_protocol::api::{self, Owner};
use cargohold_store::teams::Team;
use cargohold_store::users::User;
use cargohold_store::{Tx, changes, crate_teams, owners};
use serde_json::json;

use crate::access::{load_crate, lock_own_crate};
use crate::audit::{self, Deed};
use crate::auth::{Actor, Need};
use crate::people::is_called;
use crate::{Call, Error, Registry, Result, Scope};

/// How many people and teams one call may name.
const MAX_LOGINS: usize = 10;

impl Registry {
    /// The people and then the teams that own a crate.
    ///
    /// # Errors
    /// When there is no such crate.
    pub async fn list_owners(&self, name: &str) -> Result<Vec<Owner>> {
        let mut tx = self.store.read().await?;
        let krate = load_crate(&mut tx, name).await?;
        self.show_owners(&mut tx, krate.id).await
    }

    /// The people and then the teams that own the crate with this id.
    pub(crate) async fn show_owners(&self, tx: &mut Tx, crate_id: i64) -> Result<Vec<Owner>> {
        let users = owners::list(tx, crate_id).await?;
        let teams = crate_teams::list(tx, crate_id).await?.into_iter();
        let users = users.iter().map(|user| owning_user(self.show_user(user)));
        Ok(users.chain(teams.map(|team| owning_team(crate::teams::show_team(team)))).collect())
    }

    /// The people that own a crate.
    ///
    /// # Errors
    /// When there is no such crate.
    pub async fn list_user_owners(&self, name: &str) -> Result<Vec<Owner>> {
        let mut tx = self.store.read().await?;
        let krate = load_crate(&mut tx, name).await?;
        let users = owners::list(&mut tx, krate.id).await?;
        Ok(users.iter().map(|user| owning_user(self.show_user(user))).collect())
    }

    /// The teams that own a crate.
    ///
    /// # Errors
    /// When there is no such crate.
    pub async fn list_team_owners(&self, name: &str) -> Result<Vec<Owner>> {
        let mut tx = self.store.read().await?;
        let krate = load_crate(&mut tx, name).await?;
        let teams = crate_teams::list(&mut tx, krate.id).await?;
        Ok(teams.into_iter().map(|team| owning_team(crate::teams::show_team(team))).collect())
    }

    /// Takes ownership away from people and teams at once, all or none. Some person always remains.
    ///
    /// # Errors
    /// When the caller is no owner, one of those named is none, or only teams would remain.
    pub async fn remove_owners(&self, call: &Call, name: &str, logins: &[String]) -> Result<String> {
        let (actor, name) = self.authorize_owner_change(call, name, logins).await?;
        let mut tx = self.store.write().await?;
        // Parallel removals wait for each other here, so that two cannot both leave "the other one".
        let krate = lock_own_crate(&mut tx, &actor, &name).await?;
        let mut people = owners::list(&mut tx, krate.id).await?;
        let mut teams = crate_teams::list(&mut tx, krate.id).await?;
        for login in logins {
            remove_owner(&mut tx, krate.id, login, &mut people, &mut teams).await?;
        }
        if people.is_empty() {
            return Err(Error::LastOwner);
        }
        if !logins.is_empty() {
            let deed = Deed::new(call, &actor, "owner.remove", krate.name.as_str());
            audit::record(&mut tx, &deed.with(json!({ "owners": logins }))).await?;
            let change = changes::append(&mut tx, krate.id, &krate.name.canonical(), call.now).await?;
            tx.commit().await?;
            self.apply_change(&change);
        }
        Ok("owners removed".to_owned())
    }

    /// Who wants to change the owners of a crate, and its stored name, if they may do so. Asks teams only to say why not.
    pub(crate) async fn authorize_owner_change(
        &self,
        call: &Call,
        name: &str,
        logins: &[String],
    ) -> Result<(Actor, String)> {
        check_logins(logins)?;
        let found = load_crate(&mut self.store.read().await?, name).await;
        let stored = match &found {
            Ok(krate) => krate.name.as_str(),
            Err(_) => name,
        };
        let actor = self.authorize(call, Need::Scope(Scope::ChangeOwners, stored)).await?;
        let krate = found?;
        self.check_full_rights(&actor, &krate).await?;
        Ok((actor, krate.name.to_string()))
    }
}

/// Takes ownership away from whoever has this login among the owners that are left.
async fn remove_owner(
    tx: &mut Tx,
    crate_id: i64,
    login: &str,
    people: &mut Vec<User>,
    teams: &mut Vec<Team>,
) -> Result<()> {
    // Nobody may be meant by a login they have at GitHub while another owner has it here.
    let by_login = people.iter().position(|user| user.login.to_lowercase() == login.to_lowercase());
    let person = by_login.or_else(|| people.iter().position(|user| is_called(user, login)));
    let team = teams.iter().position(|team| team.login == login.to_lowercase());
    match (person, team) {
        (Some(at), _) => owners::remove(tx, crate_id, people.remove(at).id).await?,
        (None, Some(at)) => crate_teams::remove(tx, crate_id, teams.remove(at).id).await?,
        (None, None) => return Err(Error::NoSuchOwner(login.to_owned())),
    };
    Ok(())
}

fn owning_user(user: api::User) -> Owner {
    Owner {
        id: user.id,
        login: user.login,
        kind: "user",
        url: Some(user.url),
        name: user.name,
        avatar: user.avatar,
        github_username_matches: Some(user.github_username_matches),
    }
}

fn owning_team(team: api::Team) -> Owner {
    Owner {
        id: team.id,
        login: team.login,
        kind: "team",
        url: team.url,
        name: team.name,
        avatar: team.avatar,
        github_username_matches: None,
    }
}

fn check_logins(logins: &[String]) -> Result<()> {
    if let Some(login) = logins.iter().find(|login| login.contains('\0')) {
        return Err(Error::NoSuchUser(login.replace('\0', "\u{fffd}")));
    }
    if logins.len() <= MAX_LOGINS {
        return Ok(());
    }
    let given = logins.len();
    Err(Error::Refused(format!("{given} people at once are too many; name at most {MAX_LOGINS} in one call")))
}
