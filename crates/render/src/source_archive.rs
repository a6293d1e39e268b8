//! A seekable ZIP of a package's files and the list of where each lies in it (contract §9.2).

use std::collections::HashMap;
use std::io::{Cursor, Write};

use cargohold_protocol::Timestamp;
use chrono::{Datelike, Timelike};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// The best compression that deflate has.
const LEVEL: i64 = 9;

/// A ZIP and its manifest.
#[derive(Clone, Debug)]
pub struct SourceArchive {
    /// The ZIP.
    pub zip: Vec<u8>,
    /// JSON that says where in the ZIP the compressed bytes of each file lie, for range requests.
    pub manifest: Vec<u8>,
}

/// Why no archive could be built.
#[derive(Debug, thiserror::Error)]
#[error("cannot build the source archive")]
pub struct Error(#[from] zip::result::ZipError);

/// What the manifest of an archive says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// The files, by path.
    pub files: Vec<ManifestFile>,
}

/// Where a file lies in an archive.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Its path in the package.
    pub path: String,
    /// Where its stored bytes begin in the ZIP.
    pub data_offset: u64,
    /// How many bytes are stored.
    pub compressed_size: u64,
    /// How many bytes it has.
    pub uncompressed_size: u64,
    /// How its bytes are stored.
    pub compression: Compression,
    /// The SHA-256 of its bytes, in hex.
    pub sha256: String,
}

/// How bytes are stored in an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// As they are.
    Store,
    /// As raw deflate.
    Deflate,
}

/// Builds the archive of the files of a package, in the order of its tarball.
///
/// `Cargo.toml`, in any casing, comes first. Of a path that occurs twice only the last occurrence is kept.
///
/// # Errors
/// A path is too long for the format, or the files are too large for it.
pub fn build(files: Vec<(String, Vec<u8>)>, published_at: Timestamp) -> Result<SourceArchive, Error> {
    let files = in_order(files);
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        .last_modified_time(dos_time(published_at));
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let mut digests = HashMap::new();
    for (path, contents) in files {
        writer.start_file(&path, options.large_file(u32::try_from(contents.len()).is_err()))?;
        writer.write_all(&contents).map_err(zip::result::ZipError::from)?;
        digests.insert(path, hex(&Sha256::digest(&contents)));
    }
    let mut archive = writer.finish_into_readable()?;
    let manifest = describe(&mut archive, &digests)?;
    Ok(SourceArchive { zip: archive.into_inner().into_inner(), manifest })
}

/// The files as they are written: the manifest first, each path once.
fn in_order(files: Vec<(String, Vec<u8>)>) -> Vec<(String, Vec<u8>)> {
    let last: HashMap<String, usize> = files.iter().enumerate().map(|(at, (path, _))| (path.clone(), at)).collect();
    let manifest = files.iter().rposition(|(path, _)| path.eq_ignore_ascii_case("Cargo.toml"));
    let mut kept: Vec<_> = files.into_iter().enumerate().filter(|(at, (path, _))| last.get(path) == Some(at)).collect();
    // The sort is stable.
    kept.sort_by_key(|(at, _)| Some(*at) != manifest);
    kept.into_iter().map(|(_, file)| file).collect()
}

fn describe(
    archive: &mut ZipArchive<Cursor<Vec<u8>>>,
    digests: &HashMap<String, String>,
) -> Result<Vec<u8>, zip::result::ZipError> {
    let mut files = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index)?;
        let path = file.name()?.into_owned();
        files.push(ManifestFile {
            data_offset: file.data_start().ok_or(zip::result::ZipError::FileNotFound)?,
            compressed_size: file.compressed_size(),
            uncompressed_size: file.size(),
            compression: match file.compression() {
                CompressionMethod::Stored => Compression::Store,
                _ => Compression::Deflate,
            },
            sha256: digests.get(&path).cloned().unwrap_or_default(),
            path,
        });
    }
    files.sort_by_cached_key(|file| (file.path.to_lowercase(), file.path.clone()));
    Ok(serde_json::to_vec(&Manifest { files }).expect("texts and numbers are JSON"))
}

/// The instant as ZIP stores it: UTC, even seconds, from 1980 to 2107. Others become the first one.
fn dos_time(at: Timestamp) -> zip::DateTime {
    let convert = || {
        let time = chrono::DateTime::from_timestamp_micros(at.micros())?;
        let [month, day, hour, minute, second] =
            [time.month(), time.day(), time.hour(), time.minute(), time.second() & !1]
                .map(|part| u8::try_from(part).unwrap_or_default());
        zip::DateTime::from_date_and_time(u16::try_from(time.year()).ok()?, month, day, hour, minute, second).ok()
    };
    convert().unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
