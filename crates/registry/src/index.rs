//! The sparse index, served from memory (contract §8; cargo-client §1).
//!
//! A file is the concatenation of the stored lines of a crate. Finished files are kept until the change feed says that
//! their crate changed; the transaction of a publish has committed before its change is applied here.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use cargohold_protocol::api::IndexConfig;
use cargohold_protocol::{CrateName, Timestamp};
use cargohold_store::changes::Change;
use cargohold_store::versions;
use moka::sync::Cache;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use crate::{Error, Registry, Result};

/// A content coding in which a file can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// As it is.
    Identity,
    /// gzip, which every cargo asks for.
    Gzip,
    /// Brotli.
    Brotli,
    /// Zstandard.
    Zstd,
}

/// A finished index file.
#[derive(Debug)]
pub struct IndexFile {
    /// The name whose file it is, in lower case.
    name: String,
    /// A strong entity tag, quotes included; it changes with every byte of the file.
    pub etag: String,
    /// When the file last changed.
    pub changed_at: Timestamp,
    text: Bytes,
    gzip: OnceCell<Bytes>,
    brotli: OnceCell<Bytes>,
    zstd: OnceCell<Bytes>,
}

impl IndexFile {
    fn new(name: String, changed_at: Timestamp, text: String) -> Self {
        let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        let etag = format!("\"{}\"", &cargohold_protocol::Cksum::from_bytes(digest).to_string()[..32]);
        let (gzip, brotli, zstd) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { name, etag, changed_at, text: text.into(), gzip, brotli, zstd }
    }

    /// The bytes in this coding. Each is made once, the first time it is asked for, and kept.
    ///
    /// # Errors
    /// When the machine is out of memory or threads.
    pub async fn bytes(&self, coding: Coding) -> Result<Bytes> {
        let cell = match coding {
            Coding::Identity => return Ok(self.text.clone()),
            Coding::Gzip => &self.gzip,
            Coding::Brotli => &self.brotli,
            Coding::Zstd => &self.zstd,
        };
        let text = self.text.clone();
        let compressed = cell.get_or_try_init(async || {
            let compressed = tokio::task::spawn_blocking(move || compress(&text, coding));
            compressed.await.map_err(Error::internal)?.map_err(Error::internal)
        });
        compressed.await.cloned()
    }
}

fn compress(text: &[u8], coding: Coding) -> std::io::Result<Bytes> {
    let compressed = match coding {
        Coding::Identity => text.to_vec(),
        Coding::Gzip => {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            gzip.write_all(text)?;
            gzip.finish()?
        }
        Coding::Brotli => {
            let mut compressed = Vec::new();
            let params = brotli::enc::BrotliEncoderParams { quality: 9, ..Default::default() };
            brotli::BrotliCompress(&mut &*text, &mut compressed, &params)?;
            compressed
        }
        Coding::Zstd => zstd::bulk::compress(text, 15)?,
    };
    Ok(compressed.into())
}

/// Finished index files by canonical name.
pub(crate) struct IndexCache {
    files: Cache<String, Arc<IndexFile>>,
    /// Counts the changes applied so far. Whoever reads the store notes it before and stores the file only if it is
    /// still the same, so that a slow reader cannot put an old file back.
    changes: Mutex<u64>,
}

impl IndexCache {
    pub(crate) fn new(max_bytes: u64) -> Self {
        let weigh = |name: &String, file: &Arc<IndexFile>| {
            let bytes = name.len() + 2 * file.text.len() + 256;
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        let files = Cache::builder().max_capacity(max_bytes).weigher(weigh).build();
        Self { files, changes: Mutex::new(0) }
    }

    fn count_of_changes(&self) -> u64 {
        *self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, canonical_name: String, file: Arc<IndexFile>, count_before: u64) {
        let count = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        if *count == count_before {
            self.files.insert(canonical_name, file);
        }
    }

    pub(crate) fn drop_changed(&self, change: &Change) {
        let mut count = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        *count += 1;
        self.files.invalidate(&change.canonical_name);
    }
}

impl Registry {
    /// The index file at `path` below the index root, such as `se/rd/serde`; `None` if no crate has it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn index_file(&self, path: &str) -> Result<Option<Arc<IndexFile>>> {
        let Some(name) = name_at(path) else { return Ok(None) };
        let canonical = name.canonical().to_string();
        let file = match self.index_cache.files.get(&canonical) {
            Some(file) => file,
            None => match self.load_index_file(&name, canonical).await? {
                Some(file) => file,
                None => return Ok(None),
            },
        };
        Ok((file.name == name.as_str()).then_some(file))
    }

    async fn load_index_file(&self, name: &CrateName, canonical: String) -> Result<Option<Arc<IndexFile>>> {
        let count_before = self.index_cache.count_of_changes();
        let mut tx = self.store.read().await?;
        let Some(stored) = versions::load_index_file(&mut tx, name).await? else { return Ok(None) };
        let mut text = String::new();
        for (line, is_yanked) in &stored.lines {
            line.write_to(*is_yanked, &mut text);
        }
        let file = Arc::new(IndexFile::new(name.to_string(), stored.changed_at, text));
        self.index_cache.keep(canonical, file.clone(), count_before);
        Ok(Some(file))
    }

    /// What `config.json` at the root of the index says.
    #[must_use]
    pub fn index_config(&self) -> IndexConfig {
        let base = &self.settings.base_url;
        IndexConfig { dl: format!("{base}/crates"), api: base.clone(), auth_required: self.settings.auth_required }
    }
}

/// The crate whose file lies at `path`, which must be lower-case and in the right folders.
fn name_at(path: &str) -> Option<CrateName> {
    let name: CrateName = path.rsplit('/').next()?.parse().ok()?;
    let is_canonical_path = name.index_path() == path;
    is_canonical_path.then_some(name)
}
