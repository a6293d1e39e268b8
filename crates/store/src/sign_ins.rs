//! Sign-ins under way at a provider, and people who were sent there but have no account yet.

use cargohold_protocol::Timestamp;

use crate::{Result, Tx};

/// A sign-in under way.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SignIn {
    /// The configured name of the provider.
    pub provider: String,
    /// Who wants to link the provider to their account, if that is what it is for.
    pub linked_user_id: Option<i64>,
    /// What the provider said of somebody who is to sign up yet, sealed.
    pub sealed_person: Option<Vec<u8>>,
}

/// Remembers that somebody was sent to a provider, by the hash of what their browser holds.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, hash: &[u8; 32], sign_in: &SignIn, expires_at: Timestamp) -> Result<()> {
    tx.query(
        "INSERT INTO sign_ins (hash, provider, linked_user_id, sealed_person, expires_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(hash)
    .bind(sign_in.provider.as_str())
    .bind(sign_in.linked_user_id)
    .bind(sign_in.sealed_person.as_deref())
    .bind(expires_at)
    .execute()
    .await?;
    Ok(())
}

/// The sign-in with this hash, unless it took too long.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &mut Tx, hash: &[u8; 32], now: Timestamp) -> Result<Option<SignIn>> {
    tx.query("SELECT provider, linked_user_id, sealed_person FROM sign_ins WHERE hash = $1 AND expires_at > $2")
        .bind(hash)
        .bind(now)
        .fetch_optional()
        .await
}

/// Takes the sign-in with this hash: nobody can take it again.
///
/// # Errors
/// When the database fails.
pub async fn take(tx: &mut Tx, hash: &[u8; 32], now: Timestamp) -> Result<Option<SignIn>> {
    tx.query(
        "DELETE FROM sign_ins WHERE hash = $1 AND expires_at > $2 RETURNING provider, linked_user_id, sealed_person",
    )
    .bind(hash)
    .bind(now)
    .fetch_optional()
    .await
}

/// Forgets sign-ins that took too long.
///
/// # Errors
/// When the database fails.
pub async fn forget_expired(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.query("DELETE FROM sign_ins WHERE expires_at <= $1").bind(before).execute().await
}
