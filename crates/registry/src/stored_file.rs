//! Stored files: no byte of them is handed out whose checksum was not recorded.
//!
//! Short ones are read whole, and handed out once all of it has the recorded checksum; the popular ones are kept in memory. Of
//! long ones the checksums of their blocks are kept, taken while the whole was found to have its recorded one: each block that
//! is read later has to have its own. What was found right once says nothing of what is read the next time.

mod blocks;
mod stream;

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use cargohold_blobs::Key;
use cargohold_protocol::Cksum;
use cargohold_store::versions::Tarball;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use self::blocks::{Blocks, KnownBlocks, covering};
use crate::single_flight::SingleFlight;
use crate::{Error, Registry, Result, Use};

/// The longest file that is read into memory whole to be sent, in bytes.
const MAX_SHORT_BYTES: u64 = 1024 * 1024;

/// A tarball or a derived file that can be read.
#[derive(Clone, Debug)]
pub struct StoredFile {
    key: Key,
    /// The SHA-256 recorded when it was stored.
    pub cksum: Cksum,
    /// The length in bytes.
    pub size_bytes: u64,
    /// The length as HTTP writes it.
    pub length: Bytes,
    /// A strong entity tag, quotes included.
    pub etag: Bytes,
    /// The version whose tarball it is.
    version_id: Option<i64>,
}

/// Bytes on their way to a client.
pub enum FileBytes {
    /// All of them.
    AtOnce(Bytes),
    /// Piece by piece. The next piece is read when most of the others are gone, so they cannot be collected.
    Stream(BoxStream<'static, Result<Bytes>>),
}

/// What is kept of files, by keys that are never used for anything else.
pub(crate) struct FileCache {
    /// Short files that were found to have their recorded checksum.
    intact: Option<Cache<Key, Bytes>>,
    loading: SingleFlight<Bytes>,
    blocks: KnownBlocks,
    learning: SingleFlight<Arc<Blocks>>,
}

impl FileCache {
    /// Keeps so many bytes of files.
    pub(crate) fn new(max_bytes: u64) -> Self {
        let weigh = |key: &Key, file: &Bytes| u32::try_from(300 + key.as_str().len() + file.len()).unwrap_or(u32::MAX);
        let intact = Cache::builder().max_capacity(max_bytes).weigher(weigh).build();
        Self {
            intact: (max_bytes > 0).then_some(intact),
            loading: SingleFlight::default(),
            blocks: blocks::known_blocks(),
            learning: SingleFlight::default(),
        }
    }

    fn get(&self, key: &Key) -> Option<Bytes> {
        self.intact.as_ref()?.get(key)
    }

    fn keep(&self, key: &Key, bytes: &Bytes) {
        if let Some(intact) = &self.intact {
            intact.insert(key.clone(), bytes.clone());
        }
    }
}

impl StoredFile {
    pub(crate) fn new(blob_key: &str, cksum: Cksum, size_bytes: i64) -> Result<Self> {
        let key = blob_key.parse().map_err(Error::internal)?;
        let size_bytes = u64::try_from(size_bytes).unwrap_or(0);
        let (length, etag) = (size_bytes.to_string().into(), format!("\"{cksum}\"").into());
        Ok(Self { key, cksum, size_bytes, length, etag, version_id: None })
    }

    pub(crate) fn tarball(stored: &Tarball) -> Result<Self> {
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

    fn corrupt(&self, found: &Cksum) -> Error {
        tracing::error!(blob.key = %self.key, expected = %self.cksum, %found, "stored bytes are corrupt");
        Error::Corrupt(self.key.to_string())
    }

    fn corrupt_from(&self, at: u64) -> Error {
        tracing::error!(blob.key = %self.key, expected = %self.cksum, from_byte = at, "stored bytes are corrupt");
        Error::Corrupt(self.key.to_string())
    }
}

impl Registry {
    /// A part of a file, if it is in memory.
    #[must_use]
    pub fn kept_file(&self, file: &StoredFile, part: Range<u64>) -> Option<Bytes> {
        self.files.get(&file.key).map(|bytes| slice(&bytes, part))
    }

    /// A part of a file, on its way to a client. Of a long file that is not known to be intact the whole is read first, unless
    /// the whole is what is asked for: then its last piece is held back until all of them have the recorded checksum.
    /// A stream that fails is a download that is cut off.
    ///
    /// # Errors
    /// When the storage fails, the stored bytes are not those that were recorded, or there is no memory for them.
    pub async fn read_file(&self, file: &Arc<StoredFile>, part: Range<u64>) -> Result<FileBytes> {
        if file.size_bytes <= MAX_SHORT_BYTES {
            return Ok(FileBytes::AtOnce(slice(&self.load_short_file(file).await?, part)));
        }
        let blocks = match self.files.blocks.get(&file.key) {
            None if part != (0..file.size_bytes) => Some(self.learn_blocks(file).await?),
            known => known,
        };
        let mut sending = match blocks {
            Some(blocks) => self.send_part(file, part, blocks).await?,
            None => self.send_whole(file).await?,
        };
        // What is wrong from the start is refused rather than cut off.
        let first = sending.next().await?;
        let others = futures_util::stream::try_unfold(sending, |mut sending| async move {
            Ok(sending.next().await?.map(|piece| (piece, sending)))
        });
        Ok(FileBytes::Stream(futures_util::stream::iter(first.map(Ok)).chain(others).boxed()))
    }

    /// All bytes of a file, which is not kept. Whoever asks bounds how many are held.
    ///
    /// # Errors
    /// When the storage fails or the stored bytes are not those that were recorded.
    pub(crate) async fn load_file(&self, file: &StoredFile) -> Result<Bytes> {
        self.read_whole(file, |bytes| bytes).await
    }

    /// A part of a file, charged to the memory of answers.
    ///
    /// # Errors
    /// As of [`Registry::read_file`].
    pub(crate) async fn load_file_part(&self, file: &StoredFile, part: Range<u64>) -> Result<Bytes> {
        if file.size_bytes <= MAX_SHORT_BYTES {
            return Ok(slice(&self.load_short_file(file).await?, part));
        }
        let blocks = match self.files.blocks.get(&file.key) {
            Some(blocks) => blocks,
            None => self.learn_blocks(file).await?,
        };
        let covering = covering(&part, file.size_bytes);
        let (start, len) = (covering.start, covering.end - covering.start);
        let charge = self.charge_answer(len).await?;
        let mut pieces = self.blobs.read(&file.key, covering, len).await?;
        let judge = move |bytes: Bytes| blocks.are_in(start, &bytes).then(|| charge.attach(bytes));
        match pieces.next_with(judge).await? {
            Some(Some(bytes)) => Ok(slice(&bytes, part.start - start..part.end - start)),
            Some(None) => Err(file.corrupt_from(start)),
            None => Ok(Bytes::new()),
        }
    }

    /// All bytes of a short file: from memory, or read once for all who ask at the same time.
    async fn load_short_file(&self, file: &StoredFile) -> Result<Bytes> {
        if let Some(bytes) = self.files.get(&file.key) {
            return Ok(bytes);
        }
        let load = async {
            let charge = self.answer_memory.take(Use::Cache, file.size_bytes).await.ok_or(Error::Busy)?;
            let bytes = self.read_whole(file, |bytes| charge.attach(bytes)).await?;
            self.files.keep(&file.key, &bytes);
            Ok(bytes)
        };
        self.files.loading.get(&file.key, load).await
    }

    /// Reads a file in one go and hands it to `keep` if it has its recorded checksum.
    async fn read_whole(&self, file: &StoredFile, keep: impl FnOnce(Bytes) -> Bytes + Send + 'static) -> Result<Bytes> {
        let expected = file.cksum;
        let judge = move |bytes: Bytes| match Cksum::from_bytes(Sha256::digest(&bytes).into()) {
            found if found == expected => Ok(keep(bytes)),
            found => Err(found),
        };
        if file.size_bytes == 0 {
            return judge(Bytes::new()).map_err(|found| file.corrupt(&found));
        }
        let mut pieces = self.blobs.read(&file.key, 0..file.size_bytes, file.size_bytes).await?;
        let read = pieces.next_with(judge).await?.unwrap_or_else(|| Ok(Bytes::new()));
        read.map_err(|found| file.corrupt(&found))
    }

    /// Reads a long file through once for the checksums of its blocks.
    async fn learn_blocks(&self, file: &StoredFile) -> Result<Arc<Blocks>> {
        self.files.learning.get(&file.key, self.read_through(file)).await
    }
}

/// A part of bytes that are in memory. Where a part is, was judged by the length that was recorded, which they have.
fn slice(bytes: &Bytes, part: Range<u64>) -> Bytes {
    let index = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
    bytes.slice(index(part.start)..index(part.end))
}
