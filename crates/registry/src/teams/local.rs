//! Teams that are managed here: made by administrators, filled by their maintainers.

use cargohold_protocol::{Timestamp, api};
use cargohold_store::teams::{self, Team};
use cargohold_store::{Tx, team_members};
use serde_json::json;

use super::{LOCAL, delete_team, load_team, lock_local_team, show_team};
use crate::audit::{self, Deed};
use crate::auth::{Actor, Need};
use crate::{Call, Error, Registry, Result};

/// The longest part of a team's login, in characters.
const MAX_PART_CHARS: usize = 39;

/// The longest display name, in characters.
const MAX_NAME_CHARS: usize = 100;

/// A team to be.
#[derive(Clone, Debug)]
pub struct NewTeam {
    /// Its organisation, the second part of its login.
    pub org: String,
    /// The third part of its login.
    pub team: String,
    /// The display name.
    pub name: Option<String>,
}

impl Registry {
    /// Makes a team, as administrators may.
    ///
    /// # Errors
    /// When the caller may not, the name is not acceptable, or there is such a team.
    pub async fn create_team(&self, call: &Call, new: &NewTeam) -> Result<api::Team> {
        let actor = self.authorize(call, Need::Administrator).await?;
        let mut tx = self.store.write().await?;
        let team = insert_team(&mut tx, new, call.now).await?;
        audit::record(&mut tx, &Deed::new(call, &actor, "team.create", &team.login)).await?;
        tx.commit().await?;
        Ok(show_team(team))
    }

    /// Gives a team another display name, as its maintainers and administrators may; `None` for none.
    ///
    /// # Errors
    /// When the caller may not, or there is no such team that is managed here.
    pub async fn rename_team(&self, call: &Call, login: &str, name: Option<&str>) -> Result<api::Team> {
        let actor = self.authorize(call, Need::Unlimited).await?;
        let mut tx = self.store.write().await?;
        let team = lock_local_team(&mut tx, login).await?;
        check_maintainer(&mut tx, &actor, &team).await?;
        name.map_or(Ok(()), check_name)?;
        teams::set_name(&mut tx, team.id, name).await?;
        let deed = Deed::new(call, &actor, "team.rename", &team.login);
        audit::record(&mut tx, &deed.with(json!({ "name": name }))).await?;
        tx.commit().await?;
        Ok(show_team(Team { name: name.map(str::to_owned), ..team }))
    }

    /// Deletes a team of whatever provider, as administrators may.
    ///
    /// # Errors
    /// When the caller may not, there is no such team, or it owns a crate.
    pub async fn delete_team(&self, call: &Call, login: &str) -> Result<()> {
        let actor = self.authorize(call, Need::Administrator).await?;
        let mut tx = self.store.write().await?;
        let team = load_team(&mut tx, login).await?;
        delete_team(&mut tx, &team).await?;
        audit::record(&mut tx, &Deed::new(call, &actor, "team.delete", &team.login)).await?;
        Ok(tx.commit().await?)
    }
}

/// Makes sure that the caller may change a team: its maintainers and administrators may.
///
/// # Errors
/// When they may not.
pub(super) async fn check_maintainer(tx: &mut Tx, actor: &Actor, team: &Team) -> Result<()> {
    let role = team_members::find_role(tx, team.id, actor.user.id).await?;
    if actor.user.is_admin || role == Some(true) {
        return Ok(());
    }
    Err(Error::NotMaintainer(team.login.clone()))
}

/// Adds a team, if its name is acceptable and nobody has taken it.
pub(super) async fn insert_team(tx: &mut Tx, new: &NewTeam, now: Timestamp) -> Result<Team> {
    for part in [&new.org, &new.team] {
        check_part(part)?;
    }
    new.name.as_deref().map_or(Ok(()), check_name)?;
    let login = format!("{LOCAL}:{}:{}", new.org, new.team).to_lowercase();
    let row = teams::NewTeam { login: &login, provider: LOCAL, name: new.name.as_deref(), avatar: None };
    if teams::insert(tx, &row, now).await?.is_none() {
        return Err(Error::Refused(format!("there is a team `{login}` already; choose another name")));
    }
    load_team(tx, &login).await
}

fn check_part(part: &str) -> Result<()> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let is_plain = part.starts_with(|c: char| c.is_ascii_alphanumeric()) && part.chars().all(is_allowed);
    if is_plain && part.len() <= MAX_PART_CHARS {
        return Ok(());
    }
    let hint = format!("use 1 to {MAX_PART_CHARS} ASCII letters, digits, `-` and `_`, a letter or digit first");
    Err(Error::Refused(format!("`{}` cannot be part of a team's name; {hint}", part.replace('\0', "\u{fffd}"))))
}

fn check_name(name: &str) -> Result<()> {
    let is_plain = !name.trim().is_empty() && !name.contains(char::is_control);
    if is_plain && name.chars().count() <= MAX_NAME_CHARS {
        return Ok(());
    }
    let hint = format!("write 1 to {MAX_NAME_CHARS} characters on one line, or leave it out");
    Err(Error::Refused(format!("this is no display name of a team; {hint}")))
}
