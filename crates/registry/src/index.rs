//! The sparse index, served from memory (contract §8; cargo-client §1).
//!
//! A file is the concatenation of the stored lines of a crate. Finished files are kept until the change feed says that
//! their crate changed; the transaction of a publish has committed before its change is applied here.

use std::sync::Arc;

use cargohold_protocol::api::IndexConfig;
use cargohold_protocol::{CrateName, Timestamp};
use cargohold_store::versions;
use sha2::{Digest, Sha256};

use crate::cache::FeedCache;
use crate::finished::Finished;
use crate::{Registry, Result};

/// A finished index file.
#[derive(Debug)]
pub struct IndexFile {
    /// The name whose file it is, in lower case.
    name: String,
    /// A strong entity tag, quotes included; it changes with every byte of the file.
    pub etag: String,
    /// When the file last changed.
    pub changed_at: Timestamp,
    /// The file itself.
    pub text: Finished,
}

impl IndexFile {
    fn new(name: String, changed_at: Timestamp, text: String) -> Self {
        let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        let etag = format!("\"{}\"", &cargohold_protocol::Cksum::from_bytes(digest).to_string()[..32]);
        Self { name, etag, changed_at, text: Finished::new(text) }
    }
}

/// Finished index files by canonical name.
pub(crate) type IndexCache = FeedCache<Arc<IndexFile>>;

pub(crate) fn index_cache(max_bytes: u64) -> IndexCache {
    FeedCache::new(max_bytes, |file: &Arc<IndexFile>| 2 * file.text.len())
}

impl Registry {
    /// The index file at `path` below the index root, such as `se/rd/serde`; `None` if no crate has it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn index_file(&self, path: &str) -> Result<Option<Arc<IndexFile>>> {
        let Some(name) = name_at(path) else { return Ok(None) };
        let canonical = name.canonical().to_string();
        let file = match self.index_cache.get(&canonical) {
            Some(file) => file,
            None => match self.load_index_file(&name, canonical).await? {
                Some(file) => file,
                None => return Ok(None),
            },
        };
        Ok((file.name == name.as_str()).then_some(file))
    }

    async fn load_index_file(&self, name: &CrateName, canonical: String) -> Result<Option<Arc<IndexFile>>> {
        let noted = self.index_cache.note();
        let mut tx = self.store.read().await?;
        let Some(stored) = versions::load_index_file(&mut tx, name).await? else { return Ok(None) };
        let mut text = String::new();
        for (line, is_yanked) in &stored.lines {
            line.write_to(*is_yanked, &mut text);
        }
        let file = Arc::new(IndexFile::new(name.to_string(), stored.changed_at, text));
        self.index_cache.keep(canonical, file.clone(), noted);
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
