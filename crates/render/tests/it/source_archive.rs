//! Source archives (contract §9.2).

use std::io::{Cursor, Read};

use cargohold_protocol::Timestamp;
use cargohold_render::source_archive::{SourceArchive, build};
use flate2::read::DeflateDecoder;
use serde_json::Value;
use sha2::{Digest, Sha256};
use zip::{CompressionMethod, ZipArchive};

fn archive(files: &[(&str, &[u8])]) -> SourceArchive {
    let at: Timestamp = "2026-01-02T03:04:05.999Z".parse().unwrap();
    build(files.iter().map(|(path, contents)| ((*path).to_owned(), contents.to_vec())).collect(), at).unwrap()
}

/// The paths in the ZIP, in its order.
fn paths(archive: &SourceArchive) -> Vec<String> {
    let mut zip = ZipArchive::new(Cursor::new(&archive.zip)).unwrap();
    (0..zip.len()).map(|index| zip.by_index(index).unwrap().name().unwrap().into_owned()).collect()
}

fn manifest(archive: &SourceArchive) -> Vec<Value> {
    let json: Value = serde_json::from_slice(&archive.manifest).unwrap();
    json["files"].as_array().unwrap().clone()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_manifest_comes_first_and_the_rest_in_order() {
    let built = archive(&[("src/lib.rs", b"a"), ("Cargo.lock", b"b"), ("Cargo.toml", b"c"), ("sub/Cargo.toml", b"d")]);
    assert_eq!(paths(&built), ["Cargo.toml", "src/lib.rs", "Cargo.lock", "sub/Cargo.toml"]);
    let built = archive(&[("a", b""), ("Cargo.toml", b""), ("cargo.TOML", b""), ("b", b"")]);
    assert_eq!(paths(&built), ["cargo.TOML", "a", "Cargo.toml", "b"]);
}

#[test]
fn of_a_repeated_path_the_last_occurrence_counts() {
    let built = archive(&[("a", b"old"), ("b", b"b"), ("a", b"new")]);
    assert_eq!(paths(&built), ["b", "a"]);
    let files = manifest(&built);
    assert_eq!(files.len(), 2);
    assert_eq!(files[0]["sha256"], hex(&Sha256::digest("new")));
}

#[test]
fn every_file_can_be_read_out_of_the_middle_of_the_zip() {
    let large: Vec<u8> = (0..100_000_u32).flat_map(|n| (n % 251).to_le_bytes()).collect();
    let contents: [(&str, &[u8]); 4] =
        [("Cargo.toml", b"[package]"), ("empty", b""), ("large", &large), ("ü/é.rs", b"x")];
    let built = archive(&contents);
    let files = manifest(&built);
    assert_eq!(files.len(), 4);
    for file in files {
        let number = |key: &str| usize::try_from(file[key].as_u64().unwrap()).unwrap();
        let payload = &built.zip[number("data_offset")..][..number("compressed_size")];
        assert_eq!(file["compression"], "deflate");
        let mut inflated = Vec::new();
        DeflateDecoder::new(payload).read_to_end(&mut inflated).unwrap();
        let (_, expected) = contents.iter().find(|(path, _)| file["path"] == *path).unwrap();
        assert_eq!(inflated, *expected);
        assert_eq!(number("uncompressed_size"), expected.len());
        assert_eq!(file["sha256"], hex(&Sha256::digest(&inflated)));
    }
}

#[test]
fn the_list_is_sorted_and_has_these_members_in_this_order() {
    let built = archive(&[("b", b"x"), ("a", b"x"), ("B", b"x"), ("_", b"x")]);
    let listed: Vec<_> = manifest(&built).iter().map(|file| file["path"].as_str().unwrap().to_owned()).collect();
    assert_eq!(listed, ["_", "a", "B", "b"]);
    let text = String::from_utf8(archive(&[("a", b"x")]).manifest).unwrap();
    let digest = hex(&Sha256::digest("x"));
    assert_eq!(
        text,
        format!(
            r#"{{"files":[{{"path":"a","data_offset":31,"compressed_size":3,"uncompressed_size":1,"compression":"deflate","sha256":"{digest}"}}]}}"#
        )
    );
    assert_eq!(archive(&[]).manifest, br#"{"files":[]}"#);
}

#[test]
fn entries_carry_the_time_of_publishing_in_even_seconds() {
    let built = archive(&[("a", b"x")]);
    let mut zip = ZipArchive::new(Cursor::new(&built.zip)).unwrap();
    let file = zip.by_index(0).unwrap();
    let time = file.last_modified().unwrap();
    let date = (time.year(), time.month(), time.day());
    assert_eq!((date, time.hour(), time.minute(), time.second()), ((2026, 1, 2), 3, 4, 4));
    assert_eq!(file.compression(), CompressionMethod::Deflated);
    drop(file);
    // Instants that the format cannot say are no failure.
    assert!(build(vec![("a".to_owned(), vec![])], Timestamp::from_micros(0)).is_ok());
    assert!(build(vec![("a".to_owned(), vec![])], Timestamp::from_micros(i64::MAX)).is_ok());
}

#[test]
fn the_same_files_make_the_same_bytes() {
    let files: [(&str, &[u8]); 2] = [("Cargo.toml", b"a"), ("src/lib.rs", b"b")];
    assert_eq!(archive(&files).zip, archive(&files).zip);
}
