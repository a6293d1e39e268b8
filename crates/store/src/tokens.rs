//! API tokens. Only the SHA-256 of a token is stored.

use cargohold_protocol::Timestamp;

use crate::error::decode;
use crate::users::{User, user_columns};
use crate::{Result, Tx};

/// A token together with the person it belongs to.
#[derive(Clone, Debug)]
pub struct Token {
    /// The token's id.
    pub id: i64,
    /// What the token may be used for; `None` for everything.
    pub endpoint_scopes: Option<Vec<String>>,
    /// Patterns of crate names it is limited to; empty for all.
    pub crate_scopes: Vec<String>,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// Whose it is.
    pub user: User,
}

/// A token to be.
#[derive(Clone, Debug)]
pub struct NewToken<'a> {
    /// Whose it is.
    pub user_id: i64,
    /// The SHA-256 of the whole secret.
    pub hash: &'a [u8; 32],
    /// What its owner calls it.
    pub name: &'a str,
    /// What it may be used for; `None` for everything.
    pub endpoint_scopes: Option<&'a [String]>,
    /// Patterns of crate names it is limited to; empty for all.
    pub crate_scopes: &'a [String],
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
}

/// Adds a token and answers its id.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, token: &NewToken<'_>, now: Timestamp) -> Result<i64> {
    let (id,): (i64,) = tx
        .query(
            "INSERT INTO tokens (user_id, hash, name, endpoint_scopes, crate_scopes, created_at, expires_at, is_revoked) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, FALSE) RETURNING id",
        )
        .bind(token.user_id)
        .bind(token.hash.as_slice())
        .bind(token.name)
        .bind(token.endpoint_scopes.map(serde_json::to_string).transpose()?)
        .bind(serde_json::to_string(token.crate_scopes)?)
        .bind(now)
        .bind(token.expires_at)
        .fetch_one()
        .await?;
    Ok(id)
}

#[derive(sqlx::FromRow)]
struct TokenRow {
    token_id: i64,
    endpoint_scopes: Option<String>,
    crate_scopes: Option<String>,
    last_used_at: Option<i64>,
    #[sqlx(flatten)]
    user: User,
}

/// The token with this hash, if it is neither revoked nor expired.
///
/// # Errors
/// When the database fails.
pub async fn find_usable(tx: &mut Tx, hash: &[u8; 32], now: Timestamp) -> Result<Option<Token>> {
    let row: Option<TokenRow> = tx
        .query(concat!(
            "SELECT t.id AS token_id, t.endpoint_scopes, t.crate_scopes, t.last_used_at, ",
            user_columns!(),
            " FROM tokens t JOIN users u ON u.id = t.user_id \
                 WHERE t.hash = $1 AND NOT t.is_revoked AND (t.expires_at IS NULL OR t.expires_at > $2)"
        ))
        .bind(hash.as_slice())
        .bind(now)
        .fetch_optional()
        .await?;
    row.map(Token::from_row).transpose()
}

impl Token {
    fn from_row(row: TokenRow) -> Result<Self> {
        let list = |text: Option<String>, column| {
            let list = text.map(|text| serde_json::from_str::<Vec<String>>(&text)).transpose();
            decode(list, "tokens", column, row.token_id)
        };
        Ok(Self {
            id: row.token_id,
            endpoint_scopes: list(row.endpoint_scopes, "endpoint_scopes")?,
            crate_scopes: list(row.crate_scopes, "crate_scopes")?.unwrap_or_default(),
            last_used_at: row.last_used_at.map(Timestamp::from_micros),
            user: row.user,
        })
    }
}

/// Remembers that a token was used, unless somebody has done so a moment ago (since `before`).
///
/// # Errors
/// When the database fails.
pub async fn touch(tx: &mut Tx, id: i64, now: Timestamp, before: Timestamp) -> Result<()> {
    tx.query("UPDATE tokens SET last_used_at = $1 WHERE id = $2 AND (last_used_at IS NULL OR last_used_at < $3)")
        .bind(now)
        .bind(id)
        .bind(before)
        .execute()
        .await?;
    Ok(())
}

/// What a person sees of a token.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Listed {
    /// The id, by which it is revoked.
    pub id: i64,
    /// What its owner calls it.
    pub name: String,
    /// When it was made, in Unix microseconds.
    pub created_at: i64,
    /// When it stops working, in Unix microseconds.
    pub expires_at: Option<i64>,
    /// When it was last used, in Unix microseconds.
    pub last_used_at: Option<i64>,
}

/// The tokens of a person that are not revoked, in order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, user_id: i64) -> Result<Vec<Listed>> {
    tx.query(
        "SELECT id, name, created_at, expires_at, last_used_at FROM tokens \
         WHERE user_id = $1 AND NOT is_revoked ORDER BY id",
    )
    .bind(user_id)
    .fetch_all()
    .await
}

/// Makes a token unusable for ever. Answers whether there was such a token.
///
/// # Errors
/// When the database fails.
pub async fn revoke(tx: &mut Tx, id: i64) -> Result<bool> {
    Ok(tx.query("UPDATE tokens SET is_revoked = TRUE WHERE id = $1 AND NOT is_revoked").bind(id).execute().await? == 1)
}
