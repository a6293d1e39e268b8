//! People.

use cargohold_protocol::Timestamp;

use crate::dialect::{Sql, among_ids};
use crate::{Result, Tx};

/// A person.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of its own, none picks a branch for another")]
pub struct User {
    /// The id; it fits in 32 bits, as cargo demands of owners.
    pub id: i64,
    /// The login in the spelling that was chosen.
    pub login: String,
    /// The display name.
    pub name: Option<String>,
    /// The email address, if they have given one.
    pub email: Option<String>,
    /// Whether the address is known to be theirs.
    pub is_email_verified: bool,
    /// Whether a confirmation mail was ever written to the address.
    pub is_email_confirmation_sent: bool,
    /// Whether they want a mail for every publish of their crates.
    pub publish_notifications: bool,
    /// Whether they administrate the registry.
    pub is_admin: bool,
    /// Why the account is locked, if it is or was.
    pub lock_reason: Option<String>,
    /// Until when it is locked, in Unix microseconds; no value for as long as there is a reason.
    pub locked_until: Option<i64>,
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
        "u.id, u.login, u.name, NULLIF(u.email, '') AS email, u.is_email_verified, \
         u.email_token_hash IS NOT NULL AS is_email_confirmation_sent, u.publish_notifications, u.is_admin, \
         u.lock_reason, u.locked_until, u.avatar, u.github_login, u.created_at"
    };
}
pub(crate) use user_columns;

/// A person to be.
#[derive(Clone, Debug)]
pub struct NewUser<'a> {
    /// The login; unique without regard to case.
    pub login: &'a str,
    /// The display name.
    pub name: Option<&'a str>,
    /// The email address.
    pub email: Option<&'a str>,
    /// Whether the address is known to be theirs.
    pub is_email_verified: bool,
    /// Whether they administrate the registry.
    pub is_admin: bool,
    /// The argon2id hash of their password, in PHC form; nothing if they sign in elsewhere.
    pub password_hash: Option<&'a str>,
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
            "INSERT INTO users (login, canonical_login, name, email, is_email_verified, is_admin, password_hash, \
             must_change_password, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
             ON CONFLICT DO NOTHING RETURNING id",
        )
        .bind(user.login)
        .bind(user.login.to_lowercase())
        .bind(user.name)
        .bind(user.email.unwrap_or_default())
        .bind(user.is_email_verified)
        .bind(user.is_admin)
        .bind(user.password_hash.unwrap_or_default())
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

/// The person whose login is this one where neither casing nor `-` and `_` count; of several, the one with the highest id.
///
/// # Errors
/// When the database fails.
pub async fn find_by_similar_login(tx: &mut Tx, login: &str) -> Result<Option<User>> {
    const SQL: &str = concat!(
        "SELECT ",
        user_columns!(),
        " FROM users u WHERE REPLACE(u.canonical_login, '-', '_') = $1 ORDER BY u.id DESC LIMIT 1"
    );
    tx.query(SQL).bind(login.to_lowercase().replace('-', "_")).fetch_optional().await
}

/// The person whose linked account at GitHub has exactly this login; of several, the one with the highest id.
///
/// # Errors
/// When the database fails.
pub async fn find_by_github_login(tx: &mut Tx, login: &str) -> Result<Option<User>> {
    const SQL: &str =
        concat!("SELECT ", user_columns!(), " FROM users u WHERE u.github_login = $1 ORDER BY u.id DESC LIMIT 1");
    tx.query(SQL).bind(login).fetch_optional().await
}

/// The person whose linked account at GitHub has this login, whatever its casing. Of several, for logins are given away there
/// when they become free, the one with the newest account.
///
/// # Errors
/// When the database fails.
pub async fn find_by_linked_login(tx: &mut Tx, login: &str) -> Result<Option<User>> {
    const SQL: &str = concat!(
        "SELECT ",
        user_columns!(),
        " FROM users u LEFT JOIN identities i ON i.user_id = u.id AND i.provider = 'github' \
         WHERE lower(u.github_login) = $1 \
         ORDER BY length(COALESCE(i.subject, '')) DESC, COALESCE(i.subject, '') DESC, u.id DESC LIMIT 1"
    );
    tx.query(SQL).bind(login.to_lowercase()).fetch_optional().await
}

/// The person with this id.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &mut Tx, id: i64) -> Result<Option<User>> {
    const SQL: &str = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id = $1");
    tx.query(SQL).bind(id).fetch_optional().await
}

/// What is stored of somebody's password.
#[derive(Clone, sqlx::FromRow)]
pub struct Password {
    /// Whose it is.
    pub user_id: i64,
    /// The argon2id hash in PHC form; nothing if they have none.
    pub hash: Option<String>,
    /// Whether they have yet to choose one of their own.
    pub must_change: bool,
}

/// The password of the account with this login, in whatever casing.
///
/// # Errors
/// When the database fails.
pub async fn find_password(tx: &mut Tx, login: &str) -> Result<Option<Password>> {
    tx.query(
        "SELECT id AS user_id, NULLIF(password_hash, '') AS hash, must_change_password AS must_change FROM users \
         WHERE canonical_login = $1",
    )
    .bind(login.to_lowercase())
    .fetch_optional()
    .await
}

/// Gives somebody another password; `None` for none.
///
/// # Errors
/// When the database fails.
pub async fn set_password(tx: &mut Tx, id: i64, hash: Option<&str>, must_change: bool) -> Result<()> {
    tx.query("UPDATE users SET password_hash = $1, must_change_password = $2 WHERE id = $3")
        .bind(hash.unwrap_or_default())
        .bind(must_change)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Somebody, locked: parallel changes of the account wait for the end of this transaction.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &mut Tx, id: i64) -> Result<()> {
    tx.query("UPDATE users SET login = login WHERE id = $1").bind(id).execute().await?;
    Ok(())
}

/// Gives somebody an email address that is yet to be confirmed.
///
/// # Errors
/// When the database fails.
pub async fn set_email(tx: &mut Tx, id: i64, email: &str) -> Result<()> {
    tx.query("UPDATE users SET email = $1, is_email_verified = FALSE WHERE id = $2")
        .bind(email)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Replaces the secret that confirms somebody's address.
///
/// # Errors
/// When the database fails.
pub async fn set_email_token(tx: &mut Tx, id: i64, hash: &[u8; 32], expires_at: Timestamp) -> Result<()> {
    tx.query("UPDATE users SET email_token_hash = $1, email_token_expires_at = $2 WHERE id = $3")
        .bind(hash)
        .bind(expires_at)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Whose address the secret with this hash confirms, if it is still good.
///
/// # Errors
/// When the database fails.
pub async fn find_by_email_token(tx: &mut Tx, token_hash: &[u8; 32], now: Timestamp) -> Result<Option<User>> {
    tx.query(concat!(
        "SELECT ",
        user_columns!(),
        " FROM users u WHERE u.email_token_hash = $1 AND u.email_token_expires_at > $2 AND u.email <> ''"
    ))
    .bind(token_hash)
    .bind(now)
    .fetch_optional()
    .await
}

/// Marks the address confirmed by this secret as verified, and answers whose it is. It may be done again until it expires.
///
/// # Errors
/// When the database fails.
pub async fn verify_email(tx: &mut Tx, token_hash: &[u8; 32], now: Timestamp) -> Result<Option<i64>> {
    let row: Option<(i64,)> = tx
        .query(
            "UPDATE users SET is_email_verified = TRUE \
             WHERE email_token_hash = $1 AND email_token_expires_at > $2 AND email <> '' RETURNING id",
        )
        .bind(token_hash)
        .bind(now)
        .fetch_optional()
        .await?;
    Ok(row.map(|(id,)| id))
}

/// Marks somebody's address as verified or not.
///
/// # Errors
/// When the database fails.
pub async fn set_email_verified(tx: &mut Tx, id: i64, is_verified: bool) -> Result<()> {
    tx.query("UPDATE users SET is_email_verified = $1 WHERE id = $2").bind(is_verified).bind(id).execute().await?;
    Ok(())
}

/// Decides whether somebody gets a mail for every publish of their crates.
///
/// # Errors
/// When the database fails.
pub async fn set_publish_notifications(tx: &mut Tx, id: i64, are_on: bool) -> Result<()> {
    tx.query("UPDATE users SET publish_notifications = $1 WHERE id = $2").bind(are_on).bind(id).execute().await?;
    Ok(())
}

/// Remembers what a provider says of somebody; what it does not say stays as it is.
///
/// # Errors
/// When the database fails.
pub async fn set_profile(tx: &mut Tx, id: i64, name: Option<&str>, avatar: Option<&str>) -> Result<()> {
    tx.query("UPDATE users SET name = COALESCE($1, name), avatar = COALESCE($2, avatar) WHERE id = $3")
        .bind(name)
        .bind(avatar)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Changes what somebody calls themselves; nothing takes the name away.
///
/// # Errors
/// When the database fails.
pub async fn set_name(tx: &mut Tx, id: i64, name: Option<&str>) -> Result<()> {
    tx.query("UPDATE users SET name = $1 WHERE id = $2").bind(name).bind(id).execute().await?;
    Ok(())
}

/// Remembers the login of somebody's linked account at GitHub.
///
/// # Errors
/// When the database fails.
pub async fn set_github_login(tx: &mut Tx, id: i64, login: Option<&str>) -> Result<()> {
    tx.query("UPDATE users SET github_login = $1 WHERE id = $2").bind(login).bind(id).execute().await?;
    Ok(())
}

/// Locks an account for a reason, for a while or for good; no reason unlocks it.
///
/// # Errors
/// When the database fails.
pub async fn set_lock(tx: &mut Tx, id: i64, reason: Option<&str>, until: Option<Timestamp>) -> Result<()> {
    tx.query("UPDATE users SET lock_reason = $1, locked_until = $2 WHERE id = $3")
        .bind(reason)
        .bind(until)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Makes somebody an administrator, or no longer one.
///
/// # Errors
/// When the database fails.
pub async fn set_admin(tx: &mut Tx, id: i64, is_admin: bool) -> Result<()> {
    tx.query("UPDATE users SET is_admin = $1 WHERE id = $2").bind(is_admin).bind(id).execute().await?;
    Ok(())
}

/// All administrators, in order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn list_admins(tx: &mut Tx) -> Result<Vec<User>> {
    const SQL: &str = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.is_admin ORDER BY u.id");
    tx.query(SQL).fetch_all().await
}

/// People with ids above `after`, in order of their ids, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<User>> {
    const SQL: &str = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id > $1 ORDER BY u.id LIMIT $2 + 0");
    tx.query(SQL).bind(after).bind(limit).fetch_all().await
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
