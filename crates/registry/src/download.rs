//! Downloads of tarballs and derived files: no byte is served whose checksum was not recorded.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use cargohold_blobs::{ByteStream, Key};
use cargohold_protocol::{Cksum, CrateName, Version};
use cargohold_store::derived_files;
use cargohold_store::versions::{self, Tarball};
use futures_util::stream::Fuse;
use futures_util::{Stream, StreamExt, TryStreamExt};
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use crate::cache::FeedCache;
use crate::{DownloadMode, Error, Registry, Result};

/// Where a download leads.
#[derive(Clone, Debug)]
pub enum Download {
    /// Elsewhere.
    Redirect(String),
    /// Here.
    File(StoredFile),
}

/// A tarball or a derived file that can be read.
#[derive(Clone, Debug)]
pub struct StoredFile {
    key: Key,
    /// The SHA-256 recorded when it was stored.
    pub cksum: Cksum,
    /// The length in bytes.
    pub size_bytes: u64,
    /// The version whose tarball it is.
    version_id: Option<i64>,
}

/// Where the tarballs of a crate's versions lie, by exact name and number.
type Tarballs = Arc<Mutex<HashMap<(CrateName, Version), StoredFile>>>;

/// Where tarballs lie, and which files this process has found to be intact.
pub(crate) struct DownloadCache {
    pub(crate) tarballs: FeedCache<Tarballs>,
    intact: Cache<Key, ()>,
}

/// How much memory the places of tarballs may take, in bytes.
const MAX_PLACES_BYTES: u64 = 32 * 1024 * 1024;

impl Default for DownloadCache {
    fn default() -> Self {
        let weigh = |tarballs: &Tarballs| 400 * tarballs.lock().unwrap_or_else(PoisonError::into_inner).len();
        Self { tarballs: FeedCache::new(MAX_PLACES_BYTES, weigh), intact: Cache::new(200_000) }
    }
}

impl Registry {
    /// Where to get the tarball of a version. Name and number must be spelled as they are stored.
    ///
    /// # Errors
    /// When there is no such version.
    pub async fn find_download(&self, name: &str, version: &Version) -> Result<Download> {
        let file = self.find_tarball(name, version).await?;
        match &self.settings.downloads {
            DownloadMode::Serve => Ok(Download::File(file)),
            DownloadMode::Cdn(prefix) => Ok(Download::Redirect(format!("{prefix}/{}", file.key))),
            DownloadMode::Presign(valid_for) => match self.blobs.presign(&file.key, *valid_for).await? {
                Some(url) => Ok(Download::Redirect(url)),
                None => Ok(Download::File(file)),
            },
        }
    }

    async fn find_tarball(&self, name: &str, version: &Version) -> Result<StoredFile> {
        let missing = || Error::NoSuchCrate(name.to_owned());
        let name: CrateName = name.parse().map_err(|_| missing())?;
        let canonical = name.canonical().to_string();
        let noted = self.download_cache.tarballs.note();
        let known = self.download_cache.tarballs.get(&canonical).unwrap_or_default();
        let wanted = (name, version.clone());
        if let Some(file) = known.lock().unwrap_or_else(PoisonError::into_inner).get(&wanted) {
            return Ok(file.clone());
        }
        let (name, version) = &wanted;
        let stored = versions::find_tarball(&mut self.store.read_once().await?, name, version).await?;
        let stored = stored.ok_or_else(|| Error::NoSuchVersion { name: name.clone(), version: version.clone() })?;
        let file = StoredFile::tarball(&stored)?;
        known.lock().unwrap_or_else(PoisonError::into_inner).insert(wanted, file.clone());
        self.download_cache.tarballs.keep(canonical, known, noted);
        Ok(file)
    }

    /// The derived file at a path such as `readmes/serde/serde-1.0.0.html`.
    ///
    /// # Errors
    /// When there is none, or not yet.
    pub async fn find_derived_file(&self, path: &str) -> Result<StoredFile> {
        let missing = || Error::NoSuchFile(path.replace('\0', "\u{fffd}"));
        if path.contains('\0') {
            return Err(missing());
        }
        let stored = derived_files::find(&mut self.store.read_once().await?, path).await?.ok_or_else(missing)?;
        StoredFile::new(&stored.blob_key, stored.cksum, stored.size_bytes)
    }

    /// The whole file as a stream in constant memory. Its last piece is held back until the checksum of all pieces
    /// is the recorded one; otherwise the stream fails, and the client sees a download that was cut off.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn read_file(
        self: &Arc<Self>,
        file: &StoredFile,
    ) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        let pieces = self.blobs.read(&file.key, 0..file.size_bytes).await?;
        let registry = self.clone();
        let key = file.key.clone();
        let remember = move || registry.download_cache.intact.insert(key, ());
        Ok(checked(pieces, file.clone(), remember))
    }

    /// A part of the file as a stream in constant memory. A file that this process has not yet found intact is
    /// read through once before.
    ///
    /// # Errors
    /// When the storage fails or the stored bytes are not those that were published.
    pub async fn read_file_part(
        self: &Arc<Self>,
        file: &StoredFile,
        range: Range<u64>,
    ) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        if !self.download_cache.intact.contains_key(&file.key) {
            let mut whole = std::pin::pin!(self.read_file(file).await?);
            while whole.try_next().await?.is_some() {}
        }
        Ok(self.blobs.read(&file.key, range).await?.map_err(Error::Blobs))
    }
}

impl StoredFile {
    pub(crate) fn new(blob_key: &str, cksum: Cksum, size_bytes: i64) -> Result<Self> {
        let key = blob_key.parse().map_err(Error::internal)?;
        Ok(Self { key, cksum, size_bytes: u64::try_from(size_bytes).unwrap_or(0), version_id: None })
    }

    fn tarball(stored: &Tarball) -> Result<Self> {
        let file = Self::new(&stored.blob_key, stored.cksum, stored.size_bytes)?;
        Ok(Self { version_id: Some(stored.version_id), ..file })
    }

    /// Where its bytes lie.
    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    /// The version whose tarball it is.
    pub(crate) fn version_id(&self) -> Option<i64> {
        self.version_id
    }
}

/// Passes pieces on one step late and the last one only if all of them have the recorded checksum.
fn checked(
    pieces: ByteStream,
    file: StoredFile,
    on_intact: impl FnOnce() + Send + 'static,
) -> impl Stream<Item = Result<Bytes>> + Send {
    struct State<F> {
        pieces: Fuse<ByteStream>,
        hash: Sha256,
        held_back: Option<Bytes>,
        on_intact: Option<F>,
    }
    let state = State { pieces: pieces.fuse(), hash: Sha256::new(), held_back: None, on_intact: Some(on_intact) };
    futures_util::stream::try_unfold(state, move |mut state| {
        let file = file.clone();
        async move {
            loop {
                match state.pieces.next().await {
                    Some(piece) => {
                        let piece = piece?;
                        state.hash.update(&piece);
                        if let Some(ready) = state.held_back.replace(piece) {
                            return Ok(Some((ready, state)));
                        }
                    }
                    None if state.on_intact.is_none() => return Ok(None),
                    None => {
                        let found = Cksum::from_bytes(std::mem::take(&mut state.hash).finalize().into());
                        if found != file.cksum {
                            tracing::error!(blob.key = %file.key, expected = %file.cksum, %found, "stored bytes are corrupt");
                            return Err(Error::Corrupt(file.key.to_string()));
                        }
                        if let Some(on_intact) = state.on_intact.take() {
                            on_intact();
                        }
                        return Ok(state.held_back.take().map(|last| (last, state)));
                    }
                }
            }
        }
    })
}
