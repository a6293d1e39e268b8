//! The crates that somebody owns as a person, not through a team.

use crate::{Result, Tx};

/// A crate as its owner sees it among theirs.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct OwnedCrate {
    /// The id.
    pub id: i64,
    /// The name in its stored spelling.
    pub name: String,
    /// Whether the owner once asked for mails about it. Nothing depends on it any more.
    pub email_notifications: bool,
}

/// The crates somebody owns, in no particular order: the engines do not agree on the order of texts.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, user_id: i64) -> Result<Vec<OwnedCrate>> {
    tx.query(
        "SELECT c.id, c.name, o.email_notifications FROM crate_owners o JOIN crates c ON c.id = o.crate_id \
         WHERE o.user_id = $1",
    )
    .bind(user_id)
    .fetch_all()
    .await
}

/// Remembers whether an owner wants mails about a crate. Nothing happens if they do not own it.
///
/// # Errors
/// When the database fails.
pub async fn set_email_notifications(tx: &mut Tx, user_id: i64, crate_id: i64, are_on: bool) -> Result<()> {
    tx.query("UPDATE crate_owners SET email_notifications = $1 WHERE user_id = $2 AND crate_id = $3")
        .bind(are_on)
        .bind(user_id)
        .bind(crate_id)
        .execute()
        .await?;
    Ok(())
}

/// All downloads of the crates somebody owns.
///
/// # Errors
/// When the database fails.
pub async fn count_downloads(tx: &mut Tx, user_id: i64) -> Result<i64> {
    let (count,): (i64,) = tx
        .query(
            "SELECT CAST(COALESCE(SUM(c.downloads), 0) AS BIGINT) FROM crate_owners o \
             JOIN crates c ON c.id = o.crate_id WHERE o.user_id = $1",
        )
        .bind(user_id)
        .fetch_one()
        .await?;
    Ok(count)
}

/// A crate as administrators see it when they look at its owner.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ReviewedCrate {
    /// The name in its stored spelling.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The last publish or change of settings, in Unix microseconds.
    pub updated_at: i64,
    /// All downloads.
    pub downloads: i64,
    /// How many crates depend on it with the version they show.
    pub num_rev_deps: i64,
    /// How many versions there are.
    pub num_versions: i64,
    /// Whether all versions are yanked.
    pub is_yanked: bool,
    /// The version shown by default.
    pub default_version: Option<String>,
    /// The length of that version's tarball in bytes.
    pub size_bytes: Option<i64>,
    /// The names of that version's binaries, as a JSON array.
    pub bin_names: Option<String>,
}

/// The crates somebody owns as administrators see them, in no particular order.
///
/// # Errors
/// When the database fails.
pub async fn list_to_review(tx: &mut Tx, user_id: i64) -> Result<Vec<ReviewedCrate>> {
    tx.query(
        "SELECT c.name, c.description, c.updated_at, c.downloads, c.num_versions, c.is_yanked, c.default_version, \
            (SELECT COUNT(*) FROM reverse_dependencies r WHERE r.name = c.name) AS num_rev_deps, v.size_bytes, v.bin_names \
         FROM crate_owners o JOIN crates c ON c.id = o.crate_id LEFT JOIN versions v ON v.id = c.default_version_id \
         WHERE o.user_id = $1",
    )
    .bind(user_id)
    .fetch_all()
    .await
}
