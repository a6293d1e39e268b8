//! The files of a version: which there are, and what is in them.
//!
//! They come from the stored source archive, and from the tarball as long as there is none, because its job is not done, the
//! operator wants none, or the version is too large. Every byte is checked against a checksum that was recorded.

mod archived;
mod unpacked;

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use cargohold_protocol::{Cksum, CrateName, Version};
use cargohold_render::source_archive::ManifestFile;
use cargohold_store::Tx;
use cargohold_store::derived_files::{self, DerivedFile};
use cargohold_store::versions::{self, ToAnalyze, VersionRow};
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use crate::list_versions::load_version;
use crate::stored_file::StoredFile;
use crate::{Error, Registry, Result};

/// How much memory opened sources may take, in bytes.
pub(crate) const MAX_CACHED_BYTES: u64 = 64 * 1024 * 1024;

/// The files of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceTree {
    /// The crate, as it is stored.
    pub name: CrateName,
    /// The version.
    pub version: Version,
    /// The files by path, without regard to case; what lies in one folder stands together.
    pub files: Vec<SourceEntry>,
}

/// A file in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceEntry {
    /// Its path in the package.
    pub path: String,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// The SHA-256 of its bytes in hex; `None` if it is too long to be read on its own.
    pub sha256: Option<String>,
}

/// A file with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path in the package.
    pub path: String,
    /// What is in it.
    pub bytes: Bytes,
    /// The SHA-256 of its bytes in hex.
    pub sha256: String,
}

/// Opened sources, by the key of the blob they were read from, which is never used for anything else.
pub(crate) type SourceCache = Cache<String, Arc<Opened>>;

/// A list of files and how to get at their bytes.
pub(crate) struct Opened {
    tree: Arc<SourceTree>,
    contents: Contents,
}

/// Where the bytes of files are, by path.
enum Contents {
    /// In the archive.
    Archived(HashMap<String, ManifestFile>),
    /// Here, charged to the memory of answers until neither this nor any reader holds them.
    Kept(HashMap<String, Bytes>),
    /// In the tarball, which is more than is kept in memory.
    InTarball,
}

/// The opened sources of a version that is there.
#[derive(Clone)]
pub(crate) struct Source {
    opened: Arc<Opened>,
    origin: Origin,
}

/// What the files of a version are read from.
#[derive(Clone)]
pub(crate) enum Origin {
    /// The source archive and its manifest.
    Archive { zip: StoredFile, manifest: StoredFile },
    /// What was published.
    Tarball(ToAnalyze),
}

pub(crate) fn source_cache() -> SourceCache {
    let weigh = |key: &String, opened: &Arc<Opened>| {
        let names: usize = opened.tree.files.iter().map(|file| 2 * file.path.len() + 400).sum();
        let kept: usize = match &opened.contents {
            Contents::Kept(files) => files.values().map(Bytes::len).sum(),
            Contents::Archived(_) | Contents::InTarball => 0,
        };
        u32::try_from(key.len() + names + kept).unwrap_or(u32::MAX)
    };
    Cache::builder().max_capacity(MAX_CACHED_BYTES).weigher(weigh).build()
}

impl Registry {
    /// The files of a version, by any spelling of the crate's name.
    ///
    /// # Errors
    /// When there is no such version, or what is stored of it is corrupt.
    pub async fn find_source(self: &Arc<Self>, name: &str, num: &Version) -> Result<Arc<SourceTree>> {
        Ok(self.open_source(name, num).await?.tree().clone())
    }

    /// One file of a version.
    ///
    /// # Errors
    /// When there is no such version or file, the file is over 16 MiB, what is stored is corrupt, or there is no memory for it.
    pub async fn read_source(self: &Arc<Self>, name: &str, num: &Version, path: &str) -> Result<SourceFile> {
        let source = self.open_source(name, num).await?;
        let tree = source.tree();
        let found = tree.files.iter().find(|file| file.path == path).ok_or_else(|| Error::NoSuchSource {
            name: tree.name.clone(),
            version: tree.version.clone(),
            path: path.replace('\0', "\u{fffd}"),
        })?;
        let too_long = || Error::Refused(format!("`{path}` is too long to be shown; download the crate to read it"));
        let sha256 = found.sha256.clone().ok_or_else(too_long)?;
        let bytes = self.read_source_bytes(&source, path).await?;
        Ok(SourceFile { path: path.to_owned(), bytes, sha256 })
    }

    async fn open_source(self: &Arc<Self>, name: &str, num: &Version) -> Result<Source> {
        let mut tx = self.store.read().await?;
        let (_, version) = load_version(&mut tx, name, num).await?;
        let origin = find_origin(&mut tx, &version).await?;
        drop(tx);
        self.open_origin(&version, origin).await
    }

    /// Lists the files of a version that was found a moment ago, from memory if they are there.
    pub(crate) async fn open_origin(self: &Arc<Self>, version: &VersionRow, origin: Origin) -> Result<Source> {
        let key = match &origin {
            Origin::Archive { manifest, .. } => manifest.key().to_string(),
            Origin::Tarball(tarball) => tarball.blob_key.clone(),
        };
        if let Some(opened) = self.sources.get(&key) {
            return Ok(Source { opened, origin });
        }
        let name = version.crate_name.parse().map_err(Error::internal)?;
        let tree = SourceTree { name, version: version.num.parse().map_err(Error::internal)?, files: Vec::new() };
        let opened = match &origin {
            Origin::Archive { manifest, .. } => self.open_archive(tree, manifest).await?,
            Origin::Tarball(tarball) => self.open_tarball(tree, tarball).await?,
        };
        let opened = Arc::new(opened);
        self.sources.insert(key, opened.clone());
        Ok(Source { opened, origin })
    }

    /// The bytes of a file that is in the list, and not too long, charged to the memory of answers.
    pub(crate) async fn read_source_bytes(self: &Arc<Self>, source: &Source, path: &str) -> Result<Bytes> {
        let bytes = match (&source.opened.contents, &source.origin) {
            (Contents::Archived(places), Origin::Archive { zip, .. }) => match places.get(path) {
                Some(place) => Some(self.read_archived_source(zip, place).await?),
                None => None,
            },
            (Contents::Kept(files), _) => files.get(path).cloned(),
            (_, Origin::Tarball(tarball)) => self.read_from_tarball(tarball, source.tree(), path).await?,
            (_, Origin::Archive { .. }) => None,
        };
        bytes.ok_or_else(|| Error::internal(format!("the file `{path}` is listed and not there")))
    }
}

impl Source {
    /// Whether the whole tarball must be read for every file.
    pub(crate) fn is_inflated_for_each_file(&self) -> bool {
        matches!(self.opened.contents, Contents::InTarball)
    }

    /// The list of the files.
    pub(crate) fn tree(&self) -> &Arc<SourceTree> {
        &self.opened.tree
    }
}

/// What the files of a version can be read from. One transaction sees both files of an archive, or none.
pub(crate) async fn find_origin(tx: &mut Tx, version: &VersionRow) -> Result<Origin> {
    let path = format!("crates/{}/{}-{}.zip", version.crate_name, version.crate_name, version.num);
    let zip = derived_files::find(tx, &path).await?;
    let manifest = derived_files::find(tx, &format!("{path}.json")).await?;
    if let (Some(zip), Some(manifest)) = (zip, manifest) {
        let stored = |file: DerivedFile| StoredFile::new(&file.blob_key, file.cksum, file.size_bytes);
        return Ok(Origin::Archive { zip: stored(zip)?, manifest: stored(manifest)? });
    }
    let tarball = versions::find_to_analyze(tx, version.id).await?;
    Ok(Origin::Tarball(tarball.ok_or_else(|| Error::internal("a version vanished while it was read"))?))
}

/// The order of a list: what lies in one folder stands together.
fn sort(files: &mut [SourceEntry]) {
    files.sort_by_cached_key(|file| (file.path.to_lowercase(), file.path.clone()));
}

/// The SHA-256 of bytes, in hex.
fn sha256(bytes: &[u8]) -> String {
    Cksum::from_bytes(Sha256::digest(bytes).into()).to_string()
}
