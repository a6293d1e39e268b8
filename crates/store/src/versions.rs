//! Versions, their index lines and what was done to them.

use std::collections::HashMap;

use cargohold_protocol::{Cksum, CrateName, IndexLine, Timestamp, Version};

use crate::dialect::{Sql, VERSIONS_AMONG, among_ids};
use crate::error::decode;
use crate::users::{User, user_columns};
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
    pub published_by: Option<i64>,
    /// The verified address of who publishes it.
    pub published_email: Option<&'a str>,
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

impl VersionFacts {
    /// How many bytes its texts take together.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let optional = [
            &self.license,
            &self.links,
            &self.rust_version,
            &self.edition,
            &self.description,
            &self.homepage,
            &self.documentation,
            &self.repository,
        ];
        let always = [&self.features, &self.keywords, &self.categories, &self.lib_name, &self.bin_names];
        optional.into_iter().flatten().chain(always).map(String::len).sum()
    }
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

/// Remembers what a trusted publisher proved about where a version comes from, as JSON.
///
/// # Errors
/// When the database fails.
pub async fn set_trustpub_data(tx: &mut Tx, version_id: i64, data: &str) -> Result<()> {
    tx.query("UPDATE versions SET trustpub_data = $1 WHERE id = $2").bind(data).bind(version_id).execute().await?;
    Ok(())
}

/// A version with everything the API shows of it but what was done to it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct VersionRow {
    /// The id.
    pub id: i64,
    /// The crate.
    pub crate_id: i64,
    /// The crate's name in its stored spelling.
    pub crate_name: String,
    /// The number.
    pub num: String,
    /// When it was published, in Unix microseconds.
    pub created_at: i64,
    /// When it was last yanked or unyanked, in Unix microseconds.
    pub updated_at: i64,
    /// Whether it is yanked.
    pub is_yanked: bool,
    /// Why, if somebody said so.
    pub yank_message: Option<String>,
    /// The SHA-256 of the tarball.
    pub cksum: String,
    /// The length of the tarball.
    pub size_bytes: i64,
    /// Who published it.
    pub published_by: Option<i64>,
    /// All features, as a JSON object.
    pub features: String,
    /// The SPDX expression, or `non-standard`.
    pub license: Option<String>,
    /// The native library it links.
    pub links: Option<String>,
    /// The lowest Rust version it supports.
    pub rust_version: Option<String>,
    /// Its edition.
    pub edition: Option<String>,
    /// Whether it has a library.
    pub has_lib: Option<bool>,
    /// The names of its binaries, as a JSON array.
    pub bin_names: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Its home page.
    pub homepage: Option<String>,
    /// Its documentation.
    pub documentation: Option<String>,
    /// Its source.
    pub repository: Option<String>,
    /// All its downloads.
    pub downloads: i64,
    /// How many lines it has, as JSON, once somebody has counted.
    pub linecounts: Option<String>,
    /// What a trusted publisher proved, as JSON.
    pub trustpub_data: Option<String>,
}

impl VersionRow {
    /// How many bytes those of its texts take that may be long.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let optional = [
            &self.bin_names,
            &self.license,
            &self.links,
            &self.description,
            &self.homepage,
            &self.documentation,
            &self.repository,
            &self.yank_message,
        ];
        optional.into_iter().flatten().chain([&self.features]).map(String::len).sum()
    }
}

/// The statement that answers a [`VersionRow`].
macro_rules! select_version {
    ($condition:expr) => {
        concat!(
            "SELECT v.id, v.crate_id, c.name AS crate_name, v.num, v.created_at, v.updated_at, v.is_yanked, \
                v.yank_message, v.cksum, v.size_bytes, v.published_by, v.features, v.license, v.links, v.rust_version, \
                v.edition, v.has_lib, v.bin_names, v.description, v.homepage, v.documentation, v.repository, \
                v.downloads, v.linecounts, v.trustpub_data \
             FROM versions v JOIN crates c ON c.id = v.crate_id WHERE ",
            $condition
        )
    };
}

/// All versions of a crate, the latest first.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, crate_id: i64) -> Result<Vec<VersionRow>> {
    tx.query(select_version!("v.crate_id = $1 ORDER BY v.id DESC")).bind(crate_id).fetch_all().await
}

/// The versions with these ids, in order of their ids; unknown ids are passed over.
///
/// # Errors
/// When the database fails.
pub async fn list_by_ids(tx: &mut Tx, ids: &[i64]) -> Result<Vec<VersionRow>> {
    const SQL: Sql = among_ids!(select_version!("v.id IN "), " ORDER BY v.id");
    tx.query_pair(SQL).bind(serde_json::to_string(ids)?).fetch_all().await
}

/// Roughly how many bytes [`list_by_ids`] loads of each of these versions, in order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn list_sizes(tx: &mut Tx, ids: &[i64]) -> Result<Vec<(i64, i64)>> {
    const SQL: Sql = among_ids!(
        "SELECT id, CAST(1000 + octet_length(features) + COALESCE(octet_length(bin_names), 0) \
            + COALESCE(octet_length(license), 0) + COALESCE(octet_length(links), 0) \
            + COALESCE(octet_length(description), 0) + COALESCE(octet_length(homepage), 0) \
            + COALESCE(octet_length(documentation), 0) + COALESCE(octet_length(repository), 0) \
            + COALESCE(octet_length(yank_message), 0) + COALESCE(octet_length(linecounts), 0) \
            + COALESCE(octet_length(trustpub_data), 0) AS BIGINT) \
         FROM versions WHERE id IN ",
        " ORDER BY id"
    );
    tx.query_pair(SQL).bind(serde_json::to_string(ids)?).fetch_all().await
}

/// Exactly this version; `1.0.0` does not find `1.0.0+a`.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &mut Tx, crate_id: i64, num: &Version) -> Result<Option<VersionRow>> {
    tx.query(select_version!("v.crate_id = $1 AND v.num = $2")).bind(crate_id).bind(num).fetch_optional().await
}

/// The id of exactly this version.
///
/// # Errors
/// When the database fails.
pub async fn find_id(tx: &mut Tx, crate_id: i64, num: &Version) -> Result<Option<i64>> {
    let sql = "SELECT id FROM versions WHERE crate_id = $1 AND num = $2";
    let row: Option<(i64,)> = tx.query(sql).bind(crate_id).bind(num).fetch_optional().await?;
    Ok(row.map(|(id,)| id))
}

/// The ids of exactly these versions of crates with exactly these names, in the same order; `None` for those there are not.
///
/// # Errors
/// When the database fails.
pub async fn find_ids(tx: &mut Tx, wanted: &[(&CrateName, &str)]) -> Result<Vec<Option<i64>>> {
    let canonical: Vec<_> = wanted.iter().map(|(name, _)| name.canonical()).collect();
    let rows = wanted.iter().zip(&canonical);
    let rows: Vec<_> = rows.map(|((name, num), canonical)| (canonical.as_str(), name.as_str(), *num)).collect();
    let found: Vec<(i64, i64)> = tx.query_pair(VERSIONS_AMONG).bind(serde_json::to_string(&rows)?).fetch_all().await?;
    let found: HashMap<i64, i64> = found.into_iter().collect();
    Ok((0..).zip(wanted).map(|(place, _)| found.get(&place).copied()).collect())
}

/// A version as feeds show it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Release {
    /// The crate's name.
    pub name: String,
    /// The number.
    pub num: String,
    /// The crate's description.
    pub description: Option<String>,
    /// When it was published, in Unix microseconds.
    pub created_at: i64,
}

/// The latest releases of all crates: those since an instant, and at least `limit`.
///
/// # Errors
/// When the database fails.
pub async fn list_releases(tx: &mut Tx, since: Timestamp, limit: i64) -> Result<Vec<Release>> {
    tx.query(
        "SELECT c.name, v.num, c.description, v.created_at FROM versions v JOIN crates c ON c.id = v.crate_id \
         WHERE v.id IN (SELECT id FROM versions WHERE created_at >= $1 UNION \
            SELECT id FROM (SELECT id FROM versions ORDER BY created_at DESC, id DESC LIMIT $2 + 0) latest) \
         ORDER BY v.created_at DESC, v.id DESC",
    )
    .bind(since)
    .bind(limit)
    .fetch_all()
    .await
}

/// The latest releases of one crate: those since an instant, and at least `limit`.
///
/// # Errors
/// When the database fails.
pub async fn list_releases_of(tx: &mut Tx, crate_id: i64, since: Timestamp, limit: i64) -> Result<Vec<Release>> {
    tx.query(
        "SELECT c.name, v.num, c.description, v.created_at FROM versions v JOIN crates c ON c.id = v.crate_id \
         WHERE v.crate_id = $1 AND (v.created_at >= $2 OR v.id IN \
            (SELECT id FROM versions WHERE crate_id = $1 ORDER BY created_at DESC, id DESC LIMIT $3 + 0)) \
         ORDER BY v.created_at DESC, v.id DESC",
    )
    .bind(crate_id)
    .bind(since)
    .bind(limit)
    .fetch_all()
    .await
}

/// What a job needs to know to take a version apart.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ToAnalyze {
    /// The crate.
    pub crate_id: i64,
    /// The crate's name.
    pub name: String,
    /// The number.
    pub num: String,
    /// When it was published, in Unix microseconds.
    pub created_at: i64,
    /// Where the tarball lies.
    pub blob_key: String,
    /// The SHA-256 of the tarball.
    pub cksum: String,
    /// The length of the tarball.
    pub size_bytes: i64,
    /// The path of the readme in the package.
    pub readme_file: Option<String>,
    /// Its source.
    pub repository: Option<String>,
}

/// A version as a job takes it apart.
///
/// # Errors
/// When the database fails.
pub async fn find_to_analyze(tx: &mut Tx, id: i64) -> Result<Option<ToAnalyze>> {
    tx.query(
        "SELECT v.crate_id, c.name, v.num, v.created_at, v.blob_key, v.cksum, v.size_bytes, v.readme_file, v.repository \
         FROM versions v JOIN crates c ON c.id = v.crate_id WHERE v.id = $1",
    )
    .bind(id)
    .fetch_optional()
    .await
}

/// Stores how many lines a version has, as JSON.
///
/// # Errors
/// When the database fails.
pub async fn set_linecounts(tx: &mut Tx, id: i64, linecounts: &str) -> Result<()> {
    tx.query("UPDATE versions SET linecounts = $1 WHERE id = $2").bind(linecounts).bind(id).execute().await?;
    Ok(())
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

/// What was done to a version, and by whom.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ActionRow {
    /// The version.
    pub version_id: i64,
    /// `publish`, `yank` or `unyank`.
    pub action: String,
    /// When, in Unix microseconds.
    pub at: i64,
    /// By whom.
    #[sqlx(flatten)]
    pub user: User,
}

/// What was done to these versions, in the order in which it was done.
///
/// # Errors
/// When the database fails.
pub async fn list_actions(tx: &mut Tx, version_ids: &[i64]) -> Result<Vec<ActionRow>> {
    const SQL: Sql = among_ids!(
        concat!(
            "SELECT a.version_id, a.action, a.at, ",
            user_columns!(),
            " FROM version_actions a JOIN users u ON u.id = a.user_id WHERE a.version_id IN "
        ),
        " ORDER BY a.id"
    );
    tx.query_pair(SQL).bind(serde_json::to_string(version_ids)?).fetch_all().await
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
    /// The version's id.
    pub version_id: i64,
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
    let Some((version_id, blob_key, cksum, size_bytes, stored_name)) = row else { return Ok(None) };
    if stored_name != name.as_str() {
        return Ok(None);
    }
    let cksum = decode(cksum.parse(), "versions", "cksum", version_id)?;
    Ok(Some(Tarball { version_id, blob_key, cksum, size_bytes }))
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
