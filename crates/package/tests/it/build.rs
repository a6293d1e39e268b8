//! Builds `.crate` files, good and bad ones: the tar headers are written byte by byte, so nothing is prettied up.

use std::io::Write;
use std::process::{Command, Stdio};

use cargohold_package::{Limits, Package, PackageError, list_files};
use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};

/// Limits that no test meets by accident.
pub(crate) const LIMITS: Limits = Limits { max_unpacked_bytes: 512 * 1024 * 1024, max_entries: 10_000 };

/// The least a manifest needs.
pub(crate) const MANIFEST: &str = "[package]\nname = \"foo\"\nversion = \"1.0.0\"\n";

/// A tar archive in the making.
#[derive(Clone, Default)]
pub(crate) struct Tar(Vec<u8>);

impl Tar {
    /// An archive without entries.
    pub(crate) fn empty() -> Self {
        Self::default()
    }

    /// An archive that holds the least manifest.
    pub(crate) fn with_manifest() -> Self {
        Self::empty().file("foo-1.0.0/Cargo.toml", MANIFEST)
    }

    /// Adds a regular file.
    pub(crate) fn file(self, path: &str, contents: impl AsRef<[u8]>) -> Self {
        let contents = contents.as_ref();
        self.entry(&header(EntryType::Regular, path, contents.len() as u64), contents)
    }

    /// Adds an entry of any type.
    pub(crate) fn entry(mut self, header: &Header, contents: &[u8]) -> Self {
        self.0.extend(header.as_bytes());
        self.0.extend(contents);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    /// Adds a pax header for the next entry.
    pub(crate) fn pax(self, records: &[(&str, &str)]) -> Self {
        let records: String = records.iter().map(|(key, value)| pax_record(key, value)).collect();
        self.pax_bytes(records.as_bytes())
    }

    /// Adds a pax header with exactly these bytes.
    pub(crate) fn pax_bytes(self, records: &[u8]) -> Self {
        self.entry(&header(EntryType::XHeader, "PaxHeaders/x", records.len() as u64), records)
    }

    /// Adds a GNU long name for the next entry, with the NUL that ends it.
    pub(crate) fn long_name(self, path: &[u8]) -> Self {
        self.long_name_bytes(&[path, b"\0"].concat())
    }

    /// Adds a GNU long name with exactly these bytes.
    pub(crate) fn long_name_bytes(self, path: &[u8]) -> Self {
        self.entry(&header(EntryType::GNULongName, "././@LongLink", path.len() as u64), path)
    }

    /// The bytes of the archive with its end marker.
    pub(crate) fn bytes(mut self) -> Vec<u8> {
        self.0.extend([0; 1024]);
        self.0
    }

    /// The finished `.crate` file.
    pub(crate) fn krate(self) -> Vec<u8> {
        gzip(&self.bytes())
    }
}

/// A tar header whose path is taken as it is; at most 100 bytes of it fit.
pub(crate) fn header(kind: EntryType, path: impl AsRef<[u8]>, size: u64) -> Header {
    let path = path.as_ref();
    let mut header = Header::new_gnu();
    header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path);
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(size);
    header.set_cksum();
    header
}

fn pax_record(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    // The length counts its own digits.
    let mut len = rest.len() + 1;
    while format!("{len}{rest}").len() != len {
        len += 1;
    }
    format!("{len}{rest}")
}

/// Compresses into one gzip member.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Opens the file as `foo` 1.0.0.
pub(crate) fn open(krate: &[u8]) -> Result<Package, PackageError> {
    open_within(krate, &LIMITS)
}

/// Opens the file as `foo` 1.0.0 within other limits.
pub(crate) fn open_within(krate: &[u8], limits: &Limits) -> Result<Package, PackageError> {
    let (name, version) = ("foo".parse().unwrap(), "1.0.0".parse().unwrap());
    let opened = Package::open(krate, &name, &version, limits);
    // The list of files is for packages that keep every rule of archives, whatever their manifest says.
    let listed = list_files(krate, &name, &version, limits);
    match &opened {
        Ok(_) | Err(PackageError::NoManifest(_) | PackageError::MisspelledManifest(_)) => {
            assert!(listed.is_ok(), "{listed:?}");
        }
        Err(PackageError::BadManifest(_)) => {}
        Err(error) => assert_eq!(listed.as_ref().unwrap_err(), error),
    }
    opened
}

/// The files of `foo` 1.0.0.
pub(crate) fn files(krate: &[u8]) -> Result<Vec<String>, PackageError> {
    list_files(krate, &"foo".parse().unwrap(), &"1.0.0".parse().unwrap(), &LIMITS)
}

/// The regular files that GNU tar finds, as they stand in the archive; what it says if it gives up.
pub(crate) fn gnu_tar_files(krate: &[u8]) -> Result<Vec<String>, String> {
    let names = gnu_tar(krate, "-tzf")?;
    let types = gnu_tar(krate, "-tvzf")?;
    assert_eq!(names.lines().count(), types.lines().count(), "{names}");
    let files = names.lines().zip(types.lines()).filter(|(_, listed)| listed.starts_with('-'));
    Ok(files.map(|(name, _)| name.to_owned()).collect())
}

fn gnu_tar(krate: &[u8], list: &str) -> Result<String, String> {
    let mut tar = Command::new("tar")
        .args(["--quoting-style=literal", "--show-transformed-names", "--numeric-owner", list, "-"])
        .env_remove("TAR_OPTIONS")
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = tar.stdin.take().unwrap();
    let listed = std::thread::scope(|scope| {
        // A tar that gives up early closes the pipe; its exit status tells.
        scope.spawn(move || drop(input.write_all(krate)));
        tar.wait_with_output().unwrap()
    });
    if !listed.status.success() {
        return Err(String::from_utf8_lossy(&listed.stderr).into_owned());
    }
    String::from_utf8(listed.stdout).map_err(|error| error.to_string())
}

/// Asserts that opening fails in the way of the pattern.
macro_rules! assert_refused {
    ($krate:expr, $pattern:pat $(if $guard:expr)?) => {
        match $crate::build::open(&$krate) {
            Err($pattern) $(if $guard)? => {}
            other => panic!("expected {}, got {other:?}", stringify!($pattern $(if $guard)?)),
        }
    };
}
pub(crate) use assert_refused;
