//! Walks the files of a package that has been accepted before.

use cargohold_protocol::{CrateName, Version};
use serde::Deserialize;

use crate::{Limits, PackageError, archive};

/// The file in which cargo notes the commit a package was made from.
pub const VCS_INFO_FILE: &str = ".cargo_vcs_info.json";

/// Calls `visit` with the path, without the leading `name-version/`, and the contents of every file, in the order of the
/// archive; of a file over 16 MiB, the path alone. One file at a time is in memory. The manifest is shown as any other file; it is not read.
///
/// # Errors
/// As [`Package::open`](crate::Package::open), but for rules about manifests. Files in front of the fault have been shown.
pub fn for_each_file(
    tarball: &[u8],
    name: &CrateName,
    version: &Version,
    limits: &Limits,
    mut visit: impl FnMut(&str, Option<&[u8]>),
) -> Result<(), PackageError> {
    for_each_sized_file(tarball, name, version, limits, |path, _, contents| visit(path, contents))
}

/// As [`for_each_file`], with the length of every file in bytes before its contents.
///
/// # Errors
/// As [`for_each_file`].
pub fn for_each_sized_file(
    tarball: &[u8],
    name: &CrateName,
    version: &Version,
    limits: &Limits,
    mut visit: impl FnMut(&str, u64, Option<&[u8]>),
) -> Result<(), PackageError> {
    archive::visit(tarball, &format!("{name}-{version}"), limits, &mut visit)
}

/// The folder of the package in its repository, from the contents of its [`VCS_INFO_FILE`] (contract §7.4).
///
/// `None` if it is not said, or if the file cannot be read.
#[must_use]
pub fn path_in_vcs(vcs_info: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct VcsInfo {
        path_in_vcs: Option<String>,
    }
    serde_json::from_slice::<VcsInfo>(vcs_info).ok()?.path_in_vcs
}
