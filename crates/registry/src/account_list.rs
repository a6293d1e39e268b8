//! Accounts as administrators see them.

use std::collections::HashMap;

use cargohold_protocol::Timestamp;
use cargohold_store::accounts;

use crate::administration::load_user;
use crate::auth::Need;
use crate::{Call, Error, Lock, Registry, Result};

/// Which accounts to list.
pub type AccountFilter = accounts::Filter;

/// Which accounts somebody wants to see.
#[derive(Clone, Debug, Default)]
pub struct AccountQuery {
    /// Only those in whose login, name or email address this occurs.
    pub text: Option<String>,
    /// Only these.
    pub filter: AccountFilter,
    /// Only those with higher ids.
    pub after: i64,
}

/// An account.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, none picks a branch for another")]
pub struct Account {
    /// The id.
    pub id: i64,
    /// The login.
    pub login: String,
    /// The display name.
    pub name: Option<String>,
    /// The email address.
    pub email: Option<String>,
    /// Whether the address is known to be theirs.
    pub is_email_verified: bool,
    /// The address of a picture.
    pub avatar: Option<String>,
    /// Whether they administrate the registry.
    pub is_admin: bool,
    /// Whether the account is locked now.
    pub lock: Option<Lock>,
    /// Whether they have a password.
    pub has_password: bool,
    /// Whether they have yet to choose a password of their own.
    pub must_change_password: bool,
    /// Whether signing in takes a second factor.
    pub has_second_factor: bool,
    /// When the account was created.
    pub created_at: Timestamp,
    /// How many crates they own as a person.
    pub owned_crates: i64,
    /// How many of their tokens work.
    pub usable_tokens: i64,
    /// How many sessions they have.
    pub sessions: i64,
    /// The providers at which they have linked accounts.
    pub providers: Vec<String>,
    /// When they last signed in, changed something or used a token, if ever.
    pub last_seen_at: Option<Timestamp>,
}

impl Registry {
    /// Accounts in order of their ids, at most `limit`.
    ///
    /// # Errors
    /// When the caller is no administrator.
    pub async fn list_accounts(&self, call: &Call, query: &AccountQuery, limit: i64) -> Result<Vec<Account>> {
        self.authorize(call, Need::Administrator).await?;
        let text = query.text.as_deref().unwrap_or_default().trim();
        if text.contains('\0') {
            return Ok(Vec::new());
        }
        let mut tx = self.store.read().await?;
        let found = accounts::list(&mut tx, text, query.filter, query.after, limit, call.now).await?;
        let ids: Vec<i64> = found.iter().map(|account| account.user.id).collect();
        let mut providers: HashMap<i64, Vec<String>> = HashMap::new();
        for (user_id, provider) in accounts::list_providers(&mut tx, &ids).await? {
            providers.entry(user_id).or_default().push(provider);
        }
        let show = |account: accounts::Account| {
            let providers = providers.remove(&account.user.id).unwrap_or_default();
            show(account, providers, call.now)
        };
        Ok(found.into_iter().map(show).collect())
    }

    /// The account with a login.
    ///
    /// # Errors
    /// When the caller is no administrator, or there is no such account.
    pub async fn find_account(&self, call: &Call, login: &str) -> Result<Account> {
        self.authorize(call, Need::Administrator).await?;
        let mut tx = self.store.read().await?;
        let user = load_user(&mut tx, login).await?;
        let found = accounts::find(&mut tx, user.id, call.now).await?;
        let account = found.ok_or_else(|| Error::NoSuchUser(user.login.clone()))?;
        let providers = accounts::list_providers(&mut tx, &[user.id]).await?;
        Ok(show(account, providers.into_iter().map(|(_, provider)| provider).collect(), call.now))
    }
}

fn show(account: accounts::Account, providers: Vec<String>, now: Timestamp) -> Account {
    let user = account.user;
    let until = user.locked_until.map(Timestamp::from_micros);
    let lock = user.lock_reason.filter(|_| until.is_none_or(|until| until > now)).map(|reason| Lock { reason, until });
    Account {
        id: user.id,
        login: user.login,
        name: user.name,
        is_email_verified: user.email.is_some() && user.is_email_verified,
        email: user.email,
        avatar: user.avatar,
        is_admin: user.is_admin,
        lock,
        has_password: account.has_password,
        must_change_password: account.must_change_password,
        has_second_factor: account.has_second_factor,
        created_at: Timestamp::from_micros(user.created_at),
        owned_crates: account.owned_crates,
        usable_tokens: account.usable_tokens,
        sessions: account.sessions,
        providers,
        last_seen_at: account.token_used_at.max(account.acted_at).map(Timestamp::from_micros),
    }
}
