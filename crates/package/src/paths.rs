//! Paths of archive entries: which are acceptable, and the tree they form.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::ops::Bound;
use std::path::Path;

use cargo_manifest::AbstractFilesystem;

/// The longest accepted path of an entry, in bytes.
pub(crate) const MAX_PATH_BYTES: u64 = 4096;

/// How long all paths together may be, in bytes: they are the one thing of an archive that is kept in memory.
pub(crate) const MAX_ALL_PATHS_BYTES: usize = 4 * 1024 * 1024;

/// What is wrong with the path of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathProblem {
    /// It does not start with `name-version/`.
    OutsidePackage,
    /// It has an empty, `.` or `..` component.
    NotPlain,
    /// It is not UTF-8.
    NotUtf8,
    /// It is longer than 4096 bytes.
    TooLong,
    /// It has a control character or one of `\ < > : " | ? *`, which some systems cannot store.
    BadCharacter,
    /// A component ends in a dot or a space, which Windows drops.
    DotOrSpaceEnd,
    /// A component is the name of a Windows device, such as `aux.rs`.
    WindowsDevice,
    /// It is the marker that cargo itself writes into unpacked crates.
    CargoOk,
    /// The same path occurs before, possibly in another casing.
    Twice,
    /// It is a file, and another entry lies below it as if it were a directory, possibly in another casing.
    FileAndDirectory,
}

impl fmt::Display for PathProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutsidePackage => "is not below `name-version/`; package it again with `cargo package`",
            Self::NotPlain => "has an empty, `.` or `..` part; package it again with `cargo package`",
            Self::NotUtf8 => "has a name that is not UTF-8; rename the file",
            Self::TooLong => "has a path of more than 4096 bytes; shorten it",
            Self::BadCharacter => "has a character that some systems cannot store in a file name; rename the file",
            Self::DotOrSpaceEnd => "has a name that ends in a dot or a space, which Windows drops; rename the file",
            Self::WindowsDevice => "has the name of a Windows device; rename the file",
            Self::CargoOk => "is the marker that cargo writes itself; remove the file",
            Self::Twice => "occurs twice, if upper and lower case count as equal; rename or remove one of the two",
            Self::FileAndDirectory => "is both a file and a directory, or lies below a file; rename one of the two",
        })
    }
}

/// Checks the raw path of an entry and answers it without the leading `root/`; empty for the root itself.
pub(crate) fn check<'p>(path: &'p [u8], root: &str) -> Result<&'p str, PathProblem> {
    let below = match path.strip_prefix(root.as_bytes()) {
        Some([]) => &[],
        Some([b'/', below @ ..]) => below,
        _ => return Err(PathProblem::OutsidePackage),
    };
    let below = std::str::from_utf8(below).map_err(|_| PathProblem::NotUtf8)?;
    let below = below.strip_suffix('/').unwrap_or(below);
    if below.is_empty() {
        return Ok(below);
    }
    below.split('/').try_for_each(check_component)?;
    if below == ".cargo-ok" {
        return Err(PathProblem::CargoOk);
    }
    Ok(below)
}

fn check_component(name: &str) -> Result<(), PathProblem> {
    if matches!(name, "" | "." | "..") {
        return Err(PathProblem::NotPlain);
    }
    if name.contains(|c: char| c.is_control() || matches!(c, '\\' | '<' | '>' | ':' | '"' | '|' | '?' | '*')) {
        return Err(PathProblem::BadCharacter);
    }
    if name.ends_with(['.', ' ']) {
        return Err(PathProblem::DotOrSpaceEnd);
    }
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_ascii_lowercase();
    let device = matches!(stem.as_str(), "con" | "prn" | "aux" | "nul")
        || ["com", "lpt"]
            .iter()
            .any(|port| stem.strip_prefix(port).is_some_and(|n| n.len() == 1 && n.as_bytes()[0].is_ascii_digit()));
    if device { Err(PathProblem::WindowsDevice) } else { Ok(()) }
}

/// How many parts a directory's path has where targets are looked for: `src/bin/tool`.
const DEEPEST_SEARCHED: usize = 3;

/// The files of a package, as a tree of directories.
#[derive(Debug, Default)]
pub(crate) struct PathTree {
    /// What lies in each directory with an entry of its own and in each other one that targets are looked for in. Every
    /// directory above every file would be too much: their paths together can be 2000 times as long as the file's.
    directories: BTreeMap<String, BTreeSet<Box<str>>>,
    files: Vec<String>,
    /// Every path in lower case, and whether it is a file. The separator is NUL, which comes before all characters of
    /// names, so what lies below a path follows it at once.
    taken: BTreeMap<String, bool>,
    total_bytes: usize,
}

impl PathTree {
    /// Adds a file and the directories above it.
    pub(crate) fn add_file(&mut self, path: &str) -> Result<(), PathProblem> {
        let key = taken_key(path);
        let next = self.taken.range::<str, _>((Bound::Excluded(key.as_str()), Bound::Unbounded)).next();
        if self.is_below_a_file(&key) || next.is_some_and(|(next, _)| is_below(next, &key)) {
            return Err(PathProblem::FileAndDirectory);
        }
        if self.taken.insert(key, true).is_some() {
            return Err(PathProblem::Twice);
        }
        self.files.push(path.to_owned());
        self.total_bytes += path.len();
        self.add_to_parents(path);
        Ok(())
    }

    /// Adds a directory. The same directory may occur again, a file of that name may not.
    pub(crate) fn add_directory(&mut self, path: &str) -> Result<(), PathProblem> {
        let key = taken_key(path);
        if self.is_below_a_file(&key) {
            return Err(PathProblem::FileAndDirectory);
        }
        let is_new = self.taken.insert(key, false).is_none();
        if !is_new && !self.directories.contains_key(path) {
            return Err(PathProblem::Twice);
        }
        self.directories.entry(path.to_owned()).or_default();
        self.total_bytes += path.len();
        if !path.is_empty() {
            self.add_to_parents(path);
        }
        Ok(())
    }

    /// How long all paths together are.
    pub(crate) fn total_bytes(&self) -> usize {
        self.total_bytes
    }

    /// The paths of all files in archive order.
    pub(crate) fn into_files(self) -> Vec<String> {
        self.files
    }

    fn is_below_a_file(&self, key: &str) -> bool {
        let previous = self.taken.range::<str, _>((Bound::Unbounded, Bound::Excluded(key))).next_back();
        previous.is_some_and(|(previous, is_file)| *is_file && is_below(key, previous))
    }

    fn add_to_parents(&mut self, path: &str) {
        let mut parent = String::new();
        for name in path.split('/').take(DEEPEST_SEARCHED + 1) {
            self.directories.entry(parent.clone()).or_default().insert(name.into());
            if !parent.is_empty() {
                parent.push('/');
            }
            parent.push_str(name);
        }
    }
}

fn taken_key(path: &str) -> String {
    path.to_lowercase().replace('/', "\0")
}

fn is_below(key: &str, above: &str) -> bool {
    key.strip_prefix(above).is_some_and(|rest| rest.starts_with('\0'))
}

impl AbstractFilesystem for &PathTree {
    fn file_names_in<T: AsRef<Path>>(&self, directory: T) -> io::Result<BTreeSet<Box<str>>> {
        let directory = directory.as_ref().to_str().unwrap_or_default();
        let directory = if directory == "." { "" } else { directory };
        self.directories.get(directory).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}
