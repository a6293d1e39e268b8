//! Reads the gzip'd tar of a `.crate` file as a stream and applies the rules of its entries.
//!
//! Entries are read raw, with long names and pax headers interpreted here, because two tar readers that interpret them
//! differently are how files are smuggled past a registry (S05).

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;
use tar::{Archive, Entry, EntryType, Header, PaxExtensions};

use crate::manifest::ParsedManifest;
use crate::paths::{self, MAX_ALL_PATHS_BYTES, MAX_PATH_BYTES, PathTree};
use crate::{Limits, MAX_MANIFEST_BYTES, PackageError, PathProblem};

/// What reading an archive yields.
pub(crate) struct Contents {
    /// The manifest's file name and what it says.
    pub(crate) manifest: Option<(String, ParsedManifest)>,
    /// All paths, without the root.
    pub(crate) paths: PathTree,
}

/// Who is shown each file, its path without the root, its length in bytes, and what is in it unless that is too long.
type Visit<'v> = &'v mut dyn FnMut(&str, u64, Option<&[u8]>);

/// The longest file that is shown, in bytes: a small archive can hold a file of any length (S04).
const MAX_SHOWN_BYTES: u64 = 16 * 1024 * 1024;

/// Reads the whole archive; every entry must lie below `root/`.
pub(crate) fn read(tarball: &[u8], root: &str, limits: &Limits) -> Result<Contents, PackageError> {
    read_with(tarball, root, limits, None)
}

/// Like [`read`], but shows every file instead of reading the manifest. A file is in memory only while it is shown.
pub(crate) fn visit(tarball: &[u8], root: &str, limits: &Limits, visit: Visit<'_>) -> Result<(), PackageError> {
    read_with(tarball, root, limits, Some(visit)).map(|_| ())
}

fn read_with(tarball: &[u8], root: &str, limits: &Limits, visit: Option<Visit<'_>>) -> Result<Contents, PackageError> {
    let inflated = Inflated { gzip: GzDecoder::new(tarball), left: limits.max_unpacked_bytes };
    let mut archive = Archive::new(inflated);
    let contents = read_entries(&mut archive, root, limits, visit).map_err(|error| match error {
        Stop::Rule(error) => error,
        Stop::Read(error) => unreadable(&error, limits),
    })?;
    let mut inflated = archive.into_inner();
    expect_zeros(&mut inflated).map_err(|error| unreadable(&error, limits))?;
    match inflated.gzip.into_inner() {
        [] => Ok(contents),
        _ => Err(PackageError::TrailingData),
    }
}

/// Why reading stopped: a broken rule, or bytes that cannot be read.
enum Stop {
    Rule(PackageError),
    Read(io::Error),
}

impl From<PackageError> for Stop {
    fn from(error: PackageError) -> Self {
        Self::Rule(error)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

fn read_entries<R: Read>(
    archive: &mut Archive<R>,
    root: &str,
    limits: &Limits,
    mut visit: Option<Visit<'_>>,
) -> Result<Contents, Stop> {
    let mut contents = Contents { manifest: None, paths: PathTree::default() };
    let mut count = 0;
    let mut ahead = Ahead::default();
    for entry in archive.entries()?.raw(true) {
        let mut entry = entry?;
        match entry.header().entry_type() {
            EntryType::GNULongName => ahead.read_long_name(&mut entry)?,
            EntryType::XHeader => ahead.read_pax(&mut entry)?,
            _ => {
                count += 1;
                if count > limits.max_entries {
                    return Err(PackageError::TooManyEntries { limit: limits.max_entries }.into());
                }
                let file = read_entry(&mut entry, std::mem::take(&mut ahead), root, &mut contents)?;
                let size = entry.header().entry_size()?;
                match (file, &mut visit) {
                    (Some(path), Some(visit)) if size > MAX_SHOWN_BYTES => visit(&path, size, None),
                    (Some(path), Some(visit)) => visit(&path, size, Some(&read_file(&mut entry)?)),
                    (Some(path), None) if path.eq_ignore_ascii_case("Cargo.toml") => {
                        contents.manifest = Some((path, read_manifest(&mut entry)?));
                    }
                    _ => {}
                }
                if contents.paths.total_bytes() > MAX_ALL_PATHS_BYTES {
                    return Err(PackageError::PathsTooLong { limit: MAX_ALL_PATHS_BYTES }.into());
                }
            }
        }
    }
    if ahead.has_pax || ahead.long_name.is_some() {
        return Err(Stop::Read(io::Error::other("a record about a next entry, but no next entry")));
    }
    Ok(contents)
}

/// What records in front of an entry say about it.
#[derive(Default)]
struct Ahead {
    long_name: Option<Vec<u8>>,
    has_pax: bool,
    pax_path: Option<Vec<u8>>,
    pax_size: Option<Vec<u8>>,
}

impl Ahead {
    fn read_long_name<R: Read>(&mut self, entry: &mut Entry<'_, R>) -> Result<(), Stop> {
        let mut name = read_record(entry)?;
        // Without its NUL the name goes on into the padding for some readers.
        if name.pop() != Some(0) {
            return Err(Stop::Read(io::Error::other("a long name without its end")));
        }
        match self.long_name.replace(name) {
            None => Ok(()),
            Some(_) => Err(Stop::Read(io::Error::other("two long names for one entry"))),
        }
    }

    fn read_pax<R: Read>(&mut self, entry: &mut Entry<'_, R>) -> Result<(), Stop> {
        let data = read_record(entry)?;
        if std::mem::replace(&mut self.has_pax, true) {
            return Err(Stop::Read(io::Error::other("two pax headers for one entry")));
        }
        if !data.ends_with(b"\n") || data.starts_with(b"\n") || data.windows(2).any(|pair| pair == b"\n\n") {
            return Err(Stop::Read(io::Error::other("malformed pax header")));
        }
        for record in PaxExtensions::new(&data) {
            let record = record?;
            let slot = match record.key_bytes() {
                b"path" => &mut self.pax_path,
                b"size" => &mut self.pax_size,
                key if key.starts_with(b"GNU.sparse") => {
                    return Err(Stop::Read(io::Error::other("sparse files are not supported")));
                }
                _ => continue,
            };
            if slot.replace(record.value_bytes().to_vec()).is_some() {
                return Err(Stop::Read(io::Error::other("a pax key occurs twice")));
            }
        }
        Ok(())
    }
}

/// Reads a record about the next entry. Its length is bounded, for it ends up in memory.
fn read_record<R: Read>(entry: &mut Entry<'_, R>) -> Result<Vec<u8>, Stop> {
    let mut data = Vec::new();
    let read = entry.take(2 * MAX_PATH_BYTES + 1).read_to_end(&mut data)?;
    if read as u64 > 2 * MAX_PATH_BYTES {
        let path = String::from_utf8_lossy(&data[..80]).into_owned();
        return Err(PackageError::BadPath { path, problem: PathProblem::TooLong }.into());
    }
    Ok(data)
}

/// Checks an entry up to its contents and answers the path of a file, without the root.
fn read_entry<R: Read>(
    entry: &mut Entry<'_, R>,
    ahead: Ahead,
    root: &str,
    contents: &mut Contents,
) -> Result<Option<String>, Stop> {
    check_dialect(entry.header())?;
    let raw_path = match (ahead.long_name, ahead.pax_path) {
        (Some(_), Some(_)) => return Err(Stop::Read(io::Error::other("two names for one entry"))),
        (Some(path), None) | (None, Some(path)) => path,
        (None, None) => entry.header().path_bytes().into_owned(),
    };
    let path = || String::from_utf8_lossy(&raw_path).into_owned();
    let refuse = |problem| PackageError::BadPath { path: path(), problem };
    if let Some(size) = ahead.pax_size {
        let size = std::str::from_utf8(&size).ok().and_then(|digits| digits.parse::<u64>().ok());
        if size != Some(entry.header().entry_size()?) {
            return Err(PackageError::SizeMismatch { path: path() }.into());
        }
    }
    if raw_path.len() as u64 > MAX_PATH_BYTES {
        return Err(refuse(PathProblem::TooLong).into());
    }
    let below = paths::check(&raw_path, root).map_err(refuse)?;
    match entry.header().entry_type() {
        // Other readers take this for a directory, whatever its type says.
        EntryType::Regular if raw_path.ends_with(b"/") => return Err(refuse(PathProblem::NotPlain).into()),
        // Other readers take these bytes for the next headers.
        EntryType::Directory if entry.header().entry_size()? != 0 => {
            return Err(Stop::Read(io::Error::other("a directory with contents")));
        }
        EntryType::Regular if !below.is_empty() => contents.paths.add_file(below).map_err(refuse)?,
        EntryType::Directory => contents.paths.add_directory(below).map_err(refuse)?,
        other => return Err(PackageError::BadType { path: path(), kind: kind_name(other) }.into()),
    }
    let mode = entry.header().mode()?;
    if mode & 0o7000 != 0 {
        return Err(PackageError::BadMode { path: path(), mode }.into());
    }
    Ok(entry.header().entry_type().is_file().then(|| below.to_owned()))
}

fn read_file<R: Read>(entry: &mut Entry<'_, R>) -> Result<Vec<u8>, Stop> {
    let mut contents = Vec::new();
    let read = entry.read_to_end(&mut contents)?;
    if read as u64 != entry.header().entry_size()? {
        return Err(Stop::Read(io::Error::other("a file ends early")));
    }
    Ok(contents)
}

/// Refuses headers that look like POSIX or GNU headers but are neither: readers disagree about the prefix of their paths.
fn check_dialect(header: &Header) -> Result<(), Stop> {
    let claims_a_dialect = header.as_bytes()[257..].starts_with(b"ustar");
    if claims_a_dialect && header.as_ustar().is_none() && header.as_gnu().is_none() {
        return Err(Stop::Read(io::Error::other("a tar header of an unknown version")));
    }
    Ok(())
}

fn read_manifest<R: Read>(entry: &mut Entry<'_, R>) -> Result<ParsedManifest, Stop> {
    let mut text = Vec::new();
    let read = entry.take(MAX_MANIFEST_BYTES + 1).read_to_end(&mut text)?;
    if read as u64 > MAX_MANIFEST_BYTES {
        let problem = format!("it is longer than {MAX_MANIFEST_BYTES} bytes; shorten it");
        return Err(PackageError::BadManifest(problem).into());
    }
    Ok(ParsedManifest::parse(&text)?)
}

fn kind_name(kind: EntryType) -> String {
    match kind {
        EntryType::Regular => "file in the place of the package's root".to_owned(),
        EntryType::Link => "hard link".to_owned(),
        EntryType::Symlink => "symbolic link".to_owned(),
        EntryType::Char | EntryType::Block => "device".to_owned(),
        EntryType::Fifo => "fifo".to_owned(),
        EntryType::GNUSparse => "sparse file".to_owned(),
        other => format!("tar entry of type `{}`", char::from(other.as_byte()).escape_default()),
    }
}

/// The inflated bytes of the first gzip member, up to a limit.
struct Inflated<'t> {
    gzip: GzDecoder<&'t [u8]>,
    left: u64,
}

const OVER_LIMIT: &str = "more bytes than the limit";

impl Read for Inflated<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.gzip.read(buffer)?;
        self.left = self.left.saturating_sub(read as u64);
        if self.left == 0 && read > 0 {
            return Err(io::Error::new(io::ErrorKind::QuotaExceeded, OVER_LIMIT));
        }
        Ok(read)
    }
}

/// Reads to the end, through the padding behind the end marker and the gzip trailer.
fn expect_zeros(inflated: &mut Inflated<'_>) -> io::Result<()> {
    let mut rest = io::BufReader::new(inflated);
    loop {
        let block = rest.fill_buf()?;
        if block.is_empty() {
            return Ok(());
        }
        if block.iter().any(|byte| *byte != 0) {
            return Err(io::Error::other("data behind the end of the archive"));
        }
        let len = block.len();
        rest.consume(len);
    }
}

fn unreadable(error: &io::Error, limits: &Limits) -> PackageError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::QuotaExceeded) {
            return PackageError::TooLarge { limit: limits.max_unpacked_bytes };
        }
        cause = error.source();
    }
    PackageError::Unreadable(error.to_string())
}
