//! An index with a few crates in it.

use std::path::Path;

use cargohold_search::{Document, SearchIndex};
use tempfile::TempDir;

/// An index in a folder of its own, which goes with it.
pub(crate) struct TestIndex {
    pub(crate) index: SearchIndex,
    folder: TempDir,
}

impl TestIndex {
    pub(crate) fn of(documents: &[Document]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let index = SearchIndex::open(folder.path()).unwrap();
        index.apply(documents, &[], 1).unwrap();
        Self { index, folder }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Closes the index and opens it again, as the next start of the server does.
    pub(crate) fn reopen(self) -> Self {
        let Self { index, folder } = self;
        drop(index);
        Self { index: SearchIndex::open(folder.path()).unwrap(), folder }
    }

    /// The ids of the first matches, best first.
    pub(crate) fn search(&self, text: &str) -> Vec<i64> {
        let hits = self.index.search(text, 0, 100).unwrap();
        assert_eq!(hits.total, hits.ids.len());
        hits.ids
    }

    /// The ids of the first matches in order of the ids, where the ranking does not matter.
    pub(crate) fn matches(&self, text: &str) -> Vec<i64> {
        let mut ids = self.search(text);
        ids.sort_unstable();
        ids
    }
}

pub(crate) fn named(id: i64, name: &str) -> Document {
    Document { id, name: name.to_owned(), ..Document::default() }
}

pub(crate) fn described(id: i64, name: &str, description: &str) -> Document {
    Document { description: description.to_owned(), ..named(id, name) }
}
