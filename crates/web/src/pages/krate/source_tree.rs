//! The files of a version as a tree, flattened to rows that a template can write one after another.

use std::collections::BTreeMap;

use cargohold_registry::SourceEntry;

/// Packages with more files, or with deeper folders, show only the folders around the file, and links to the others.
const MAX_NESTED: usize = 500;
const MAX_DEPTH: usize = 20;

/// A row of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TreeRow {
    /// A folder begins.
    Open {
        name: String,
        /// Whether its contents can be seen at once.
        is_open: bool,
    },
    /// The folder ends.
    Close,
    /// A folder whose contents are on a page of their own.
    Folder { name: String, path: String },
    /// A file.
    File { name: String, path: String, is_current: bool },
}

/// What is in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FolderEntry {
    pub(super) name: String,
    pub(super) path: String,
    /// The length in bytes; `None` for folders.
    pub(super) size_bytes: Option<i64>,
}

/// The rows of the whole tree, folders first, open around `current`.
pub(super) fn rows(files: &[SourceEntry], current: &str) -> Vec<TreeRow> {
    let mut rows = Vec::with_capacity(files.len() * 2);
    let files: Vec<&SourceEntry> = files.iter().collect();
    let is_shallow = |file: &&SourceEntry| file.path.matches('/').count() <= MAX_DEPTH;
    let is_nested = files.len() <= MAX_NESTED && files.iter().all(is_shallow);
    add_rows(&mut rows, &files, "", current, is_nested);
    rows
}

fn add_rows(rows: &mut Vec<TreeRow>, files: &[&SourceEntry], folder: &str, current: &str, is_nested: bool) {
    let (folders, here) = split(files, folder);
    for (name, within) in folders {
        let path = format!("{folder}{name}");
        let inner = format!("{path}/");
        let is_open = path == current || current.starts_with(&inner);
        if is_open || is_nested {
            rows.push(TreeRow::Open { name: name.to_owned(), is_open });
            add_rows(rows, &within, &inner, current, is_nested);
            rows.push(TreeRow::Close);
        } else {
            rows.push(TreeRow::Folder { name: name.to_owned(), path });
        }
    }
    rows.extend(here.into_iter().map(|(name, file)| TreeRow::File {
        name: name.to_owned(),
        path: file.path.clone(),
        is_current: file.path == current,
    }));
}

/// What is in a folder, folders first; nothing if there is no such folder. The root has an empty path.
pub(super) fn entries(files: &[SourceEntry], path: &str) -> Vec<FolderEntry> {
    let folder = if path.is_empty() { String::new() } else { format!("{path}/") };
    let files: Vec<&SourceEntry> = files.iter().collect();
    let (folders, here) = split(&files, &folder);
    let folders = folders.into_keys().map(|name| FolderEntry {
        name: name.to_owned(),
        path: format!("{folder}{name}"),
        size_bytes: None,
    });
    let here = here.into_iter().map(|(name, file)| FolderEntry {
        name: name.to_owned(),
        path: file.path.clone(),
        size_bytes: Some(i64::try_from(file.size_bytes).unwrap_or(i64::MAX)),
    });
    folders.chain(here).collect()
}

/// Files by name.
type Named<'f> = Vec<(&'f str, &'f SourceEntry)>;

/// The folders in a folder, each with all files below it, and the files that are in none of them. `folder` ends with `/` or is
/// empty.
fn split<'f>(files: &[&'f SourceEntry], folder: &str) -> (BTreeMap<&'f str, Vec<&'f SourceEntry>>, Named<'f>) {
    let (mut folders, mut here) = (BTreeMap::<&str, Vec<&SourceEntry>>::new(), Vec::new());
    for file in files {
        let Some(rest) = file.path.strip_prefix(folder) else { continue };
        match rest.split_once('/') {
            Some((name, _)) => folders.entry(name).or_default().push(file),
            None => here.push((rest, *file)),
        }
    }
    (folders, here)
}

/// The file that is shown if nobody asks for another.
pub(super) fn default_file(files: &[SourceEntry]) -> Option<&str> {
    let wanted = ["src/lib.rs", "src/main.rs", "Cargo.toml"];
    let found = wanted.into_iter().find(|wanted| files.iter().any(|file| file.path == *wanted));
    found.or_else(|| files.first().map(|file| file.path.as_str()))
}

#[cfg(test)]
mod tests;
