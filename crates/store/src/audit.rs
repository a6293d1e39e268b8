//! The audit log: who did what. A chain: whoever appends holds the head, and the hash of each entry covers the one before.

use crate::{Result, Tx};

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Entry {
    /// Its place in the chain, counted from 1.
    pub seq: i64,
    /// When it happened, in Unix microseconds.
    pub at: i64,
    /// What was done, such as `crate.publish`.
    pub action: String,
    /// Who did it: a login, or what stands for one.
    pub actor: String,
    /// The id of who did it, if it was a person.
    pub actor_id: Option<i64>,
    /// The token they did it with.
    pub token_id: Option<i64>,
    /// From where.
    pub address: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
    /// To what: a crate, a login, a team.
    pub subject: String,
    /// What else there is to say, as a JSON object.
    pub details: String,
    /// The SHA-256 of the entry before it and of all of the above.
    pub hash: Vec<u8>,
}

/// The end of the chain: how many entries there are, and the hash of the last.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Head {
    /// The place of the last entry; 0 if there is none.
    pub seq: i64,
    /// Its hash; 32 zeros if there is none.
    pub hash: Vec<u8>,
}

/// The end of the chain, held until the transaction ends: nobody else appends meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn hold_head(tx: &mut Tx) -> Result<Head> {
    tx.query("INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, $1) ON CONFLICT DO NOTHING")
        .bind(&[0; 32])
        .execute()
        .await?;
    tx.query("UPDATE audit_head SET seq = seq WHERE id = 1 RETURNING seq, hash").fetch_one().await
}

/// The end of the chain as it is.
///
/// # Errors
/// When the database fails.
pub async fn find_head(tx: &mut Tx) -> Result<Option<Head>> {
    tx.query("SELECT seq, hash FROM audit_head WHERE id = 1").fetch_optional().await
}

/// Appends an entry, which must follow the held head.
///
/// # Errors
/// When the database fails.
pub async fn append(tx: &mut Tx, entry: &Entry) -> Result<()> {
    tx.query(
        "INSERT INTO audit (seq, at, action, actor, actor_id, token_id, address, request_id, subject, details, hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(entry.seq)
    .bind(entry.at)
    .bind(entry.action.as_str())
    .bind(entry.actor.as_str())
    .bind(entry.actor_id)
    .bind(entry.token_id)
    .bind(entry.address.as_deref())
    .bind(entry.request_id.as_deref())
    .bind(entry.subject.as_str())
    .bind(entry.details.as_str())
    .bind(entry.hash.as_slice())
    .execute()
    .await?;
    tx.query("UPDATE audit_head SET seq = $1, hash = $2 WHERE id = 1")
        .bind(entry.seq)
        .bind(entry.hash.as_slice())
        .execute()
        .await?;
    Ok(())
}

/// Which entries to list; `None` does not limit.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only what this person did.
    pub actor_id: Option<i64>,
    /// Only what was done by whoever was called this, person or not.
    pub actor: Option<String>,
    /// Only what was done to this.
    pub subject: Option<String>,
    /// Only this action.
    pub action: Option<String>,
}

/// Entries after a place in the chain, oldest first, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn list_after(tx: &mut Tx, seq: i64, filter: &Filter, limit: i64) -> Result<Vec<Entry>> {
    tx.query(
        "SELECT * FROM audit WHERE seq > $1 AND (CAST($2 AS BIGINT) IS NULL OR actor_id = $2) \
            AND (CAST($3 AS TEXT) IS NULL OR subject = $3) AND (CAST($4 AS TEXT) IS NULL OR action = $4) \
            AND (CAST($5 AS TEXT) IS NULL OR actor = $5) \
         ORDER BY seq LIMIT $6 + 0",
    )
    .bind(seq)
    .bind(filter.actor_id)
    .bind(filter.subject.as_deref())
    .bind(filter.action.as_deref())
    .bind(filter.actor.as_deref())
    .bind(limit)
    .fetch_all()
    .await
}

/// Entries before a place in the chain, newest first, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn list_before(tx: &mut Tx, seq: i64, filter: &Filter, limit: i64) -> Result<Vec<Entry>> {
    tx.query(
        "SELECT * FROM audit WHERE seq < $1 AND (CAST($2 AS BIGINT) IS NULL OR actor_id = $2) \
            AND (CAST($3 AS TEXT) IS NULL OR subject = $3) AND (CAST($4 AS TEXT) IS NULL OR action = $4) \
            AND (CAST($5 AS TEXT) IS NULL OR actor = $5) \
         ORDER BY seq DESC LIMIT $6 + 0",
    )
    .bind(seq)
    .bind(filter.actor_id)
    .bind(filter.subject.as_deref())
    .bind(filter.action.as_deref())
    .bind(filter.actor.as_deref())
    .bind(limit)
    .fetch_all()
    .await
}
