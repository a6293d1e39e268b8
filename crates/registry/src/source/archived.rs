//! Reads the files of a version from its stored source archive.

use std::io::Read;
use std::sync::Arc;

use bytes::Bytes;
use cargohold_render::source_archive::{Compression, Manifest, ManifestFile};
use flate2::bufread::DeflateDecoder;

use super::{Contents, Opened, SourceEntry, SourceTree, sha256, sort};
use crate::stored_file::StoredFile;
use crate::{Error, Registry, Result};

impl Registry {
    /// Reads the manifest, whose checksum is verified.
    pub(super) async fn open_archive(self: &Arc<Self>, mut tree: SourceTree, manifest: &StoredFile) -> Result<Opened> {
        let _charge = self.charge_answer(manifest.size_bytes).await?;
        let manifest: Manifest = serde_json::from_slice(&self.load_file(manifest).await?).map_err(Error::internal)?;
        let entry = |file: &ManifestFile| SourceEntry {
            path: file.path.clone(),
            size_bytes: file.uncompressed_size,
            sha256: Some(file.sha256.clone()),
        };
        tree.files = manifest.files.iter().map(entry).collect();
        sort(&mut tree.files);
        let places = manifest.files.into_iter().map(|file| (file.path.clone(), file)).collect();
        Ok(Opened { tree: Arc::new(tree), contents: Contents::Archived(places) })
    }

    /// Reads one file. What is read of the archive is verified, and the file.
    pub(super) async fn read_archived_source(self: &Arc<Self>, zip: &StoredFile, file: &ManifestFile) -> Result<Bytes> {
        let corrupt = || Error::Corrupt(zip.key().to_string());
        let end = file.data_offset.checked_add(file.compressed_size).filter(|end| *end <= zip.size_bytes);
        let range = file.data_offset..end.ok_or_else(corrupt)?;
        let stored = if range.is_empty() { Bytes::new() } else { self.load_file_part(zip, range).await? };
        // What is stored as it is comes with its charge.
        let charge = match file.compression {
            Compression::Store => None,
            Compression::Deflate => Some(self.charge_answer(file.uncompressed_size).await?),
        };
        let place = file.clone();
        let unpack = move || {
            let bytes = unpack(stored, &place)?;
            Some(match charge {
                Some(charge) => charge.attach(bytes),
                None => bytes,
            })
        };
        tokio::task::spawn_blocking(unpack).await.map_err(Error::internal)?.ok_or_else(corrupt)
    }
}

/// The bytes of the file; `None` if they are not those that were recorded.
fn unpack(stored: Bytes, file: &ManifestFile) -> Option<Bytes> {
    let bytes = match file.compression {
        Compression::Store => stored,
        Compression::Deflate => {
            // One byte more than there should be is enough to know.
            let most = file.uncompressed_size.saturating_add(1);
            let mut bytes = Vec::with_capacity(usize::try_from(most).ok()?);
            DeflateDecoder::new(&*stored).take(most).read_to_end(&mut bytes).ok()?;
            bytes.into()
        }
    };
    (bytes.len() as u64 == file.uncompressed_size && sha256(&bytes) == file.sha256).then_some(bytes)
}
