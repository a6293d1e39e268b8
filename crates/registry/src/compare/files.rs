//! Compares the files of two versions.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use cargohold_render::diff::{Effort, diff_with};
use futures_util::{StreamExt, TryStreamExt};

use super::{Change, FileChange};
use crate::source::{Source, SourceEntry, SourceTree};
use crate::{Error, Registry, Result};

/// How many files are compared line by line.
const MAX_FILES: usize = 300;

/// How many files are, where the whole tarball must be read for each.
const MAX_SLOW_FILES: usize = 8;

/// How long a file may be to be compared line by line, in bytes.
const MAX_FILE_BYTES: u64 = 256 * 1024;

/// How long all files may be together that are compared line by line, in bytes.
const MAX_ALL_BYTES: u64 = 2 * 1024 * 1024;

/// How many files are read at once.
const READ_AT_ONCE: usize = 4;

const BINARY: &str = "the file is not text";
const TOO_LONG: &str = "the file is too long to be compared here";
const TOO_MUCH: &str = "too much has changed to compare all of it here";

/// Both contents of a changed file, in the place it has in the list.
type Read = (usize, Option<Bytes>, Option<Bytes>);

impl Registry {
    /// The files that differ, with the lines that do, as far as they are few and short enough.
    pub(super) async fn compare_files(self: &Arc<Self>, old: &Source, new: &Source) -> Result<Vec<FileChange>> {
        let mut changes = list_changes(old.tree(), new.tree());
        let is_slow = old.is_inflated_for_each_file() || new.is_inflated_for_each_file();
        let wanted = choose(&mut changes, if is_slow { MAX_SLOW_FILES } else { MAX_FILES });
        let read = wanted.into_iter().map(|at| {
            let change = &changes[at];
            async move {
                let old_bytes = self.read_if(old, &change.path, change.old_size).await?;
                Ok::<Read, Error>((at, old_bytes, self.read_if(new, &change.path, change.new_size).await?))
            }
        });
        let reads: Vec<Read> = futures_util::stream::iter(read).buffered(READ_AT_ONCE).try_collect().await?;
        let turn = self.reading.clone().acquire_owned().await.map_err(Error::internal)?;
        let compare = move || {
            let _turn = turn;
            let mut effort = Effort::default();
            for (at, old, new) in reads {
                compare_lines(&mut changes[at], old.as_ref(), new.as_ref(), &mut effort);
            }
            changes
        };
        tokio::task::spawn_blocking(compare).await.map_err(Error::internal)
    }

    /// The bytes of a file, if the version has it.
    async fn read_if(self: &Arc<Self>, source: &Source, path: &str, size: Option<u64>) -> Result<Option<Bytes>> {
        match size {
            Some(_) => self.read_source_bytes(source, path).await.map(Some),
            None => Ok(None),
        }
    }
}

/// The files that differ, in the order in which people want to see them.
fn list_changes(old: &SourceTree, new: &SourceTree) -> Vec<FileChange> {
    let old_files: HashMap<&str, &SourceEntry> = old.files.iter().map(|file| (file.path.as_str(), file)).collect();
    let new_files: HashMap<&str, &SourceEntry> = new.files.iter().map(|file| (file.path.as_str(), file)).collect();
    let gone = old.files.iter().filter(|file| !new_files.contains_key(file.path.as_str()));
    let mut gone: BTreeMap<&str, &SourceEntry> = gone.map(|file| (file.path.as_str(), file)).collect();
    // What was moved, by what is in it. Empty files are all alike.
    let moved = gone.values().filter(|file| file.size_bytes > 0);
    let moved: HashMap<String, &str> =
        moved.rev().filter_map(|file| Some((file.sha256.clone()?, file.path.as_str()))).collect();
    let mut changes = Vec::new();
    for file in &new.files {
        match old_files.get(file.path.as_str()) {
            Some(before) if is_same(before, file) => {}
            Some(before) => changes.push(change(Change::Changed, Some(before), Some(file))),
            None => {
                let from = file.sha256.as_ref().and_then(|sha256| moved.get(sha256)).and_then(|path| gone.remove(path));
                let kind = from.map_or(Change::Added, |before| Change::Renamed { from: before.path.clone() });
                changes.push(change(kind, from, Some(file)));
            }
        }
    }
    changes.extend(gone.into_values().map(|file| change(Change::Removed, Some(file), None)));
    changes.sort_by_cached_key(|change| (rank(&change.path), change.path.to_lowercase(), change.path.clone()));
    changes
}

/// Whether both have the same bytes. Of files that are too long to tell, those of the same length are taken to be changed.
fn is_same(old: &SourceEntry, new: &SourceEntry) -> bool {
    old.sha256.is_some() && old.sha256 == new.sha256
}

fn change(kind: Change, old: Option<&SourceEntry>, new: Option<&SourceEntry>) -> FileChange {
    let path = new.or(old).map(|file| file.path.clone()).unwrap_or_default();
    let size = |file: &SourceEntry| file.size_bytes;
    FileChange { path, kind, old_size: old.map(size), new_size: new.map(size), diff: None, why_not: None }
}

fn rank(path: &str) -> u8 {
    match path {
        "Cargo.toml" => 0,
        "Cargo.toml.orig" => 1,
        _ => 2,
    }
}

/// The places of the files to compare line by line; the others are told why not.
fn choose(changes: &mut [FileChange], max_files: usize) -> Vec<usize> {
    let mut wanted = Vec::new();
    let mut bytes_left = MAX_ALL_BYTES;
    for (at, change) in changes.iter_mut().enumerate() {
        if matches!(change.kind, Change::Renamed { .. }) {
            continue;
        }
        let sizes = [change.old_size.unwrap_or(0), change.new_size.unwrap_or(0)];
        if sizes.iter().any(|size| *size > MAX_FILE_BYTES) {
            change.why_not = Some(TOO_LONG);
        } else if let Some(left) = bytes_left.checked_sub(sizes[0] + sizes[1]).filter(|_| wanted.len() < max_files) {
            bytes_left = left;
            wanted.push(at);
        } else {
            change.why_not = Some(TOO_MUCH);
        }
    }
    wanted
}

fn compare_lines(change: &mut FileChange, old: Option<&Bytes>, new: Option<&Bytes>, effort: &mut Effort) {
    match (text(old), text(new)) {
        (Some(old), Some(new)) => change.diff = Some(diff_with(old, new, effort)),
        _ => change.why_not = Some(BINARY),
    }
}

/// The bytes as text, if they are any; a file that is not there is empty.
fn text(bytes: Option<&Bytes>) -> Option<&str> {
    let text = std::str::from_utf8(bytes.map_or(b"", |bytes| bytes.as_ref())).ok()?;
    (!text.contains('\0')).then_some(text)
}
