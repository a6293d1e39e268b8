//! Paths of archive entries: which are acceptable, and the tree they form.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::io;
use std::path::Path;

use cargo_manifest::AbstractFilesystem;

/// The longest accepted path of an entry, in bytes.
pub(crate) const MAX_PATH_BYTES: u64 = 4096;

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

/// The files of a package, as a tree of directories.
#[derive(Debug, Default)]
pub(crate) struct PathTree {
    directories: BTreeMap<String, BTreeSet<Box<str>>>,
    files: Vec<String>,
    seen: HashSet<String>,
}

impl PathTree {
    /// Adds a file and the directories above it.
    pub(crate) fn add_file(&mut self, path: &str) -> Result<(), PathProblem> {
        if !self.seen.insert(path.to_lowercase()) {
            return Err(PathProblem::Twice);
        }
        self.files.push(path.to_owned());
        self.add_to_parent(path);
        Ok(())
    }

    /// Adds a directory. The same directory may occur again, a file of that name may not.
    pub(crate) fn add_directory(&mut self, path: &str) -> Result<(), PathProblem> {
        let is_new = self.seen.insert(path.to_lowercase());
        if !is_new && !self.directories.contains_key(path) {
            return Err(PathProblem::Twice);
        }
        self.directories.entry(path.to_owned()).or_default();
        if !path.is_empty() {
            self.add_to_parent(path);
        }
        Ok(())
    }

    /// The paths of all files in archive order.
    pub(crate) fn into_files(self) -> Vec<String> {
        self.files
    }

    fn add_to_parent(&mut self, path: &str) {
        let mut path = path;
        loop {
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
            let known = self.directories.contains_key(parent);
            self.directories.entry(parent.to_owned()).or_default().insert(name.into());
            if known || parent.is_empty() {
                return;
            }
            path = parent;
        }
    }
}

impl AbstractFilesystem for &PathTree {
    fn file_names_in<T: AsRef<Path>>(&self, directory: T) -> io::Result<BTreeSet<Box<str>>> {
        let directory = directory.as_ref().to_str().unwrap_or_default();
        let directory = if directory == "." { "" } else { directory };
        self.directories.get(directory).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}
