//! The sweeper.

use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use cargohold_blobs::{Blobs, Key};
use cargohold_protocol::{Cksum, IndexLine, Timestamp};
use cargohold_registry::{Identity, Registry};
use cargohold_search::SearchIndex;
use cargohold_store::derived_files::NewFile;
use cargohold_store::trustpub_tokens::{self, NewToken};
use cargohold_store::users::NewUser;
use cargohold_store::versions::{NewVersion, VersionFacts};
use cargohold_store::{Store, changes, crates, derived_files, users, versions};
use futures_util::TryStreamExt;
use tempfile::TempDir;

use crate::fixtures::{at, new_store, parts};

const HOUR: Duration = Duration::from_hours(1);

/// A registry on a local disk, whose files can be made to look older.
struct Swept {
    registry: Registry,
    store: Store,
    blobs: Blobs,
    folder: TempDir,
}

impl Swept {
    async fn new() -> Self {
        let (store, folder) = new_store().await;
        let blobs = Blobs::on_disk(&folder.path().join("blobs")).unwrap();
        let search = SearchIndex::open(&folder.path().join("search")).unwrap();
        let identity = Identity::claim(&store, &blobs).await.unwrap();
        let registry = Registry::new(parts(store.clone(), blobs.clone(), search, identity));
        Self { registry, store, blobs, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("blobs").join(name)
    }

    /// Writes a blob as if at this instant.
    async fn put(&self, name: &str, written_at: Timestamp) -> Key {
        let key: Key = name.parse().unwrap();
        self.blobs.put(&key, Bytes::from_static(b"bytes")).await.unwrap();
        self.date(name, written_at);
        key
    }

    fn date(&self, name: &str, written_at: Timestamp) {
        let file = File::options().append(true).open(self.path(name)).unwrap();
        file.set_modified(written_at.to_system_time()).unwrap();
    }

    async fn keys(&self) -> Vec<String> {
        let listed: Vec<String> =
            self.blobs.list("").map_ok(|listed| listed.key.to_string()).try_collect().await.unwrap();
        let mut keys: Vec<_> = listed.into_iter().filter(|key| key != "registry-id").collect();
        keys.sort_unstable();
        keys
    }

    /// Adds a version whose tarball lies under this key.
    async fn refer_to(&self, key: &Key) {
        let mut tx = self.store.write().await.unwrap();
        let alice = NewUser {
            login: "alice",
            name: None,
            email: None,
            is_email_verified: true,
            is_admin: false,
            password_hash: None,
            must_change_password: false,
        };
        let alice = users::insert(&mut tx, &alice, at(0)).await.unwrap().unwrap();
        let tide = crates::insert(&mut tx, &"tide".parse().unwrap(), at(0)).await.unwrap().unwrap();
        let version = NewVersion {
            crate_id: tide,
            num: &"1.0.0".parse().unwrap(),
            line: &IndexLine { head: String::new(), tail: String::new() },
            blob_key: key.as_str(),
            cksum: &Cksum::from_bytes([0; 32]),
            size_bytes: 5,
            published_by: Some(alice),
            published_email: None,
            readme_file: None,
            facts: &VersionFacts::default(),
        };
        versions::insert(&mut tx, &version, at(0)).await.unwrap().unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn orphans_go_when_they_are_older_than_a_day() {
    let swept = Swept::new().await;
    let orphan = swept.put("crates/aa/orphan.crate", at(0)).await;
    let kept = swept.put("crates/aa/kept.crate", at(0)).await;
    swept.refer_to(&kept).await;
    let day = 24 * HOUR;

    assert_eq!(swept.registry.sweep(at(0)).await.unwrap().orphans, 0);
    assert_eq!(swept.registry.sweep(at(0).after(day)).await.unwrap().orphans, 0);
    assert_eq!(swept.keys().await, [kept.as_str(), orphan.as_str()]);
    assert_eq!(swept.registry.sweep(at(1).after(day)).await.unwrap().orphans, 1);
    assert_eq!(swept.keys().await, [kept.as_str()]);
    assert_eq!(swept.registry.sweep(at(0).after(100 * day)).await.unwrap().orphans, 0);
    assert_eq!(swept.keys().await, [kept.as_str()]);
}

#[tokio::test]
async fn a_young_orphan_stays_when_an_old_one_goes() {
    let swept = Swept::new().await;
    swept.put("crates/aa/old.crate", at(0)).await;
    let young = swept.put("crates/aa/young.crate", at(0).after(47 * HOUR)).await;
    assert_eq!(swept.registry.sweep(at(0).after(48 * HOUR)).await.unwrap().orphans, 1);
    assert_eq!(swept.keys().await, [young.as_str()]);
}

/// A database that was set back does not know most of what is stored.
#[tokio::test]
async fn nothing_is_swept_when_far_too_much_would_be() {
    let swept = Swept::new().await;
    for number in 0..1001 {
        swept.put(&format!("crates/aa/{number}.crate"), at(0)).await;
    }
    assert_eq!(swept.registry.sweep(at(0).after(48 * HOUR)).await.unwrap().orphans, 0);
    assert_eq!(swept.keys().await.len(), 1001);
}

/// A process that was started with a database of its own knows nothing of what others have stored.
#[tokio::test]
async fn nothing_is_swept_from_a_storage_that_belongs_to_another_database() {
    let owner = Swept::new().await;
    owner.put("crates/aa/theirs.crate", at(0)).await;
    let (store, _folder) = new_store().await;
    let identity = Identity::claim(&store, &owner.blobs).await.unwrap();
    assert!(!identity.owns_storage);
    assert_eq!(Identity::claim(&store, &owner.blobs).await.unwrap(), identity, "it stays the same");
    let search = SearchIndex::open(&owner.folder.path().join("another-search")).unwrap();
    let stranger = Registry::new(parts(store, owner.blobs.clone(), search, identity));
    assert_eq!(stranger.sweep(at(0).after(48 * HOUR)).await.unwrap().orphans, 0);
    assert_eq!(owner.registry.sweep(at(0).after(48 * HOUR)).await.unwrap().orphans, 1);
}

#[tokio::test]
async fn blobs_outside_the_folder_of_tarballs_are_nothing_to_sweep() {
    let swept = Swept::new().await;
    let foreign = swept.put("backups/old", at(0)).await;
    let similar = swept.put("crates-of-somebody/old", at(0)).await;
    assert_eq!(swept.registry.sweep(at(0).after(48 * HOUR)).await.unwrap().orphans, 0);
    assert_eq!(swept.keys().await, [foreign.as_str(), similar.as_str()]);
}

#[tokio::test]
async fn files_of_interrupted_writes_go_after_a_day() {
    let swept = Swept::new().await;
    swept.put("crates/aa/kept", at(0).after(47 * HOUR)).await;
    for (name, written_at) in [("crates/aa/old#1", at(0)), ("crates/aa/young#1", at(0).after(47 * HOUR))] {
        std::fs::write(swept.path(name), b"half").unwrap();
        swept.date(name, written_at);
    }
    let found = swept.registry.sweep(at(0).after(48 * HOUR)).await.unwrap();
    assert_eq!((found.orphans, found.leftovers), (0, 1));
    assert!(!swept.path("crates/aa/old#1").exists());
    assert!(swept.path("crates/aa/young#1").exists());
}

#[tokio::test]
async fn the_change_feed_is_remembered_for_a_week() {
    let swept = Swept::new().await;
    let mut tx = swept.store.write().await.unwrap();
    let tide: cargohold_protocol::CrateName = "tide".parse().unwrap();
    for seconds in [0, 10] {
        changes::append(&mut tx, 1, &tide.canonical(), at(seconds)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let week = 7 * 24 * HOUR;
    assert_eq!(swept.registry.sweep(at(0).after(week)).await.unwrap().changes, 0);
    assert_eq!(swept.registry.sweep(at(5).after(week)).await.unwrap().changes, 1);
    let mut tx = swept.store.read().await.unwrap();
    assert!(changes::reaches_back_to(&mut tx, 1).await.unwrap());
    assert!(!changes::reaches_back_to(&mut tx, 0).await.unwrap());
}

/// Feeds are written anew all the time: what was replaced goes, however much it is, and what is served stays.
#[tokio::test]
async fn derived_files_that_were_replaced_are_removed_however_many_they_are() {
    let swept = Swept::new().await;
    let kept = swept.put("derived/aa/kept", at(0)).await;
    let mut tx = swept.store.write().await.unwrap();
    let cksum = Cksum::from_bytes([1; 32]);
    let file = NewFile {
        path: "rss/updates.xml",
        crate_id: None,
        version_id: None,
        blob_key: kept.as_str(),
        cksum: &cksum,
        size_bytes: 5,
    };
    derived_files::put(&mut tx, &file, at(0)).await.unwrap();
    tx.commit().await.unwrap();
    for number in 0..1100 {
        swept.put(&format!("derived/bb/{number}"), at(0)).await;
    }
    let removed = swept.registry.sweep(at(0).after(48 * HOUR)).await.unwrap();
    assert_eq!(removed.orphans, 1100);
    assert_eq!(swept.keys().await, ["derived/aa/kept"]);
}

#[tokio::test]
async fn what_pipelines_can_no_longer_use_is_forgotten_an_hour_later() {
    let swept = Swept::new().await;
    let mut tx = swept.store.write().await.unwrap();
    let token = NewToken { hash: &[1; 32], crate_ids: &[], pending_ids: &[], data: "{}", expires_at: at(60) };
    trustpub_tokens::insert(&mut tx, &token, at(0)).await.unwrap();
    trustpub_tokens::use_jti(&mut tx, "https://login.example", "1", at(90)).await.unwrap();
    tx.commit().await.unwrap();
    for (now, forgotten) in [(at(59), 0), (at(60), 1), (at(89), 0), (at(90), 1), (at(91), 0)] {
        assert_eq!(swept.registry.sweep(now.after(HOUR)).await.unwrap().trustpub, forgotten);
    }
}
