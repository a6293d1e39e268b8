//! People.

use cargohold_protocol::Timestamp;

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
}

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
    /// Whether the password is good for one sign-in only.
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
    const SQL: &str =
        "SELECT id, login, name, email, is_email_verified, is_admin FROM users WHERE canonical_login = $1";
    tx.query(SQL).bind(login.to_lowercase()).fetch_optional().await
}

/// Whether there is anybody at all.
///
/// # Errors
/// When the database fails.
pub async fn any(tx: &mut Tx) -> Result<bool> {
    let row: Option<(i64,)> = tx.query("SELECT id FROM users LIMIT 1").fetch_optional().await?;
    Ok(row.is_some())
}
