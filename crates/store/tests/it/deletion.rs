//! The deletion of a crate, which leaves nothing of it.

use std::collections::BTreeMap;

use cargohold_protocol::Cksum;
use cargohold_store::derived_files::{self, NewFile};
use cargohold_store::trusted_publishers::NewPublisher;
use cargohold_store::versions::Action;
use cargohold_store::{
    Tx, categories, crate_teams, crates, dependencies, downloads, follows, keywords, owners, reverse_dependencies,
    trusted_publishers, versions,
};
use tokio::task::JoinSet;

use crate::engines::Database;
use crate::fixtures::{at, day, dependency, invite, krate, local_team, name, set, show, user, version};

on_both_engines!(
    a_deleted_crate_leaves_nothing,
    a_crate_with_keywords_is_not_deleted,
    a_deleted_name_is_free,
    a_deletion_waits_for_whoever_counts_a_download_just_now,
    a_deletion_waits_for_whoever_comes_to_depend_on_the_crate_just_now,
    who_counts_a_download_of_a_crate_that_is_being_deleted_finds_it_gone,
);

/// How many rows each table has.
async fn row_counts(db: &Database, tx: &mut Tx) -> BTreeMap<String, i64> {
    let tables = if db.is_sqlite() {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_sqlx_%'"
    } else {
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' AND table_name NOT LIKE '_sqlx_%'"
    };
    let tables: Vec<(String,)> = tx.query(tables).fetch_all().await.unwrap();
    let mut counts = BTreeMap::new();
    for (table,) in tables {
        let sql: &'static str = format!("SELECT COUNT(*) FROM {table}").leak();
        let (count,): (i64,) = tx.query(sql).fetch_one().await.unwrap();
        counts.insert(table, count);
    }
    counts
}

/// A crate with rows in every table that can have rows of a crate.
async fn full_crate(tx: &mut Tx, text: &str, by: i64) -> i64 {
    let id = krate(tx, text).await;
    owners::add(tx, id, by, by, at(0)).await.unwrap();
    follows::add(tx, by, id).await.unwrap();
    let team = local_team(tx, "local:tide:pool").await;
    crate_teams::add(tx, id, team, by, at(0)).await.unwrap();
    invite(tx, id, by, by, 60).await;
    trust_a_workflow(tx, text, id, by).await;
    keywords::set_of_crate(tx, id, &set(&["moon"]), at(0)).await.unwrap();
    categories::set_of_crate(tx, id, &set(&["games"])).await.unwrap();
    for (number, path) in [("1.0.0", 'a'), ("2.0.0", 'b')] {
        let version_id = version(tx, id, by, number, at(0)).await;
        dependencies::insert_all(tx, version_id, &[dependency("ebb"), dependency(text)]).await.unwrap();
        versions::record_action(tx, version_id, Action::Publish, by, None, at(0)).await.unwrap();
        downloads::add(tx, day(0), &[(version_id, 3)]).await.unwrap();
        show(tx, id, version_id, at(0)).await;
        for (kind, crate_id, version_id) in
            [("both", Some(id), Some(version_id)), ("crate", Some(id), None), ("version", None, Some(version_id))]
        {
            let path = format!("{text}/{path}/{kind}");
            let cksum = Cksum::from_bytes([1; 32]);
            let file = NewFile { path: &path, crate_id, version_id, blob_key: &path, cksum: &cksum, size_bytes: 1 };
            derived_files::put(tx, &file, at(0)).await.unwrap();
        }
    }
    reverse_dependencies::refresh(tx, id).await.unwrap();
    id
}

async fn trust_a_workflow(tx: &mut Tx, text: &str, crate_id: i64, by: i64) {
    let new = NewPublisher {
        provider: "github",
        crate_id: Some(crate_id),
        crate_name: &name(text),
        created_by: by,
        owner: "octo-org",
        owner_id: None,
        repository: "tide",
        workflow: "ci.yml",
        environment: None,
        rules: None,
    };
    trusted_publishers::insert(tx, &new, at(0)).await.unwrap();
}

async fn a_deleted_crate_leaves_nothing(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    categories::sync(&mut tx, &[("games", "Games", "")], at(0)).await.unwrap();
    let ebb = full_crate(&mut tx, "ebb", alice).await;
    let before = row_counts(db, &mut tx).await;
    let tide = full_crate(&mut tx, "tide", alice).await;
    let between = row_counts(db, &mut tx).await;
    let grown: Vec<_> = before.keys().filter(|table| between[*table] > before[*table]).map(String::as_str).collect();
    let expected = [
        "crate_categories",
        "crate_keywords",
        "crate_owners",
        "crate_teams",
        "crates",
        "dependencies",
        "derived_files",
        "follows",
        "owner_invitations",
        "reverse_dependencies",
        "trusted_publishers",
        "version_actions",
        "version_downloads",
        "versions",
    ];
    assert_eq!(grown, expected, "a table of crates is missing here");

    crates::lock(&mut tx, tide).await.unwrap();
    keywords::set_of_crate(&mut tx, tide, &set(&[]), at(1)).await.unwrap();
    categories::set_of_crate(&mut tx, tide, &set(&[])).await.unwrap();
    crates::delete(&mut tx, tide).await.unwrap();
    assert_eq!(row_counts(db, &mut tx).await, before);
    tx.commit().await.unwrap();

    let mut tx = db.write().await;
    assert!(crates::find_by_id(&mut tx, tide).await.unwrap().is_none());
    assert!(crates::find_by_id(&mut tx, ebb).await.unwrap().is_some());
    assert_eq!(keywords::find(&mut tx, "moon").await.unwrap().unwrap().crates_cnt, 1);
    assert_eq!(categories::list(&mut tx).await.unwrap()[0].crates_cnt, 1);
    crates::delete(&mut tx, tide).await.unwrap();
    assert_eq!(row_counts(db, &mut tx).await, before);
    // Downloads that were counted nowhere yet are gone with it; those of the other crate are not.
    assert_eq!(downloads::roll_up(&mut tx, day(0), 99, at(2)).await.unwrap(), 2);
}

async fn a_crate_with_keywords_is_not_deleted(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    categories::sync(&mut tx, &[("games", "Games", "")], at(0)).await.unwrap();
    let tide = full_crate(&mut tx, "tide", alice).await;
    crates::delete(&mut tx, tide).await.unwrap_err();
}

async fn a_deleted_name_is_free(db: &Database) {
    let mut tx = db.write().await;
    let tide = krate(&mut tx, "tide").await;
    crates::delete(&mut tx, tide).await.unwrap();
    let again = krate(&mut tx, "tide").await;
    assert_ne!(again, tide, "an id is never used twice");
}

/// A crate with one version, as the ids of both.
async fn small_crate(db: &Database) -> (i64, i64) {
    let mut tx = db.write().await;
    let (alice, id) = (user(&mut tx, "alice").await, krate(&mut tx, "tide").await);
    let version_id = version(&mut tx, id, alice, "1.0.0", at(0)).await;
    tx.commit().await.unwrap();
    (id, version_id)
}

/// Waits until somebody waits for a lock. On SQLite there is one writer, and whoever wants to be the next waits anyway.
async fn until_somebody_waits(db: &Database) {
    let waiting = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while !db.is_sqlite() {
        let found: Option<(i32,)> = db.read().await.query(waiting).fetch_optional().await.unwrap();
        if found.is_some() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

async fn a_deletion_waits_for_whoever_counts_a_download_just_now(db: &Database) {
    let (tide, version_id) = small_crate(db).await;
    let mut counting = db.write().await;
    downloads::add(&mut counting, day(0), &[(version_id, 1)]).await.unwrap();
    let store = db.store.clone();
    let mut deletion = JoinSet::new();
    deletion.spawn(async move {
        let mut tx = store.write().await.unwrap();
        crates::lock(&mut tx, tide).await.unwrap();
        crates::delete(&mut tx, tide).await.unwrap();
        tx.commit().await.unwrap();
    });
    until_somebody_waits(db).await;
    counting.commit().await.unwrap();
    deletion.join_all().await;
    let mut tx = db.read().await;
    assert!(crates::find_by_id(&mut tx, tide).await.unwrap().is_none());
    assert!(downloads::list(&mut tx, &[version_id], day(0), day(0)).await.unwrap().is_empty());
}

async fn a_deletion_waits_for_whoever_comes_to_depend_on_the_crate_just_now(db: &Database) {
    let (tide, _) = small_crate(db).await;
    let mut publish = db.write().await;
    let wanted = std::iter::once(name("tide")).collect();
    assert!(crates::existing_names(&mut publish, &wanted).await.unwrap().contains("tide"));
    let store = db.store.clone();
    let mut deletion = JoinSet::new();
    deletion.spawn(async move {
        let mut tx = store.write().await.unwrap();
        crates::lock_to_delete(&mut tx, tide).await.unwrap();
        dependencies::find_dependent(&mut tx, &name("tide"), tide).await.unwrap()
    });
    until_somebody_waits(db).await;
    let bob = user(&mut publish, "bob").await;
    let boat = krate(&mut publish, "boat").await;
    let version_id = version(&mut publish, boat, bob, "1.0.0", at(1)).await;
    dependencies::insert_all(&mut publish, version_id, &[dependency("tide")]).await.unwrap();
    publish.commit().await.unwrap();
    assert_eq!(deletion.join_all().await, [Some(("boat".to_owned(), "1.0.0".to_owned()))]);
}

async fn who_counts_a_download_of_a_crate_that_is_being_deleted_finds_it_gone(db: &Database) {
    let (tide, version_id) = small_crate(db).await;
    let mut deletion = db.write().await;
    crates::lock(&mut deletion, tide).await.unwrap();
    crates::delete(&mut deletion, tide).await.unwrap();
    let store = db.store.clone();
    let mut counting = JoinSet::new();
    counting.spawn(async move {
        let mut tx = store.write().await.unwrap();
        downloads::add(&mut tx, day(0), &[(version_id, 1)]).await.unwrap();
        tx.commit().await.unwrap();
    });
    until_somebody_waits(db).await;
    deletion.commit().await.unwrap();
    counting.join_all().await;
    let mut tx = db.read().await;
    assert!(downloads::list(&mut tx, &[version_id], day(0), day(0)).await.unwrap().is_empty());
}
