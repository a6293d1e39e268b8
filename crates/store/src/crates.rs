//! Crates, with their keywords and categories.

use std::collections::{BTreeSet, HashSet};

use cargohold_protocol::{CanonicalName, CrateName, Timestamp};

use crate::dialect::NAMES_AMONG;
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
    /// How many versions there are.
    pub num_versions: i64,
    /// The id of the version shown by default.
    pub default_version_id: Option<i64>,
    /// This crate's own upload limit in bytes.
    pub max_upload_bytes: Option<i64>,
    /// This crate's own limit of features.
    pub max_features: Option<i64>,
    /// Whether only trusted publishing may publish it.
    pub is_trustpub_only: bool,
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
    num_versions: i64,
    default_version_id: Option<i64>,
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
            num_versions: row.num_versions,
            default_version_id: row.default_version_id,
            max_upload_bytes: row.max_upload_bytes,
            max_features: row.max_features,
            is_trustpub_only: row.is_trustpub_only,
        })
    }
}

/// The statement that answers a [`CrateRow`].
macro_rules! select_crate {
    ($condition:literal) => {
        concat!(
            "SELECT id, name, created_at, updated_at, description, homepage, documentation, repository, downloads, \
                num_versions, default_version_id, max_upload_bytes, max_features, is_trustpub_only \
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

/// Which of the given names are stored in exactly that spelling.
///
/// # Errors
/// When the database fails.
pub async fn existing_names(tx: &mut Tx, names: &BTreeSet<CrateName>) -> Result<HashSet<String>> {
    let canonical: Vec<_> = names.iter().map(|name| name.canonical().to_string()).collect();
    let rows: Vec<(String,)> = tx.query_pair(NAMES_AMONG).bind(serde_json::to_string(&canonical)?).fetch_all().await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// What a publish changes on its crate.
#[derive(Clone, Debug)]
pub struct Publish<'a> {
    /// The crate.
    pub crate_id: i64,
    /// The texts of the new version.
    pub texts: &'a CrateTexts,
    /// The readme's source.
    pub readme: Option<&'a str>,
    /// The id of the version now shown by default.
    pub default_version_id: i64,
    /// How many versions there are now.
    pub num_versions: i64,
}

/// Makes a crate show its newest version.
///
/// # Errors
/// When the database fails.
pub async fn apply_publish(tx: &mut Tx, publish: &Publish<'_>, now: Timestamp) -> Result<()> {
    tx.query(
        "UPDATE crates SET description = $1, homepage = $2, documentation = $3, repository = $4, readme = $5, \
            default_version_id = $6, num_versions = $7, updated_at = $8, index_changed_at = $8 WHERE id = $9",
    )
    .bind(publish.texts.description.as_deref())
    .bind(publish.texts.homepage.as_deref())
    .bind(publish.texts.documentation.as_deref())
    .bind(publish.texts.repository.as_deref())
    .bind(publish.readme)
    .bind(publish.default_version_id)
    .bind(publish.num_versions)
    .bind(now)
    .bind(publish.crate_id)
    .execute()
    .await?;
    Ok(())
}

/// Stores the default version after a yank, which changes the index file but does not count as an update.
///
/// # Errors
/// When the database fails.
pub async fn apply_yank(tx: &mut Tx, crate_id: i64, default_version_id: i64, now: Timestamp) -> Result<()> {
    tx.query("UPDATE crates SET default_version_id = $1, index_changed_at = $2 WHERE id = $3")
        .bind(default_version_id)
        .bind(now)
        .bind(crate_id)
        .execute()
        .await?;
    Ok(())
}

/// Makes these the crate's keywords and categories.
///
/// # Errors
/// When the database fails.
pub async fn set_tags(
    tx: &mut Tx,
    crate_id: i64,
    keywords: &BTreeSet<String>,
    categories: &BTreeSet<String>,
) -> Result<()> {
    tx.query("DELETE FROM crate_keywords WHERE crate_id = $1").bind(crate_id).execute().await?;
    tx.query("DELETE FROM crate_categories WHERE crate_id = $1").bind(crate_id).execute().await?;
    for keyword in keywords {
        tx.query("INSERT INTO crate_keywords (crate_id, keyword) VALUES ($1, $2)")
            .bind(crate_id)
            .bind(keyword.as_str())
            .execute()
            .await?;
    }
    for slug in categories {
        tx.query("INSERT INTO crate_categories (crate_id, slug) VALUES ($1, $2)")
            .bind(crate_id)
            .bind(slug.as_str())
            .execute()
            .await?;
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
}

/// The next `limit` crates after the id `after`, in order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn list_searchable(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<Searchable>> {
    tx.query(
        "SELECT id, name, description, readme, downloads FROM crates WHERE id > $1 AND num_versions > 0 \
         ORDER BY id LIMIT $2",
    )
    .bind(after)
    .bind(limit)
    .fetch_all()
    .await
}

/// One crate as the search index knows it.
///
/// # Errors
/// When the database fails.
pub async fn find_searchable(tx: &mut Tx, id: i64) -> Result<Option<Searchable>> {
    tx.query("SELECT id, name, description, readme, downloads FROM crates WHERE id = $1 AND num_versions > 0")
        .bind(id)
        .fetch_optional()
        .await
}

/// The keywords of a crate in alphabetical order.
///
/// # Errors
/// When the database fails.
pub async fn list_keywords(tx: &mut Tx, crate_id: i64) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = tx
        .query("SELECT keyword FROM crate_keywords WHERE crate_id = $1 ORDER BY keyword")
        .bind(crate_id)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|(keyword,)| keyword).collect())
}
