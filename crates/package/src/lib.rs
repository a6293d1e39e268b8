//! Opens an untrusted `.crate` file within limits and says what is inside.
//!
//! [`Package::open`] reads a gzip'd tar exactly once, as a stream, and refuses everything a client would refuse, skip or
//! read differently (contract §7.4; security requirements S01-S07). It does no I/O of its own and knows no SQL or HTTP.

mod archive;
mod files;
mod manifest;
mod paths;

use cargohold_protocol::{Cksum, CrateName, Version};
use sha2::{Digest, Sha256};

pub use crate::files::{VCS_INFO_FILE, for_each_file, for_each_sized_file, path_in_vcs};
pub use crate::manifest::{ManifestDependency, PackageManifest};
pub use crate::paths::PathProblem;

/// What a `.crate` file may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The inflated archive must stay below this many bytes. It bounds the time spent as well.
    pub max_unpacked_bytes: u64,
    /// The archive has at most this many files and directories.
    pub max_entries: usize,
}

/// The longest manifest that is read, in bytes.
const MAX_MANIFEST_BYTES: u64 = 2 * 1024 * 1024;

/// An opened package: it kept every rule of the archive, and its manifest has been read.
#[derive(Clone, Debug)]
pub struct Package {
    /// The SHA-256 of the whole `.crate` file.
    pub cksum: Cksum,
    /// What the package's `Cargo.toml` says, completed with the targets found among its files.
    pub manifest: PackageManifest,
}

/// Why a `.crate` file is refused. Each names the entry at fault where there is one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    /// The bytes are no complete gzip'd tar.
    #[error("the crate file is not a readable gzip'd tar archive ({0}); package it again with `cargo package`")]
    Unreadable(String),
    /// There are bytes behind the archive that some readers would see and others not.
    #[error("the crate file goes on behind the end of its archive; package it again with `cargo package`")]
    TrailingData,
    /// The archive inflates to too many bytes.
    #[error("the crate file unpacks to {limit} bytes or more; leave large files out with `package.exclude`")]
    TooLarge {
        /// The first refused size in bytes.
        limit: u64,
    },
    /// The archive has too many entries.
    #[error("the crate file has more than {limit} entries; leave files out with `package.exclude`")]
    TooManyEntries {
        /// The highest accepted count.
        limit: usize,
    },
    /// The paths of all entries together are too long.
    #[error("the paths in the crate file take more than {limit} bytes; shorten them or leave files out")]
    PathsTooLong {
        /// The highest accepted sum in bytes.
        limit: usize,
    },
    /// The size in a pax header is not the size in the tar header.
    #[error("the entry `{path}` gives two different sizes; package it again with `cargo package`")]
    SizeMismatch {
        /// The entry's path.
        path: String,
    },
    /// The path of an entry is not acceptable.
    #[error("the entry `{path}` {problem}")]
    BadPath {
        /// The entry's path, with unreadable bytes replaced.
        path: String,
        /// What is wrong with it and what to do.
        problem: PathProblem,
    },
    /// The entry is no regular file or directory.
    #[error("the entry `{path}` is a {kind}; crates may contain only regular files and directories")]
    BadType {
        /// The entry's path.
        path: String,
        /// What it is instead.
        kind: String,
    },
    /// The entry has the set-user-id, set-group-id or sticky bit.
    #[error("the entry `{path}` has the special mode {mode:o}; remove its setuid, setgid and sticky bits")]
    BadMode {
        /// The entry's path.
        path: String,
        /// Its mode.
        mode: u32,
    },
    /// There is no manifest in the root of the package.
    #[error("the crate file has no `{0}/Cargo.toml`; package it again with `cargo package`")]
    NoManifest(String),
    /// The only manifest is spelled in a way that cargo does not read.
    #[error("the manifest is called `{0}`; call it `Cargo.toml`")]
    MisspelledManifest(String),
    /// The manifest cannot be accepted.
    #[error("failed to parse the manifest: {0}")]
    BadManifest(String),
}

impl Package {
    /// Opens the `.crate` file that should hold `name` at `version`.
    ///
    /// Memory stays bounded by the manifest and the list of paths, whatever the file inflates to.
    ///
    /// # Errors
    /// The first rule broken, in the order of the entries.
    pub fn open(tarball: &[u8], name: &CrateName, version: &Version, limits: &Limits) -> Result<Self, PackageError> {
        let root = format!("{name}-{version}");
        let contents = archive::read(tarball, &root, limits)?;
        let (file_name, manifest) = contents.manifest.ok_or(PackageError::NoManifest(root))?;
        if !matches!(file_name.as_str(), "Cargo.toml" | "cargo.toml") {
            return Err(PackageError::MisspelledManifest(file_name));
        }
        let cksum = Cksum::from_bytes(Sha256::digest(tarball).into());
        Ok(Self { cksum, manifest: manifest.complete(&contents.paths)? })
    }
}

/// The names of all files of a package that has passed every rule, without the leading `name-version/`.
///
/// # Errors
/// As [`Package::open`].
pub fn list_files(
    tarball: &[u8],
    name: &CrateName,
    version: &Version,
    limits: &Limits,
) -> Result<Vec<String>, PackageError> {
    Ok(archive::read(tarball, &format!("{name}-{version}"), limits)?.paths.into_files())
}
