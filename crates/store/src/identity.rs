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
