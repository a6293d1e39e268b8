//! The derived search index: find, rank and count crates.
//!
//! It holds nothing that is not in the store: it may lag behind by a moment, never leads, and may be thrown away. The
//! store's change feed drives it; [`SearchIndex::position`] says how far it has come. SQL and HTTP are unknown here.

mod query;
mod schema;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use tantivy::collector::{Count, TopDocs};
use tantivy::query::{AllQuery, FuzzyTermQuery, Query};
use tantivy::schema::Value;
use tantivy::{Index, IndexReader, IndexWriter, Order, ReloadPolicy, Searcher, TantivyDocument, Term, doc};

use crate::schema::Fields;

/// The memory in which changes are collected before they are written, in bytes. The library's least is 15 MB.
const WRITER_BYTES: usize = 20_000_000;

/// What can go wrong with the search index. Removing its folder and starting again always helps.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The index failed.
    #[error("the search index failed")]
    Index(#[from] tantivy::TantivyError),
    /// The folder of the index cannot be made.
    #[error("the folder of the search index cannot be used")]
    Folder(#[from] std::io::Error),
}

/// A crate as the index knows it.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// The crate's id.
    pub id: i64,
    /// The stored name.
    pub name: String,
    /// The description.
    pub description: String,
    /// The keywords.
    pub keywords: Vec<String>,
    /// The readme's source.
    pub readme: String,
    /// All downloads, the prior of the ranking.
    pub downloads: i64,
}

/// One page of matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hits {
    /// The ids of the crates, best first.
    pub ids: Vec<i64>,
    /// How many crates match altogether.
    pub total: usize,
}

/// An open index.
pub struct SearchIndex {
    fields: Fields,
    reader: IndexReader,
    writer: Mutex<IndexWriter>,
    position: i64,
}

impl SearchIndex {
    /// Opens the index below `folder`, or begins an empty one if there is none of the current schema.
    ///
    /// # Errors
    /// When the folder cannot be used or another process has the index open.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let (schema, fields) = schema::build();
        let folder = folder.join(schema::VERSION);
        std::fs::create_dir_all(&folder)?;
        let directory = tantivy::directory::MmapDirectory::open(&folder).map_err(tantivy::TantivyError::from)?;
        let index = Index::open_or_create(directory, schema)?;
        let position = index.load_metas()?.payload.and_then(|seq| seq.parse().ok()).unwrap_or(0);
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let writer = index.writer_with_num_threads(1, WRITER_BYTES)?;
        Ok(Self { fields, reader, writer: Mutex::new(writer), position })
    }

    /// The place in the change feed up to which the index had come when it was opened; 0 for a new one.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.position
    }

    /// Brings the index up to the place `seq` of the change feed: `documents` replace what was known of their crates,
    /// `gone` are the ids of crates that no longer exist. Visible to searches when it returns. Blocks for a disk write.
    ///
    /// # Errors
    /// When the disk fails; then the index is as before.
    pub fn apply(&self, documents: &[Document], gone: &[i64], seq: i64) -> Result<(), Error> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        for id in gone.iter().chain(documents.iter().map(|document| &document.id)) {
            writer.delete_term(Term::from_field_i64(self.fields.id, *id));
        }
        for document in documents {
            writer.add_document(self.to_tantivy(document))?;
        }
        let mut commit = writer.prepare_commit()?;
        commit.set_payload(&seq.to_string());
        commit.commit()?;
        self.reader.reload()?;
        Ok(())
    }

    /// Forgets everything, for a rebuild. Searches go on seeing the old state until the next [`SearchIndex::apply`].
    ///
    /// # Errors
    /// When the disk fails.
    pub fn clear(&self) -> Result<(), Error> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).delete_all_documents()?;
        Ok(())
    }

    /// Crates that match all words of `text`, the crate of exactly that name first, then by how well they match and how
    /// often they are downloaded.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn search(&self, text: &str, offset: usize, limit: usize) -> Result<Hits, Error> {
        let searcher = self.reader.searcher();
        let query = query::build(&self.fields, text);
        let best = TopDocs::with_limit(limit).and_offset(offset).tweak_score(query::popularity());
        let (found, total) = searcher.search(&query, &(best, Count))?;
        let addresses = found.into_iter().map(|(_, address)| address);
        self.hits(&searcher, addresses, total)
    }

    /// All crates by name.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn list_by_name(&self, offset: usize, limit: usize) -> Result<Hits, Error> {
        let searcher = self.reader.searcher();
        let by_name = TopDocs::with_limit(limit).and_offset(offset).order_by_string_fast_field("name", Order::Asc);
        let query: Box<dyn Query> = Box::new(AllQuery);
        let (found, total) = searcher.search(&query, &(by_name, Count))?;
        self.hits(&searcher, found.into_iter().map(|(_, address)| address), total)
    }

    /// Crates whose name is one edit (a letter added, left out, changed or swapped with its neighbour) away from `name`.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn similar(&self, name: &str, limit: usize) -> Result<Hits, Error> {
        let searcher = self.reader.searcher();
        let term = Term::from_field_text(self.fields.canonical, &schema::canonical(name));
        let query = FuzzyTermQuery::new(term, 1, true);
        let best = TopDocs::with_limit(limit).order_by_score();
        let (found, total) = searcher.search(&query, &(best, Count))?;
        self.hits(&searcher, found.into_iter().map(|(_, address)| address), total)
    }

    fn hits(
        &self,
        searcher: &Searcher,
        addresses: impl Iterator<Item = tantivy::DocAddress>,
        total: usize,
    ) -> Result<Hits, Error> {
        let mut ids = Vec::new();
        for address in addresses {
            let document: TantivyDocument = searcher.doc(address)?;
            ids.extend(document.get_first(self.fields.id).and_then(|id| id.as_i64()));
        }
        Ok(Hits { ids, total })
    }

    fn to_tantivy(&self, document: &Document) -> TantivyDocument {
        let fields = &self.fields;
        doc!(
            fields.id => document.id,
            fields.name => document.name.as_str(),
            fields.canonical => schema::canonical(&document.name),
            fields.words => document.name.replace(['-', '_'], " "),
            fields.keywords => document.keywords.join(" "),
            fields.description => document.description.as_str(),
            fields.readme => document.readme.as_str(),
            fields.downloads => u64::try_from(document.downloads).unwrap_or(0),
        )
    }
}
