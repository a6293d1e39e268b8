//! Crates.

use std::collections::{BTreeSet, HashSet};

use cargohold_store::Tx;
use cargohold_store::crates::{self, CrateTexts, DerivedValues, Searchable, Top};

use crate::engines::Database;
use crate::fixtures::{assert_names_row, at, canonical, krate, name, show, user, version};

on_both_engines!(
    a_new_crate_is_found_in_every_spelling_and_by_id,
    a_taken_name_is_none_and_the_transaction_goes_on,
    existing_names_are_those_in_exactly_that_spelling,
    a_crate_shows_the_texts_of_its_newest_version,
    what_follows_from_versions_is_no_update,
    only_trusted_publishing_is_an_update,
    crates_are_listed_by_their_ids_and_counted,
    the_first_crates_are_listed_in_every_order,
    searchable_crates_come_in_pages_and_have_versions,
    limits_of_a_crates_own_are_read,
    a_crate_with_an_unreadable_name_is_named,
);

fn texts(word: &str) -> CrateTexts {
    CrateTexts { description: Some(word.to_owned()), homepage: None, ..CrateTexts::default() }
}

async fn a_new_crate_is_found_in_every_spelling_and_by_id(db: &Database) {
    let mut tx = db.write().await;
    let id = krate(&mut tx, "Tide-Pool").await;
    tx.commit().await.unwrap();

    let mut tx = db.read().await;
    for spelling in ["Tide-Pool", "tide_pool", "TIDE-pool"] {
        let found = crates::find(&mut tx, &canonical(spelling)).await.unwrap().unwrap();
        assert_eq!((found.id, found.name), (id, name("Tide-Pool")));
    }
    let found = crates::find_by_id(&mut tx, id).await.unwrap().unwrap();
    assert_eq!((found.id, found.name), (id, name("Tide-Pool")));
    assert_eq!((found.created_at, found.updated_at, found.texts), (at(0), at(0), CrateTexts::default()));
    assert_eq!((found.downloads, found.recent_downloads, found.derived), (0, None, DerivedValues::default()));
    assert_eq!((found.max_upload_bytes, found.max_features, found.is_trustpub_only), (None, None, false));
    assert!(crates::find(&mut tx, &canonical("tidepool")).await.unwrap().is_none());
    assert!(crates::find_by_id(&mut tx, id + 1).await.unwrap().is_none());
}

async fn a_taken_name_is_none_and_the_transaction_goes_on(db: &Database) {
    let mut tx = db.write().await;
    krate(&mut tx, "tide-pool").await;
    for spelling in ["tide-pool", "tide_pool", "TIDE_POOL"] {
        assert_eq!(crates::insert(&mut tx, &name(spelling), at(1)).await.unwrap(), None, "{spelling}");
    }
    krate(&mut tx, "tidepool").await;
    tx.commit().await.unwrap();

    let mut tx = db.read().await;
    assert_eq!(crates::find(&mut tx, &canonical("tide_pool")).await.unwrap().unwrap().name, name("tide-pool"));
    assert!(crates::find(&mut tx, &canonical("tidepool")).await.unwrap().is_some());
}

async fn existing_names_are_those_in_exactly_that_spelling(db: &Database) {
    let mut tx = db.write().await;
    for spelling in ["tide-pool", "Ebb", "flow"] {
        krate(&mut tx, spelling).await;
    }
    let wanted = ["tide-pool", "Ebb", "moon"].map(name).into();
    let found = crates::existing_names(&mut tx, &wanted).await.unwrap();
    assert_eq!(found, HashSet::from(["tide-pool".to_owned(), "Ebb".to_owned()]));

    // Other spellings find the crates too, but what is answered is how they are stored.
    let others = ["tide_pool", "ebb"].map(name).into();
    let found = crates::existing_names(&mut tx, &others).await.unwrap();
    assert!(!found.contains("tide_pool") && !found.contains("ebb"), "{found:?}");
    assert!(crates::existing_names(&mut tx, &BTreeSet::new()).await.unwrap().is_empty());
}

/// The search index's view of one crate.
async fn searchable(tx: &mut Tx, id: i64) -> Searchable {
    crates::list_searchable_by_ids(tx, &[id]).await.unwrap().pop().unwrap()
}

async fn a_crate_shows_the_texts_of_its_newest_version(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let (tide, ebb) = (krate(&mut tx, "tide").await, krate(&mut tx, "ebb").await);
    let shown = version(&mut tx, tide, alice, "1.0.0", at(10)).await;
    show(&mut tx, tide, shown, at(10)).await;
    let texts = CrateTexts {
        description: Some("Flut".to_owned()),
        homepage: Some("https://example.org".to_owned()),
        documentation: Some("https://docs.example.org".to_owned()),
        repository: Some("https://git.example.org".to_owned()),
    };
    crates::set_texts(&mut tx, tide, &texts, Some("# Größe\n🦀"), at(10)).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = db.write().await;
    let found = crates::find_by_id(&mut tx, tide).await.unwrap().unwrap();
    assert_eq!((found.created_at, found.updated_at, found.texts), (at(0), at(10), texts));
    assert_eq!(searchable(&mut tx, tide).await.readme.as_deref(), Some("# Größe\n🦀"));
    let other = crates::find_by_id(&mut tx, ebb).await.unwrap().unwrap();
    assert_eq!((other.updated_at, other.texts), (at(0), CrateTexts::default()));

    // What the next version does not say is gone.
    crates::set_texts(&mut tx, tide, &CrateTexts::default(), None, at(20)).await.unwrap();
    let found = crates::find_by_id(&mut tx, tide).await.unwrap().unwrap();
    assert_eq!((found.updated_at, found.texts), (at(20), CrateTexts::default()));
    assert_eq!(searchable(&mut tx, tide).await.readme, None);
}

async fn what_follows_from_versions_is_no_update(db: &Database) {
    let mut tx = db.write().await;
    let (tide, ebb) = (krate(&mut tx, "tide").await, krate(&mut tx, "ebb").await);
    assert_eq!(crates::find_by_id(&mut tx, tide).await.unwrap().unwrap().derived, DerivedValues::default());
    let some = |text: &str| Some(text.to_owned());
    let derived = DerivedValues {
        num_versions: 7,
        default_version_id: Some(5_000_000_000),
        default_version: some("2.0.0"),
        is_yanked: true,
        max_version: some("3.0.0-a"),
        newest_version: some("1.0.0"),
        max_stable_version: some("2.0.1"),
    };
    crates::set_derived(&mut tx, tide, &derived, at(30)).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = db.write().await;
    let found = crates::find_by_id(&mut tx, tide).await.unwrap().unwrap();
    assert_eq!((found.updated_at, found.derived), (at(0), derived));
    let (changed_at,): (i64,) =
        tx.query("SELECT index_changed_at FROM crates WHERE id = $1").bind(tide).fetch_one().await.unwrap();
    assert_eq!(changed_at, at(30).micros());
    assert_eq!(crates::find_by_id(&mut tx, ebb).await.unwrap().unwrap().derived, DerivedValues::default());

    crates::set_derived(&mut tx, tide, &DerivedValues::default(), at(31)).await.unwrap();
    assert_eq!(crates::find_by_id(&mut tx, tide).await.unwrap().unwrap().derived, DerivedValues::default());
}

async fn only_trusted_publishing_is_an_update(db: &Database) {
    let mut tx = db.write().await;
    let (tide, ebb) = (krate(&mut tx, "tide").await, krate(&mut tx, "ebb").await);
    for (is_trustpub_only, now) in [(true, 5), (false, 6)] {
        crates::set_trustpub_only(&mut tx, tide, is_trustpub_only, at(now)).await.unwrap();
        let found = crates::find_by_id(&mut tx, tide).await.unwrap().unwrap();
        assert_eq!((found.is_trustpub_only, found.updated_at), (is_trustpub_only, at(now)));
        let other = crates::find_by_id(&mut tx, ebb).await.unwrap().unwrap();
        assert_eq!((other.is_trustpub_only, other.updated_at), (false, at(0)));
    }
}

async fn crates_are_listed_by_their_ids_and_counted(db: &Database) {
    let mut tx = db.write().await;
    assert_eq!(crates::count(&mut tx).await.unwrap(), 0);
    let (tide, ebb, flow) = (krate(&mut tx, "tide").await, krate(&mut tx, "ebb").await, krate(&mut tx, "flow").await);
    let found = crates::list_by_ids(&mut tx, &[flow, tide, -1, flow]).await.unwrap();
    let ids: BTreeSet<_> = found.iter().map(|krate| krate.id).collect();
    assert_eq!((found.len(), ids), (2, BTreeSet::from([tide, flow])));
    assert!(crates::list_by_ids(&mut tx, &[]).await.unwrap().is_empty());
    assert_eq!(crates::count(&mut tx).await.unwrap(), 3);
    tx.query("UPDATE crates SET name = '7 tides' WHERE id = $1").bind(ebb).execute().await.unwrap();
    assert_names_row(crates::list_by_ids(&mut tx, &[tide, ebb]).await, "crates.name", ebb);
}

async fn the_first_crates_are_listed_in_every_order(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let mut ids = Vec::new();
    // When each was created and updated, and how often it was downloaded, ever and recently.
    for (text, created, updated, downloads, recent) in [
        ("alpha", 30, 30, 5, None),
        ("bravo", 10, 40, 9, Some(4)),
        ("charlie", 20, 50, 5, Some(4)),
        ("delta", 30, 31, 0, Some(7)),
        ("empty", 99, 100, 99, Some(99)),
    ] {
        let id = crates::insert(&mut tx, &name(text), at(created)).await.unwrap().unwrap();
        if text != "empty" {
            let shown = version(&mut tx, id, alice, "1.0.0", at(1)).await;
            show(&mut tx, id, shown, at(1)).await;
        }
        tx.query("UPDATE crates SET updated_at = $1, downloads = $2, recent_downloads = $3 WHERE id = $4")
            .bind(at(updated))
            .bind(downloads)
            .bind(recent)
            .bind(id)
            .execute()
            .await
            .unwrap();
        ids.push(id);
    }
    for (order, expected) in [
        (Top::New, "delta alpha charlie bravo"),
        (Top::Updated, "charlie bravo delta"),
        (Top::Downloaded, "bravo charlie alpha delta"),
        (Top::RecentlyDownloaded, "delta charlie bravo"),
    ] {
        let expected: Vec<_> = expected.split(' ').collect();
        for limit in [9, 2] {
            let found = crates::list_top(&mut tx, order, limit).await.unwrap();
            let names: Vec<_> = found.iter().map(|krate| krate.name.as_str()).collect();
            let shown = expected.len().min(usize::try_from(limit).unwrap());
            assert_eq!(names, expected[..shown], "{order:?}");
        }
    }
    let found = crates::find_by_id(&mut tx, ids[1]).await.unwrap().unwrap();
    assert_eq!((found.downloads, found.recent_downloads), (9, Some(4)));
}

async fn searchable_crates_come_in_pages_and_have_versions(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let mut ids = Vec::new();
    for text in ["delta", "alpha", "charlie", "bravo"] {
        let id = krate(&mut tx, text).await;
        let shown = version(&mut tx, id, alice, "1.0.0", at(1)).await;
        show(&mut tx, id, shown, at(1)).await;
        crates::set_texts(&mut tx, id, &texts(text), Some("# Größe\n🦀"), at(2)).await.unwrap();
        ids.push(id);
    }
    let empty = krate(&mut tx, "empty").await;
    tx.query("UPDATE crates SET downloads = 5, recent_downloads = 3, is_yanked = TRUE WHERE id = $1")
        .bind(ids[0])
        .execute()
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let mut tx = db.read().await;
    let ids_of = |found: Vec<Searchable>| found.into_iter().map(|found| found.id).collect::<Vec<_>>();
    assert_eq!(ids_of(crates::list_searchable(&mut tx, 0, 3).await.unwrap()), ids[..3]);
    assert_eq!(ids_of(crates::list_searchable(&mut tx, ids[2], 3).await.unwrap()), ids[3..]);
    assert!(crates::list_searchable(&mut tx, ids[3], 3).await.unwrap().is_empty());

    let found = searchable(&mut tx, ids[0]).await;
    assert_eq!((found.id, found.name.as_str(), found.is_yanked), (ids[0], "delta", true));
    assert_eq!((found.downloads, found.recent_downloads), (5, Some(3)));
    assert_eq!((found.created_at, found.updated_at), (at(0).micros(), at(2).micros()));
    assert_eq!((found.description.as_deref(), found.readme.as_deref()), (Some("delta"), Some("# Größe\n🦀")));
    let some = crates::list_searchable_by_ids(&mut tx, &[ids[3], empty, empty + 1, ids[1]]).await.unwrap();
    assert_eq!(ids_of(some).into_iter().collect::<BTreeSet<_>>(), BTreeSet::from([ids[1], ids[3]]));
    assert!(crates::list_searchable_by_ids(&mut tx, &[]).await.unwrap().is_empty());
}

async fn limits_of_a_crates_own_are_read(db: &Database) {
    let mut tx = db.write().await;
    let tide = krate(&mut tx, "tide").await;
    let raise = "UPDATE crates SET max_upload_bytes = 9000000000, max_features = 500, is_trustpub_only = TRUE";
    tx.query(raise).execute().await.unwrap();
    let found = crates::find_by_id(&mut tx, tide).await.unwrap().unwrap();
    assert_eq!((found.max_upload_bytes, found.max_features), (Some(9_000_000_000), Some(500)));
    assert!(found.is_trustpub_only);
}

async fn a_crate_with_an_unreadable_name_is_named(db: &Database) {
    let mut tx = db.write().await;
    krate(&mut tx, "ebb").await;
    let tide = krate(&mut tx, "tide").await;
    tx.query("UPDATE crates SET name = '7 tides' WHERE id = $1").bind(tide).execute().await.unwrap();
    assert_names_row(crates::find(&mut tx, &canonical("tide")).await, "crates.name", tide);
    assert_names_row(crates::find_by_id(&mut tx, tide).await, "crates.name", tide);
    assert!(crates::find(&mut tx, &canonical("ebb")).await.is_ok());
}
