//! Which registry a database is.

use crate::{Result, Tx};

/// The registry's identity; `new` becomes it if there is none yet.
///
/// # Errors
/// When the database fails.
pub async fn load_or_insert(tx: &mut Tx, new: &str) -> Result<String> {
    tx.query("INSERT INTO registry (id, identity) VALUES (1, $1) ON CONFLICT DO NOTHING").bind(new).execute().await?;
    let (identity,): (String,) = tx.query("SELECT identity FROM registry WHERE id = 1").fetch_one().await?;
    Ok(identity)
}

/// Which building of the search index is wanted.
///
/// # Errors
/// When the database fails.
pub async fn search_epoch(tx: &mut Tx) -> Result<i64> {
    let row: Option<(i64,)> = tx.query("SELECT search_epoch FROM registry").fetch_optional().await?;
    Ok(row.map_or(0, |(epoch,)| epoch))
}

/// Makes every process build its search index anew.
///
/// # Errors
/// When the database fails.
pub async fn raise_search_epoch(tx: &mut Tx) -> Result<()> {
    tx.query("UPDATE registry SET search_epoch = search_epoch + 1").execute().await?;
    Ok(())
}
