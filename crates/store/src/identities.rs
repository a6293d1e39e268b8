//! Who people are at the providers they sign in with.

use cargohold_protocol::Timestamp;

use crate::error::decode;
use crate::{Result, Tx};

/// An account at a provider, linked to one here.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The id.
    pub id: i64,
    /// Whose it is here.
    pub user_id: i64,
    /// The configured name of the provider.
    pub provider: String,
    /// Who vouches.
    pub issuer: String,
    /// Who they are there, for ever.
    pub subject: String,
    /// Their login there, as of the last sign-in.
    pub login: Option<String>,
    /// Their groups there, as of the last sign-in.
    pub groups: Vec<String>,
    /// What they let us ask the provider with, sealed.
    pub sealed_access_token: Option<Vec<u8>>,
    /// When it was linked.
    pub created_at: Timestamp,
    /// When they last signed in with it.
    pub last_used_at: Timestamp,
}

/// What is learnt of somebody when they sign in.
#[derive(Clone, Debug)]
pub struct SeenIdentity<'a> {
    /// The configured name of the provider.
    pub provider: &'a str,
    /// Who vouches.
    pub issuer: &'a str,
    /// Who they are there.
    pub subject: &'a str,
    /// Their login there.
    pub login: Option<&'a str>,
    /// Their groups there.
    pub groups: &'a [String],
    /// What they let us ask the provider with, sealed.
    pub sealed_access_token: Option<&'a [u8]>,
}

#[derive(sqlx::FromRow)]
struct IdentityRow {
    id: i64,
    user_id: i64,
    provider: String,
    issuer: String,
    subject: String,
    login: Option<String>,
    groups: String,
    sealed_access_token: Option<Vec<u8>>,
    created_at: i64,
    last_used_at: i64,
}

macro_rules! select_identities {
    ($where:literal) => {
        concat!(
            "SELECT id, user_id, provider, issuer, subject, login, groups, sealed_access_token, created_at, last_used_at \
             FROM identities WHERE ",
            $where
        )
    };
}

/// Links what a provider says of somebody to an account. `false` if it is linked to one already.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, user_id: i64, seen: &SeenIdentity<'_>, now: Timestamp) -> Result<bool> {
    let rows = tx
        .query(
            "INSERT INTO identities (user_id, provider, issuer, subject, login, groups, sealed_access_token, created_at, \
                last_used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT DO NOTHING",
        )
        .bind(user_id)
        .bind(seen.provider)
        .bind(seen.issuer)
        .bind(seen.subject)
        .bind(seen.login)
        .bind(serde_json::to_string(seen.groups)?)
        .bind(seen.sealed_access_token)
        .bind(now)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Whose account here this account at a provider is linked to.
///
/// # Errors
/// When the database fails.
pub async fn find_user(tx: &mut Tx, issuer: &str, subject: &str) -> Result<Option<i64>> {
    let row: Option<(i64,)> = tx
        .query("SELECT user_id FROM identities WHERE issuer = $1 AND subject = $2")
        .bind(issuer)
        .bind(subject)
        .fetch_optional()
        .await?;
    Ok(row.map(|(id,)| id))
}

/// Remembers another sign-in with a linked account, and answers whose it is; `None` if it is linked to nobody's.
///
/// # Errors
/// When the database fails.
pub async fn touch(tx: &mut Tx, seen: &SeenIdentity<'_>, now: Timestamp) -> Result<Option<i64>> {
    let row: Option<(i64,)> = tx
        .query(
            "UPDATE identities SET provider = $1, login = $2, groups = $3, sealed_access_token = $4, last_used_at = $5 \
             WHERE issuer = $6 AND subject = $7 RETURNING user_id",
        )
        .bind(seen.provider)
        .bind(seen.login)
        .bind(serde_json::to_string(seen.groups)?)
        .bind(seen.sealed_access_token)
        .bind(now)
        .bind(seen.issuer)
        .bind(seen.subject)
        .fetch_optional()
        .await?;
    Ok(row.map(|(id,)| id))
}

/// The linked accounts of a person, in order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, user_id: i64) -> Result<Vec<Identity>> {
    let rows: Vec<IdentityRow> =
        tx.query(select_identities!("user_id = $1 ORDER BY id")).bind(user_id).fetch_all().await?;
    rows.into_iter().map(Identity::from_row).collect()
}

/// Unlinks an account of a person. Answers whether there was such a one.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, user_id: i64, id: i64) -> Result<bool> {
    let rows =
        tx.query("DELETE FROM identities WHERE user_id = $1 AND id = $2").bind(user_id).bind(id).execute().await?;
    Ok(rows == 1)
}

impl Identity {
    fn from_row(row: IdentityRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            user_id: row.user_id,
            provider: row.provider,
            issuer: row.issuer,
            subject: row.subject,
            login: row.login,
            groups: decode(serde_json::from_str(&row.groups), "identities", "groups", row.id)?,
            sealed_access_token: row.sealed_access_token,
            created_at: Timestamp::from_micros(row.created_at),
            last_used_at: Timestamp::from_micros(row.last_used_at),
        })
    }
}
