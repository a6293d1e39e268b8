//! What administrators change about accounts: one-time passwords, new accounts, who is an administrator, who owns what. On
//! the web site for whoever is one, and on the command line for whoever runs the server.

use cargohold_mail::Letter;
use cargohold_protocol::Timestamp;
use cargohold_store::changes::{self, Change};
use cargohold_store::crates::{self, Crate};
use cargohold_store::users::{self, NewUser, User};
use cargohold_store::{Tx, owners, second_factors, sessions};
use serde_json::json;

use crate::access::load_crate;
use crate::accounts::check_login;
use crate::administration::{check_still_admin, load_user, lock_admins};
use crate::audit::{self, Deed};
use crate::auth::Need;
use crate::secret::random_text;
use crate::words::check_name;
use crate::{Accounts, Actor, Call, Error, Registry, Result};

/// Characters of a generated password: 20 × log2(62) = 119 bits.
const PASSWORD_CHARS: usize = 20;

impl Registry {
    /// Creates an account and answers its password, which its owner is to change. The caller vouches for the address.
    ///
    /// # Errors
    /// When the caller is no administrator, the login is taken, or login, name or address are not acceptable.
    pub async fn create_account(&self, call: &Call, login: &str, name: Option<&str>, email: &str) -> Result<String> {
        let actor = self.authorize(call, Need::Administrator).await?;
        check_login(login)?;
        let name = name.map(str::trim).filter(|name| !name.is_empty());
        check_name(name.unwrap_or_default())?;
        if !cargohold_mail::is_mailbox(email) {
            return Err(Error::NoMailbox(email.to_owned()));
        }
        let (password, hash) = self.one_time_password().await?;
        let new = NewUser {
            login,
            name,
            email: Some(email),
            is_email_verified: true,
            is_admin: false,
            password_hash: Some(&hash),
            must_change_password: true,
        };
        let mut tx = self.store.write().await?;
        insert_account(&mut tx, &new, Deed::new(call, &actor, "user.create", login), call.now).await?;
        tx.commit().await?;
        Ok(password)
    }

    /// Gives somebody else a one-time password, ends all their sessions and writes to them; on demand their second factor goes,
    /// too.
    ///
    /// # Errors
    /// When the caller is no administrator, there is no such account or it is the caller's own.
    pub async fn reset_password_of(&self, call: &Call, login: &str, drop_second_factor: bool) -> Result<String> {
        let actor = self.authorize(call, Need::Administrator).await?;
        let (password, hash) = self.one_time_password().await?;
        let mut tx = self.store.write().await?;
        let user = load_user(&mut tx, login).await?;
        check_other(&actor, &user, "reset your own password; change it in your settings")?;
        let deed = Deed::new(call, &actor, "user.reset", &user.login);
        reset_password(&mut tx, &user, &hash, drop_second_factor, deed).await?;
        tx.commit().await?;
        self.tell_of_change(call, &user, "The password was reset by an administrator").await;
        Ok(password)
    }

    /// Makes somebody else an administrator, or no longer one. Those who were one before are told by mail.
    ///
    /// # Errors
    /// When the caller is no administrator, there is no such account or it is the caller's own, or nobody would be left.
    pub async fn set_admin_of(&self, call: &Call, login: &str, is_admin: bool) -> Result<()> {
        let actor = self.authorize(call, Need::Administrator).await?;
        let mut tx = self.store.write().await?;
        let user = load_user(&mut tx, login).await?;
        check_other(&actor, &user, "decide whether you are an administrator; ask another one")?;
        let deed = Deed::new(call, &actor, "user.admin", &user.login);
        let before = set_admin(&mut tx, &user, is_admin, deed).await?;
        check_still_admin(&mut tx, call, &actor).await?;
        tx.commit().await?;
        let (granted, revoked) = if is_admin { (vec![user.login], vec![]) } else { (vec![], vec![user.login]) };
        let letter = Letter::AdminsChanged { granted, revoked };
        for admin in &before {
            self.post_to(admin, &letter, call.now).await;
        }
        Ok(())
    }

    /// Vouches for somebody's email address.
    ///
    /// # Errors
    /// When the caller is no administrator, there is no such account, or it has no address.
    pub async fn verify_email_of(&self, call: &Call, login: &str) -> Result<()> {
        let actor = self.authorize(call, Need::Administrator).await?;
        let mut tx = self.store.write().await?;
        let user = load_user(&mut tx, login).await?;
        verify_email(&mut tx, &user, Deed::new(call, &actor, "user.email_verified", &user.login)).await?;
        Ok(tx.commit().await?)
    }

    /// Ends all of somebody's sessions, on every device, and answers how many there were. Their tokens go on working.
    ///
    /// # Errors
    /// When the caller is no administrator, or there is no such account.
    pub async fn end_sessions_of(&self, call: &Call, login: &str) -> Result<u64> {
        let actor = self.authorize(call, Need::Administrator).await?;
        let mut tx = self.store.write().await?;
        let user = load_user(&mut tx, login).await?;
        let ended = sessions::delete_all_of_user(&mut tx, user.id).await?;
        let deed = Deed::new(call, &actor, "session.end_all", &user.login);
        audit::record(&mut tx, &deed.with(json!({ "sessions": ended }))).await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Makes somebody an owner of a crate whose owners cannot: they have left, or were locked.
    ///
    /// # Errors
    /// When the caller is no administrator, there is no such crate or account, or they own it already.
    pub async fn hand_over(&self, call: &Call, name: &str, login: &str) -> Result<()> {
        let actor = self.authorize(call, Need::Administrator).await?;
        let mut tx = self.store.write().await?;
        let user = load_user(&mut tx, login).await?;
        let krate = load_crate(&mut tx, name).await?;
        let deed = Deed::new(call, &actor, "owner.hand_over", krate.name.as_str());
        let change = hand_over(&mut tx, &krate, &user, actor.user.id, deed, call.now).await?;
        tx.commit().await?;
        self.apply_change(&change);
        Ok(())
    }

    async fn one_time_password(&self) -> Result<(String, String)> {
        let password = random_text(PASSWORD_CHARS);
        let hash = self.hash_password(&password).await?;
        Ok((password, hash))
    }
}

impl Accounts {
    /// Gives somebody a one-time password and ends all their sessions; on demand their second factor goes, too.
    ///
    /// # Errors
    /// When there is no such account.
    pub async fn reset_password(&self, login: &str, drop_second_factor: bool, now: Timestamp) -> Result<String> {
        let (password, hash) = self.one_time_password().await?;
        let mut tx = self.store.write().await?;
        let user = load_user(&mut tx, login).await?;
        let deed = Deed::on_command_line(now, "user.reset", &user.login);
        reset_password(&mut tx, &user, &hash, drop_second_factor, deed).await?;
        tx.commit().await?;
        Ok(password)
    }

    /// Makes somebody an administrator, or no longer one. Answers who was one before, for they are to be told.
    ///
    /// # Errors
    /// When there is no such account, or nobody would be left.
    pub async fn set_admin(&self, login: &str, is_admin: bool, now: Timestamp) -> Result<Vec<User>> {
        let mut tx = self.store.write().await?;
        let user = load_user(&mut tx, login).await?;
        let deed = Deed::on_command_line(now, "user.admin", &user.login);
        let before = set_admin(&mut tx, &user, is_admin, deed).await?;
        tx.commit().await?;
        Ok(before)
    }

    /// Makes somebody an owner of a crate whose owners cannot: they have left, or were locked.
    ///
    /// # Errors
    /// When there is no such crate or account, or they own it already.
    pub async fn hand_over(&self, name: &str, login: &str, now: Timestamp) -> Result<()> {
        let mut tx = self.store.write().await?;
        let user = load_user(&mut tx, login).await?;
        let krate = load_crate(&mut tx, name).await?;
        let deed = Deed::on_command_line(now, "owner.hand_over", krate.name.as_str());
        hand_over(&mut tx, &krate, &user, user.id, deed, now).await?;
        Ok(tx.commit().await?)
    }

    /// Vouches for somebody's email address.
    ///
    /// # Errors
    /// When there is no such account, or it has no address.
    pub async fn verify_email(&self, login: &str, now: Timestamp) -> Result<()> {
        let mut tx = self.store.write().await?;
        let user = load_user(&mut tx, login).await?;
        verify_email(&mut tx, &user, Deed::on_command_line(now, "user.email_verified", &user.login)).await?;
        Ok(tx.commit().await?)
    }

    /// A password that somebody is to change, and its hash.
    pub(crate) async fn one_time_password(&self) -> Result<(String, String)> {
        let password = random_text(PASSWORD_CHARS);
        let hash = self.pepper.hash(password.clone()).await?;
        Ok((password, hash))
    }
}

/// Adds an account that somebody makes for somebody else.
pub(crate) async fn insert_account(tx: &mut Tx, new: &NewUser<'_>, deed: Deed<'_>, now: Timestamp) -> Result<()> {
    if users::insert(tx, new, now).await?.is_none() {
        return Err(Error::LoginTaken(new.login.to_owned()));
    }
    audit::record(tx, &deed.with(json!({ "is_admin": new.is_admin }))).await
}

async fn reset_password(tx: &mut Tx, user: &User, hash: &str, drop_second_factor: bool, deed: Deed<'_>) -> Result<()> {
    users::lock(tx, user.id).await?;
    users::set_password(tx, user.id, Some(hash), true).await?;
    sessions::delete_all_of_user(tx, user.id).await?;
    if drop_second_factor {
        second_factors::delete(tx, user.id).await?;
    }
    audit::record(tx, &deed.with(json!({ "second_factor_dropped": drop_second_factor }))).await
}

/// Answers who was an administrator before, if that changes. All of them are held, so that the last two cannot depose each
/// other at once.
async fn set_admin(tx: &mut Tx, user: &User, is_admin: bool, deed: Deed<'_>) -> Result<Vec<User>> {
    lock_admins(tx).await?;
    let before = users::list_admins(tx).await?;
    users::set_admin(tx, user.id, is_admin).await?;
    // What a session may do never grows: whoever gets more rights signs in once more (S39).
    if is_admin && !user.is_admin {
        sessions::delete_all_of_user(tx, user.id).await?;
    }
    if users::list_admins(tx).await?.is_empty() {
        return Err(Error::Refused("a registry needs an administrator; make somebody else one first".to_owned()));
    }
    audit::record(tx, &deed.with(json!({ "is_admin": is_admin }))).await?;
    Ok(if user.is_admin == is_admin { Vec::new() } else { before })
}

async fn verify_email(tx: &mut Tx, user: &User, deed: Deed<'_>) -> Result<()> {
    if user.email.is_none() {
        let login = &user.login;
        return Err(Error::Refused(format!("`{login}` has no email address; ask them to give one")));
    }
    users::set_email_verified(tx, user.id, true).await?;
    audit::record(tx, &deed).await
}

async fn hand_over(tx: &mut Tx, krate: &Crate, user: &User, by: i64, deed: Deed<'_>, now: Timestamp) -> Result<Change> {
    crates::lock(tx, krate.id).await?;
    if !owners::add(tx, krate.id, user.id, by, now).await? {
        return Err(Error::OwnerAlready(user.login.clone()));
    }
    audit::record(tx, &deed.with(json!({ "owner": user.login }))).await?;
    Ok(changes::append(tx, krate.id, &krate.name.canonical(), now).await?)
}

/// Refuses what administrators do to others but not to themselves.
fn check_other(actor: &Actor, user: &User, what: &str) -> Result<()> {
    if user.id == actor.user.id {
        return Err(Error::Refused(format!("you cannot {what}")));
    }
    Ok(())
}
