//! Accounts: what administrators do with people and their tokens.
//!
//! Works beside a running server: it needs the database and the key of the passwords, nothing else.

use cargohold_protocol::Timestamp;
use cargohold_store::{Store, Tx, tokens, users};
use serde_json::json;

use crate::account_changes::insert_account;
use crate::audit::{self, Deed};
use crate::scope::{Scope, check_pattern};
use crate::secret::TokenSecret;
use crate::{Error, Pepper, Result};

/// The login of the first administrator.
const ADMIN: &str = "admin";

/// A person to be.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The login.
    pub login: String,
    /// The email address, vouched for by whoever creates the account.
    pub email: String,
    /// Whether they administrate the registry.
    pub is_admin: bool,
}

/// A token to be.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// The login of whoever it is for.
    pub login: String,
    /// What to call it.
    pub name: String,
    /// What it may be used for; empty for everything.
    pub scopes: Vec<Scope>,
    /// The crates it is limited to; empty for all.
    pub crates: Vec<String>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
}

/// The accounts of a registry.
#[derive(Clone, Debug)]
pub struct Accounts {
    pub(crate) store: Store,
    pub(crate) pepper: Pepper,
}

/// What the operator is told once, on the first start.
#[derive(Clone, Debug)]
pub struct FirstRun {
    /// The administrator's login.
    pub login: String,
    /// Their password, which they are to change.
    pub password: String,
    /// A token with every permission.
    pub token: TokenSecret,
}

impl Accounts {
    /// The accounts in `store`, whose passwords are mixed with `pepper`.
    #[must_use]
    pub fn new(store: Store, pepper: Pepper) -> Self {
        Self { store, pepper }
    }

    /// Creates the first administrator if there is nobody yet. `None` if there is, or if another process is faster.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn first_run(&self, now: Timestamp) -> Result<Option<FirstRun>> {
        if users::any(&mut self.store.read().await?).await? {
            return Ok(None);
        }
        let admin = NewUser { login: ADMIN.to_owned(), email: format!("{ADMIN}@localhost"), is_admin: true };
        let token = NewToken {
            login: ADMIN.to_owned(),
            name: "first run".to_owned(),
            scopes: Vec::new(),
            crates: Vec::new(),
            expires_at: None,
        };
        let (password, hash) = self.one_time_password().await?;
        let mut tx = self.store.write().await?;
        match insert_user(&mut tx, &admin, &hash, now).await {
            Err(Error::LoginTaken(_)) => return Ok(None),
            other => other?,
        }
        let token = insert_token(&mut tx, &token, now).await?;
        tx.commit().await?;
        Ok(Some(FirstRun { login: ADMIN.to_owned(), password, token }))
    }

    /// Creates an account and answers its password, which they are to change.
    ///
    /// # Errors
    /// When the login is taken or not acceptable.
    pub async fn create_user(&self, user: &NewUser, now: Timestamp) -> Result<String> {
        check_login(&user.login)?;
        check_email(&user.email)?;
        let (password, hash) = self.one_time_password().await?;
        let mut tx = self.store.write().await?;
        insert_user(&mut tx, user, &hash, now).await?;
        tx.commit().await?;
        Ok(password)
    }

    /// Creates a token for somebody and answers it; it cannot be shown again.
    ///
    /// # Errors
    /// When there is no such user, or a pattern or the expiry is not acceptable.
    pub async fn create_token(&self, token: &NewToken, now: Timestamp) -> Result<TokenSecret> {
        if token.name.is_empty() {
            return Err(Error::Refused("a token needs a name; give it one that says what it is for".to_owned()));
        }
        token.crates.iter().try_for_each(|pattern| check_pattern(pattern))?;
        if token.expires_at.is_some_and(|at| at <= now) {
            return Err(Error::Refused(
                "the token would be expired at once; give it an expiry in the future".to_owned(),
            ));
        }
        let mut tx = self.store.write().await?;
        let secret = insert_token(&mut tx, token, now).await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// The tokens of somebody that work, the newest first.
    ///
    /// # Errors
    /// When there is no such user.
    pub async fn list_tokens(&self, login: &str, now: Timestamp) -> Result<Vec<ListedToken>> {
        let mut tx = self.store.read().await?;
        let user = users::find_by_login(&mut tx, login).await?;
        let user = user.ok_or_else(|| Error::NoSuchUser(login.to_owned()))?;
        Ok(tokens::list(&mut tx, user.id, now).await?)
    }

    /// Makes a token unusable for ever, on all processes within two seconds.
    ///
    /// # Errors
    /// When there is no such token, or it is revoked already.
    pub async fn revoke_token(&self, id: i64, now: Timestamp) -> Result<()> {
        let mut tx = self.store.write().await?;
        if !tokens::revoke(&mut tx, id).await? {
            return Err(Error::NoSuchToken(id));
        }
        let deed = Deed::on_command_line(now, "token.revoke", "");
        audit::record(&mut tx, &deed.with(json!({ "token": id }))).await?;
        Ok(tx.commit().await?)
    }
}

/// What an administrator sees of a token.
pub type ListedToken = tokens::Listed;

async fn insert_user(tx: &mut Tx, user: &NewUser, password_hash: &str, now: Timestamp) -> Result<()> {
    let new = users::NewUser {
        login: &user.login,
        name: None,
        email: Some(&user.email),
        is_email_verified: true,
        is_admin: user.is_admin,
        password_hash: Some(password_hash),
        must_change_password: true,
    };
    insert_account(tx, &new, Deed::on_command_line(now, "user.create", &user.login), now).await
}

async fn insert_token(tx: &mut Tx, token: &NewToken, now: Timestamp) -> Result<TokenSecret> {
    let scopes: Vec<_> = token.scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
    let secret = TokenSecret::random();
    let user = users::find_by_login(tx, &token.login).await?;
    let user = user.ok_or_else(|| Error::NoSuchUser(token.login.clone()))?;
    let new = tokens::NewToken {
        user_id: user.id,
        hash: &secret.hash(),
        name: &token.name,
        endpoint_scopes: (!scopes.is_empty()).then_some(scopes.as_slice()),
        crate_scopes: (!token.crates.is_empty()).then_some(token.crates.as_slice()),
        expires_at: token.expires_at,
    };
    let id = tokens::insert(tx, &new, now).await?;
    let details = json!({ "token": id, "name": token.name, "scopes": scopes, "crates": token.crates });
    audit::record(tx, &Deed::on_command_line(now, "token.create", &user.login).with(details)).await?;
    Ok(secret)
}

pub(crate) fn check_login(login: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let is_login = login.starts_with(|c: char| c.is_ascii_alphanumeric()) && login.chars().all(allowed);
    if is_login && login.len() <= 39 {
        return Ok(());
    }
    let hint = "use 1 to 39 ASCII letters, digits, `-` and `_`, a letter or digit first";
    Err(Error::Refused(format!("`{login}` is no login; {hint}")))
}

pub(crate) fn check_email(email: &str) -> Result<()> {
    let is_plain = !email.contains(|c: char| c.is_whitespace() || c.is_control());
    match email.split_once('@') {
        Some((local, domain)) if is_plain && !local.is_empty() && !domain.is_empty() && !domain.contains('@') => Ok(()),
        _ => Err(Error::Refused(format!("`{email}` is no email address; write it like `name@example.org`"))),
    }
}
