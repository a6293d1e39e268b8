//! Files made from what was published: readmes, source archives, feeds.

use cargohold_protocol::{Cksum, Timestamp};

use crate::error::decode;
use crate::{Result, Tx};

/// A file to be.
#[derive(Clone, Debug)]
pub struct NewFile<'a> {
    /// Where it is served, such as `readmes/serde/serde-1.0.0.html`.
    pub path: &'a str,
    /// The crate it belongs to, unless it belongs to all.
    pub crate_id: Option<i64>,
    /// The version it belongs to.
    pub version_id: Option<i64>,
    /// Where its bytes lie.
    pub blob_key: &'a str,
    /// The SHA-256 of its bytes.
    pub cksum: &'a Cksum,
    /// The length of its bytes.
    pub size_bytes: i64,
}

/// A file as it is stored.
#[derive(Clone, Debug)]
pub struct DerivedFile {
    /// Where its bytes lie.
    pub blob_key: String,
    /// The SHA-256 of its bytes.
    pub cksum: Cksum,
    /// The length of its bytes.
    pub size_bytes: i64,
    /// When it last changed.
    pub changed_at: Timestamp,
}

/// Puts a file in its place; what was there before is forgotten.
///
/// # Errors
/// When the database fails, or the crate or version it belongs to is gone.
pub async fn put(tx: &mut Tx, file: &NewFile<'_>, now: Timestamp) -> Result<()> {
    tx.query(
        "INSERT INTO derived_files (path, crate_id, version_id, blob_key, cksum, size_bytes, changed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (path) DO UPDATE SET crate_id = excluded.crate_id, version_id = excluded.version_id, \
            blob_key = excluded.blob_key, cksum = excluded.cksum, size_bytes = excluded.size_bytes, \
            changed_at = excluded.changed_at",
    )
    .bind(file.path)
    .bind(file.crate_id)
    .bind(file.version_id)
    .bind(file.blob_key)
    .bind(file.cksum)
    .bind(file.size_bytes)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// The file at exactly this path.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &mut Tx, path: &str) -> Result<Option<DerivedFile>> {
    let row: Option<(String, String, i64, i64)> = tx
        .query("SELECT blob_key, cksum, size_bytes, changed_at FROM derived_files WHERE path = $1")
        .bind(path)
        .fetch_optional()
        .await?;
    let file = |(blob_key, cksum, size_bytes, changed_at): (String, String, i64, i64)| {
        let cksum = decode(cksum.parse(), "derived_files", "cksum", 0)?;
        Ok(DerivedFile { blob_key, cksum, size_bytes, changed_at: Timestamp::from_micros(changed_at) })
    };
    row.map(file).transpose()
}

/// The paths that begin with `folder`, with the length of each file, the last path first.
///
/// # Errors
/// When the database fails.
pub async fn list_folder(tx: &mut Tx, folder: &str) -> Result<Vec<(String, i64)>> {
    let length = i64::try_from(folder.chars().count()).unwrap_or(i64::MAX);
    let sql = "SELECT path, size_bytes FROM derived_files WHERE SUBSTR(path, 1, CAST($1 AS INTEGER)) = $2";
    let mut files: Vec<(String, i64)> = tx.query(sql).bind(length).bind(folder).fetch_all().await?;
    files.sort_unstable_by(|a, b| b.cmp(a));
    Ok(files)
}

/// Where the bytes of a crate's files and tarballs lie.
///
/// # Errors
/// When the database fails.
pub async fn list_blobs_of_crate(tx: &mut Tx, crate_id: i64) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = tx
        .query(
            "SELECT blob_key FROM derived_files WHERE crate_id = $1 \
             UNION ALL SELECT blob_key FROM versions WHERE crate_id = $1",
        )
        .bind(crate_id)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|(key,)| key).collect())
}

/// Whether a file has its bytes under this key.
///
/// # Errors
/// When the database fails.
pub async fn has_blob(tx: &mut Tx, blob_key: &str) -> Result<bool> {
    let row: Option<(String,)> =
        tx.query("SELECT path FROM derived_files WHERE blob_key = $1").bind(blob_key).fetch_optional().await?;
    Ok(row.is_some())
}
