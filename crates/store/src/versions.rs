//! Versions, their index lines and what was done to them.

use cargohold_protocol::{Cksum, CrateName, IndexLine, Timestamp, Version};

use crate::error::decode;
use crate::{Result, Tx};

/// A version to be.
#[derive(Clone, Debug)]
pub struct NewVersion<'a> {
    /// The crate.
    pub crate_id: i64,
    /// The number.
    pub num: &'a Version,
    /// The finished index line.
    pub line: &'a IndexLine,
    /// Where the tarball lies.
    pub blob_key: &'a str,
    /// The SHA-256 of the tarball.
    pub cksum: &'a Cksum,
    /// The length of the tarball.
    pub size_bytes: i64,
    /// Who publishes it.
    pub published_by: i64,
    /// The verified address of who publishes it.
    pub published_email: &'a str,
    /// The readme's path in the package.
    pub readme_file: Option<&'a str>,
    /// What its manifest says.
    pub facts: &'a VersionFacts,
}

/// What a version's manifest says, as it is stored and shown.
#[derive(Clone, Debug, Default)]
pub struct VersionFacts {
    /// All features, as a JSON object.
    pub features: String,
    /// The keywords as written, as a JSON array.
    pub keywords: String,
    /// The category slugs as written, as a JSON array.
    pub categories: String,
    /// The SPDX expression, or `non-standard`.
    pub license: Option<String>,
    /// The native library it links.
    pub links: Option<String>,
    /// The lowest Rust version it supports.
    pub rust_version: Option<String>,
    /// Its edition.
    pub edition: Option<String>,
    /// Whether it has a library.
    pub has_lib: bool,
    /// The library's name.
    pub lib_name: String,
    /// The names of its binaries, as a JSON array.
    pub bin_names: String,
    /// What it is for.
    pub description: Option<String>,
    /// Its home page.
    pub homepage: Option<String>,
    /// Its documentation.
    pub documentation: Option<String>,
    /// Its source.
    pub repository: Option<String>,
}

/// Adds a version and answers its id, or `None` if the crate has it already, build metadata disregarded.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, version: &NewVersion<'_>, now: Timestamp) -> Result<Option<i64>> {
    let facts = version.facts;
    let row: Option<(i64,)> = tx
        .query(
            "INSERT INTO versions (crate_id, num, num_no_build, created_at, updated_at, is_yanked, line_head, line_tail, \
                blob_key, cksum, size_bytes, published_by, published_email, features, keywords, categories, license, \
                links, rust_version, edition, has_lib, lib_name, bin_names, description, homepage, documentation, \
                repository, readme_file, downloads) \
             VALUES ($1, $2, $3, $4, $4, FALSE, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, \
                $20, $21, $22, $23, $24, $25, $26, 0) \
             ON CONFLICT DO NOTHING RETURNING id",
        )
        .bind(version.crate_id)
        .bind(version.num)
        .bind(version.num.without_build())
        .bind(now)
        .bind(version.line.head.as_str())
        .bind(version.line.tail.as_str())
        .bind(version.blob_key)
        .bind(version.cksum)
        .bind(version.size_bytes)
        .bind(version.published_by)
        .bind(version.published_email)
        .bind(facts.features.as_str())
        .bind(facts.keywords.as_str())
        .bind(facts.categories.as_str())
        .bind(facts.license.as_deref())
        .bind(facts.links.as_deref())
        .bind(facts.rust_version.as_deref())
        .bind(facts.edition.as_deref())
        .bind(facts.has_lib)
        .bind(facts.lib_name.as_str())
        .bind(facts.bin_names.as_str())
        .bind(facts.description.as_deref())
        .bind(facts.homepage.as_deref())
        .bind(facts.documentation.as_deref())
        .bind(facts.repository.as_deref())
        .bind(version.readme_file)
        .fetch_optional()
        .await?;
    Ok(row.map(|(id,)| id))
}

/// What the derived values of a crate are computed from.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The id.
    pub id: i64,
    /// The number.
    pub num: Version,
    /// Whether it is yanked.
    pub is_yanked: bool,
    /// When it was published.
    pub created_at: Timestamp,
}

/// All versions of a crate, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list_summaries(tx: &mut Tx, crate_id: i64) -> Result<Vec<Summary>> {
    let rows: Vec<(i64, String, bool, i64)> = tx
        .query("SELECT id, num, is_yanked, created_at FROM versions WHERE crate_id = $1 ORDER BY created_at, id")
        .bind(crate_id)
        .fetch_all()
        .await?;
    let summary = |(id, num, is_yanked, created_at): (i64, String, bool, i64)| {
        let num = decode(num.parse(), "versions", "num", id)?;
        Ok(Summary { id, num, is_yanked, created_at: Timestamp::from_micros(created_at) })
    };
    rows.into_iter().map(summary).collect()
}

/// How many versions of a crate were published since an instant.
///
/// # Errors
/// When the database fails.
pub async fn count_since(tx: &mut Tx, crate_id: i64, since: Timestamp) -> Result<i64> {
    let (count,): (i64,) = tx
        .query("SELECT COUNT(*) FROM versions WHERE crate_id = $1 AND created_at > $2")
        .bind(crate_id)
        .bind(since)
        .fetch_one()
        .await?;
    Ok(count)
}

/// The state of a version that a yank changes.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct YankState {
    /// The version's id.
    pub id: i64,
    /// Whether it is yanked.
    pub is_yanked: bool,
    /// Why, if somebody said so.
    pub yank_message: Option<String>,
}

/// The yank state of exactly this version; `1.0.0` does not find `1.0.0+a`.
///
/// # Errors
/// When the database fails.
pub async fn find_yank_state(tx: &mut Tx, crate_id: i64, num: &Version) -> Result<Option<YankState>> {
    tx.query("SELECT id, is_yanked, yank_message FROM versions WHERE crate_id = $1 AND num = $2")
        .bind(crate_id)
        .bind(num)
        .fetch_optional()
        .await
}

/// Yanks or unyanks a version; nothing else of its index line changes.
///
/// # Errors
/// When the database fails.
pub async fn set_yanked(tx: &mut Tx, id: i64, is_yanked: bool, message: Option<&str>, now: Timestamp) -> Result<()> {
    tx.query("UPDATE versions SET is_yanked = $1, yank_message = $2, updated_at = $3 WHERE id = $4")
        .bind(is_yanked)
        .bind(message)
        .bind(now)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Something a person did to a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Published it.
    Publish,
    /// Yanked it.
    Yank,
    /// Unyanked it.
    Unyank,
}

impl Action {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Yank => "yank",
            Self::Unyank => "unyank",
        }
    }
}

/// Records who did what to a version.
///
/// # Errors
/// When the database fails.
pub async fn record_action(
    tx: &mut Tx,
    version_id: i64,
    action: Action,
    user_id: i64,
    token_id: Option<i64>,
    now: Timestamp,
) -> Result<()> {
    tx.query("INSERT INTO version_actions (version_id, user_id, token_id, action, at) VALUES ($1, $2, $3, $4, $5)")
        .bind(version_id)
        .bind(user_id)
        .bind(token_id)
        .bind(action.as_str())
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

/// The stored lines of a crate's index file.
#[derive(Clone, Debug)]
pub struct IndexFile {
    /// When the file last changed.
    pub changed_at: Timestamp,
    /// Every line and whether its version is yanked, oldest first.
    pub lines: Vec<(IndexLine, bool)>,
}

/// The index file of a crate, or `None` if there is no crate of this name with versions.
///
/// Unlike everywhere else, `-` and `_` differ here: cargo asks for the spellings one by one (`name` is lower-case).
///
/// # Errors
/// When the database fails.
pub async fn load_index_file(tx: &mut Tx, name: &CrateName) -> Result<Option<IndexFile>> {
    let found: Option<(i64, String, i64)> = tx
        .query("SELECT id, name, index_changed_at FROM crates WHERE canonical_name = $1")
        .bind(&name.canonical())
        .fetch_optional()
        .await?;
    let Some((id, stored_name, changed_at)) = found else { return Ok(None) };
    if !stored_name.eq_ignore_ascii_case(name.as_str()) {
        return Ok(None);
    }
    let rows: Vec<(String, String, bool)> = tx
        .query("SELECT line_head, line_tail, is_yanked FROM versions WHERE crate_id = $1 ORDER BY created_at, id")
        .bind(id)
        .fetch_all()
        .await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let lines = rows.into_iter().map(|(head, tail, is_yanked)| (IndexLine { head, tail }, is_yanked)).collect();
    Ok(Some(IndexFile { changed_at: Timestamp::from_micros(changed_at), lines }))
}

/// What a download needs to know about a version.
#[derive(Clone, Debug)]
pub struct Tarball {
    /// Where its bytes lie.
    pub blob_key: String,
    /// Their SHA-256.
    pub cksum: Cksum,
    /// Their length.
    pub size_bytes: i64,
}

/// The tarball of a version. The number must be exact and the name in its stored spelling.
///
/// # Errors
/// When the database fails.
pub async fn find_tarball(tx: &mut Tx, name: &CrateName, num: &Version) -> Result<Option<Tarball>> {
    let row: Option<(i64, String, String, i64, String)> = tx
        .query(
            "SELECT v.id, v.blob_key, v.cksum, v.size_bytes, c.name FROM versions v JOIN crates c ON c.id = v.crate_id \
             WHERE c.canonical_name = $1 AND v.num = $2",
        )
        .bind(&name.canonical())
        .bind(num)
        .fetch_optional()
        .await?;
    let Some((id, blob_key, cksum, size_bytes, stored_name)) = row else { return Ok(None) };
    if stored_name != name.as_str() {
        return Ok(None);
    }
    let cksum = decode(cksum.parse(), "versions", "cksum", id)?;
    Ok(Some(Tarball { blob_key, cksum, size_bytes }))
}

/// Whether a version has its bytes under this key.
///
/// # Errors
/// When the database fails.
pub async fn has_blob(tx: &mut Tx, blob_key: &str) -> Result<bool> {
    let row: Option<(i64,)> =
        tx.query("SELECT id FROM versions WHERE blob_key = $1").bind(blob_key).fetch_optional().await?;
    Ok(row.is_some())
}
