//! What is special about a local disk.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use cargohold_blobs::{Blobs, Error};
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;

use crate::backends::{on_disk, pattern, read};

/// An instant this many hours after the tests begin.
fn at(hours: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(500_000 + hours)
}

fn write_file(path: &Path, modified: SystemTime) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, b"half").unwrap();
    File::options().append(true).open(path).unwrap().set_modified(modified).unwrap();
}

#[tokio::test]
async fn a_disk_has_no_addresses_to_hand_out() {
    on_disk(async |place| {
        let key = place.put("file", b"x").await;
        assert_eq!(place.blobs.presign(&key, Duration::from_mins(1)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn only_old_files_of_interrupted_writes_are_removed() {
    let root = tempfile::tempdir().unwrap();
    let blobs = Blobs::on_disk(root.path()).unwrap();
    let files = [
        ("crates/aa/old.crate#1", 0, false),
        ("crates/aa/old.crate#27", 9, false),
        ("top#1", 9, true),
        ("crates/aa/Foreign#1", 9, true),
        ("crates/aa/old.crate#x", 9, true),
        ("crates/aa/exactly.crate#1", 10, true),
        ("crates/aa/young.crate#1", 11, true),
        ("crates/aa/old.crate", 0, true),
        ("crates/bb/1", 0, true),
    ];
    for (name, modified, _) in files {
        write_file(&root.path().join(name), at(modified));
    }
    let older_than = DateTime::<Utc>::from(at(10));
    assert_eq!(blobs.remove_leftovers("crates", older_than).await.unwrap(), 2);
    for (name, _, stays) in files {
        assert_eq!(root.path().join(name).exists(), stays, "{name}");
    }
    assert_eq!(blobs.remove_leftovers("crates", older_than).await.unwrap(), 0);
}

#[tokio::test]
async fn an_interrupted_write_is_neither_listed_nor_in_the_way() {
    let root = tempfile::tempdir().unwrap();
    let blobs = Blobs::on_disk(root.path()).unwrap();
    write_file(&root.path().join("crates/file#1"), at(0));
    assert_eq!(blobs.list("crates").try_collect::<Vec<_>>().await.unwrap(), []);
    let key = "crates/file".parse().unwrap();
    blobs.put(&key, Bytes::from_static(b"whole")).await.unwrap();
    assert_eq!(read(&blobs, &key, 0..5).await.unwrap(), b"whole");
}

#[tokio::test]
async fn files_that_are_no_blobs_are_passed_over() {
    let root = tempfile::tempdir().unwrap();
    let blobs = Blobs::on_disk(root.path()).unwrap();
    write_file(&root.path().join("crates/Note to self.txt"), at(0));
    write_file(&root.path().join("crates/.hidden"), at(0));
    write_file(&root.path().join("crates/blob"), at(0));
    let listed: Vec<_> = blobs.list("crates").try_collect().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].key.as_str(), listed[0].written_at), ("crates/blob", at(0).into()));
}

#[tokio::test]
async fn a_file_that_is_too_short_fails_instead_of_ending_early() {
    let root = tempfile::tempdir().unwrap();
    let blobs = Blobs::on_disk(root.path()).unwrap();
    let (short, long) = ("short".parse().unwrap(), "long".parse().unwrap());
    blobs.put(&short, Bytes::from_static(b"12345")).await.unwrap();
    blobs.put(&long, pattern(600_000).into()).await.unwrap();
    for (key, len) in [(&short, 6), (&long, 600_001)] {
        let error = read(&blobs, key, 0..len).await.unwrap_err();
        assert!(matches!(error, Error::Disk(_)), "{error:?}");
    }
}

#[tokio::test]
async fn the_folder_is_made_and_found_again() {
    let parent = tempfile::tempdir().unwrap();
    let root = parent.path().join("new").join("blobs");
    let key = "kept".parse().unwrap();
    Blobs::on_disk(&root).unwrap().put(&key, Bytes::from_static(b"x")).await.unwrap();
    assert_eq!(read(&Blobs::on_disk(&root).unwrap(), &key, 0..1).await.unwrap(), b"x");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("file"), b"x").unwrap();
    assert!(Blobs::on_disk(&root.path().join("file").join("blobs")).is_err());
}

#[tokio::test]
async fn a_folder_that_vanished_fails_the_probe() {
    let parent = tempfile::tempdir().unwrap();
    let root = parent.path().join("blobs");
    let blobs = Blobs::on_disk(&root).unwrap();
    blobs.probe().await.unwrap();
    std::fs::remove_dir(&root).unwrap();
    assert!(blobs.probe().await.is_err());
}
