//! Which team owns which crate.

use cargohold_protocol::Timestamp;

use crate::dialect::{Sql, among_ids};
use crate::teams::{Team, team_columns};
use crate::{Result, Tx};

/// Makes a team an owner. Answers whether it was none before.
///
/// # Errors
/// When the database fails.
pub async fn add(tx: &mut Tx, crate_id: i64, team_id: i64, added_by: i64, now: Timestamp) -> Result<bool> {
    let rows = tx
        .query(
            "INSERT INTO crate_teams (crate_id, team_id, created_at, created_by) VALUES ($1, $2, $3, $4) \
             ON CONFLICT DO NOTHING",
        )
        .bind(crate_id)
        .bind(team_id)
        .bind(now)
        .bind(added_by)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Takes ownership away. Answers whether the team was an owner.
///
/// # Errors
/// When the database fails.
pub async fn remove(tx: &mut Tx, crate_id: i64, team_id: i64) -> Result<bool> {
    let rows = tx
        .query("DELETE FROM crate_teams WHERE crate_id = $1 AND team_id = $2")
        .bind(crate_id)
        .bind(team_id)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Whether the team owns the crate.
///
/// # Errors
/// When the database fails.
pub async fn is_owner(tx: &mut Tx, crate_id: i64, team_id: i64) -> Result<bool> {
    let row: Option<(i64,)> = tx
        .query("SELECT team_id FROM crate_teams WHERE crate_id = $1 AND team_id = $2")
        .bind(crate_id)
        .bind(team_id)
        .fetch_optional()
        .await?;
    Ok(row.is_some())
}

/// The teams that own a crate, in the order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, crate_id: i64) -> Result<Vec<Team>> {
    tx.query(concat!(
        "SELECT ",
        team_columns!(),
        " FROM crate_teams o JOIN teams t ON t.id = o.team_id WHERE o.crate_id = $1 ORDER BY t.id"
    ))
    .bind(crate_id)
    .fetch_all()
    .await
}

/// The name of a crate that the team owns, if it owns any.
///
/// # Errors
/// When the database fails.
pub async fn find_crate(tx: &mut Tx, team_id: i64) -> Result<Option<String>> {
    let row: Option<(String,)> = tx
        .query(
            "SELECT c.name FROM crate_teams o JOIN crates c ON c.id = o.crate_id WHERE o.team_id = $1 \
             ORDER BY c.id LIMIT 1",
        )
        .bind(team_id)
        .fetch_optional()
        .await?;
    Ok(row.map(|(name,)| name))
}

/// Every team that owns one of these crates, each as the crate's id and the team's.
///
/// # Errors
/// When the database fails.
pub async fn list_of_crates(tx: &mut Tx, crate_ids: &[i64]) -> Result<Vec<(i64, i64)>> {
    const SQL: Sql = among_ids!("SELECT crate_id, team_id FROM crate_teams WHERE crate_id IN ", "");
    tx.query_pair(SQL).bind(serde_json::to_string(crate_ids)?).fetch_all().await
}
