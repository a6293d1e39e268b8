//! People by what others call them.

use cargohold_store::users::User;
use cargohold_store::{Tx, users};

use crate::{Error, Result};

/// Whoever has this login, here or, if nobody has it here, at GitHub; in any casing. Lists show the one and people know the
/// other (contract part 2, §7.1).
pub(crate) async fn find_person(tx: &mut Tx, login: &str) -> Result<Option<User>> {
    if login.contains('\0') {
        return Ok(None);
    }
    match users::find_by_login(tx, login).await? {
        None => Ok(users::find_by_linked_login(tx, login).await?),
        found => Ok(found),
    }
}

/// As [`find_person`].
///
/// # Errors
/// When nobody has this login.
pub(crate) async fn load_person(tx: &mut Tx, login: &str) -> Result<User> {
    let found = find_person(tx, login).await?;
    found.ok_or_else(|| Error::NoSuchUser(login.replace('\0', "\u{fffd}")))
}

/// Whether somebody is called so, here or at GitHub.
pub(crate) fn is_called(user: &User, login: &str) -> bool {
    let login = login.to_lowercase();
    user.login.to_lowercase() == login || user.github_login.as_ref().is_some_and(|own| own.to_lowercase() == login)
}
