//! Limits of single crates.

use crate::{Result, Tx};

/// Gives a crate limits of its own; without one, it has everybody's. Does not count as an update.
///
/// # Errors
/// When the database fails.
pub async fn set(tx: &mut Tx, crate_id: i64, max_upload_bytes: Option<i64>, max_features: Option<i64>) -> Result<()> {
    tx.query("UPDATE crates SET max_upload_bytes = $1, max_features = $2 WHERE id = $3")
        .bind(max_upload_bytes)
        .bind(max_features)
        .bind(crate_id)
        .execute()
        .await?;
    Ok(())
}
