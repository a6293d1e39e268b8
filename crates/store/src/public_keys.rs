//! Public keys for cargo's asymmetric tokens (RFC 3231).

use cargohold_protocol::Timestamp;

use crate::users::{User, user_columns};
use crate::{Result, Tx};

/// A key together with the person it belongs to.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PublicKey {
    /// The row's id.
    #[sqlx(rename = "public_key_id")]
    pub id: i64,
    /// The key as a PASERK, `k3.public.…`.
    pub key: String,
    /// When it was last used, in Unix microseconds.
    pub last_used_at: Option<i64>,
    /// Whose it is.
    #[sqlx(flatten)]
    pub user: User,
}

/// What a person sees of a key.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Listed {
    /// The row's id, by which it is revoked.
    pub id: i64,
    /// The key's own id, `k3.pid.…`.
    pub key_id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was registered, in Unix microseconds.
    pub created_at: i64,
    /// When it was last used, in Unix microseconds.
    pub last_used_at: Option<i64>,
}

/// Registers a key and answers the row's id; `None` if the key is or was registered already.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    user_id: i64,
    key_id: &str,
    key: &str,
    name: &str,
    now: Timestamp,
) -> Result<Option<i64>> {
    let row: Option<(i64,)> = tx
        .query(
            "INSERT INTO public_keys (user_id, key_id, key, name, created_at, is_revoked) \
             VALUES ($1, $2, $3, $4, $5, FALSE) ON CONFLICT DO NOTHING RETURNING id",
        )
        .bind(user_id)
        .bind(key_id)
        .bind(key)
        .bind(name)
        .bind(now)
        .fetch_optional()
        .await?;
    Ok(row.map(|(id,)| id))
}

/// The key with this id of its own, if it is not revoked.
///
/// # Errors
/// When the database fails.
pub async fn find_usable(tx: &mut Tx, key_id: &str) -> Result<Option<PublicKey>> {
    tx.query(concat!(
        "SELECT k.id AS public_key_id, k.key, k.last_used_at, ",
        user_columns!(),
        " FROM public_keys k JOIN users u ON u.id = k.user_id WHERE k.key_id = $1 AND NOT k.is_revoked"
    ))
    .bind(key_id)
    .fetch_optional()
    .await
}

/// Remembers that a key was used, unless somebody has done so a moment ago (since `before`).
///
/// # Errors
/// When the database fails.
pub async fn touch(tx: &mut Tx, id: i64, now: Timestamp, before: Timestamp) -> Result<()> {
    tx.query("UPDATE public_keys SET last_used_at = $1 WHERE id = $2 AND (last_used_at IS NULL OR last_used_at < $3)")
        .bind(now)
        .bind(id)
        .bind(before)
        .execute()
        .await?;
    Ok(())
}

/// The keys of a person that are not revoked, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, user_id: i64) -> Result<Vec<Listed>> {
    tx.query(
        "SELECT id, key_id, name, created_at, last_used_at FROM public_keys \
         WHERE user_id = $1 AND NOT is_revoked ORDER BY id DESC",
    )
    .bind(user_id)
    .fetch_all()
    .await
}

/// Makes a key of a person unusable for ever. Answers whether there was such a key.
///
/// # Errors
/// When the database fails.
pub async fn revoke(tx: &mut Tx, user_id: i64, id: i64) -> Result<bool> {
    const SQL: &str = "UPDATE public_keys SET is_revoked = TRUE WHERE user_id = $1 AND id = $2 AND NOT is_revoked";
    Ok(tx.query(SQL).bind(user_id).bind(id).execute().await? == 1)
}
