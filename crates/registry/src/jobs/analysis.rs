//! What is inside a version: its lines, and its files as a seekable archive (contract §9.2, §11.5).

use std::sync::Arc;

use bytes::Bytes;
use cargohold_package::Limits;
use cargohold_protocol::Timestamp;
use cargohold_render::lines::LineCounts;
use cargohold_render::source_archive::{self, SourceArchive};
use cargohold_store::versions::{self, ToAnalyze};
use cargohold_store::{changes, crates};

use super::{Owner, keep_file};
use crate::stored_file::StoredFile;
use crate::{Error, Registry, Result};

/// How much a version may unpack to for a source archive to be made of it, in bytes: all of it is in memory for a moment.
const MAX_ARCHIVED_BYTES: usize = 64 * 1024 * 1024;

/// What was found inside a version.
struct Analysis {
    lines: LineCounts,
    archive: Option<SourceArchive>,
}

impl Registry {
    /// Counts the lines of a version and makes its source archive. A version that is gone needs neither.
    pub(super) async fn analyze_version(self: &Arc<Self>, version_id: i64, now: Timestamp) -> Result<()> {
        let found = versions::find_to_analyze(&mut self.store.read().await?, version_id).await?;
        let Some(version) = found else { return Ok(()) };
        let tarball = self.load_tarball(&version).await?;
        let (of, with_archive) = (version.clone(), self.settings.source_archives);
        let analysis = tokio::task::spawn_blocking(move || analyze(&tarball, &of, with_archive));
        let analysis = analysis.await.map_err(Error::internal)??;
        let files = match analysis.archive {
            Some(archive) => {
                Some((self.put_derived(archive.zip.into()).await?, self.put_derived(archive.manifest.into()).await?))
            }
            None => None,
        };
        let lines = serde_json::to_string(&analysis.lines).map_err(Error::internal)?;
        let mut tx = self.store.write().await?;
        let Some(krate) = crates::find_by_id(&mut tx, version.crate_id).await? else { return Ok(()) };
        crates::lock(&mut tx, krate.id).await?;
        versions::set_linecounts(&mut tx, version_id, &lines).await?;
        if let Some((zip, manifest)) = files {
            let path = format!("crates/{}/{}-{}.zip", version.name, version.name, version.num);
            let owner = Owner { crate_id: Some(version.crate_id), version_id: Some(version_id) };
            keep_file(&mut tx, &path, owner, &zip, now).await?;
            keep_file(&mut tx, &format!("{path}.json"), owner, &manifest, now).await?;
        }
        let change = changes::append(&mut tx, krate.id, &krate.name.canonical(), now).await?;
        tx.commit().await?;
        self.apply_change(&change);
        Ok(())
    }

    /// The whole tarball of a version, with its checksum verified.
    pub(crate) async fn load_tarball(self: &Arc<Self>, version: &ToAnalyze) -> Result<Bytes> {
        let file =
            StoredFile::new(&version.blob_key, version.cksum.parse().map_err(Error::internal)?, version.size_bytes)?;
        self.load_file(&file).await
    }
}

/// Shows every file of a stored tarball. What was allowed when it was published is allowed.
pub(super) fn for_each_file(tarball: &[u8], version: &ToAnalyze, visit: impl FnMut(&str, Option<&[u8]>)) -> Result<()> {
    let name = version.name.parse().map_err(Error::internal)?;
    let num = version.num.parse().map_err(Error::internal)?;
    let limits = Limits { max_unpacked_bytes: u64::MAX, max_entries: usize::MAX };
    Ok(cargohold_package::for_each_file(tarball, &name, &num, &limits, visit)?)
}

fn analyze(tarball: &[u8], version: &ToAnalyze, with_archive: bool) -> Result<Analysis> {
    let mut lines = LineCounts::default();
    // What there is to archive, for as long as it is little enough to be.
    let (mut files, mut bytes) = (with_archive.then(Vec::new), 0);
    for_each_file(tarball, version, |path, contents| {
        if let Some(contents) = contents {
            lines.add(path, contents);
        }
        bytes += contents.map_or(0, <[u8]>::len);
        match (&mut files, contents) {
            (Some(files), Some(contents)) if bytes <= MAX_ARCHIVED_BYTES => {
                files.push((path.to_owned(), contents.to_vec()));
            }
            _ => files = None,
        }
    })?;
    let published_at = Timestamp::from_micros(version.created_at);
    let archive = files.map(|files| source_archive::build(files, published_at)).transpose();
    Ok(Analysis { lines, archive: archive.map_err(Error::internal)? })
}
