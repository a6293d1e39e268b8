//! The database dump: what is public, as one archive that others can load into a database of theirs (contract §10).

use std::io::{BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::{fs, io};

use cargohold_protocol::{Day, Timestamp};
use cargohold_store::dump::{self, Cells, Cursor, TABLES, Table};
use cargohold_store::{Store, Tx};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;

use crate::publish::reserved_names;
use crate::{Policy, Registry};

const README: &str = include_str!("dump/README.md");
const SCHEMA: &str = include_str!("dump/schema.sql");

/// How many rows are asked for at first, and at most.
const ROWS: (i64, i64) = (100, 5000);

/// How many bytes the rows that are asked for at once should have, about.
const BATCH_BYTES: usize = 1 << 20;

/// What a dump came to.
#[derive(Clone, Debug)]
pub struct Dumped {
    /// How many rows all tables have.
    pub rows: u64,
    /// How long the archive is.
    pub size_bytes: u64,
}

/// Why there is no dump.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The database failed.
    #[error("the registry is having trouble with its database")]
    Store(#[from] cargohold_store::Error),
    /// The archive cannot be written.
    #[error("cannot write {}; check that the folder is there, is writable and has room for the tables too", .0.display())]
    Write(PathBuf, #[source] io::Error),
}

impl Registry {
    /// Writes a dump of everything public to `path`, where it appears when it is complete. Works beside running servers.
    ///
    /// All tables are from the same moment. They wait in files without a name until the last one is read: compressing takes
    /// long, and the engines cannot tidy up while somebody reads an old state.
    ///
    /// # Errors
    /// When the database fails or the archive cannot be written; then `path` is as it was.
    pub async fn dump(store: &Store, policy: &Policy, path: &Path, now: Timestamp) -> Result<Dumped, DumpError> {
        let failed = |error| DumpError::Write(path.to_owned(), error);
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let mut tx = store.snapshot().await?;
        let mut tables = Vec::with_capacity(TABLES.len());
        for table in TABLES {
            let mut scratch = Scratch::new(table, folder).map_err(failed)?;
            if table.file == "reserved_crate_names" && policy.reserve_names {
                let rows = reserved_names().map(|name| vec![Some(name.to_owned())]).collect();
                scratch = scratch.add(rows).await.map_err(failed)?;
            }
            tables.push(read_table(&mut tx, scratch, Day::of(now), path).await?);
        }
        drop(tx);
        let rows = tables.iter().map(|scratch| scratch.rows).sum();
        let (folder, path) = (folder.to_owned(), path.to_owned());
        let written = blocking({
            let path = path.clone();
            move || write_archive(tables, &folder, &path, now)
        });
        let size_bytes = written.await.map_err(|error| DumpError::Write(path, error))?;
        Ok(Dumped { rows, size_bytes })
    }
}

/// A table on its way into the archive.
struct Scratch {
    table: &'static Table,
    file: BufWriter<fs::File>,
    rows: u64,
}

impl Scratch {
    fn new(table: &'static Table, folder: &Path) -> io::Result<Self> {
        let mut file = BufWriter::new(tempfile::tempfile_in(folder)?);
        writeln!(file, "{}", table.columns.join(","))?;
        Ok(Self { table, file, rows: 0 })
    }

    async fn add(mut self, rows: Vec<Cells>) -> io::Result<Self> {
        blocking(move || {
            for cells in rows {
                write_row(&mut self.file, &cells)?;
                self.rows += 1;
            }
            Ok(self)
        })
        .await
    }
}

async fn read_table(tx: &mut Tx, mut scratch: Scratch, today: Day, path: &Path) -> Result<Scratch, DumpError> {
    let (mut limit, most) = ROWS;
    let mut next = Some(Cursor::default());
    while let Some(after) = next {
        let rows;
        (rows, next) = dump::rows(tx, scratch.table, today, after, limit).await?;
        // A readme can be long, a daily count cannot.
        let bytes: usize = rows.iter().flatten().flatten().map(String::len).sum();
        limit = if bytes > BATCH_BYTES { (limit / 2).max(1) } else { (limit * 2).min(most) };
        scratch = scratch.add(rows).await.map_err(|error| DumpError::Write(path.to_owned(), error))?;
    }
    Ok(scratch)
}

/// Writes a row as PostgreSQL does: quotation marks only where they are needed, nothing at all for null.
fn write_row(out: &mut impl Write, cells: &[Option<String>]) -> io::Result<()> {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        match cell {
            None => {}
            Some(text) if needs_quotes(text, cells.len()) => write!(out, "\"{}\"", text.replace('"', "\"\""))?,
            Some(text) => out.write_all(text.as_bytes())?,
        }
    }
    out.write_all(b"\n")
}

/// An empty text would be null, and `\.` alone on a line the end of the file.
fn needs_quotes(text: &str, columns: usize) -> bool {
    text.is_empty() || text.contains([',', '"', '\n', '\r']) || (columns == 1 && text == "\\.")
}

/// Makes the archive beside `path`, gives it that name and answers its length.
fn write_archive(tables: Vec<Scratch>, folder: &Path, path: &Path, now: Timestamp) -> io::Result<u64> {
    // A dump is public: whoever runs this decides by their umask who may read it.
    let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    let part =
        tempfile::Builder::new().prefix(".db-dump-").suffix(".part").permissions(everybody).tempfile_in(folder)?;
    pack(tables, BufWriter::new(part.as_file()), now)?;
    part.as_file().sync_all()?;
    let size_bytes = part.as_file().metadata()?.len();
    part.persist(path)?;
    Ok(size_bytes)
}

fn pack(tables: Vec<Scratch>, out: impl Write, now: Timestamp) -> io::Result<()> {
    let mut archive = Archive::new(out, now);
    archive.add_folder("")?;
    archive.add_text("README.md", README)?;
    archive.add_text("export.sql", &export_script())?;
    archive.add_text("import.sql", &import_script())?;
    archive.add_text("metadata.json", &metadata(now)?)?;
    archive.add_text("schema.sql", SCHEMA)?;
    archive.add_folder("data/")?;
    for scratch in tables {
        let mut file = scratch.file.into_inner()?;
        let size_bytes = file.stream_position()?;
        file.rewind()?;
        archive.add_file(&format!("data/{}.csv", scratch.table.file), size_bytes, file)?;
    }
    archive.tar.into_inner()?.finish()?.flush()
}

/// A compressed archive with one folder at its top, named after the time the dump began.
struct Archive<W: Write> {
    tar: tar::Builder<GzEncoder<W>>,
    top: String,
    modified_at: u64,
}

impl<W: Write> Archive<W> {
    fn new(out: W, now: Timestamp) -> Self {
        let top = now.to_seconds_text().replace('T', "-").replace([':', 'Z'], "");
        let modified_at = u64::try_from(now.micros() / 1_000_000).unwrap_or(0);
        Self { tar: tar::Builder::new(GzEncoder::new(out, Compression::default())), top, modified_at }
    }

    fn add_folder(&mut self, path: &str) -> io::Result<()> {
        self.add(path, tar::EntryType::Directory, 0o755, 0, io::empty())
    }

    fn add_text(&mut self, path: &str, text: &str) -> io::Result<()> {
        self.add_file(path, text.len() as u64, text.as_bytes())
    }

    fn add_file(&mut self, path: &str, size_bytes: u64, contents: impl Read) -> io::Result<()> {
        self.add(path, tar::EntryType::Regular, 0o644, size_bytes, contents)
    }

    fn add(&mut self, path: &str, kind: tar::EntryType, mode: u32, size: u64, contents: impl Read) -> io::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_mtime(self.modified_at);
        header.set_size(size);
        self.tar.append_data(&mut header, format!("{}/{path}", self.top), contents)
    }
}

fn metadata(now: Timestamp) -> io::Result<String> {
    /// Readers of crates.io's dumps want this member; it says which software made the dump.
    #[derive(Serialize)]
    struct Metadata {
        timestamp: Timestamp,
        crates_io_commit: &'static str,
    }
    let crates_io_commit = concat!("cargohold-", env!("CARGO_PKG_VERSION"));
    Ok(serde_json::to_string_pretty(&Metadata { timestamp: now, crates_io_commit })? + "\n")
}

/// How both scripts begin: `\copy` reads and writes in this encoding.
const SCRIPT_HEAD: &str = "\\set ON_ERROR_STOP on\nSET client_encoding TO 'UTF8';\n";

fn import_script() -> String {
    let names: Vec<_> = TABLES.iter().map(|table| format!("\"{}\"", table.file)).collect();
    let copies: String = TABLES.iter().map(|table| copy(table, "FROM")).collect();
    format!(
        "-- Fills the tables of schema.sql from data/*.csv, removing what is in them. Run it with psql in this folder.\n\
         {SCRIPT_HEAD}BEGIN;\nTRUNCATE {};\n{copies}COMMIT;\n",
        names.join(", ")
    )
}

fn export_script() -> String {
    let copies: String = TABLES.iter().map(|table| copy(table, "TO")).collect();
    format!(
        "-- Writes data/*.csv from the tables of schema.sql. Run it with psql in this folder.\n\
         {SCRIPT_HEAD}SET TIME ZONE 'UTC';\nBEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;\n{copies}COMMIT;\n"
    )
}

fn copy(table: &Table, direction: &str) -> String {
    let columns: Vec<_> = table.columns.iter().map(|column| format!("\"{column}\"")).collect();
    let (name, columns) = (table.file, columns.join(", "));
    format!("\\copy \"{name}\" ({columns}) {direction} 'data/{name}.csv' WITH (FORMAT csv, HEADER true)\n")
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
