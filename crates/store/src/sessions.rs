//! Sign-ins of browsers. Only the SHA-256 of a session's secret is stored.

use cargohold_protocol::Timestamp;

use crate::users::{User, user_columns};
use crate::{Result, Tx};

/// A session to be.
#[derive(Clone, Debug)]
pub struct NewSession<'a> {
    /// Whose it is.
    pub user_id: i64,
    /// The SHA-256 of the secret in the cookie.
    pub hash: &'a [u8; 32],
    /// Whether the second factor is yet to come.
    pub awaits_code: bool,
    /// From where it was begun.
    pub address: Option<&'a str>,
    /// With what it was begun.
    pub user_agent: Option<&'a str>,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A session together with the person it belongs to.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Session {
    /// The id.
    #[sqlx(rename = "session_id")]
    pub id: i64,
    /// Whether the second factor is yet to come; then it is good for nothing else.
    pub awaits_code: bool,
    /// Whether the person has yet to choose a password.
    pub must_change_password: bool,
    /// Whose it is.
    #[sqlx(flatten)]
    pub user: User,
}

/// Remembers a sign-in.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, session: &NewSession<'_>, now: Timestamp) -> Result<()> {
    tx.query(
        "INSERT INTO sessions (user_id, hash, awaits_code, address, user_agent, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(session.user_id)
    .bind(session.hash)
    .bind(session.awaits_code)
    .bind(session.address)
    .bind(session.user_agent)
    .bind(now)
    .bind(session.expires_at)
    .execute()
    .await?;
    Ok(())
}

/// The session with this hash, if it has not ended.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &mut Tx, hash: &[u8; 32], now: Timestamp) -> Result<Option<Session>> {
    tx.query(concat!(
        "SELECT s.id AS session_id, s.awaits_code, u.must_change_password, ",
        user_columns!(),
        " FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.hash = $1 AND s.expires_at > $2"
    ))
    .bind(hash)
    .bind(now)
    .fetch_optional()
    .await
}

/// What a person sees of their sessions.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Listed {
    /// The id, by which it is ended.
    pub id: i64,
    /// From where it was begun.
    pub address: Option<String>,
    /// With what it was begun.
    pub user_agent: Option<String>,
    /// When it was begun, in Unix microseconds.
    pub created_at: i64,
    /// When it ends, in Unix microseconds.
    pub expires_at: i64,
}

/// The sessions of a person that have not ended, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, user_id: i64, now: Timestamp) -> Result<Vec<Listed>> {
    tx.query(
        "SELECT id, address, user_agent, created_at, expires_at FROM sessions \
         WHERE user_id = $1 AND expires_at > $2 AND NOT awaits_code ORDER BY id DESC",
    )
    .bind(user_id)
    .bind(now)
    .fetch_all()
    .await
}

/// Ends a session. Idempotent.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, hash: &[u8; 32]) -> Result<()> {
    tx.query("DELETE FROM sessions WHERE hash = $1").bind(hash).execute().await?;
    Ok(())
}

/// Ends a session of a person by its id. Answers whether there was such a one.
///
/// # Errors
/// When the database fails.
pub async fn delete_of_user(tx: &mut Tx, user_id: i64, id: i64) -> Result<bool> {
    let rows = tx.query("DELETE FROM sessions WHERE user_id = $1 AND id = $2").bind(user_id).bind(id).execute().await?;
    Ok(rows == 1)
}

/// Ends all sessions of a person but one.
///
/// # Errors
/// When the database fails.
pub async fn delete_others_of_user(tx: &mut Tx, user_id: i64, kept_id: i64) -> Result<u64> {
    tx.query("DELETE FROM sessions WHERE user_id = $1 AND id <> $2").bind(user_id).bind(kept_id).execute().await
}

/// Ends all sessions of a person.
///
/// # Errors
/// When the database fails.
pub async fn delete_all_of_user(tx: &mut Tx, user_id: i64) -> Result<u64> {
    tx.query("DELETE FROM sessions WHERE user_id = $1").bind(user_id).execute().await
}

/// Forgets sessions that ended before an instant.
///
/// # Errors
/// When the database fails.
pub async fn forget_expired(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.query("DELETE FROM sessions WHERE expires_at < $1").bind(before).execute().await
}
