//! What administrators do with accounts: locks and rates. By the API for whoever is one, and on the command line for whoever
//! runs the server; so is what stands in `account_changes.rs`.

use cargohold_protocol::Timestamp;
use cargohold_store::rate::{self, Override};
use cargohold_store::users::{self, User};
use cargohold_store::{Tx, tokens};
use serde_json::json;

use crate::audit::{self, Deed};
use crate::auth::{Need, check_lock};
use crate::secret::TokenSecret;
use crate::{Accounts, Actor, Call, Error, Registry, Result};

/// What can be done too often, as overrides name it.
pub const RATED_ACTIONS: [&str; 6] =
    ["publish-new", "publish-update", "yank-unyank", "token-creation", "mail", "second-factor"];

/// How often somebody may do something, unlike others.
pub type RateOverride = Override;

/// How often somebody may do something, unlike others, and who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedOverride {
    /// Whom it is about.
    pub login: String,
    /// What they may do, and how often.
    pub rate: RateOverride,
}

/// Why an account is locked, and until when.
#[derive(Clone, Debug)]
pub struct Lock {
    /// What its owner is told.
    pub reason: String,
    /// Until when; for good if there is no value.
    pub until: Option<Timestamp>,
}

impl Registry {
    /// Locks somebody's account, or unlocks it.
    ///
    /// # Errors
    /// When the caller is no administrator, there is no such account or it is the caller's own.
    pub async fn set_lock(&self, call: &Call, login: &str, lock: Option<&Lock>) -> Result<()> {
        let actor = self.authorize(call, Need::Administrator).await?;
        let mut tx = self.store.write().await?;
        let user = load_user(&mut tx, login).await?;
        if user.id == actor.user.id && lock.is_some() {
            return Err(Error::Refused("you cannot lock your own account; ask another administrator".to_owned()));
        }
        lock_admins(&mut tx).await?;
        check_still_admin(&mut tx, call, &actor).await?;
        set_lock(&mut tx, &user, lock, Deed::new(call, &actor, lock_action(lock), &user.login)).await?;
        Ok(tx.commit().await?)
    }

    /// What somebody may do more or less often than others.
    ///
    /// # Errors
    /// When the caller is no administrator, or there is no such account.
    pub async fn list_rate_overrides(&self, call: &Call, login: &str) -> Result<Vec<RateOverride>> {
        self.authorize(call, Need::Administrator).await?;
        let mut tx = self.store.read().await?;
        let user = load_user(&mut tx, login).await?;
        Ok(rate::list_overrides(&mut tx, user.id).await?)
    }

    /// What everybody may do more or less often than others, as far as it is still so.
    ///
    /// # Errors
    /// When the caller is no administrator.
    pub async fn list_all_rate_overrides(&self, call: &Call) -> Result<Vec<NamedOverride>> {
        self.authorize(call, Need::Administrator).await?;
        let listed = rate::list_all_overrides(&mut self.store.read().await?, call.now).await?;
        let show = |(login, action, burst, expires_at)| {
            let rate = Override { action, burst, expires_at };
            NamedOverride { login, rate }
        };
        Ok(listed.into_iter().map(show).collect())
    }

    /// Lets somebody do something more or less often than others.
    ///
    /// # Errors
    /// When the caller is no administrator, or there is no such account or action.
    pub async fn set_rate_override(&self, call: &Call, login: &str, wanted: &RateOverride) -> Result<()> {
        let actor = self.authorize(call, Need::Administrator).await?;
        let mut tx = self.store.write().await?;
        let user = load_user(&mut tx, login).await?;
        set_rate(&mut tx, &user, wanted, Deed::new(call, &actor, "user.rate", &user.login)).await?;
        Ok(tx.commit().await?)
    }

    /// Lets somebody do something as often as others again. Idempotent.
    ///
    /// # Errors
    /// As [`Registry::set_rate_override`].
    pub async fn remove_rate_override(&self, call: &Call, login: &str, action: &str) -> Result<()> {
        let actor = self.authorize(call, Need::Administrator).await?;
        let mut tx = self.store.write().await?;
        let user = load_user(&mut tx, login).await?;
        remove_rate(&mut tx, &user, action, Deed::new(call, &actor, "user.rate", &user.login)).await?;
        Ok(tx.commit().await?)
    }
}

impl Accounts {
    /// Locks somebody's account, or unlocks it.
    ///
    /// # Errors
    /// When there is no such account.
    pub async fn set_lock(&self, login: &str, lock: Option<&Lock>, now: Timestamp) -> Result<()> {
        let mut tx = self.store.write().await?;
        let user = load_user(&mut tx, login).await?;
        set_lock(&mut tx, &user, lock, Deed::on_command_line(now, lock_action(lock), &user.login)).await?;
        Ok(tx.commit().await?)
    }

    /// What somebody may do more or less often than others.
    ///
    /// # Errors
    /// When there is no such account.
    pub async fn list_rate_overrides(&self, login: &str) -> Result<Vec<RateOverride>> {
        let mut tx = self.store.read().await?;
        let user = load_user(&mut tx, login).await?;
        Ok(rate::list_overrides(&mut tx, user.id).await?)
    }

    /// Lets somebody do something more or less often than others.
    ///
    /// # Errors
    /// When there is no such account or action.
    pub async fn set_rate_override(&self, login: &str, wanted: &RateOverride, now: Timestamp) -> Result<()> {
        let mut tx = self.store.write().await?;
        let user = load_user(&mut tx, login).await?;
        set_rate(&mut tx, &user, wanted, Deed::on_command_line(now, "user.rate", &user.login)).await?;
        Ok(tx.commit().await?)
    }

    /// Lets somebody do something as often as others again. Idempotent.
    ///
    /// # Errors
    /// When there is no such account.
    pub async fn remove_rate_override(&self, login: &str, action: &str, now: Timestamp) -> Result<()> {
        let mut tx = self.store.write().await?;
        let user = load_user(&mut tx, login).await?;
        remove_rate(&mut tx, &user, action, Deed::on_command_line(now, "user.rate", &user.login)).await?;
        Ok(tx.commit().await?)
    }

    /// Everybody, in order of their ids: up to a thousand after an id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_users(&self, after: i64) -> Result<Vec<User>> {
        Ok(users::list(&mut self.store.read().await?, after, 1000).await?)
    }

    /// Whose token this is, if it works: for support, that somebody is who they say.
    ///
    /// # Errors
    /// When no usable token is this one.
    pub async fn whose_token(&self, token: &str, now: Timestamp) -> Result<String> {
        let secret = TokenSecret::from_presented(token).ok_or(Error::TokenFormat)?;
        let found = tokens::find_usable(&mut self.store.read().await?, &secret.hash(), now).await?;
        Ok(found.ok_or(Error::TokenNotAccepted)?.user.login)
    }
}

pub(crate) async fn load_user(tx: &mut Tx, login: &str) -> Result<User> {
    let missing = || Error::NoSuchUser(login.replace('\0', "\u{fffd}"));
    if login.contains('\0') {
        return Err(missing());
    }
    users::find_by_login(tx, login).await?.ok_or_else(missing)
}

const fn lock_action(lock: Option<&Lock>) -> &'static str {
    if lock.is_some() { "user.lock" } else { "user.unlock" }
}

/// Lets nobody else change who administrates the registry, or who of them is locked, before this transaction ends.
pub(crate) async fn lock_admins(tx: &mut Tx) -> Result<()> {
    for admin in users::list_admins(tx).await? {
        users::lock(tx, admin.id).await?;
    }
    Ok(())
}

/// Makes sure that the caller still is what they were when they were judged: of two administrators who lock or depose each
/// other at the same moment, one comes first.
///
/// # Errors
/// When they are locked, or no longer an administrator.
pub(crate) async fn check_still_admin(tx: &mut Tx, call: &Call, actor: &Actor) -> Result<()> {
    let user = users::find(tx, actor.user.id).await?.ok_or(Error::AdministratorsOnly)?;
    check_lock(&user, call.now)?;
    if user.is_admin { Ok(()) } else { Err(Error::AdministratorsOnly) }
}

async fn set_lock(tx: &mut Tx, user: &User, lock: Option<&Lock>, deed: Deed<'_>) -> Result<()> {
    if lock.is_some_and(|lock| lock.reason.trim().is_empty() || lock.reason.contains('\0')) {
        return Err(Error::Refused("a lock needs a reason, which its owner is told; write one".to_owned()));
    }
    let (reason, until) = (lock.map(|lock| lock.reason.as_str()), lock.and_then(|lock| lock.until));
    users::set_lock(tx, user.id, reason, until).await?;
    audit::record(tx, &deed.with(json!({ "reason": reason, "until": until }))).await
}

async fn set_rate(tx: &mut Tx, user: &User, wanted: &RateOverride, deed: Deed<'_>) -> Result<()> {
    let Override { action, burst, expires_at } = wanted;
    if !RATED_ACTIONS.contains(&action.as_str()) {
        let all = RATED_ACTIONS.join("`, `");
        return Err(Error::Refused(format!("there is no limit called `{action}`; use one of `{all}`")));
    }
    if *burst < 0 {
        return Err(Error::Refused("a burst cannot be negative; use 0 to forbid it altogether".to_owned()));
    }
    rate::set_override(tx, user.id, wanted).await?;
    let expires_at = expires_at.map(Timestamp::from_micros);
    audit::record(tx, &deed.with(json!({ "limit": action, "burst": burst, "expires_at": expires_at }))).await
}

async fn remove_rate(tx: &mut Tx, user: &User, action: &str, deed: Deed<'_>) -> Result<()> {
    if action.contains('\0') || !rate::delete_override(tx, user.id, action).await? {
        return Ok(());
    }
    audit::record(tx, &deed.with(json!({ "limit": action, "burst": null }))).await
}
