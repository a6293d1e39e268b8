//! The sparse index, served from memory (contract §8; cargo-client §1).
//!
//! A file is the concatenation of the stored lines of a crate. Finished files are kept until the change feed says that
//! their crate changed; the transaction of a publish has committed before its change is applied here.

use std::sync::Arc;

use bytes::Bytes;
use cargohold_protocol::api::IndexConfig;
use cargohold_protocol::{CrateName, Timestamp, canonical};
use cargohold_store::versions;
use sha2::{Digest, Sha256};

use crate::cache::FeedCache;
use crate::finished::{Coding, Finished};
use crate::{Budget, Error, Registry, Result, Use};

/// A finished index file.
#[derive(Debug)]
pub struct IndexFile {
    /// Where it lies below the index root.
    path: String,
    /// What its entity tags begin with, in hex; it changes with every byte of the file.
    pub digest: String,
    /// When the file last changed, as HTTP writes it.
    pub last_modified: Bytes,
    /// The file itself.
    pub text: Finished,
    etags: [Bytes; Coding::ALL.len()],
}

impl IndexFile {
    /// A file that counts as memory of answers for as long as the cache or anybody holds it.
    fn new(path: String, changed_at: Timestamp, text: String, memory: &Arc<Budget>) -> Self {
        let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        let digest = cargohold_protocol::Cksum::from_bytes(digest).to_string()[..32].to_owned();
        let etags = Coding::ALL.map(|coding| match coding.name() {
            None => format!("\"{digest}\"").into(),
            Some(name) => format!("\"{digest}-{name}\"").into(),
        });
        let last_modified = httpdate::fmt_http_date(changed_at.to_system_time()).into();
        // As it is weighed: half of it for compressed forms.
        let charge = memory.take_anyway(Use::Cache, 2 * text.len() as u64);
        Self { path, digest, last_modified, text: Finished::new(charge.attach(text.into())), etags }
    }

    /// The strong entity tag of the file in this coding, quotes included. Tags differ between codings, as RFC 9110 §8.8.3 wants.
    #[must_use]
    pub fn etag(&self, coding: Coding) -> &Bytes {
        &self.etags[coding as usize]
    }
}

/// Finished index files by canonical name.
pub(crate) type IndexCache = FeedCache<Arc<IndexFile>>;

pub(crate) fn index_cache(max_bytes: u64) -> IndexCache {
    FeedCache::new(max_bytes, |file: &Arc<IndexFile>| 2 * file.text.len() + 600)
}

impl Registry {
    /// The index file at `path` below the index root, if it is in memory. No name is parsed for it: only the path of a file that is
    /// there can be equal to that of a file that is kept.
    #[must_use]
    pub fn kept_index_file(&self, path: &str) -> Option<Arc<IndexFile>> {
        let name = path.rsplit('/').next().unwrap_or_default();
        self.index_cache.get(&canonical(name)).filter(|file| file.path == path)
    }

    /// The index file at `path` below the index root, such as `se/rd/serde`; `None` if no crate has it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn index_file(&self, path: &str) -> Result<Option<Arc<IndexFile>>> {
        if let Some(file) = self.kept_index_file(path) {
            return Ok(Some(file));
        }
        let Some(name) = name_at(path) else { return Ok(None) };
        Ok(self.load_index_file(&name).await?.filter(|file| file.path == path))
    }

    async fn load_index_file(&self, name: &CrateName) -> Result<Option<Arc<IndexFile>>> {
        // A few are read at once; whoever comes for the same file meanwhile finds it.
        let _turn = self.index_loads.acquire().await.map_err(Error::internal)?;
        if let Some(file) = self.index_cache.get(&name.canonical().to_string()) {
            return Ok(Some(file));
        }
        let noted = self.index_cache.note();
        let mut tx = self.store.read().await?;
        let Some(stored) = versions::load_index_file(&mut tx, name).await? else { return Ok(None) };
        let mut text = String::new();
        for (line, is_yanked) in &stored.lines {
            line.write_to(*is_yanked, &mut text);
        }
        let file = Arc::new(IndexFile::new(name.index_path(), stored.changed_at, text, &self.answer_memory));
        self.index_cache.keep(name.canonical().to_string(), file.clone(), noted);
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
