//! Fetches a crate and authorises the caller in one breath, so that nobody holds the row without the right.

use cargohold_protocol::CrateName;
use cargohold_store::crates::{self, Crate};
use cargohold_store::{Tx, owners};

use crate::auth::Actor;
use crate::{Error, Result};

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
    Err(Error::NotOwner(krate.name.clone(), actor.user.login.clone()))
}

/// Makes sure that the caller may yank versions of the crate: owners and administrators may.
///
/// # Errors
/// When they may not.
pub(crate) async fn check_yanker(tx: &mut Tx, actor: &Actor, krate: &Crate) -> Result<()> {
    match check_owner(tx, actor, krate).await {
        Err(Error::NotOwner(..)) if actor.user.is_admin => {
            tracing::warn!(krate.name = %krate.name, user.id = actor.user.id, "an administrator yanks or unyanks");
            Ok(())
        }
        other => other,
    }
}
