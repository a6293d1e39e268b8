//! Owners: list, add, remove (contract part 2, §7).

use cargohold_protocol::api::Owner;
use cargohold_store::{changes, owners, users};

use crate::access::{load_crate, lock_own_crate};
use crate::auth::Need;
use crate::{Call, Error, Registry, Result, Scope};

/// How many people one call may name.
const MAX_LOGINS: usize = 10;

impl Registry {
    /// The owners of a crate.
    ///
    /// # Errors
    /// When there is no such crate.
    pub async fn list_owners(&self, name: &str) -> Result<Vec<Owner>> {
        let mut tx = self.store.read().await?;
        let krate = load_crate(&mut tx, name).await?;
        let users = owners::list(&mut tx, krate.id).await?;
        let owner = |user: &users::User| {
            let shown = self.show_user(user);
            Owner {
                id: shown.id,
                login: shown.login,
                kind: "user",
                url: Some(shown.url),
                name: shown.name,
                avatar: shown.avatar,
                github_username_matches: shown.github_username_matches,
            }
        };
        Ok(users.iter().map(owner).collect())
    }

    /// Makes people owners at once, all or none, and says so in a sentence.
    ///
    /// # Errors
    /// When the caller is no owner, or one of the people does not exist or is an owner already.
    pub async fn add_owners(&self, call: &Call, name: &str, logins: &[String]) -> Result<String> {
        check_logins(logins)?;
        let actor = self.authorize(call, Need::Scope(Scope::ChangeOwners, name)).await?;
        let mut tx = self.store.write().await?;
        let krate = lock_own_crate(&mut tx, &actor, name).await?;
        let mut messages = Vec::new();
        for login in logins {
            let user = users::find_by_login(&mut tx, login).await?;
            let user = user.ok_or_else(|| Error::NoSuchUser(login.clone()))?;
            if !owners::add(&mut tx, krate.id, user.id, actor.user.id, call.now).await? {
                return Err(Error::OwnerAlready(login.clone()));
            }
            messages.push(format!("user {} is now an owner of {}", user.login, krate.name));
        }
        let change = changes::append(&mut tx, krate.id, &krate.name.canonical(), call.now).await?;
        tx.commit().await?;
        self.apply_change(&change);
        Ok(messages.join(","))
    }

    /// Takes ownership away from people at once, all or none. Somebody always remains.
    ///
    /// # Errors
    /// When the caller is no owner, one of the people is none, or nobody would remain.
    pub async fn remove_owners(&self, call: &Call, name: &str, logins: &[String]) -> Result<String> {
        check_logins(logins)?;
        let actor = self.authorize(call, Need::Scope(Scope::ChangeOwners, name)).await?;
        let mut tx = self.store.write().await?;
        // Parallel removals wait for each other here, so that two cannot both leave "the other one".
        let krate = lock_own_crate(&mut tx, &actor, name).await?;
        for login in logins {
            let missing = || Error::NoSuchOwner(login.clone());
            let user = users::find_by_login(&mut tx, login).await?.ok_or_else(missing)?;
            if !owners::remove(&mut tx, krate.id, user.id).await? {
                return Err(missing());
            }
        }
        if owners::list(&mut tx, krate.id).await?.is_empty() {
            return Err(Error::LastOwner);
        }
        let change = changes::append(&mut tx, krate.id, &krate.name.canonical(), call.now).await?;
        tx.commit().await?;
        self.apply_change(&change);
        Ok("owners removed".to_owned())
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
