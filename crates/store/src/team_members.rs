//! Who is in a team that is managed here.

use cargohold_protocol::Timestamp;

use crate::users::{User, user_columns};
use crate::{Result, Tx};

/// Somebody in a team.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Member {
    /// Who it is.
    #[sqlx(flatten)]
    pub user: User,
    /// Whether they decide who else is in the team.
    pub is_maintainer: bool,
}

/// A team that somebody is in.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Membership {
    /// The login of the team.
    pub login: String,
    /// Its display name.
    pub name: Option<String>,
    /// Whether they decide who else is in it.
    pub is_maintainer: bool,
}

/// Puts somebody into a team, or makes whoever is in it a maintainer or no longer one.
///
/// # Errors
/// When the database fails.
pub async fn put(tx: &mut Tx, team_id: i64, user_id: i64, is_maintainer: bool, now: Timestamp) -> Result<()> {
    tx.query(
        "INSERT INTO team_members (team_id, user_id, is_maintainer, added_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (team_id, user_id) DO UPDATE SET is_maintainer = excluded.is_maintainer",
    )
    .bind(team_id)
    .bind(user_id)
    .bind(is_maintainer)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Takes somebody out of a team. Answers whether they were in it.
///
/// # Errors
/// When the database fails.
pub async fn remove(tx: &mut Tx, team_id: i64, user_id: i64) -> Result<bool> {
    let rows = tx
        .query("DELETE FROM team_members WHERE team_id = $1 AND user_id = $2")
        .bind(team_id)
        .bind(user_id)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Everybody in a team, in the order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, team_id: i64) -> Result<Vec<Member>> {
    tx.query(concat!(
        "SELECT ",
        user_columns!(),
        ", m.is_maintainer FROM team_members m JOIN users u ON u.id = m.user_id WHERE m.team_id = $1 ORDER BY u.id"
    ))
    .bind(team_id)
    .fetch_all()
    .await
}

/// The teams that somebody is in, in the order of their logins, each with whether they decide who else is in it.
///
/// # Errors
/// When the database fails.
pub async fn list_teams_of(tx: &mut Tx, user_id: i64) -> Result<Vec<Membership>> {
    tx.query(
        "SELECT t.login, t.name, m.is_maintainer FROM team_members m JOIN teams t ON t.id = m.team_id \
         WHERE m.user_id = $1 ORDER BY t.login",
    )
    .bind(user_id)
    .fetch_all()
    .await
}

/// Whether somebody in a team decides who else is in it; `None` for those who are not in it.
///
/// # Errors
/// When the database fails.
pub async fn find_role(tx: &mut Tx, team_id: i64, user_id: i64) -> Result<Option<bool>> {
    let row: Option<(bool,)> = tx
        .query("SELECT is_maintainer FROM team_members WHERE team_id = $1 AND user_id = $2")
        .bind(team_id)
        .bind(user_id)
        .fetch_optional()
        .await?;
    Ok(row.map(|(is_maintainer,)| is_maintainer))
}
