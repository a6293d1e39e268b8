//! What an operator does with teams on the command line, beside a running server.

use cargohold_protocol::{Timestamp, api};
use cargohold_store::{Store, teams};

use super::local::insert_team;
use super::members::{put_members, remove_members};
use super::{LOCAL, NewMember, NewTeam, delete_team, load_team, lock_local_team, show_team};
use crate::Result;
use crate::audit::{self, Deed};

/// The teams of a registry.
#[derive(Clone, Debug)]
pub struct Teams {
    store: Store,
}

impl Teams {
    /// The teams in `store`.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Makes a team that is managed here, and answers it.
    ///
    /// # Errors
    /// When its name is not acceptable, or there is such a team.
    pub async fn create(&self, new: &NewTeam, now: Timestamp) -> Result<api::Team> {
        let mut tx = self.store.write().await?;
        let team = insert_team(&mut tx, new, now).await?;
        audit::record(&mut tx, &Deed::on_command_line(now, "team.create", &team.login)).await?;
        tx.commit().await?;
        Ok(show_team(team))
    }

    /// All teams that are managed here, in the order of their logins.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self) -> Result<Vec<api::Team>> {
        let found = teams::list_of_provider(&mut self.store.read().await?, LOCAL).await?;
        Ok(found.into_iter().map(show_team).collect())
    }

    /// Deletes a team of whatever provider.
    ///
    /// # Errors
    /// When there is no such team, or it owns a crate.
    pub async fn delete(&self, login: &str, now: Timestamp) -> Result<()> {
        let mut tx = self.store.write().await?;
        let team = load_team(&mut tx, login).await?;
        delete_team(&mut tx, &team).await?;
        audit::record(&mut tx, &Deed::on_command_line(now, "team.delete", &team.login)).await?;
        Ok(tx.commit().await?)
    }

    /// Puts people into a team that is managed here, or changes whether they are maintainers; all or none.
    ///
    /// # Errors
    /// When there is no such team, or nobody of that login.
    pub async fn add(&self, login: &str, members: &[NewMember], now: Timestamp) -> Result<()> {
        let mut tx = self.store.write().await?;
        let team = lock_local_team(&mut tx, login).await?;
        let details = put_members(&mut tx, &team, members, now).await?;
        let deed = Deed::on_command_line(now, "team.add", &team.login);
        audit::record(&mut tx, &deed.with(details)).await?;
        Ok(tx.commit().await?)
    }

    /// Takes people out of a team that is managed here, all or none.
    ///
    /// # Errors
    /// When there is no such team, or somebody is not in it.
    pub async fn remove(&self, login: &str, logins: &[String], now: Timestamp) -> Result<()> {
        let mut tx = self.store.write().await?;
        let team = lock_local_team(&mut tx, login).await?;
        let details = remove_members(&mut tx, &team, logins).await?;
        let deed = Deed::on_command_line(now, "team.remove", &team.login);
        audit::record(&mut tx, &deed.with(details)).await?;
        Ok(tx.commit().await?)
    }
}
