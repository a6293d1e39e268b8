//! Blobs in a local folder. Writing goes through `object_store`, which renames and fsyncs; reading goes straight to the
//! files, because a blocking hop per 8 KiB costs many times what the read does.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;

use crate::{Error, Key, Pieces};

#[derive(Clone, Debug)]
pub(crate) struct Disk {
    root: Arc<PathBuf>,
    files: Arc<LocalFileSystem>,
}

impl Disk {
    pub(crate) fn open(root: &Path) -> Result<Self, Error> {
        std::fs::create_dir_all(root)?;
        let files = LocalFileSystem::new_with_prefix(root).map_err(Error::Open)?.with_fsync(true);
        Ok(Self { root: Arc::new(root.to_path_buf()), files: Arc::new(files) })
    }

    pub(crate) fn files(&self) -> &dyn ObjectStore {
        self.files.as_ref()
    }

    pub(crate) fn read(&self, key: &Key, range: &Range<u64>, piece_bytes: u64) -> Pieces {
        Pieces::of_file(self.root.join(key.as_str()), key.clone(), range, piece_bytes)
    }

    pub(crate) async fn probe(&self) -> Result<(), Error> {
        let root = self.root.clone();
        blocking(move || Ok(std::fs::read_dir(root.as_path()).map(|_| ())?)).await
    }

    pub(crate) async fn remove_leftovers(&self, prefix: &str, older_than: DateTime<Utc>) -> Result<usize, Error> {
        let folder = self.root.join(prefix);
        blocking(move || if folder.exists() { Ok(remove_leftovers_in(&folder, older_than.into())?) } else { Ok(0) })
            .await
    }
}

/// Exactly `len` bytes of a blob's file. It is opened for each piece, which takes microseconds, so that slow clients hold no files.
pub(crate) fn read_part(path: &Path, key: Key, from: u64, len: u64) -> Result<Bytes, Error> {
    let mut file = File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::NotFound(key),
        _ => Error::Disk(error),
    })?;
    file.seek(SeekFrom::Start(from))?;
    let mut part = Vec::with_capacity(usize::try_from(len).unwrap_or_default());
    file.take(len).read_to_end(&mut part)?;
    if part.len() as u64 == len {
        Ok(part.into())
    } else {
        Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into())
    }
}

/// Removes the `name#N` files that `object_store` renames to `name` once they are complete.
fn remove_leftovers_in(folder: &Path, older_than: SystemTime) -> std::io::Result<usize> {
    let mut removed = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            removed += remove_leftovers_in(&entry.path(), older_than)?;
        } else if is_leftover(&entry.file_name()) {
            // The file may become a blob at any moment; then it is no leftover.
            let is_old = entry.metadata().and_then(|file| file.modified()).is_ok_and(|at| at < older_than);
            removed += usize::from(is_old && std::fs::remove_file(entry.path()).is_ok());
        }
    }
    Ok(removed)
}

/// Whether this is the name of a blob followed by `#` and digits.
fn is_leftover(name: &OsStr) -> bool {
    let parts = name.to_str().and_then(|name| name.rsplit_once('#'));
    parts.is_some_and(|(blob, number)| blob.parse::<Key>().is_ok() && number.chars().all(|c| c.is_ascii_digit()))
}

/// Runs what may block on a thread for that.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Disk(std::io::Error::other(error)))?
}
