//! Which crates' default versions depend on a crate (contract §5.5).

use crate::dialect::{Sql, among_texts};
use crate::{Result, Tx};

/// Makes anew what the default version of a crate says about others. To be called whenever the default version, or whether
/// it is yanked, may have changed; a yanked one depends on nothing. The crate must be locked, as by [`crate::crates::lock`].
///
/// # Errors
/// When the database fails.
pub async fn refresh(tx: &mut Tx, dependent_id: i64) -> Result<()> {
    tx.query("DELETE FROM reverse_dependencies WHERE dependent_id = $1").bind(dependent_id).execute().await?;
    tx.query(
        "INSERT INTO reverse_dependencies (name, dependent_id, dependency_id, version_id, downloads) \
         SELECT d.name, c.id, MIN(d.id), d.version_id, c.downloads \
         FROM crates c JOIN dependencies d ON d.version_id = c.default_version_id \
         WHERE c.id = $1 AND NOT c.is_yanked AND d.registry IS NULL \
         GROUP BY d.name, c.id, d.version_id, c.downloads",
    )
    .bind(dependent_id)
    .execute()
    .await?;
    Ok(())
}

/// A crate that depends on the one asked about.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Dependent {
    /// The first of its dependencies on the crate.
    pub dependency_id: i64,
    /// Its default version.
    pub version_id: i64,
    /// All its downloads.
    pub downloads: i64,
}

/// One page of the crates that depend on the crate of this name, the most downloaded first.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, name: &str, offset: i64, limit: i64) -> Result<Vec<Dependent>> {
    tx.query(
        "SELECT dependency_id, version_id, downloads FROM reverse_dependencies WHERE name = $1 \
         ORDER BY downloads DESC, dependent_id DESC LIMIT $2 + 0 OFFSET $3",
    )
    .bind(name)
    .bind(limit)
    .bind(offset)
    .fetch_all()
    .await
}

/// How many crates depend on the crate of this name.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &mut Tx, name: &str) -> Result<i64> {
    let (count,): (i64,) =
        tx.query("SELECT COUNT(*) FROM reverse_dependencies WHERE name = $1").bind(name).fetch_one().await?;
    Ok(count)
}

/// The requirements that default versions place on the crate of this name, each once.
///
/// # Errors
/// When the database fails.
pub async fn list_requirements(tx: &mut Tx, name: &str) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = tx
        .query(
            "SELECT DISTINCT d.req FROM reverse_dependencies r \
             JOIN dependencies d ON d.version_id = r.version_id AND d.name = r.name AND d.registry IS NULL \
             WHERE r.name = $1",
        )
        .bind(name)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|(req,)| req).collect())
}

/// How many crates depend on the crate of this name with one of these requirements.
///
/// # Errors
/// When the database fails.
pub async fn count_requiring(tx: &mut Tx, name: &str, requirements: &[&str]) -> Result<i64> {
    const SQL: Sql = among_texts!(
        "SELECT COUNT(DISTINCT r.dependent_id) FROM reverse_dependencies r \
         JOIN dependencies d ON d.version_id = r.version_id AND d.name = r.name AND d.registry IS NULL \
         WHERE d.req IN ",
        " AND r.name = $2"
    );
    let (count,): (i64,) = tx.query_pair(SQL).bind(serde_json::to_string(requirements)?).bind(name).fetch_one().await?;
    Ok(count)
}

/// How a crate depends on the one asked about.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Requiring {
    /// The crate that depends.
    pub crate_id: i64,
    /// Its stored name.
    pub krate: String,
    /// Its default version.
    pub version: String,
    /// The requirement.
    pub req: String,
    /// All its downloads.
    pub downloads: i64,
}

/// The crates that depend on the crate of this name with one of these requirements, the most downloaded first; a crate with
/// several of them comes with each.
///
/// # Errors
/// When the database fails.
pub async fn list_requiring(tx: &mut Tx, name: &str, requirements: &[&str], limit: i64) -> Result<Vec<Requiring>> {
    const SQL: Sql = among_texts!(
        "SELECT DISTINCT c.id AS crate_id, c.name AS krate, v.num AS version, d.req, r.downloads \
         FROM reverse_dependencies r \
         JOIN dependencies d ON d.version_id = r.version_id AND d.name = r.name AND d.registry IS NULL \
         JOIN crates c ON c.id = r.dependent_id JOIN versions v ON v.id = r.version_id \
         WHERE d.req IN ",
        " AND r.name = $2 ORDER BY r.downloads DESC, c.id DESC, d.req LIMIT $3 + 0"
    );
    let query = tx.query_pair(SQL).bind(serde_json::to_string(requirements)?);
    query.bind(name).bind(limit).fetch_all().await
}
