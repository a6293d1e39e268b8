//! Who follows which crate.

use crate::{Result, Tx};

/// Lets somebody follow a crate. Idempotent.
///
/// # Errors
/// When the database fails.
pub async fn add(tx: &mut Tx, user_id: i64, crate_id: i64) -> Result<()> {
    let sql = "INSERT INTO follows (user_id, crate_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    tx.query(sql).bind(user_id).bind(crate_id).execute().await?;
    Ok(())
}

/// Lets somebody no longer follow a crate. Idempotent.
///
/// # Errors
/// When the database fails.
pub async fn remove(tx: &mut Tx, user_id: i64, crate_id: i64) -> Result<()> {
    let sql = "DELETE FROM follows WHERE user_id = $1 AND crate_id = $2";
    tx.query(sql).bind(user_id).bind(crate_id).execute().await?;
    Ok(())
}

/// Whether somebody follows a crate.
///
/// # Errors
/// When the database fails.
pub async fn exists(tx: &mut Tx, user_id: i64, crate_id: i64) -> Result<bool> {
    let sql = "SELECT crate_id FROM follows WHERE user_id = $1 AND crate_id = $2";
    let row: Option<(i64,)> = tx.query(sql).bind(user_id).bind(crate_id).fetch_optional().await?;
    Ok(row.is_some())
}

/// The ids of all crates somebody follows.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, user_id: i64) -> Result<Vec<i64>> {
    let rows: Vec<(i64,)> =
        tx.query("SELECT crate_id FROM follows WHERE user_id = $1 ORDER BY crate_id").bind(user_id).fetch_all().await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The ids of one page of the versions of the crates somebody follows, the latest first, yanked ones included.
///
/// # Errors
/// When the database fails.
pub async fn list_versions(tx: &mut Tx, user_id: i64, offset: i64, limit: i64) -> Result<Vec<i64>> {
    let rows: Vec<(i64,)> = tx
        .query(
            "SELECT v.id FROM follows f JOIN versions v ON v.crate_id = f.crate_id WHERE f.user_id = $1 \
             ORDER BY v.created_at DESC, v.id DESC LIMIT $2 + 0 OFFSET $3",
        )
        .bind(user_id)
        .bind(limit)
        .bind(offset)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
