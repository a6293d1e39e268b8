//! Walking the files of an accepted package.

use cargohold_package::{Limits, PackageError, VCS_INFO_FILE, for_each_file, path_in_vcs};
use tar::EntryType;

use crate::build::{LIMITS, MANIFEST, Tar, gzip, header};

type Files = Vec<(String, Vec<u8>)>;

/// What is shown before the walk ends, and how it ends.
fn walk(krate: &[u8], limits: &Limits) -> (Files, Result<(), PackageError>) {
    let mut seen = Vec::new();
    let (name, version) = ("foo".parse().unwrap(), "1.0.0".parse().unwrap());
    let ended = for_each_file(krate, &name, &version, limits, |path, contents| {
        seen.push((path.to_owned(), contents.unwrap_or(b"too long").to_vec()));
    });
    (seen, ended)
}

#[test]
fn every_file_is_shown_with_its_contents_in_the_order_of_the_archive() {
    let krate = Tar::empty()
        .file("foo-1.0.0/src/lib.rs", "pub fn it() {}")
        .entry(&header(EntryType::Directory, "foo-1.0.0/src", 0), b"")
        .file("foo-1.0.0/Cargo.toml", MANIFEST)
        .long_name(b"foo-1.0.0/long")
        .file("x", [7; 3000])
        .file("foo-1.0.0/empty", "")
        .krate();
    let (seen, ended) = walk(&krate, &LIMITS);
    ended.unwrap();
    let expected: [(&str, &[u8]); 4] =
        [("src/lib.rs", b"pub fn it() {}"), ("Cargo.toml", MANIFEST.as_bytes()), ("long", &[7; 3000]), ("empty", b"")];
    let seen: Vec<_> = seen.iter().map(|(path, contents)| (path.as_str(), contents.as_slice())).collect();
    assert_eq!(seen, expected);
}

#[test]
fn s04_walking_stops_at_the_limits() {
    let krate = Tar::with_manifest().file("foo-1.0.0/zeros", vec![0; 4 << 20]).file("foo-1.0.0/last", "").krate();
    let (seen, ended) = walk(&krate, &Limits { max_unpacked_bytes: 1 << 20, ..LIMITS });
    assert_eq!(ended.unwrap_err(), PackageError::TooLarge { limit: 1 << 20 });
    assert_eq!(seen.len(), 1);
    let (_, ended) = walk(&krate, &Limits { max_entries: 2, ..LIMITS });
    assert_eq!(ended.unwrap_err(), PackageError::TooManyEntries { limit: 2 });
}

#[test]
fn a_file_that_ends_early_is_never_shown() {
    let mut tar = Tar::with_manifest().file("foo-1.0.0/cut", [7; 2000]).bytes();
    tar.truncate(tar.len() - 1024 - 512);
    let (seen, ended) = walk(&gzip(&tar), &LIMITS);
    assert!(matches!(ended, Err(PackageError::Unreadable(_))), "{ended:?}");
    assert_eq!(seen.len(), 1);
}

#[test]
fn s05_the_rules_of_paths_hold_while_walking() {
    let (_, ended) = walk(&Tar::with_manifest().file("foo-1.0.0/../x", "").krate(), &LIMITS);
    assert!(matches!(ended, Err(PackageError::BadPath { .. })), "{ended:?}");
}

#[test]
fn the_folder_in_the_repository_is_read() {
    let info = br#"{"git": {"sha1": "abc"}, "path_in_vcs": "crates/foo"}"#;
    let krate = Tar::with_manifest().file("foo-1.0.0/.cargo_vcs_info.json", info).krate();
    let (seen, _) = walk(&krate, &LIMITS);
    let found = seen.iter().find(|(path, _)| path == VCS_INFO_FILE).and_then(|(_, contents)| path_in_vcs(contents));
    assert_eq!(found.as_deref(), Some("crates/foo"));
}

#[test]
fn an_unreadable_note_of_the_commit_says_nothing() {
    for info in ["", "{", "[]", "{}", r#"{"path_in_vcs": null}"#, r#"{"path_in_vcs": 7}"#, "\u{feff}{}", "\0"] {
        assert_eq!(path_in_vcs(info.as_bytes()), None, "{info}");
    }
    assert_eq!(path_in_vcs(br#"{"path_in_vcs": ""}"#).as_deref(), Some(""));
    assert_eq!(path_in_vcs(b"{\"path_in_vcs\": \"\xff\"}"), None);
}
