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

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

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
    /// The index failed before, and could not be opened again.
    #[error("the search index is closed")]
    Closed,
}

/// How far an index has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The place in the change feed.
    pub seq: i64,
    /// Which building of the index it is: whoever wants it built anew raises this number.
    pub epoch: i64,
}

/// An open index.
pub struct SearchIndex {
    folder: PathBuf,
    fields: Fields,
    reader: RwLock<IndexReader>,
    /// How often searches were shown something new.
    generation: AtomicU64,
    /// `None` if it could not be opened again after a failure.
    writer: Mutex<Option<Writer>>,
    position: Mutex<Position>,
}

/// Who writes, and who sees what was written last. That is not always who searches: see [`SearchIndex::reopen`].
struct Writer {
    index: IndexWriter,
    reader: IndexReader,
}

impl SearchIndex {
    /// Opens the index below `folder`, or begins an empty one if there is none of the current schema.
    ///
    /// # Errors
    /// When the folder cannot be used or another process has the index open.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let folder = folder.join(schema::VERSION);
        let (_, fields) = schema::build();
        let (reader, writer, position) = open(&folder)?;
        let writer = Mutex::new(Some(Writer { index: writer, reader: reader.clone() }));
        Ok(Self {
            folder,
            fields,
            reader: RwLock::new(reader),
            generation: AtomicU64::new(0),
            writer,
            position: Mutex::new(position),
        })
    }

    /// Opens the index once more, after a failure: its folder may be gone, and then an empty one begins. Searches go on seeing
    /// the old state until this succeeds, and if an empty one begins, until the next [`SearchIndex::apply`].
    ///
    /// # Errors
    /// When the folder cannot be used; then nothing can be written until this is tried again.
    pub fn reopen(&self) -> Result<(), Error> {
        let mut kept = self.writer();
        // The old writer holds the lock of the folder, if there still is one.
        drop(kept.take());
        let (reader, writer, position) = open(&self.folder)?;
        if position != Position::default() {
            self.show(&reader);
        }
        *kept = Some(Writer { index: writer, reader });
        *self.position.lock().unwrap_or_else(PoisonError::into_inner) = position;
        Ok(())
    }

    /// How far the index had come when it was opened, or opened once more; zeros for a new one.
    #[must_use]
    pub fn position(&self) -> Position {
        *self.position.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes crates in without showing them; they become visible with the next [`SearchIndex::apply`]. For a rebuild.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn add(&self, documents: &[Document]) -> Result<(), Error> {
        let mut writer = self.writer();
        let writer = writer.as_mut().ok_or(Error::Closed)?;
        for document in documents {
            writer.index.add_document(document.to_tantivy(&self.fields))?;
        }
        Ok(())
    }

    /// Brings the index up to a place of the change feed: `documents` replace what was known of their crates,
    /// `gone` are the ids of crates that no longer exist. Visible to searches when it returns. Blocks for a disk write.
    ///
    /// # Errors
    /// When the disk fails; then the index is as before.
    pub fn apply(&self, documents: &[Document], gone: &[i64], to: Position) -> Result<(), Error> {
        let mut writer = self.writer();
        let writer = writer.as_mut().ok_or(Error::Closed)?;
        for id in gone.iter().chain(documents.iter().map(|document| &document.id)) {
            writer.index.delete_term(Term::from_field_i64(self.fields.id, *id));
        }
        for document in documents {
            writer.index.add_document(document.to_tantivy(&self.fields))?;
        }
        let mut commit = writer.index.prepare_commit()?;
        commit.set_payload(&format!("{} {}", to.seq, to.epoch));
        commit.commit()?;
        writer.reader.reload()?;
        self.show(&writer.reader);
        Ok(())
    }

    /// Forgets everything, for a rebuild. Searches go on seeing the old state until the next [`SearchIndex::apply`].
    ///
    /// # Errors
    /// When the disk fails.
    pub fn clear(&self) -> Result<(), Error> {
        self.writer().as_mut().ok_or(Error::Closed)?.index.delete_all_documents()?;
        Ok(())
    }

    /// Which state searches see. A search that begins after this was asked sees that state or a later one, so what it finds may
    /// be kept until the number is another.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Lets searches see what this reader sees, from now on.
    fn show(&self, reader: &IndexReader) {
        *self.reader.write().unwrap_or_else(PoisonError::into_inner) = reader.clone();
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    fn writer(&self) -> MutexGuard<'_, Option<Writer>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn reader(&self) -> IndexReader {
        self.reader.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn open(folder: &Path) -> Result<(IndexReader, IndexWriter, Position), Error> {
    std::fs::create_dir_all(folder)?;
    let (schema, _) = schema::build();
    let directory = tantivy::directory::MmapDirectory::open(folder).map_err(tantivy::TantivyError::from)?;
    let index = Index::open_or_create(directory, schema)?;
    index.tokenizers().register(english::NAME, english::analyzer());
    let position = index.load_metas()?.payload.and_then(|payload| read_position(&payload)).unwrap_or_default();
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    let writer = index.writer_with_num_threads(1, WRITER_BYTES)?;
    Ok((reader, writer, position))
}

fn read_position(payload: &str) -> Option<Position> {
    let (seq, epoch) = payload.split_once(' ')?;
    Some(Position { seq: seq.parse().ok()?, epoch: epoch.parse().ok()? })
}
