//! The change feed: what every process tails to drop caches and feed its search index.

use cargohold_protocol::{CanonicalName, Timestamp};

use crate::dialect::{Sql, among_ids};
use crate::{Result, Tx};

/// A crate changed in a way that readers can see.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Change {
    /// The place in the feed; higher is later, in the order of the commits.
    pub seq: i64,
    /// The crate.
    pub crate_id: i64,
    /// The crate's canonical name, for it may be gone by now.
    pub canonical_name: String,
}

/// Appends a change. Do it last in a transaction: from here to the commit, every other writer waits.
///
/// # Errors
/// When the database fails.
pub async fn append(tx: &mut Tx, crate_id: i64, name: &CanonicalName, now: Timestamp) -> Result<Change> {
    let (seq,): (i64,) = tx.query("UPDATE feed SET seq = seq + 1 WHERE id = 1 RETURNING seq").fetch_one().await?;
    tx.query("INSERT INTO changes (seq, crate_id, canonical_name, at) VALUES ($1, $2, $3, $4)")
        .bind(seq)
        .bind(crate_id)
        .bind(name)
        .bind(now)
        .execute()
        .await?;
    Ok(Change { seq, crate_id, canonical_name: name.to_string() })
}

/// Appends one change for each of these crates that exists. Do it last in a transaction, as [`append`].
///
/// # Errors
/// When the database fails.
pub async fn append_many(tx: &mut Tx, crate_ids: &[i64], now: Timestamp) -> Result<()> {
    const SQL: Sql = among_ids!(
        "INSERT INTO changes (seq, crate_id, canonical_name, at) \
         SELECT CAST($2 AS BIGINT) + ROW_NUMBER() OVER (ORDER BY id), id, canonical_name, $3 FROM crates WHERE id IN ",
        ""
    );
    if crate_ids.is_empty() {
        return Ok(());
    }
    let (before,) = tx.query("UPDATE feed SET seq = seq WHERE id = 1 RETURNING seq").fetch_one::<(i64,)>().await?;
    let appended = tx.query_pair(SQL).bind(serde_json::to_string(crate_ids)?).bind(before).bind(now).execute().await?;
    let appended = i64::try_from(appended).unwrap_or(i64::MAX);
    tx.query("UPDATE feed SET seq = seq + $1 WHERE id = 1").bind(appended).execute().await?;
    Ok(())
}

/// The next `limit` changes after `seq`.
///
/// # Errors
/// When the database fails.
pub async fn list_after(tx: &mut Tx, seq: i64, limit: i64) -> Result<Vec<Change>> {
    tx.query("SELECT seq, crate_id, canonical_name FROM changes WHERE seq > $1 ORDER BY seq LIMIT $2 + 0")
        .bind(seq)
        .bind(limit)
        .fetch_all()
        .await
}

/// The place of the latest change; 0 if there was none.
///
/// # Errors
/// When the database fails.
pub async fn latest_seq(tx: &mut Tx) -> Result<i64> {
    let (seq,): (i64,) = tx.query("SELECT seq FROM feed WHERE id = 1").fetch_one().await?;
    Ok(seq)
}

/// Whether every change after `seq` is still in the feed.
///
/// # Errors
/// When the database fails.
pub async fn reaches_back_to(tx: &mut Tx, seq: i64) -> Result<bool> {
    let (count,): (i64,) = tx.query("SELECT COUNT(*) FROM changes WHERE seq > $1").bind(seq).fetch_one().await?;
    Ok(count == latest_seq(tx).await? - seq)
}

/// Forgets changes from before an instant. Whoever is further behind than that starts over.
///
/// # Errors
/// When the database fails.
pub async fn forget_before(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.query("DELETE FROM changes WHERE at < $1").bind(before).execute().await
}
