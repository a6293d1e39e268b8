//! Who owns which crate.

use cargohold_protocol::Timestamp;

use crate::dialect::{Sql, among_ids};
use crate::users::{User, user_columns};
use crate::{Result, Tx};

/// Makes a user an owner. Answers whether they were none before.
///
/// # Errors
/// When the database fails.
pub async fn add(tx: &mut Tx, crate_id: i64, user_id: i64, added_by: i64, now: Timestamp) -> Result<bool> {
    let rows = tx
        .query(
            "INSERT INTO crate_owners (crate_id, user_id, created_at, created_by) VALUES ($1, $2, $3, $4) \
             ON CONFLICT DO NOTHING",
        )
        .bind(crate_id)
        .bind(user_id)
        .bind(now)
        .bind(added_by)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Takes ownership away. Answers whether the user was an owner.
///
/// # Errors
/// When the database fails.
pub async fn remove(tx: &mut Tx, crate_id: i64, user_id: i64) -> Result<bool> {
    let rows = tx
        .query("DELETE FROM crate_owners WHERE crate_id = $1 AND user_id = $2")
        .bind(crate_id)
        .bind(user_id)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Whether the user owns the crate.
///
/// # Errors
/// When the database fails.
pub async fn is_owner(tx: &mut Tx, crate_id: i64, user_id: i64) -> Result<bool> {
    let row: Option<(i64,)> = tx
        .query("SELECT user_id FROM crate_owners WHERE crate_id = $1 AND user_id = $2")
        .bind(crate_id)
        .bind(user_id)
        .fetch_optional()
        .await?;
    Ok(row.is_some())
}

/// The owners of a crate in order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, crate_id: i64) -> Result<Vec<User>> {
    tx.query(concat!(
        "SELECT ",
        user_columns!(),
        " FROM crate_owners o JOIN users u ON u.id = o.user_id WHERE o.crate_id = $1 ORDER BY u.id"
    ))
    .bind(crate_id)
    .fetch_all()
    .await
}

/// Every owner of these crates, each as the crate's id and the user's.
///
/// # Errors
/// When the database fails.
pub async fn list_of_crates(tx: &mut Tx, crate_ids: &[i64]) -> Result<Vec<(i64, i64)>> {
    const SQL: Sql = among_ids!("SELECT crate_id, user_id FROM crate_owners WHERE crate_id IN ", "");
    tx.query_pair(SQL).bind(serde_json::to_string(crate_ids)?).fetch_all().await
}
