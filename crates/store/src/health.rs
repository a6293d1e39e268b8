//! How big the registry is and how its database is, for administrators.

use cargohold_protocol::Timestamp;

use crate::dialect::DATABASE_BYTES;
use crate::{Result, Tx};

/// How much of everything there is. Counting it reads whole tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Totals {
    /// Crates, those without versions included.
    pub crates: i64,
    /// Versions, yanked ones included.
    pub versions: i64,
    /// The length of all tarballs together.
    pub tarball_bytes: i64,
    /// The length of all files made from what was published.
    pub derived_bytes: i64,
    /// Accounts.
    pub users: i64,
    /// Tokens that work.
    pub usable_tokens: i64,
}

/// Counts everything.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &mut Tx, now: Timestamp) -> Result<Totals> {
    tx.query(
        "SELECT (SELECT COUNT(*) FROM crates) AS crates, v.versions, v.tarball_bytes, \
            (SELECT CAST(COALESCE(SUM(size_bytes), 0) AS BIGINT) FROM derived_files) AS derived_bytes, \
            (SELECT COUNT(*) FROM users) AS users, \
            (SELECT COUNT(*) FROM tokens WHERE NOT is_revoked AND (expires_at IS NULL OR expires_at > $1)) \
                AS usable_tokens \
         FROM (SELECT COUNT(*) AS versions, CAST(COALESCE(SUM(size_bytes), 0) AS BIGINT) AS tarball_bytes \
            FROM versions) v",
    )
    .bind(now)
    .fetch_one()
    .await
}

/// How many bytes the database takes up.
///
/// # Errors
/// When the database fails.
pub async fn database_bytes(tx: &mut Tx) -> Result<i64> {
    let (bytes,): (i64,) = tx.query_pair(DATABASE_BYTES).fetch_one().await?;
    Ok(bytes)
}

/// The number of the latest step of the schema that was taken.
///
/// # Errors
/// When the database fails.
pub async fn schema_step(tx: &mut Tx) -> Result<i64> {
    let (step,): (i64,) = tx.query("SELECT MAX(version) FROM _sqlx_migrations WHERE success").fetch_one().await?;
    Ok(step)
}
