//! Where downloads of tarballs and derived files lead. How their bytes are read: `stored_file.rs`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cargohold_protocol::{CrateName, Version, canonical};
use cargohold_store::derived_files;
use cargohold_store::versions;

use crate::cache::FeedCache;
use crate::stored_file::StoredFile;
use crate::{DownloadMode, Error, Registry, Result};

/// Where a download leads.
#[derive(Clone, Debug)]
pub enum Download {
    /// Elsewhere.
    Redirect(String),
    /// Here.
    File(Arc<StoredFile>),
}

/// Where the tarballs of a crate lie that were asked for.
pub(crate) struct Tarballs {
    /// The crate, exactly as it is spelled.
    name: String,
    /// By version, exactly as it is stored.
    files: Mutex<HashMap<String, Arc<StoredFile>>>,
}

/// Where tarballs lie, by crate.
pub(crate) type TarballCache = FeedCache<Arc<Tarballs>>;

/// How much memory the places of tarballs may take, in bytes.
const MAX_PLACES_BYTES: u64 = 32 * 1024 * 1024;

pub(crate) fn tarball_cache() -> TarballCache {
    FeedCache::new(MAX_PLACES_BYTES, |tarballs: &Arc<Tarballs>| 700 * tarballs.lock().len())
}

impl Tarballs {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<StoredFile>>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
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
            DownloadMode::Cdn(prefix) => Ok(Download::Redirect(format!("{prefix}/{}", file.key()))),
            DownloadMode::Presign(valid_for) => match self.blobs.presign(file.key(), *valid_for).await? {
                Some(url) => Ok(Download::Redirect(url)),
                None => Ok(Download::File(file)),
            },
        }
    }

    /// The tarball of a version, if it is served here and this process has found it before. Name and version must be spelled as
    /// they are stored.
    #[must_use]
    pub fn known_download(&self, name: &str, version: &str) -> Option<Arc<StoredFile>> {
        if !matches!(self.settings.downloads, DownloadMode::Serve) {
            return None;
        }
        let known = self.tarballs.get(&canonical(name)).filter(|known| known.name == name)?;
        known.lock().get(version).cloned()
    }

    async fn find_tarball(&self, name: &str, version: &Version) -> Result<Arc<StoredFile>> {
        let number = version.to_string();
        let noted = self.tarballs.note();
        let known = self.tarballs.get(&canonical(name)).filter(|known| known.name == name);
        if let Some(file) = known.as_ref().and_then(|known| known.lock().get(&number).cloned()) {
            return Ok(file);
        }
        let name: CrateName = name.parse().map_err(|_| Error::NoSuchCrate(name.to_owned()))?;
        let stored = versions::find_tarball(&mut self.store.read_once().await?, &name, version).await?;
        let stored = stored.ok_or_else(|| Error::NoSuchVersion { name: name.clone(), version: version.clone() })?;
        let file = Arc::new(StoredFile::tarball(&stored)?);
        let new = || Arc::new(Tarballs { name: name.to_string(), files: Mutex::default() });
        let known = known.unwrap_or_else(new);
        known.lock().insert(number, file.clone());
        self.tarballs.keep(name.canonical().to_string(), known, noted);
        Ok(file)
    }

    /// The derived file at a path such as `readmes/serde/serde-1.0.0.html`.
    ///
    /// # Errors
    /// When there is none, or not yet.
    pub async fn find_derived_file(&self, path: &str) -> Result<Arc<StoredFile>> {
        let missing = || Error::NoSuchFile(path.replace('\0', "\u{fffd}"));
        if path.contains('\0') {
            return Err(missing());
        }
        let stored = derived_files::find(&mut self.store.read_once().await?, path).await?.ok_or_else(missing)?;
        Ok(Arc::new(StoredFile::new(&stored.blob_key, stored.cksum, stored.size_bytes)?))
    }
}
