//! Only regular files and directories, with ordinary modes (S01, S06).

use cargohold_package::PackageError;
use tar::{EntryType, Header};

use crate::build::{Tar, assert_refused, files, header, open};

fn linked(kind: EntryType, target: &str) -> Vec<u8> {
    let mut header = header(kind, "foo-1.0.0/link", 0);
    header.set_link_name_literal(target).unwrap();
    header.set_cksum();
    Tar::with_manifest().entry(&header, b"").krate()
}

fn of_type(kind: EntryType) -> Vec<u8> {
    Tar::with_manifest().entry(&header(kind, "foo-1.0.0/odd", 0), b"").krate()
}

#[test]
fn s01_a_symlink_is_refused() {
    for target in ["Cargo.toml", "../../.cargo-ok", "/etc/passwd"] {
        assert_refused!(
            linked(EntryType::Symlink, target),
            PackageError::BadType { path, kind } if path == "foo-1.0.0/link" && kind == "symbolic link"
        );
    }
}

#[test]
fn s01_a_hard_link_is_refused() {
    assert_refused!(
        linked(EntryType::Link, "foo-1.0.0/Cargo.toml"),
        PackageError::BadType { kind, .. } if kind == "hard link"
    );
}

#[test]
fn s01_fifos_and_devices_are_refused() {
    for (kind, word) in [(EntryType::Fifo, "fifo"), (EntryType::Char, "device"), (EntryType::Block, "device")] {
        assert_refused!(of_type(kind), PackageError::BadType { kind, .. } if kind == word);
    }
}

#[test]
fn s01_every_type_but_file_and_directory_is_refused() {
    for byte in 0..=u8::MAX {
        let opened = open(&of_type(EntryType::new(byte)));
        match byte {
            b'0' | 0 | b'5' => assert!(opened.is_ok(), "{byte}: {opened:?}"),
            // Headers about the next entry: empty ones are refused for that.
            b'L' | b'x' => assert!(opened.is_err(), "{byte}"),
            _ => assert!(matches!(opened, Err(PackageError::BadType { .. })), "{byte}: {opened:?}"),
        }
    }
}

#[test]
fn s01_a_cargo_ok_file_in_the_root_is_refused() {
    let krate = Tar::with_manifest().file("foo-1.0.0/.cargo-ok", "ok").krate();
    assert_refused!(krate, PackageError::BadPath { path, .. } if path == "foo-1.0.0/.cargo-ok");
    assert!(open(&Tar::with_manifest().file("foo-1.0.0/tests/.cargo-ok", "ok").krate()).is_ok());
}

#[test]
fn directories_are_fine_and_no_files() {
    let krate = Tar::empty()
        .entry(&header(EntryType::Directory, "foo-1.0.0", 0), b"")
        .entry(&header(EntryType::Directory, "foo-1.0.0/", 0), b"")
        .entry(&header(EntryType::Directory, "foo-1.0.0/src/", 0), b"")
        .file("foo-1.0.0/src/lib.rs", "")
        .file("foo-1.0.0/Cargo.toml", crate::build::MANIFEST)
        .krate();
    assert!(open(&krate).is_ok());
    assert_eq!(files(&krate).unwrap(), ["src/lib.rs", "Cargo.toml"]);
}

#[test]
fn a_file_in_the_place_of_the_root_is_refused() {
    for path in ["foo-1.0.0", "foo-1.0.0/"] {
        assert!(open(&Tar::with_manifest().file(path, "").krate()).is_err(), "{path}");
    }
}

fn with_mode(kind: EntryType, mode: u32) -> Vec<u8> {
    let mut header = header(kind, "foo-1.0.0/odd", 0);
    header.set_mode(mode);
    header.set_cksum();
    Tar::with_manifest().entry(&header, b"").krate()
}

#[test]
fn s06_setuid_setgid_and_sticky_bits_are_refused() {
    for bit in [0o4000, 0o2000, 0o1000, 0o7000] {
        for kind in [EntryType::Regular, EntryType::Directory] {
            assert_refused!(
                with_mode(kind, bit | 0o755),
                PackageError::BadMode { path, mode } if path == "foo-1.0.0/odd" && mode == bit | 0o755
            );
        }
    }
}

#[test]
fn s06_ordinary_modes_are_fine() {
    for mode in [0o644, 0o755, 0o600, 0o664, 0o100_644] {
        assert!(open(&with_mode(EntryType::Regular, mode)).is_ok(), "{mode:o}");
    }
}

#[test]
fn s06_a_mode_that_is_no_number_is_refused() {
    let mut header = header(EntryType::Regular, "foo-1.0.0/odd", 0);
    header.as_gnu_mut().unwrap().mode = *b"rwxrwxrw";
    header.set_cksum();
    assert_refused!(Tar::with_manifest().entry(&header, b"").krate(), PackageError::Unreadable(_));
}

#[test]
fn headers_of_every_tar_dialect_are_read() {
    for mut dialect in [Header::new_gnu(), Header::new_ustar(), Header::new_old()] {
        dialect.set_path("foo-1.0.0/src/lib.rs").unwrap();
        dialect.set_mode(0o644);
        dialect.set_size(2);
        dialect.set_cksum();
        let krate = Tar::with_manifest().entry(&dialect, b"//").krate();
        assert_eq!(files(&krate).unwrap(), ["Cargo.toml", "src/lib.rs"]);
    }
}
