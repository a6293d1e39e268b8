//! Tokens that pipelines got in exchange for their JWTs, and which JWTs were exchanged. Only a token's SHA-256 is stored.

use cargohold_protocol::Timestamp;

use crate::error::decode;
use crate::{Result, Tx};

/// A pipeline's token to be.
#[derive(Clone, Debug)]
pub struct NewToken<'a> {
    /// The SHA-256 of its secret part.
    pub hash: &'a [u8; 32],
    /// The crates it may publish.
    pub crate_ids: &'a [i64],
    /// The pending pipelines that it stands for: it may create their crates.
    pub pending_ids: &'a [i64],
    /// What the pipeline proved, as JSON.
    pub data: &'a str,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// A pipeline's token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustpubToken {
    /// The id.
    pub id: i64,
    /// The crates it may publish. Some may be gone.
    pub crate_ids: Vec<i64>,
    /// The pending pipelines that it stands for. Some may be gone, or no longer pending.
    pub pending_ids: Vec<i64>,
    /// What the pipeline proved, as JSON.
    pub data: String,
}

#[derive(sqlx::FromRow)]
struct TokenRow {
    id: i64,
    crate_ids: String,
    pending_ids: String,
    data: String,
}

impl TrustpubToken {
    fn from_row(row: TokenRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            crate_ids: read_ids(&row.crate_ids, "crate_ids", row.id)?,
            pending_ids: read_ids(&row.pending_ids, "pending_ids", row.id)?,
            data: row.data,
        })
    }
}

/// Adds a token and answers its id.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, token: &NewToken<'_>, now: Timestamp) -> Result<i64> {
    let (id,): (i64,) = tx
        .query(
            "INSERT INTO trustpub_tokens (hash, crate_ids, pending_ids, data, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        )
        .bind(token.hash)
        .bind(serde_json::to_string(token.crate_ids)?)
        .bind(serde_json::to_string(token.pending_ids)?)
        .bind(token.data)
        .bind(now)
        .bind(token.expires_at)
        .fetch_one()
        .await?;
    Ok(id)
}

/// The token with this hash, if it has not expired.
///
/// # Errors
/// When the database fails.
pub async fn find_usable(tx: &mut Tx, hash: &[u8; 32], now: Timestamp) -> Result<Option<TrustpubToken>> {
    const SQL: &str =
        "SELECT id, crate_ids, pending_ids, data FROM trustpub_tokens WHERE hash = $1 AND expires_at > $2";
    let row: Option<TokenRow> = tx.query(SQL).bind(hash).bind(now).fetch_optional().await?;
    row.map(TrustpubToken::from_row).transpose()
}

/// Removes the token with this hash, expired or not, and answers what it was.
///
/// # Errors
/// When the database fails.
pub async fn take(tx: &mut Tx, hash: &[u8; 32]) -> Result<Option<TrustpubToken>> {
    const SQL: &str = "DELETE FROM trustpub_tokens WHERE hash = $1 RETURNING id, crate_ids, pending_ids, data";
    let row: Option<TokenRow> = tx.query(SQL).bind(hash).fetch_optional().await?;
    row.map(TrustpubToken::from_row).transpose()
}

/// Removes the token with this hash, which somebody has found in public, expired or not. Answers which crates it could publish.
///
/// # Errors
/// When the database fails.
pub async fn take_leaked(tx: &mut Tx, hash: &[u8; 32]) -> Result<Option<Vec<i64>>> {
    Ok(take(tx, hash).await?.map(|token| token.crate_ids))
}

/// Whether a token has this hash, expired or not.
///
/// # Errors
/// When the database fails.
pub async fn exists(tx: &mut Tx, hash: &[u8; 32]) -> Result<bool> {
    let row: Option<(i64,)> =
        tx.query("SELECT id FROM trustpub_tokens WHERE hash = $1").bind(hash).fetch_optional().await?;
    Ok(row.is_some())
}

/// Whether a JWT was exchanged before.
///
/// # Errors
/// When the database fails.
pub async fn is_used(tx: &mut Tx, issuer: &str, jti: &str) -> Result<bool> {
    let sql = "SELECT expires_at FROM used_jtis WHERE issuer = $1 AND jti = $2";
    let row: Option<(i64,)> = tx.query(sql).bind(issuer).bind(jti).fetch_optional().await?;
    Ok(row.is_some())
}

/// Remembers that a JWT was exchanged, until an instant from which on nobody could use it any more. `false` if it was exchanged
/// before. Whoever exchanges the same JWT at the same time waits for the end of this transaction.
///
/// # Errors
/// When the database fails.
pub async fn use_jti(tx: &mut Tx, issuer: &str, jti: &str, expires_at: Timestamp) -> Result<bool> {
    const SQL: &str = "INSERT INTO used_jtis (issuer, jti, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    Ok(tx.query(SQL).bind(issuer).bind(jti).bind(expires_at).execute().await? == 1)
}

/// Forgets tokens and JWTs that nobody could use any more at an instant, and answers how many of both.
///
/// # Errors
/// When the database fails.
pub async fn forget_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    let tokens = tx.query("DELETE FROM trustpub_tokens WHERE expires_at <= $1").bind(now).execute().await?;
    let jtis = tx.query("DELETE FROM used_jtis WHERE expires_at <= $1").bind(now).execute().await?;
    Ok(tokens + jtis)
}

fn read_ids(text: &str, column: &'static str, id: i64) -> Result<Vec<i64>> {
    decode(serde_json::from_str(text), "trustpub_tokens", column, id)
}
