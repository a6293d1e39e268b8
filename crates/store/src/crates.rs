//! Crates.

use std::collections::{BTreeSet, HashSet};

use cargohold_protocol::{CanonicalName, CrateName, Timestamp};

use crate::dialect::{LOCK_CRATE_TO_DELETE, LOCK_VERSIONS_TO_DELETE, NAMES_AMONG, Sql, among_ids, among_texts};
use crate::error::decode;
use crate::{Result, Tx};

/// A crate as it is stored.
#[derive(Clone, Debug)]
pub struct Crate {
    /// The id.
    pub id: i64,
    /// The name in its stored spelling.
    pub name: CrateName,
    /// The first publish.
    pub created_at: Timestamp,
    /// The last publish or change of settings.
    pub updated_at: Timestamp,
    /// The texts of the last published version.
    pub texts: CrateTexts,
    /// All downloads.
    pub downloads: i64,
    /// Downloads of the last 90 days, if there were any.
    pub recent_downloads: Option<i64>,
    /// What follows from its versions.
    pub derived: DerivedValues,
    /// This crate's own upload limit in bytes.
    pub max_upload_bytes: Option<i64>,
    /// This crate's own limit of features.
    pub max_features: Option<i64>,
    /// Whether only trusted publishing may publish it.
    pub is_trustpub_only: bool,
}

/// What follows from all versions of a crate (contract §4). Written whenever one of them changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct DerivedValues {
    /// How many versions there are.
    pub num_versions: i64,
    /// The id of the version shown by default.
    pub default_version_id: Option<i64>,
    /// The number of the version shown by default.
    pub default_version: Option<String>,
    /// Whether the version shown by default is yanked: then all are.
    pub is_yanked: bool,
    /// The highest version that is not yanked.
    pub max_version: Option<String>,
    /// The latest version that is not yanked.
    pub newest_version: Option<String>,
    /// The highest version that is neither yanked nor a pre-release.
    pub max_stable_version: Option<String>,
}

/// The texts a crate takes over from its last published version.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct CrateTexts {
    /// What it is for.
    pub description: Option<String>,
    /// Its home page.
    pub homepage: Option<String>,
    /// Its documentation.
    pub documentation: Option<String>,
    /// Its source.
    pub repository: Option<String>,
}

#[derive(sqlx::FromRow)]
struct CrateRow {
    id: i64,
    name: String,
    created_at: i64,
    updated_at: i64,
    #[sqlx(flatten)]
    texts: CrateTexts,
    downloads: i64,
    recent_downloads: Option<i64>,
    #[sqlx(flatten)]
    derived: DerivedValues,
    max_upload_bytes: Option<i64>,
    max_features: Option<i64>,
    is_trustpub_only: bool,
}

impl Crate {
    fn from_row(row: CrateRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            name: decode(row.name.parse(), "crates", "name", row.id)?,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
            texts: row.texts,
            downloads: row.downloads,
            recent_downloads: row.recent_downloads,
            derived: row.derived,
            max_upload_bytes: row.max_upload_bytes,
            max_features: row.max_features,
            is_trustpub_only: row.is_trustpub_only,
        })
    }
}

/// The statement that answers a [`CrateRow`].
macro_rules! select_crate {
    ($condition:expr) => {
        concat!(
            "SELECT id, name, created_at, updated_at, description, homepage, documentation, repository, downloads, \
                recent_downloads, num_versions, default_version_id, default_version, is_yanked, max_version, \
                newest_version, max_stable_version, max_upload_bytes, max_features, is_trustpub_only \
             FROM crates WHERE ",
            $condition
        )
    };
}

/// The crate of this name, in any spelling.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &mut Tx, name: &CanonicalName) -> Result<Option<Crate>> {
    let row: Option<CrateRow> = tx.query(select_crate!("canonical_name = $1")).bind(name).fetch_optional().await?;
    row.map(Crate::from_row).transpose()
}

/// The crate with this id.
///
/// # Errors
/// When the database fails.
pub async fn find_by_id(tx: &mut Tx, id: i64) -> Result<Option<Crate>> {
    let row: Option<CrateRow> = tx.query(select_crate!("id = $1")).bind(id).fetch_optional().await?;
    row.map(Crate::from_row).transpose()
}

/// The crates with these ids, in no particular order; unknown ids are passed over.
///
/// # Errors
/// When the database fails.
pub async fn list_by_ids(tx: &mut Tx, ids: &[i64]) -> Result<Vec<Crate>> {
    const SQL: Sql = among_ids!(select_crate!("id IN "), "");
    let rows: Vec<CrateRow> = tx.query_pair(SQL).bind(serde_json::to_string(ids)?).fetch_all().await?;
    rows.into_iter().map(Crate::from_row).collect()
}

/// An order in which the first crates are shown on the front page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Top {
    /// The latest first publishes.
    New,
    /// The latest updates, first publishes left out.
    Updated,
    /// The most downloads ever.
    Downloaded,
    /// The most downloads of the last 90 days.
    RecentlyDownloaded,
}

/// The first crates in this order, higher ids first where it ties.
///
/// # Errors
/// When the database fails.
pub async fn list_top(tx: &mut Tx, order: Top, limit: i64) -> Result<Vec<Crate>> {
    let sql = match order {
        Top::New => select_crate!("num_versions > 0 ORDER BY created_at DESC, id DESC LIMIT $1 + 0"),
        Top::Updated => {
            select_crate!(
                "num_versions > 0 AND updated_at <> created_at ORDER BY updated_at DESC, id DESC LIMIT $1 + 0"
            )
        }
        Top::Downloaded => select_crate!("num_versions > 0 ORDER BY downloads DESC, id DESC LIMIT $1 + 0"),
        Top::RecentlyDownloaded => select_crate!(
            "num_versions > 0 AND recent_downloads IS NOT NULL ORDER BY recent_downloads DESC, id DESC LIMIT $1 + 0"
        ),
    };
    let rows: Vec<CrateRow> = tx.query(sql).bind(limit).fetch_all().await?;
    rows.into_iter().map(Crate::from_row).collect()
}

/// The latest crates: those since an instant, and at least `limit`.
///
/// # Errors
/// When the database fails.
pub async fn list_new(tx: &mut Tx, since: Timestamp, limit: i64) -> Result<Vec<Crate>> {
    let rows: Vec<CrateRow> = tx
        .query(select_crate!(
            "num_versions > 0 AND (created_at >= $1 OR id IN \
                (SELECT id FROM crates ORDER BY created_at DESC, id DESC LIMIT $2 + 0)) ORDER BY created_at DESC, id DESC"
        ))
        .bind(since)
        .bind(limit)
        .fetch_all()
        .await?;
    rows.into_iter().map(Crate::from_row).collect()
}

/// How many crates there are.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &mut Tx) -> Result<i64> {
    let (count,): (i64,) = tx.query("SELECT COUNT(*) FROM crates").fetch_one().await?;
    Ok(count)
}

/// Adds a crate without versions and answers its id, or `None` if the canonical name is taken.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, name: &CrateName, now: Timestamp) -> Result<Option<i64>> {
    let row: Option<(i64,)> = tx
        .query(
            "INSERT INTO crates (name, canonical_name, created_at, updated_at, index_changed_at, downloads, \
                num_versions, is_trustpub_only) \
             VALUES ($1, $2, $3, $3, $3, 0, 0, FALSE) ON CONFLICT DO NOTHING RETURNING id",
        )
        .bind(name)
        .bind(&name.canonical())
        .bind(now)
        .fetch_optional()
        .await?;
    Ok(row.map(|(id,)| id))
}

/// Makes everybody else who changes this crate wait until the transaction ends. Take it before anything is read that the
/// change depends on; on SQLite the one writer has it anyway.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &mut Tx, id: i64) -> Result<()> {
    tx.query("UPDATE crates SET num_versions = num_versions WHERE id = $1").bind(id).execute().await?;
    Ok(())
}

/// Which of the given names are stored in exactly that spelling. None of them can be deleted until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn existing_names(tx: &mut Tx, names: &BTreeSet<CrateName>) -> Result<HashSet<String>> {
    let canonical: Vec<_> = names.iter().map(|name| name.canonical().to_string()).collect();
    let rows: Vec<(String,)> = tx.query_pair(NAMES_AMONG).bind(serde_json::to_string(&canonical)?).fetch_all().await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// The crates of these names, in any spelling, each as its canonical name, its name and what it is for, in no particular order.
///
/// # Errors
/// When the database fails.
pub async fn list_described(tx: &mut Tx, names: &[CanonicalName]) -> Result<Vec<(String, String, Option<String>)>> {
    const SQL: Sql = among_texts!("SELECT canonical_name, name, description FROM crates WHERE canonical_name IN ", "");
    let names: Vec<&str> = names.iter().map(CanonicalName::as_str).collect();
    tx.query_pair(SQL).bind(serde_json::to_string(&names)?).fetch_all().await
}

/// Makes a crate show the texts of its newest version.
///
/// # Errors
/// When the database fails.
pub async fn set_texts(
    tx: &mut Tx,
    crate_id: i64,
    texts: &CrateTexts,
    readme: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    tx.query(
        "UPDATE crates SET description = $1, homepage = $2, documentation = $3, repository = $4, readme = $5, \
            updated_at = $6 WHERE id = $7",
    )
    .bind(texts.description.as_deref())
    .bind(texts.homepage.as_deref())
    .bind(texts.documentation.as_deref())
    .bind(texts.repository.as_deref())
    .bind(readme)
    .bind(now)
    .bind(crate_id)
    .execute()
    .await?;
    Ok(())
}

/// Stores what follows from the versions of a crate, one of which was just published, yanked or unyanked, and notes that its
/// index file changed. Does not count as an update.
///
/// # Errors
/// When the database fails.
pub async fn set_derived(tx: &mut Tx, crate_id: i64, derived: &DerivedValues, now: Timestamp) -> Result<()> {
    tx.query(
        "UPDATE crates SET num_versions = $1, default_version_id = $2, default_version = $3, is_yanked = $4, \
            max_version = $5, newest_version = $6, max_stable_version = $7, index_changed_at = $8 WHERE id = $9",
    )
    .bind(derived.num_versions)
    .bind(derived.default_version_id)
    .bind(derived.default_version.as_deref())
    .bind(derived.is_yanked)
    .bind(derived.max_version.as_deref())
    .bind(derived.newest_version.as_deref())
    .bind(derived.max_stable_version.as_deref())
    .bind(now)
    .bind(crate_id)
    .execute()
    .await?;
    Ok(())
}

/// Switches whether only trusted publishing may publish the crate, which counts as an update.
///
/// # Errors
/// When the database fails.
pub async fn set_trustpub_only(tx: &mut Tx, crate_id: i64, is_trustpub_only: bool, now: Timestamp) -> Result<()> {
    tx.query("UPDATE crates SET is_trustpub_only = $1, updated_at = $2 WHERE id = $3")
        .bind(is_trustpub_only)
        .bind(now)
        .bind(crate_id)
        .execute()
        .await?;
    Ok(())
}

/// Makes everybody wait who is about to follow a crate, to count or derive something of it, or to depend on it; they find it gone
/// then. Take it before anything is read that the deletion depends on.
///
/// # Errors
/// When the database fails.
pub async fn lock_to_delete(tx: &mut Tx, crate_id: i64) -> Result<()> {
    for lock in [LOCK_CRATE_TO_DELETE, LOCK_VERSIONS_TO_DELETE] {
        let _: Vec<(i64,)> = tx.query_pair(lock).bind(crate_id).fetch_all().await?;
    }
    Ok(())
}

/// Removes a crate with everything that hangs on it. Its keywords and categories must have been taken from it before.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, crate_id: i64) -> Result<()> {
    const OF_VERSIONS: [&str; 4] = [
        "DELETE FROM derived_files WHERE version_id IN (SELECT id FROM versions WHERE crate_id = $1)",
        "DELETE FROM dependencies WHERE version_id IN (SELECT id FROM versions WHERE crate_id = $1)",
        "DELETE FROM version_actions WHERE version_id IN (SELECT id FROM versions WHERE crate_id = $1)",
        "DELETE FROM version_downloads WHERE version_id IN (SELECT id FROM versions WHERE crate_id = $1)",
    ];
    const OF_CRATE: [&str; 9] = [
        "DELETE FROM derived_files WHERE crate_id = $1",
        "DELETE FROM reverse_dependencies WHERE dependent_id = $1",
        "DELETE FROM crate_owners WHERE crate_id = $1",
        "DELETE FROM crate_teams WHERE crate_id = $1",
        "DELETE FROM owner_invitations WHERE crate_id = $1",
        "DELETE FROM follows WHERE crate_id = $1",
        "DELETE FROM trusted_publishers WHERE crate_id = $1",
        "DELETE FROM versions WHERE crate_id = $1",
        "DELETE FROM crates WHERE id = $1",
    ];
    lock_to_delete(tx, crate_id).await?;
    for sql in OF_VERSIONS.into_iter().chain(OF_CRATE) {
        tx.query(sql).bind(crate_id).execute().await?;
    }
    Ok(())
}

/// What the search index knows of a crate.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Searchable {
    /// The id.
    pub id: i64,
    /// The stored name.
    pub name: String,
    /// The description.
    pub description: Option<String>,
    /// The readme's source.
    pub readme: Option<String>,
    /// All downloads.
    pub downloads: i64,
    /// Downloads of the last 90 days, if there were any.
    pub recent_downloads: Option<i64>,
    /// The first publish, in Unix microseconds.
    pub created_at: i64,
    /// The last update, in Unix microseconds.
    pub updated_at: i64,
    /// Whether all versions are yanked.
    pub is_yanked: bool,
}

/// The statement that answers a [`Searchable`].
macro_rules! select_searchable {
    ($condition:expr) => {
        concat!(
            "SELECT id, name, description, readme, downloads, recent_downloads, created_at, updated_at, is_yanked \
             FROM crates WHERE num_versions > 0 AND ",
            $condition
        )
    };
}

/// The next `limit` crates after the id `after`, in order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn list_searchable(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<Searchable>> {
    tx.query(select_searchable!("id > $1 ORDER BY id LIMIT $2 + 0")).bind(after).bind(limit).fetch_all().await
}

/// These crates as the search index knows them; unknown ids are passed over.
///
/// # Errors
/// When the database fails.
pub async fn list_searchable_by_ids(tx: &mut Tx, ids: &[i64]) -> Result<Vec<Searchable>> {
    const SQL: Sql = among_ids!(select_searchable!("id IN "), "");
    tx.query_pair(SQL).bind(serde_json::to_string(ids)?).fetch_all().await
}
