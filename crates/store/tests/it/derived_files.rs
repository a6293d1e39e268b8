//! Files made from what was published.

use cargohold_protocol::Cksum;
use cargohold_store::derived_files::{self, NewFile};
use cargohold_store::{Error, Tx};

use crate::engines::Database;
use crate::fixtures::{assert_names_row, at, blob_key_of, krate, user, version};

on_both_engines!(
    a_file_is_found_at_its_path_and_replaced_there,
    a_file_of_a_crate_that_is_gone_is_refused,
    two_files_cannot_share_their_bytes,
    the_blobs_of_a_crate_are_its_files_and_tarballs,
    a_file_with_an_unreadable_checksum_is_named,
);

const README: &str = "readmes/tide/tide-1.0.0.html";

fn cksum() -> Cksum {
    Cksum::from_bytes([9; 32])
}

/// A file that belongs to no crate.
fn file<'a>(path: &'a str, blob_key: &'a str, cksum: &'a Cksum) -> NewFile<'a> {
    NewFile { path, crate_id: None, version_id: None, blob_key, cksum, size_bytes: 5 }
}

async fn tide(tx: &mut Tx) -> (i64, i64) {
    let (alice, tide) = (user(tx, "alice").await, krate(tx, "tide").await);
    (tide, version(tx, tide, alice, "1.0.0", at(0)).await)
}

async fn a_file_is_found_at_its_path_and_replaced_there(db: &Database) {
    let mut tx = db.write().await;
    let (crate_id, version_id) = tide(&mut tx).await;
    let cksum = cksum();
    derived_files::put(&mut tx, &file(README, "derived/1", &cksum), at(1)).await.unwrap();
    let found = derived_files::find(&mut tx, README).await.unwrap().unwrap();
    assert_eq!((found.blob_key.as_str(), found.size_bytes, found.changed_at), ("derived/1", 5, at(1)));
    assert_eq!(found.cksum, cksum);

    let other = Cksum::from_bytes([8; 32]);
    for (blob_key, size_bytes, now) in [("derived/2", 6, 2), ("derived/2", 7, 3)] {
        let ids = (Some(crate_id), Some(version_id));
        let new = NewFile { path: README, crate_id: ids.0, version_id: ids.1, blob_key, cksum: &other, size_bytes };
        derived_files::put(&mut tx, &new, at(now)).await.unwrap();
        let found = derived_files::find(&mut tx, README).await.unwrap().unwrap();
        assert_eq!((found.blob_key.as_str(), found.size_bytes, found.changed_at), (blob_key, size_bytes, at(now)));
        assert_eq!(found.cksum, other);
    }
    let owners: Vec<(Option<i64>, Option<i64>)> =
        tx.query("SELECT crate_id, version_id FROM derived_files").fetch_all().await.unwrap();
    assert_eq!(owners, [(Some(crate_id), Some(version_id))]);
    assert!(derived_files::find(&mut tx, "readmes/Tide/tide-1.0.0.html").await.unwrap().is_none());
    assert!(!derived_files::has_blob(&mut tx, "derived/1").await.unwrap());
    assert!(derived_files::has_blob(&mut tx, "derived/2").await.unwrap());
}

async fn a_file_of_a_crate_that_is_gone_is_refused(db: &Database) {
    for (crate_id, version_id) in [(Some(77), None), (None, Some(77))] {
        let mut tx = db.write().await;
        let cksum = cksum();
        let new = NewFile { crate_id, version_id, ..file(README, "derived/1", &cksum) };
        let refused = derived_files::put(&mut tx, &new, at(0)).await;
        assert!(matches!(refused, Err(Error::Statement(_))), "{refused:?}");
    }
}

async fn two_files_cannot_share_their_bytes(db: &Database) {
    let mut tx = db.write().await;
    let cksum = cksum();
    derived_files::put(&mut tx, &file(README, "derived/1", &cksum), at(1)).await.unwrap();
    derived_files::put(&mut tx, &file("rss/updates.xml", "derived/1", &cksum), at(1)).await.unwrap_err();
}

async fn the_blobs_of_a_crate_are_its_files_and_tarballs(db: &Database) {
    let mut tx = db.write().await;
    let (crate_id, version_id) = tide(&mut tx).await;
    let ebb = krate(&mut tx, "ebb").await;
    let cksum = cksum();
    for (path, blob_key, crate_id, version_id) in [
        ("a", "derived/a", Some(crate_id), Some(version_id)),
        ("b", "derived/b", Some(crate_id), None),
        ("c", "derived/c", None, None),
        ("d", "derived/d", Some(ebb), None),
    ] {
        let new = NewFile { crate_id, version_id, ..file(path, blob_key, &cksum) };
        derived_files::put(&mut tx, &new, at(1)).await.unwrap();
    }
    let mut found = derived_files::list_blobs_of_crate(&mut tx, crate_id).await.unwrap();
    found.sort_unstable();
    assert_eq!(found, [blob_key_of(crate_id, "1.0.0"), "derived/a".to_owned(), "derived/b".to_owned()]);
    assert_eq!(derived_files::list_blobs_of_crate(&mut tx, ebb).await.unwrap(), ["derived/d"]);
    assert!(derived_files::list_blobs_of_crate(&mut tx, ebb + 1).await.unwrap().is_empty());
}

async fn a_file_with_an_unreadable_checksum_is_named(db: &Database) {
    let mut tx = db.write().await;
    derived_files::put(&mut tx, &file(README, "derived/1", &cksum()), at(1)).await.unwrap();
    tx.query("UPDATE derived_files SET cksum = 'abc'").execute().await.unwrap();
    assert_names_row(derived_files::find(&mut tx, README).await, "derived_files.cksum", 0);
}
