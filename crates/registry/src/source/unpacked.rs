//! Reads the files of a version from its tarball.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use cargohold_package::{Limits, for_each_file, for_each_sized_file};
use cargohold_store::versions::ToAnalyze;

use super::{Contents, Opened, SourceEntry, SourceTree, sha256, sort};
use crate::{Budget, Error, Registry, Result, Use};

/// Files that are longer together are not kept in memory, in bytes: the tarball is read again for each.
const MAX_KEPT_BYTES: usize = 8 * 1024 * 1024;

/// What was allowed when it was published is allowed.
const NO_LIMITS: Limits = Limits { max_unpacked_bytes: u64::MAX, max_entries: usize::MAX };

impl Registry {
    /// Lists the files of a tarball, and keeps them if they are small.
    pub(super) async fn open_tarball(self: &Arc<Self>, tree: SourceTree, tarball: &ToAnalyze) -> Result<Opened> {
        let turn = self.reading.clone().acquire_owned().await.map_err(Error::internal)?;
        let room = self.charge_answer(MAX_KEPT_BYTES as u64).await?;
        let bytes = self.load_tarball(tarball).await?;
        let budget = self.answer_memory.clone();
        let open = move || {
            let (_turn, _room) = (turn, room);
            open(&bytes, tree, &budget)
        };
        tokio::task::spawn_blocking(open).await.map_err(Error::internal)?
    }

    /// One file of a tarball with these files.
    pub(super) async fn read_from_tarball(
        self: &Arc<Self>,
        tarball: &ToAnalyze,
        tree: &SourceTree,
        path: &str,
    ) -> Result<Option<Bytes>> {
        let turn = self.reading.clone().acquire_owned().await.map_err(Error::internal)?;
        let listed = tree.files.iter().find(|file| file.path == path);
        let charge = self.charge_answer(listed.map_or(0, |file| file.size_bytes)).await?;
        let bytes = self.load_tarball(tarball).await?;
        let name = tarball.name.parse().map_err(Error::internal)?;
        let num = tarball.num.parse().map_err(Error::internal)?;
        let wanted = path.to_owned();
        let find = move || -> Result<Option<Bytes>> {
            let _turn = turn;
            let mut found = None;
            for_each_file(&bytes, &name, &num, &NO_LIMITS, |path, contents| {
                if path == wanted {
                    found = contents.map(Bytes::copy_from_slice);
                }
            })?;
            Ok(found.map(|bytes| charge.attach(bytes)))
        };
        tokio::task::spawn_blocking(find).await.map_err(Error::internal)?
    }
}

fn open(tarball: &[u8], mut tree: SourceTree, budget: &Arc<Budget>) -> Result<Opened> {
    // Of a path that occurs twice the last one counts, as in an archive.
    let mut entries: BTreeMap<String, SourceEntry> = BTreeMap::new();
    let (mut kept, mut kept_bytes) = (Some(HashMap::new()), 0);
    for_each_sized_file(tarball, &tree.name, &tree.version, &NO_LIMITS, |path, size_bytes, contents| {
        let entry = SourceEntry { path: path.to_owned(), size_bytes, sha256: contents.map(sha256) };
        entries.insert(path.to_owned(), entry);
        let Some(contents) = contents else { return };
        kept_bytes += contents.len();
        kept = kept.take().filter(|_| kept_bytes <= MAX_KEPT_BYTES);
        if let Some(files) = &mut kept {
            let charge = budget.take_anyway(Use::Cache, contents.len() as u64);
            files.insert(path.to_owned(), charge.attach(Bytes::copy_from_slice(contents)));
        }
    })?;
    tree.files = entries.into_values().collect();
    sort(&mut tree.files);
    Ok(Opened { tree: Arc::new(tree), contents: kept.map_or(Contents::InTarball, Contents::Kept) })
}
