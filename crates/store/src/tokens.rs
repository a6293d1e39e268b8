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
    /// Patterns of crate names it is limited to; nothing or empty for all.
    pub crate_scopes: Option<&'a [String]>,
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
        .bind(token.crate_scopes.map(serde_json::to_string).transpose()?)
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
        Ok(Self {
            id: row.token_id,
            endpoint_scopes: read_list(row.endpoint_scopes, "endpoint_scopes", row.token_id)?,
            crate_scopes: read_list(row.crate_scopes, "crate_scopes", row.token_id)?.unwrap_or_default(),
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The id, by which it is revoked.
    pub id: i64,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// What it may be used for; `None` for everything.
    pub endpoint_scopes: Option<Vec<String>>,
    /// Patterns of crate names it is limited to; `None` if none were ever given.
    pub crate_scopes: Option<Vec<String>>,
}

#[derive(sqlx::FromRow)]
struct ListedRow {
    id: i64,
    name: String,
    created_at: i64,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
    endpoint_scopes: Option<String>,
    crate_scopes: Option<String>,
}

impl Listed {
    fn from_row(row: ListedRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            name: row.name,
            created_at: Timestamp::from_micros(row.created_at),
            expires_at: row.expires_at.map(Timestamp::from_micros),
            last_used_at: row.last_used_at.map(Timestamp::from_micros),
            endpoint_scopes: read_list(row.endpoint_scopes, "endpoint_scopes", row.id)?,
            crate_scopes: read_list(row.crate_scopes, "crate_scopes", row.id)?,
        })
    }
}

macro_rules! select_listed {
    ($where:literal) => {
        concat!(
            "SELECT id, name, created_at, expires_at, last_used_at, endpoint_scopes, crate_scopes FROM tokens WHERE ",
            $where
        )
    };
}

/// The tokens of a person that are not revoked and were not expired at an instant, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, user_id: i64, usable_after: Timestamp) -> Result<Vec<Listed>> {
    const SQL: &str =
        select_listed!("user_id = $1 AND NOT is_revoked AND (expires_at IS NULL OR expires_at > $2) ORDER BY id DESC");
    let rows: Vec<ListedRow> = tx.query(SQL).bind(user_id).bind(usable_after).fetch_all().await?;
    rows.into_iter().map(Listed::from_row).collect()
}

/// A token of a person, even if it is revoked or expired.
///
/// # Errors
/// When the database fails.
pub async fn find_listed(tx: &mut Tx, user_id: i64, id: i64) -> Result<Option<Listed>> {
    const SQL: &str = select_listed!("user_id = $1 AND id = $2");
    let row: Option<ListedRow> = tx.query(SQL).bind(user_id).bind(id).fetch_optional().await?;
    row.map(Listed::from_row).transpose()
}

/// How many tokens of a person work at an instant.
///
/// # Errors
/// When the database fails.
pub async fn count_usable(tx: &mut Tx, user_id: i64, now: Timestamp) -> Result<i64> {
    const SQL: &str = "SELECT COUNT(*) FROM tokens \
         WHERE user_id = $1 AND NOT is_revoked AND (expires_at IS NULL OR expires_at > $2)";
    let (count,): (i64,) = tx.query(SQL).bind(user_id).bind(now).fetch_one().await?;
    Ok(count)
}

/// Makes a token unusable for ever. Answers whether there was such a token.
///
/// # Errors
/// When the database fails.
pub async fn revoke(tx: &mut Tx, id: i64) -> Result<bool> {
    Ok(tx.query("UPDATE tokens SET is_revoked = TRUE WHERE id = $1 AND NOT is_revoked").bind(id).execute().await? == 1)
}

/// Makes a token of a person unusable for ever. Answers whether they had such a one that was not.
///
/// # Errors
/// When the database fails.
pub async fn revoke_of_user(tx: &mut Tx, user_id: i64, id: i64) -> Result<bool> {
    const SQL: &str = "UPDATE tokens SET is_revoked = TRUE WHERE user_id = $1 AND id = $2 AND NOT is_revoked";
    Ok(tx.query(SQL).bind(user_id).bind(id).execute().await? == 1)
}

/// Makes all tokens of a person unusable for ever, and answers how many.
///
/// # Errors
/// When the database fails.
pub async fn revoke_all_of_user(tx: &mut Tx, user_id: i64) -> Result<u64> {
    tx.query("UPDATE tokens SET is_revoked = TRUE WHERE user_id = $1 AND NOT is_revoked").bind(user_id).execute().await
}

/// Whose token has this hash, whatever has become of it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Leaked {
    /// The id.
    pub id: i64,
    /// Whose it is.
    pub user_id: i64,
    /// What its owner calls it.
    pub name: String,
    /// Whether it is revoked.
    pub is_revoked: bool,
}

/// The token with this hash, even if it is revoked or expired.
///
/// # Errors
/// When the database fails.
pub async fn find_leaked(tx: &mut Tx, hash: &[u8; 32]) -> Result<Option<Leaked>> {
    tx.query("SELECT id, user_id, name, is_revoked FROM tokens WHERE hash = $1").bind(hash).fetch_optional().await
}

/// A token that stops working soon.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Expiring {
    /// The id.
    pub id: i64,
    /// What its owner calls it.
    pub name: String,
    /// When it stops working, in Unix microseconds.
    pub expires_at: i64,
    /// Where to write to its owner, if they gave an address.
    pub email: Option<String>,
}

/// Tokens that stop working between two instants and whose owners were not told, the most urgent first.
///
/// # Errors
/// When the database fails.
pub async fn list_expiring(tx: &mut Tx, now: Timestamp, until: Timestamp, limit: i64) -> Result<Vec<Expiring>> {
    tx.query(
        "SELECT t.id, t.name, t.expires_at, NULLIF(u.email, '') AS email FROM tokens t JOIN users u ON u.id = t.user_id \
         WHERE t.expires_at > $1 AND t.expires_at <= $2 AND t.expiry_notified_at IS NULL AND NOT t.is_revoked \
         ORDER BY t.expires_at, t.id LIMIT $3 + 0",
    )
    .bind(now)
    .bind(until)
    .bind(limit)
    .fetch_all()
    .await
}

/// Remembers that the owner of a token was told that it stops working soon. `false` if somebody else has told them.
///
/// # Errors
/// When the database fails.
pub async fn set_expiry_notified(tx: &mut Tx, id: i64, now: Timestamp) -> Result<bool> {
    const SQL: &str = "UPDATE tokens SET expiry_notified_at = $1 WHERE id = $2 AND expiry_notified_at IS NULL";
    Ok(tx.query(SQL).bind(now).bind(id).execute().await? == 1)
}

fn read_list(text: Option<String>, column: &'static str, id: i64) -> Result<Option<Vec<String>>> {
    let list = text.map(|text| serde_json::from_str::<Vec<String>>(&text)).transpose();
    decode(list, "tokens", column, id)
}
