//! Crates as administrators see them.

use crate::dialect::{Sql, among_ids};
use crate::pattern::containing;
use crate::{Result, Tx};

/// A crate with what there is to say about its size and use.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ListedCrate {
    /// The id.
    pub id: i64,
    /// The name in its stored spelling.
    pub name: String,
    /// The first publish, in Unix microseconds.
    pub created_at: i64,
    /// The last publish or change of settings, in Unix microseconds.
    pub updated_at: i64,
    /// All downloads.
    pub downloads: i64,
    /// How many versions there are.
    pub num_versions: i64,
    /// The length of all its tarballs together.
    pub size_bytes: i64,
    /// Whether it has limits of its own.
    pub has_own_limits: bool,
}

/// Which crates to list; `None` does not limit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter<'a> {
    /// Only those in whose name this occurs, in any spelling.
    pub text: &'a str,
    /// Only those that this person owns.
    pub owner_id: Option<i64>,
}

/// Up to `limit` crates with ids below `before`, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, filter: Filter<'_>, before: i64, limit: i64) -> Result<Vec<ListedCrate>> {
    tx.query(
        "SELECT c.id, c.name, c.created_at, c.updated_at, c.downloads, c.num_versions, \
            (SELECT CAST(COALESCE(SUM(v.size_bytes), 0) AS BIGINT) FROM versions v WHERE v.crate_id = c.id) \
                AS size_bytes, \
            (c.max_upload_bytes IS NOT NULL OR c.max_features IS NOT NULL) AS has_own_limits \
         FROM crates c \
         WHERE c.id < $1 AND c.canonical_name LIKE $2 || '' ESCAPE '\\' \
            AND (CAST($3 AS BIGINT) IS NULL \
                OR EXISTS (SELECT 1 FROM crate_owners o WHERE o.crate_id = c.id AND o.user_id = $3)) \
         ORDER BY c.id DESC LIMIT $4 + 0",
    )
    .bind(before)
    .bind(containing(&filter.text.replace('-', "_")))
    .bind(filter.owner_id)
    .bind(limit)
    .fetch_all()
    .await
}

/// The logins of the people who own these crates, each with the id of the crate, in the order of the people's ids.
///
/// # Errors
/// When the database fails.
pub async fn list_users(tx: &mut Tx, crate_ids: &[i64]) -> Result<Vec<(i64, String)>> {
    const SQL: Sql = among_ids!(
        "SELECT o.crate_id, u.login FROM crate_owners o JOIN users u ON u.id = o.user_id WHERE o.crate_id IN ",
        " ORDER BY u.id"
    );
    tx.query_pair(SQL).bind(serde_json::to_string(crate_ids)?).fetch_all().await
}

/// The logins of the teams that own these crates, each with the id of the crate, in the order of the teams' ids.
///
/// # Errors
/// When the database fails.
pub async fn list_teams(tx: &mut Tx, crate_ids: &[i64]) -> Result<Vec<(i64, String)>> {
    const SQL: Sql = among_ids!(
        "SELECT o.crate_id, t.login FROM crate_teams o JOIN teams t ON t.id = o.team_id WHERE o.crate_id IN ",
        " ORDER BY t.id"
    );
    tx.query_pair(SQL).bind(serde_json::to_string(crate_ids)?).fetch_all().await
}
