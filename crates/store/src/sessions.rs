//! Sign-ins of browsers. Only the SHA-256 of a session's secret is stored.

use cargohold_protocol::Timestamp;

use crate::users::{User, user_columns};
use crate::{Result, Tx};

/// Remembers a sign-in.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, user_id: i64, hash: &[u8; 32], now: Timestamp, expires_at: Timestamp) -> Result<()> {
    tx.query("INSERT INTO sessions (user_id, hash, created_at, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(user_id)
        .bind(hash.as_slice())
        .bind(now)
        .bind(expires_at)
        .execute()
        .await?;
    Ok(())
}

/// Whose session this is, if it has not ended.
///
/// # Errors
/// When the database fails.
pub async fn find_user(tx: &mut Tx, hash: &[u8; 32], now: Timestamp) -> Result<Option<User>> {
    tx.query(concat!(
        "SELECT ",
        user_columns!(),
        " FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.hash = $1 AND s.expires_at > $2"
    ))
    .bind(hash.as_slice())
    .bind(now)
    .fetch_optional()
    .await
}

/// Ends a session. Idempotent.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, hash: &[u8; 32]) -> Result<()> {
    tx.query("DELETE FROM sessions WHERE hash = $1").bind(hash.as_slice()).execute().await?;
    Ok(())
}

/// Forgets sessions that ended before an instant.
///
/// # Errors
/// When the database fails.
pub async fn forget_expired(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.query("DELETE FROM sessions WHERE expires_at < $1").bind(before).execute().await
}
