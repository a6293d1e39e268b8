//! Which crates' default versions depend on a crate (contract §5.5).

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
         ORDER BY downloads DESC, dependent_id DESC LIMIT $2 OFFSET $3",
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
