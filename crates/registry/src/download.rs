//! Downloads: no byte is served whose checksum was not recorded at publish.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use cargohold_blobs::{ByteStream, Key};
use cargohold_protocol::{Cksum, CrateName, Version};
use cargohold_store::versions::{self, Tarball};
use futures_util::stream::Fuse;
use futures_util::{Stream, StreamExt, TryStreamExt};
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use crate::{DownloadMode, Error, Registry, Result};

/// Where a download leads.
#[derive(Clone, Debug)]
pub enum Download {
    /// Elsewhere.
    Redirect(String),
    /// Here.
    File(TarballFile),
}

/// A tarball that can be read.
#[derive(Clone, Debug)]
pub struct TarballFile {
    key: Key,
    /// The SHA-256 recorded at publish.
    pub cksum: Cksum,
    /// The length in bytes.
    pub size_bytes: u64,
}

/// Where the tarballs of versions lie, and which tarballs this process has found to be intact. Nothing of it ever
/// changes: a version keeps its bytes for ever.
pub(crate) struct DownloadCache {
    files: Cache<(CrateName, Version), TarballFile>,
    intact: Cache<Key, ()>,
}

impl Default for DownloadCache {
    fn default() -> Self {
        Self { files: Cache::new(50_000), intact: Cache::new(200_000) }
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

    async fn find_tarball(&self, name: &str, version: &Version) -> Result<TarballFile> {
        let missing = || Error::NoSuchCrate(name.to_owned());
        let name: CrateName = name.parse().map_err(|_| missing())?;
        let wanted = (name, version.clone());
        if let Some(file) = self.download_cache.files.get(&wanted) {
            return Ok(file);
        }
        let (name, version) = &wanted;
        let stored = versions::find_tarball(&mut self.store.read().await?, name, version).await?;
        let stored = stored.ok_or_else(|| Error::NoSuchVersion { name: name.clone(), version: version.clone() })?;
        let file = TarballFile::from_stored(&stored)?;
        self.download_cache.files.insert(wanted, file.clone());
        Ok(file)
    }

    /// The whole tarball as a stream in constant memory. Its last piece is held back until the checksum of all pieces
    /// is the recorded one; otherwise the stream fails, and the client sees a download that was cut off.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn read_tarball(
        self: &Arc<Self>,
        file: &TarballFile,
    ) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        let pieces = self.blobs.read(&file.key, 0..file.size_bytes).await?;
        let registry = self.clone();
        let key = file.key.clone();
        let remember = move || registry.download_cache.intact.insert(key, ());
        Ok(checked(pieces, file.clone(), remember))
    }

    /// A part of the tarball as a stream in constant memory. A tarball that this process has not yet found intact is
    /// read through once before.
    ///
    /// # Errors
    /// When the storage fails or the stored bytes are not those that were published.
    pub async fn read_tarball_part(
        self: &Arc<Self>,
        file: &TarballFile,
        range: Range<u64>,
    ) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        if !self.download_cache.intact.contains_key(&file.key) {
            let mut whole = std::pin::pin!(self.read_tarball(file).await?);
            while whole.try_next().await?.is_some() {}
        }
        Ok(self.blobs.read(&file.key, range).await?.map_err(Error::Blobs))
    }
}

impl TarballFile {
    fn from_stored(stored: &Tarball) -> Result<Self> {
        let key = stored.blob_key.parse().map_err(Error::internal)?;
        Ok(Self { key, cksum: stored.cksum, size_bytes: u64::try_from(stored.size_bytes).unwrap_or(0) })
    }
}

/// Passes pieces on one step late and the last one only if all of them have the recorded checksum.
fn checked(
    pieces: ByteStream,
    file: TarballFile,
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
