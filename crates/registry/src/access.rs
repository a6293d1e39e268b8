//! Fetches a crate and authorises the caller in one breath, so that nobody holds the row without the right; and what somebody
//! may do with a crate at all (contract part 2, §2.8).

use cargohold_protocol::CrateName;
use cargohold_store::crates::{self, Crate};
use cargohold_store::{Tx, crate_teams, owners};

use crate::auth::Actor;
use crate::{Error, Registry, Result};

/// What somebody may do with a crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rights {
    /// Everything: they own it.
    Full,
    /// Publish, yank and have documentation built: they are in this team, which owns it.
    Publish {
        /// The team.
        team_id: i64,
    },
    /// Nothing.
    None,
}

impl Registry {
    /// What the caller may do with a crate. Teams, and whoever knows their members, are asked only about those who do not own
    /// it themselves. Never call this inside a transaction that writes: a provider may take long to answer.
    ///
    /// # Errors
    /// When a provider must be asked and does not answer.
    pub(crate) async fn rights(&self, actor: &Actor, crate_id: i64) -> Result<Rights> {
        let is_owner = owners::is_owner(&mut self.store.read().await?, crate_id, actor.user.id).await?;
        if is_owner {
            return Ok(Rights::Full);
        }
        let team_id = self.find_owning_team_of(&actor.user, crate_id).await?;
        Ok(team_id.map_or(Rights::None, |team_id| Rights::Publish { team_id }))
    }

    /// Makes sure that the caller owns the crate themselves, outside of any transaction; whoever then changes something takes
    /// [`lock_own_crate`], which looks again.
    ///
    /// # Errors
    /// When they do not; members of a team that owns it are told so.
    pub(crate) async fn check_full_rights(&self, actor: &Actor, krate: &Crate) -> Result<()> {
        match self.rights(actor, krate.id).await? {
            Rights::Full => Ok(()),
            Rights::Publish { .. } => Err(Error::TeamMayNot(krate.name.clone())),
            Rights::None => Err(not_owner(actor, krate)),
        }
    }
}

impl Rights {
    /// The same rights as of now, within the transaction that depends on them: ownership may have been taken away since.
    pub(crate) async fn as_of_now(self, tx: &mut Tx, actor: &Actor, crate_id: i64) -> Result<Self> {
        if owners::is_owner(tx, crate_id, actor.user.id).await? {
            return Ok(Self::Full);
        }
        match self {
            Self::Publish { team_id } if crate_teams::is_owner(tx, crate_id, team_id).await? => Ok(self),
            _ => Ok(Self::None),
        }
    }
}

/// The crate a caller names, in whatever spelling.
///
/// # Errors
/// When there is none; a text that is no crate name gets the same answer, with the text as it was given.
pub(crate) async fn load_crate(tx: &mut Tx, name: &str) -> Result<Crate> {
    let missing = || Error::NoSuchCrate(name.to_owned());
    let parsed: CrateName = name.parse().map_err(|_| missing())?;
    crates::find(tx, &parsed.canonical()).await?.ok_or_else(missing)
}

/// A crate that the caller owns, locked: parallel changes of it wait for the end of this transaction.
///
/// # Errors
/// When there is no such crate, or the caller does not own it.
pub(crate) async fn lock_own_crate(tx: &mut Tx, actor: &Actor, name: &str) -> Result<Crate> {
    let found = load_crate(tx, name).await?;
    crates::lock(tx, found.id).await?;
    // Only what is read behind the lock is what the change starts from.
    let krate = load_crate(tx, name).await?;
    check_owner(tx, actor, &krate).await?;
    Ok(krate)
}

/// Makes sure that the caller owns the crate.
///
/// # Errors
/// When they do not.
pub(crate) async fn check_owner(tx: &mut Tx, actor: &Actor, krate: &Crate) -> Result<()> {
    if owners::is_owner(tx, krate.id, actor.user.id).await? {
        return Ok(());
    }
    Err(not_owner(actor, krate))
}

/// Makes sure that the caller, who had these rights a moment ago, may still publish the crate.
///
/// # Errors
/// When they may not.
pub(crate) async fn check_publisher(tx: &mut Tx, actor: &Actor, krate: &Crate, rights: Rights) -> Result<()> {
    match rights.as_of_now(tx, actor, krate.id).await? {
        Rights::Full | Rights::Publish { .. } => Ok(()),
        Rights::None => Err(not_owner(actor, krate)),
    }
}

/// Makes sure that the caller, who had these rights a moment ago, may yank versions of the crate: administrators may, too.
///
/// # Errors
/// When they may not.
pub(crate) async fn check_yanker(tx: &mut Tx, actor: &Actor, krate: &Crate, rights: Rights) -> Result<()> {
    match check_publisher(tx, actor, krate, rights).await {
        Err(Error::NotOwner(..)) if actor.user.is_admin => {
            tracing::warn!(krate.name = %krate.name, user.id = actor.user.id, "an administrator yanks or unyanks");
            Ok(())
        }
        other => other,
    }
}

fn not_owner(actor: &Actor, krate: &Crate) -> Error {
    Error::NotOwner(krate.name.clone(), actor.user.login.clone())
}
