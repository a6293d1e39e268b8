//! People.

use cargohold_protocol::Timestamp;

use crate::dialect::{Sql, among_ids};
use crate::{Result, Tx};

/// A person.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct User {
    /// The id; it fits in 32 bits, as cargo demands of owners.
    pub id: i64,
    /// The login in the spelling that was chosen.
    pub login: String,
    /// The display name.
    pub name: Option<String>,
    /// The email address.
    pub email: String,
    /// Whether the address is known to be theirs.
    pub is_email_verified: bool,
    /// Whether they administrate the registry.
    pub is_admin: bool,
    /// The address of a picture.
    pub avatar: Option<String>,
    /// The login of their account at GitHub, if they have linked one.
    pub github_login: Option<String>,
    /// When the account was created, in Unix microseconds.
    pub created_at: i64,
}

/// The columns of a [`User`], from `users` as `u`.
macro_rules! user_columns {
    () => {
        "u.id, u.login, u.name, u.email, u.is_email_verified, u.is_admin, u.avatar, u.github_login, u.created_at"
    };
}
pub(crate) use user_columns;

/// A person to be.
#[derive(Clone, Debug)]
pub struct NewUser<'a> {
    /// The login; unique without regard to case.
    pub login: &'a str,
    /// The email address.
    pub email: &'a str,
    /// Whether the address is known to be theirs.
    pub is_email_verified: bool,
    /// Whether they administrate the registry.
    pub is_admin: bool,
    /// The argon2id hash of their password, in PHC form.
    pub password_hash: &'a str,
    /// Whether they have yet to choose a password of their own.
    pub must_change_password: bool,
}

/// Adds a person and answers their id, or `None` if the login is taken.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, user: &NewUser<'_>, now: Timestamp) -> Result<Option<i64>> {
    let row: Option<(i64,)> = tx
        .query(
            "INSERT INTO users (login, canonical_login, email, is_email_verified, is_admin, password_hash, \
             must_change_password, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
             ON CONFLICT DO NOTHING RETURNING id",
        )
        .bind(user.login)
        .bind(user.login.to_lowercase())
        .bind(user.email)
        .bind(user.is_email_verified)
        .bind(user.is_admin)
        .bind(user.password_hash)
        .bind(user.must_change_password)
        .bind(now)
        .fetch_optional()
        .await?;
    Ok(row.map(|(id,)| id))
}

/// The person with this login, whatever its casing.
///
/// # Errors
/// When the database fails.
pub async fn find_by_login(tx: &mut Tx, login: &str) -> Result<Option<User>> {
    const SQL: &str = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.canonical_login = $1");
    tx.query(SQL).bind(login.to_lowercase()).fetch_optional().await
}

/// The hash of somebody's password with the account it belongs to, by the login in whatever casing.
///
/// # Errors
/// When the database fails.
pub async fn find_password_hash(tx: &mut Tx, login: &str) -> Result<Option<(i64, String)>> {
    const SQL: &str = "SELECT id, password_hash FROM users WHERE canonical_login = $1";
    tx.query(SQL).bind(login.to_lowercase()).fetch_optional().await
}

/// The people with these ids, in no particular order; unknown ids are passed over.
///
/// # Errors
/// When the database fails.
pub async fn list_by_ids(tx: &mut Tx, ids: &[i64]) -> Result<Vec<User>> {
    const SQL: Sql = among_ids!(concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id IN "), "");
    tx.query_pair(SQL).bind(serde_json::to_string(ids)?).fetch_all().await
}

/// Whether there is anybody at all.
///
/// # Errors
/// When the database fails.
pub async fn any(tx: &mut Tx) -> Result<bool> {
    let row: Option<(i64,)> = tx.query("SELECT id FROM users LIMIT 1").fetch_optional().await?;
    Ok(row.is_some())
}
