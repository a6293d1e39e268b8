//! The names of all crates, page by page.

use cargohold_protocol::{CrateName, Timestamp};

use crate::error::decode;
use crate::{Result, Tx};

/// The next `limit` crates after the id `after` that have a version, in order of their ids: id, name and last update.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<(i64, CrateName, Timestamp)>> {
    let rows: Vec<(i64, String, i64)> = tx
        .query("SELECT id, name, updated_at FROM crates WHERE id > $1 AND num_versions > 0 ORDER BY id LIMIT $2 + 0")
        .bind(after)
        .bind(limit)
        .fetch_all()
        .await?;
    let named = |(id, name, updated_at): (i64, String, i64)| {
        Ok((id, decode(name.parse(), "crates", "name", id)?, Timestamp::from_micros(updated_at)))
    };
    rows.into_iter().map(named).collect()
}

/// The highest id of a crate that has a version; 0 if there is none.
///
/// # Errors
/// When the database fails.
pub async fn last_id(tx: &mut Tx) -> Result<i64> {
    let (last,): (i64,) =
        tx.query("SELECT COALESCE(MAX(id), 0) FROM crates WHERE num_versions > 0").fetch_one().await?;
    Ok(last)
}
