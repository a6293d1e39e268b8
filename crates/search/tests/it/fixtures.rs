//! An index with a few crates in it.

use std::path::Path;

use cargohold_search::{Document, From, Group, Hits, ListQuery, Position, SearchIndex, Sort};
use tempfile::TempDir;

/// Every order.
pub(crate) const SORTS: [Sort; 7] = [
    Sort::Relevance,
    Sort::ExactThenName,
    Sort::Name,
    Sort::Downloads,
    Sort::RecentDownloads,
    Sort::Updated,
    Sort::Created,
];

/// An index in a folder of its own, which goes with it.
pub(crate) struct TestIndex {
    pub(crate) index: SearchIndex,
    folder: TempDir,
}

impl TestIndex {
    pub(crate) fn of(documents: &[Document]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let index = SearchIndex::open(folder.path()).unwrap();
        index.apply(documents, &[], place(1)).unwrap();
        Self { index, folder }
    }

    /// The same crates, spread over several segments of the index with some replaced ones in between.
    pub(crate) fn of_parts(documents: &[Document], parts: usize) -> Self {
        let outdated = Document { name: format!("old-{}", documents[0].name), ..documents[0].clone() };
        let index = Self::of(&[outdated]);
        for part in documents.chunks(documents.len().div_ceil(parts)) {
            index.index.apply(part, &[], place(1)).unwrap();
        }
        index
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

    pub(crate) fn list(&self, query: &ListQuery) -> Hits {
        self.index.list(query).unwrap()
    }

    /// The ids of the first matches in their order.
    pub(crate) fn ids(&self, query: &ListQuery) -> Vec<i64> {
        let hits = self.list(query);
        assert_eq!(hits.total, hits.hits.len());
        ids(&hits)
    }

    /// The ids of the first matches, best first.
    pub(crate) fn search(&self, text: &str) -> Vec<i64> {
        self.ids(&search(text))
    }

    /// The ids of the first matches in order of the ids, where the ranking does not matter.
    pub(crate) fn matches(&self, text: &str) -> Vec<i64> {
        let mut ids = self.search(text);
        ids.sort_unstable();
        ids
    }

    /// The ids of a group by name.
    pub(crate) fn group(&self, group: Group) -> Vec<i64> {
        self.ids(&ListQuery { group: Some(group), ..by_name() })
    }
}

pub(crate) fn ids(hits: &Hits) -> Vec<i64> {
    hits.hits.iter().map(|hit| hit.id).collect()
}

/// All crates by name.
pub(crate) fn by_name() -> ListQuery {
    ListQuery {
        text: None,
        category: None,
        hide_yanked: false,
        group: None,
        sort: Sort::Name,
        from: From::Offset(0),
        limit: 5_000,
    }
}

/// The best matches of a text.
pub(crate) fn search(text: &str) -> ListQuery {
    ListQuery { text: Some(text.to_owned()), sort: Sort::Relevance, ..by_name() }
}

/// A place in the change feed.
pub(crate) fn place(seq: i64) -> Position {
    Position { seq, epoch: 3 }
}

pub(crate) fn named(id: i64, name: &str) -> Document {
    Document { id, name: name.to_owned(), ..Document::default() }
}

pub(crate) fn described(id: i64, name: &str, description: &str) -> Document {
    Document { description: description.to_owned(), ..named(id, name) }
}

pub(crate) fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
