//! Accounts as administrators see them.

use cargohold_protocol::Timestamp;

use crate::dialect::{Sql, among_ids};
use crate::pattern::containing;
use crate::users::{User, user_columns};
use crate::{Result, Tx};

/// An account with what there is to say about how it is used.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Account {
    /// Whose it is.
    #[sqlx(flatten)]
    pub user: User,
    /// Whether they have a password.
    pub has_password: bool,
    /// Whether they have yet to choose a password of their own.
    pub must_change_password: bool,
    /// Whether signing in takes a second factor.
    pub has_second_factor: bool,
    /// How many crates they own as a person.
    pub owned_crates: i64,
    /// How many of their tokens work.
    pub usable_tokens: i64,
    /// How many of their sessions have not ended.
    pub sessions: i64,
    /// When one of their tokens was last used, in Unix microseconds.
    pub token_used_at: Option<i64>,
    /// When they last did something that is in the audit log, signing in included, in Unix microseconds.
    pub acted_at: Option<i64>,
}

/// Which accounts to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// All.
    #[default]
    All,
    /// Those that are locked.
    Locked,
    /// Those of administrators.
    Administrators,
    /// Those without an email address that is known to be theirs.
    Unverified,
}

/// The statement that answers an [`Account`] as it is at `$1`.
macro_rules! select_account {
    ($condition:expr) => {
        concat!(
            "SELECT ",
            user_columns!(),
            ", u.password_hash <> '' AS has_password, u.must_change_password, \
                EXISTS (SELECT 1 FROM second_factors f WHERE f.user_id = u.id AND f.is_confirmed) AS has_second_factor, \
                (SELECT COUNT(*) FROM crate_owners o WHERE o.user_id = u.id) AS owned_crates, \
                (SELECT COUNT(*) FROM tokens t WHERE t.user_id = u.id AND NOT t.is_revoked \
                    AND (t.expires_at IS NULL OR t.expires_at > $1)) AS usable_tokens, \
                (SELECT COUNT(*) FROM sessions s WHERE s.user_id = u.id AND s.expires_at > $1 AND NOT s.awaits_code) \
                    AS sessions, \
                (SELECT MAX(t.last_used_at) FROM tokens t WHERE t.user_id = u.id) AS token_used_at, \
                (SELECT a.at FROM audit a WHERE a.actor_id = u.id ORDER BY a.seq DESC LIMIT 1) AS acted_at \
             FROM users u WHERE ",
            $condition
        )
    };
}

/// The statement that lists accounts with a text in them.
macro_rules! list_accounts {
    ($filter:expr) => {
        select_account!(concat!(
            "u.id > $2 AND (u.canonical_login LIKE $3 || '' ESCAPE '\\' OR lower(COALESCE(u.name, '')) LIKE $3 || '' ESCAPE '\\' \
                OR lower(u.email) LIKE $3 || '' ESCAPE '\\') AND ",
            $filter,
            " ORDER BY u.id LIMIT $4 + 0"
        ))
    };
}

/// Up to `limit` accounts with ids above `after`, in order of their ids, in whose login, name or address the text occurs in
/// whatever casing.
///
/// # Errors
/// When the database fails.
pub async fn list(
    tx: &mut Tx,
    text: &str,
    filter: Filter,
    after: i64,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Account>> {
    let sql = match filter {
        Filter::All => list_accounts!("TRUE"),
        Filter::Locked => {
            list_accounts!("u.lock_reason IS NOT NULL AND (u.locked_until IS NULL OR u.locked_until > $1)")
        }
        Filter::Administrators => list_accounts!("u.is_admin"),
        Filter::Unverified => list_accounts!("(u.email = '' OR NOT u.is_email_verified)"),
    };
    tx.query(sql).bind(now).bind(after).bind(containing(text)).bind(limit).fetch_all().await
}

/// The account of somebody.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &mut Tx, user_id: i64, now: Timestamp) -> Result<Option<Account>> {
    tx.query(select_account!("u.id = $2")).bind(now).bind(user_id).fetch_optional().await
}

/// At which providers these people have linked accounts, each as the person's id and the provider's name, in the order in
/// which they were linked.
///
/// # Errors
/// When the database fails.
pub async fn list_providers(tx: &mut Tx, user_ids: &[i64]) -> Result<Vec<(i64, String)>> {
    const SQL: Sql = among_ids!("SELECT user_id, provider FROM identities WHERE user_id IN ", " ORDER BY id");
    tx.query_pair(SQL).bind(serde_json::to_string(user_ids)?).fetch_all().await
}
