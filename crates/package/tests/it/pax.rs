//! Records that speak about the next entry, the classic way to show two readers two archives (S05).

use cargohold_package::{PackageError, PathProblem};
use tar::{EntryType, Header};

use crate::build::{Tar, assert_refused, files, header, open};

#[test]
fn s05_a_pax_size_that_differs_from_the_headers_is_refused() {
    for size in
        ["0", "1", "4", "512", "1024", "18446744073709551615", "18446744073709551616", "-3", "3 ", "0x3", "", "a"]
    {
        let krate = Tar::with_manifest().pax(&[("size", size)]).file("foo-1.0.0/a", "abc").krate();
        assert_refused!(krate, PackageError::SizeMismatch { path } if path == "foo-1.0.0/a");
    }
    let agreeing = Tar::with_manifest().pax(&[("size", "3")]).file("foo-1.0.0/a", "abc").krate();
    assert_eq!(files(&agreeing).unwrap(), ["Cargo.toml", "a"]);
}

// The archive holds `hidden` for a reader that believes the pax header, and only `a` for one that does not.
#[test]
fn s05_an_entry_hidden_behind_a_pax_size_is_refused() {
    let hidden = Tar::empty().file("foo-1.0.0/hidden", "boo").bytes();
    let krate = Tar::with_manifest().pax(&[("size", "0")]).file("foo-1.0.0/a", hidden).krate();
    assert_refused!(krate, PackageError::SizeMismatch { .. });
}

#[test]
fn s05_a_pax_size_of_a_directory_must_agree_too() {
    let directory = header(EntryType::Directory, "foo-1.0.0/d", 0);
    let krate = Tar::with_manifest().pax(&[("size", "512")]).entry(&directory, b"").krate();
    assert_refused!(krate, PackageError::SizeMismatch { .. });
}

// Some tars read the contents of a directory as the next headers.
#[test]
fn s05_a_directory_with_contents_is_refused() {
    let hidden = Tar::empty().file("foo-1.0.0/hidden", "boo").bytes();
    let directory = header(EntryType::Directory, "foo-1.0.0/d/", hidden.len() as u64);
    assert_refused!(Tar::with_manifest().entry(&directory, &hidden).krate(), PackageError::Unreadable(_));
}

#[test]
fn s05_long_names_and_pax_paths_replace_the_name_in_the_header() {
    let long = format!("foo-1.0.0/{}", "a".repeat(200));
    for tar in [
        Tar::with_manifest().long_name(long.as_bytes()),
        Tar::with_manifest().pax(&[("path", &long)]),
        Tar::with_manifest().pax(&[("mtime", "1.5"), ("path", &long), ("LIBARCHIVE.creationtime", "1")]),
    ] {
        let krate = tar.file("elsewhere/short", "").file("foo-1.0.0/next", "").krate();
        assert_eq!(files(&krate).unwrap(), ["Cargo.toml", &long["foo-1.0.0/".len()..], "next"]);
    }
}

// GNU tar reads such a name up to the first NUL in the padding, others up to the size in the header.
#[test]
fn s05_a_long_name_without_its_nul_is_refused() {
    for name in [b"foo-1.0.0/b".as_slice(), b""] {
        let krate = Tar::with_manifest().long_name_bytes(name).file("foo-1.0.0/a", "").krate();
        assert_refused!(krate, PackageError::Unreadable(why) if why.contains("long name"));
    }
}

#[test]
fn s05_a_manifest_under_a_long_name_is_the_manifest() {
    let krate = Tar::empty().pax(&[("path", "foo-1.0.0/Cargo.toml")]).file("x", crate::build::MANIFEST).krate();
    assert_eq!(open(&krate).unwrap().manifest.name, "foo");
    let renamed_away =
        Tar::empty().long_name(b"foo-1.0.0/other").file("foo-1.0.0/Cargo.toml", crate::build::MANIFEST).krate();
    assert_refused!(renamed_away, PackageError::NoManifest(_));
}

#[test]
fn s05_two_names_for_one_entry_are_refused() {
    let (one, other) = ("foo-1.0.0/one", "foo-1.0.0/other");
    for tar in [
        Tar::with_manifest().long_name(one.as_bytes()).long_name(other.as_bytes()),
        Tar::with_manifest().long_name(one.as_bytes()).long_name(one.as_bytes()),
        Tar::with_manifest().long_name(one.as_bytes()).pax(&[("path", other)]),
        Tar::with_manifest().pax(&[("path", one)]).long_name(other.as_bytes()),
        Tar::with_manifest().pax(&[("path", one), ("path", other)]),
        Tar::with_manifest().pax(&[("path", one)]).pax(&[("path", other)]),
    ] {
        assert_refused!(tar.file("foo-1.0.0/a", "").krate(), PackageError::Unreadable(_));
    }
}

// Cargo refuses to unpack such a crate, so it must not become one.
#[test]
fn s05_two_pax_headers_for_one_entry_are_refused() {
    let krate =
        Tar::with_manifest().pax(&[("mtime", "1")]).pax(&[("path", "foo-1.0.0/b")]).file("foo-1.0.0/a", "").krate();
    assert_refused!(krate, PackageError::Unreadable(_));
}

#[test]
fn s05_a_record_without_an_entry_behind_it_is_refused() {
    for tar in [Tar::with_manifest().long_name(b"foo-1.0.0/a"), Tar::with_manifest().pax(&[("mtime", "1")])] {
        assert_refused!(tar.krate(), PackageError::Unreadable(_));
    }
}

#[test]
fn s05_malformed_pax_headers_are_refused() {
    let malformed: &[&[u8]] = &[
        b"",
        b"\n",
        b"x",
        b"20 path=foo-1.0.0/b\n\0",
        b"20 path=foo-1.0.0/b",
        b"21 path=foo-1.0.0/b\n",
        b"19 path=foo-1.0.0/b\n",
        b"path=foo-1.0.0/b\n",
        b"11 mtime=1",
        b"\n11 mtime=1\n",
        b"11 mtime=1\n\n20 path=foo-1.0.0/b\n",
        b"11 mtime=1\n\n",
        // The value holds a line break: one record to some readers, two to others.
        b"33 comment=x\n20 path=foo-1.0.0/b\n",
        b"99999999999999999999 mtime=1\n",
    ];
    for data in malformed {
        let opened = open(&Tar::with_manifest().pax_bytes(data).file("foo-1.0.0/a", "").krate());
        let shown = String::from_utf8_lossy(data);
        assert!(matches!(opened, Err(PackageError::Unreadable(_))), "{shown:?}: {opened:?}");
    }
}

#[test]
fn s05_sparse_files_are_refused() {
    let old_style = Tar::with_manifest().entry(&header(EntryType::GNUSparse, "foo-1.0.0/a", 0), b"").krate();
    assert_refused!(old_style, PackageError::BadType { kind, .. } if kind == "sparse file");
    for key in ["GNU.sparse.major", "GNU.sparse.name", "GNU.sparse.realsize", "GNU.sparse.map"] {
        let krate = Tar::with_manifest().pax(&[(key, "1")]).file("foo-1.0.0/a", "abc").krate();
        assert_refused!(krate, PackageError::Unreadable(why) if why.contains("sparse"));
    }
}

#[test]
fn s05_a_global_pax_header_is_refused() {
    let record = b"20 path=foo-1.0.0/b\n";
    for path in ["pax_global_header", "foo-1.0.0/pax_global_header"] {
        let global = header(EntryType::XGlobalHeader, path, record.len() as u64);
        let first = Tar::empty().entry(&global, record).file("foo-1.0.0/Cargo.toml", crate::build::MANIFEST).krate();
        let last = Tar::with_manifest().entry(&global, record).krate();
        for krate in [first, last] {
            assert!(matches!(open(&krate), Err(PackageError::BadType { .. } | PackageError::BadPath { .. })), "{path}");
        }
    }
}

#[test]
fn s05_a_long_link_name_is_refused() {
    let long = header(EntryType::GNULongLink, "././@LongLink", 3);
    let krate = Tar::with_manifest().entry(&long, b"a/b").file("foo-1.0.0/a", "").krate();
    assert!(open(&krate).is_err());
}

/// A record of 100 MiB whose file is cut off behind the first mebibyte: who reads on finds out.
fn endless(kind: EntryType, start: &[u8]) -> Vec<u8> {
    let mut record = start.to_vec();
    record.resize(1024 * 1024, b'a');
    let tar = Tar::with_manifest().entry(&header(kind, "././@LongLink", 100 * 1024 * 1024), &record).bytes();
    let mut krate = crate::build::gzip(&tar);
    krate.truncate(krate.len() - 100);
    krate
}

#[test]
fn s05_a_long_name_of_100_mib_is_refused_before_it_is_read() {
    for krate in
        [endless(EntryType::GNULongName, b"foo-1.0.0/"), endless(EntryType::XHeader, b"104857600 path=foo-1.0.0/")]
    {
        assert_refused!(krate, PackageError::BadPath { problem: PathProblem::TooLong, .. });
    }
}

#[test]
fn s05_a_size_that_overflows_is_refused() {
    for size in [u64::MAX, u64::MAX - 511, i64::MAX as u64, 1 << 60] {
        for kind in [EntryType::Regular, EntryType::GNULongName, EntryType::XHeader] {
            let krate = Tar::with_manifest().entry(&header(kind, "foo-1.0.0/a", size), b"abc").krate();
            assert!(open(&krate).is_err(), "{size} as {kind:?}");
        }
    }
}

#[test]
fn s05_a_header_with_a_wrong_checksum_is_refused() {
    let mut header: Header = header(EntryType::Regular, "foo-1.0.0/a", 0);
    header.set_mode(0o755);
    assert_refused!(Tar::with_manifest().entry(&header, b"").krate(), PackageError::Unreadable(_));
}
