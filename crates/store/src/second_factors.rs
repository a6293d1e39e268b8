//! Second factors: time-based codes (RFC 6238) and the codes for when the device is lost.

use crate::{Result, Tx};

/// Somebody's second factor.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SecondFactor {
    /// The shared secret, sealed.
    pub sealed_secret: Vec<u8>,
    /// Whether they have shown that they can make codes with it; only then it is asked for.
    pub is_confirmed: bool,
    /// The latest time step whose code was used.
    pub last_step: i64,
}

/// Somebody's second factor, if they have set one up.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &mut Tx, user_id: i64) -> Result<Option<SecondFactor>> {
    tx.query("SELECT sealed_secret, is_confirmed, last_step FROM second_factors WHERE user_id = $1")
        .bind(user_id)
        .fetch_optional()
        .await
}

/// Gives somebody a secret that is yet to be confirmed, instead of one that was never confirmed. Answers whether it was
/// given: a confirmed one stays.
///
/// # Errors
/// When the database fails.
pub async fn offer(tx: &mut Tx, user_id: i64, sealed_secret: &[u8]) -> Result<bool> {
    let rows = tx
        .query(
            "INSERT INTO second_factors (user_id, sealed_secret, is_confirmed, last_step) VALUES ($1, $2, FALSE, 0) \
             ON CONFLICT (user_id) DO UPDATE SET sealed_secret = excluded.sealed_secret, last_step = 0 \
                WHERE NOT second_factors.is_confirmed",
        )
        .bind(user_id)
        .bind(sealed_secret)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Uses up the code of a time step, and confirms the factor by it. `false` if this or a later one was used before.
///
/// # Errors
/// When the database fails.
pub async fn use_step(tx: &mut Tx, user_id: i64, step: i64) -> Result<bool> {
    let rows = tx
        .query("UPDATE second_factors SET is_confirmed = TRUE, last_step = $1 WHERE user_id = $2 AND last_step < $1")
        .bind(step)
        .bind(user_id)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Removes somebody's second factor and their recovery codes. Answers whether there was one.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, user_id: i64) -> Result<bool> {
    tx.query("DELETE FROM recovery_codes WHERE user_id = $1").bind(user_id).execute().await?;
    Ok(tx.query("DELETE FROM second_factors WHERE user_id = $1").bind(user_id).execute().await? == 1)
}

/// Replaces somebody's recovery codes, given as their SHA-256.
///
/// # Errors
/// When the database fails.
pub async fn set_recovery_codes(tx: &mut Tx, user_id: i64, hashes: &[[u8; 32]]) -> Result<()> {
    tx.query("DELETE FROM recovery_codes WHERE user_id = $1").bind(user_id).execute().await?;
    for hash in hashes {
        tx.query("INSERT INTO recovery_codes (user_id, hash) VALUES ($1, $2)")
            .bind(user_id)
            .bind(hash)
            .execute()
            .await?;
    }
    Ok(())
}

/// Uses up a recovery code. `false` if it is none, or was used before.
///
/// # Errors
/// When the database fails.
pub async fn use_recovery_code(tx: &mut Tx, user_id: i64, hash: &[u8; 32]) -> Result<bool> {
    let rows = tx
        .query("DELETE FROM recovery_codes WHERE user_id = $1 AND hash = $2")
        .bind(user_id)
        .bind(hash)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// How many recovery codes somebody has left.
///
/// # Errors
/// When the database fails.
pub async fn count_recovery_codes(tx: &mut Tx, user_id: i64) -> Result<i64> {
    let (count,): (i64,) =
        tx.query("SELECT COUNT(*) FROM recovery_codes WHERE user_id = $1").bind(user_id).fetch_one().await?;
    Ok(count)
}
