//! Teams (contract part 2, §2.8, §4.9 and §7.2). What is managed here, `local:…`, and what a provider knows: `github:…`, and the
//! groups of the providers people sign in with.

mod find;
mod github;
mod groups;
mod local;
mod login;
mod manage;
mod members;
mod operate;

use cargohold_protocol::api;
use cargohold_store::teams::{self, Team};
use cargohold_store::{Tx, crate_teams};

use crate::auth::Need;
use crate::providers::GITHUB;
use crate::{Call, Error, Registry, Result};
pub(crate) use find::TeamToBe;
pub use local::NewTeam;
pub use manage::ManagedTeam;
pub use members::NewMember;
pub use operate::Teams;

/// A team with how many are in it and how much it owns.
pub type CountedTeam = teams::CountedTeam;

/// The provider of teams that are managed here.
pub(crate) const LOCAL: &str = "local";

impl Registry {
    /// The team with exactly this login.
    ///
    /// # Errors
    /// When there is none.
    pub async fn find_team(&self, login: &str) -> Result<api::Team> {
        Ok(show_team(load_team(&mut self.store.read().await?, login).await?))
    }

    /// All teams, those that a provider knows included.
    ///
    /// # Errors
    /// When the caller is no administrator.
    pub async fn list_teams(&self, call: &Call) -> Result<Vec<CountedTeam>> {
        self.authorize(call, Need::Administrator).await?;
        Ok(teams::list_counted(&mut self.store.read().await?).await?)
    }
}

/// A team, as everybody sees it.
pub(crate) fn show_team(team: Team) -> api::Team {
    let org = team.login.split(':').nth(1).filter(|_| team.provider == GITHUB);
    let url = org.map(|org| format!("https://github.com/{org}"));
    api::Team { id: team.id, login: team.login, name: team.name, avatar: team.avatar, url }
}

/// The team with exactly this login.
async fn load_team(tx: &mut Tx, login: &str) -> Result<Team> {
    let missing = || Error::NoSuchTeam(login.replace('\0', "\u{fffd}"));
    if login.contains('\0') {
        return Err(missing());
    }
    teams::find_by_login(tx, login).await?.ok_or_else(missing)
}

/// The team with exactly this login, locked, if its members are managed here.
async fn lock_local_team(tx: &mut Tx, login: &str) -> Result<Team> {
    let team = load_local_team(tx, login).await?;
    if !teams::lock(tx, team.id).await? {
        return Err(Error::NoSuchTeam(login.to_owned()));
    }
    Ok(team)
}

/// The team with exactly this login, if its members are managed here.
async fn load_local_team(tx: &mut Tx, login: &str) -> Result<Team> {
    let team = load_team(tx, login).await?;
    if team.provider == LOCAL {
        return Ok(team);
    }
    let provider = &team.provider;
    Err(Error::Refused(format!("the team `{login}` is not managed here; change it at its provider, `{provider}`")))
}

/// Removes a team that owns nothing.
async fn delete_team(tx: &mut Tx, team: &Team) -> Result<()> {
    if !teams::lock(tx, team.id).await? {
        return Err(Error::NoSuchTeam(team.login.clone()));
    }
    if let Some(krate) = crate_teams::find_crate(tx, team.id).await? {
        let login = &team.login;
        let text = format!(
            "the team `{login}` owns crates, `{krate}` among them; take it off with `cargo owner --remove {login}` first"
        );
        return Err(Error::NotDeletable(text));
    }
    Ok(teams::delete(tx, team.id).await?)
}
