//! The derived search index: find, rank and count crates.
//!
//! It holds nothing that is not in the store: it may lag behind by a moment, never leads, and may be thrown away. The
//! store's change feed drives it; [`SearchIndex::position`] says how far it has come. SQL and HTTP are unknown here.

mod collect;
mod columns;
mod document;
mod english;
mod filter;
mod list;
mod names;
mod order;
mod part;
mod pattern;
mod schema;
mod suggest;
mod text;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, Term};

pub use crate::document::Document;
pub use crate::list::{From, Group, Hit, Hits, Key, ListQuery, MAX_RANKED, Sort};
use crate::schema::Fields;
pub use crate::suggest::Suggestion;

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
        index.tokenizers().register(english::NAME, english::analyzer());
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
            writer.add_document(document.to_tantivy(&self.fields))?;
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
}
