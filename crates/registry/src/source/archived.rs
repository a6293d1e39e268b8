//! Reads the files of a version from its stored source archive.

use std::io::Read;
use std::sync::Arc;

use bytes::Bytes;
use cargohold_render::source_archive::{Compression, Manifest, ManifestFile};
use flate2::bufread::DeflateDecoder;
use futures_util::TryStreamExt;

use super::{Contents, Opened, SourceEntry, SourceTree, sha256, sort};
use crate::download::StoredFile;
use crate::{Error, Registry, Result};

impl Registry {
    /// Reads the manifest, whose checksum is verified.
    pub(super) async fn open_archive(self: &Arc<Self>, mut tree: SourceTree, manifest: &StoredFile) -> Result<Opened> {
        let pieces: Vec<Bytes> = self.read_file(manifest).await?.try_collect().await?;
        let manifest: Manifest = serde_json::from_slice(&pieces.concat()).map_err(Error::internal)?;
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

    /// Reads one file. The whole archive is verified the first time this process reads from it, and the file every time.
    pub(super) async fn read_archived_source(self: &Arc<Self>, zip: &StoredFile, file: &ManifestFile) -> Result<Bytes> {
        let corrupt = || Error::Corrupt(zip.key().to_string());
        let end = file.data_offset.checked_add(file.compressed_size).filter(|end| *end <= zip.size_bytes);
        let range = file.data_offset..end.ok_or_else(corrupt)?;
        let pieces: Vec<Bytes> =
            if range.is_empty() { Vec::new() } else { self.read_file_part(zip, range).await?.try_collect().await? };
        let stored = pieces.concat();
        let place = file.clone();
        let bytes = tokio::task::spawn_blocking(move || unpack(stored, &place)).await.map_err(Error::internal)?;
        bytes.map(Bytes::from).ok_or_else(corrupt)
    }
}

/// The bytes of the file; `None` if they are not those that were recorded.
fn unpack(stored: Vec<u8>, file: &ManifestFile) -> Option<Vec<u8>> {
    let bytes = match file.compression {
        Compression::Store => stored,
        Compression::Deflate => {
            let mut bytes = Vec::new();
            // One byte more than there should be is enough to know.
            DeflateDecoder::new(&*stored).take(file.uncompressed_size + 1).read_to_end(&mut bytes).ok()?;
            bytes
        }
    };
    (bytes.len() as u64 == file.uncompressed_size && sha256(&bytes) == file.sha256).then_some(bytes)
}
