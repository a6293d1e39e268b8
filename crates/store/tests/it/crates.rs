//! Crates, their keywords and categories.

use std::collections::{BTreeSet, HashSet};

use cargohold_store::Tx;
use cargohold_store::crates::{self, CrateTexts, Publish, Searchable};

use crate::engines::Database;
use crate::fixtures::{assert_names_row, at, canonical, krate, name, user, version};

on_both_engines!(
    a_new_crate_is_found_in_every_spelling_and_by_id,
    a_taken_name_is_none_and_the_transaction_goes_on,
    existing_names_are_those_in_exactly_that_spelling,
    a_publish_changes_what_its_crate_shows,
    a_yank_changes_the_default_version_but_is_no_update,
    tags_replace_the_tags_before,
    searchable_crates_come_in_pages_and_have_versions,
    limits_of_a_crates_own_are_read,
    a_crate_with_an_unreadable_name_is_named,
);

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn texts(word: &str) -> CrateTexts {
    CrateTexts { description: Some(word.to_owned()), homepage: None, ..CrateTexts::default() }
}

async fn publish(tx: &mut Tx, crate_id: i64, default_version_id: i64, texts: &CrateTexts) {
    let publish = Publish { crate_id, texts, readme: Some("# Größe\n🦀"), default_version_id, num_versions: 1 };
    crates::apply_publish(tx, &publish, at(10)).await.unwrap();
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
    assert_eq!((found.downloads, found.num_versions, found.default_version_id), (0, 0, None));
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

async fn a_publish_changes_what_its_crate_shows(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let (tide, ebb) = (krate(&mut tx, "tide").await, krate(&mut tx, "ebb").await);
    let shown = version(&mut tx, tide, alice, "1.0.0", at(10)).await;
    let texts = CrateTexts {
        description: Some("Flut".to_owned()),
        homepage: Some("https://example.org".to_owned()),
        documentation: Some("https://docs.example.org".to_owned()),
        repository: Some("https://git.example.org".to_owned()),
    };
    let publish =
        Publish { crate_id: tide, texts: &texts, readme: Some("readme"), default_version_id: shown, num_versions: 7 };
    crates::apply_publish(&mut tx, &publish, at(10)).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = db.write().await;
    let found = crates::find_by_id(&mut tx, tide).await.unwrap().unwrap();
    assert_eq!((found.created_at, found.updated_at), (at(0), at(10)));
    assert_eq!((found.num_versions, found.default_version_id), (7, Some(shown)));
    assert_eq!(found.texts, texts);
    assert_eq!(crates::find_searchable(&mut tx, tide).await.unwrap().unwrap().readme.as_deref(), Some("readme"));
    assert_eq!(crates::find_by_id(&mut tx, ebb).await.unwrap().unwrap().num_versions, 0);

    // What the next version does not say is gone.
    let bare = Publish { texts: &CrateTexts::default(), readme: None, ..publish };
    crates::apply_publish(&mut tx, &bare, at(20)).await.unwrap();
    let found = crates::find_by_id(&mut tx, tide).await.unwrap().unwrap();
    assert_eq!((found.updated_at, found.texts), (at(20), CrateTexts::default()));
    assert_eq!(crates::find_searchable(&mut tx, tide).await.unwrap().unwrap().readme, None);
}

async fn a_yank_changes_the_default_version_but_is_no_update(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let tide = krate(&mut tx, "tide").await;
    let first = version(&mut tx, tide, alice, "1.0.0", at(1)).await;
    let second = version(&mut tx, tide, alice, "2.0.0", at(2)).await;
    publish(&mut tx, tide, second, &texts("Flut")).await;
    crates::apply_yank(&mut tx, tide, first, at(30)).await.unwrap();
    let found = crates::find_by_id(&mut tx, tide).await.unwrap().unwrap();
    assert_eq!((found.default_version_id, found.updated_at), (Some(first), at(10)));
    assert_eq!(found.texts, texts("Flut"));
}

async fn tags_replace_the_tags_before(db: &Database) {
    let mut tx = db.write().await;
    let (tide, ebb) = (krate(&mut tx, "tide").await, krate(&mut tx, "ebb").await);
    crates::set_tags(&mut tx, ebb, &set(&["moon"]), &set(&["science"])).await.unwrap();
    crates::set_tags(&mut tx, tide, &set(&["water", "moon"]), &set(&["science", "games"])).await.unwrap();
    assert_eq!(crates::list_keywords(&mut tx, tide).await.unwrap(), ["moon", "water"]);
    crates::set_tags(&mut tx, tide, &set(&["sea", "moon", "größe"]), &set(&["games"])).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = db.write().await;
    assert_eq!(crates::list_keywords(&mut tx, tide).await.unwrap(), ["größe", "moon", "sea"]);
    assert_eq!(crates::list_keywords(&mut tx, ebb).await.unwrap(), ["moon"]);
    let slugs: Vec<(i64, String)> =
        tx.query("SELECT crate_id, slug FROM crate_categories ORDER BY crate_id").fetch_all().await.unwrap();
    assert_eq!(slugs, [(tide, "games".to_owned()), (ebb, "science".to_owned())]);
    crates::set_tags(&mut tx, tide, &set(&[]), &set(&[])).await.unwrap();
    assert!(crates::list_keywords(&mut tx, tide).await.unwrap().is_empty());
}

async fn searchable_crates_come_in_pages_and_have_versions(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let mut ids = Vec::new();
    for text in ["delta", "alpha", "charlie", "bravo"] {
        let id = krate(&mut tx, text).await;
        let shown = version(&mut tx, id, alice, "1.0.0", at(1)).await;
        publish(&mut tx, id, shown, &texts(text)).await;
        ids.push(id);
    }
    let empty = krate(&mut tx, "empty").await;
    tx.query("UPDATE crates SET downloads = 5 WHERE id = $1").bind(ids[0]).execute().await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = db.read().await;
    let ids_of = |found: Vec<Searchable>| found.into_iter().map(|found| found.id).collect::<Vec<_>>();
    assert_eq!(ids_of(crates::list_searchable(&mut tx, 0, 3).await.unwrap()), ids[..3]);
    assert_eq!(ids_of(crates::list_searchable(&mut tx, ids[2], 3).await.unwrap()), ids[3..]);
    assert!(crates::list_searchable(&mut tx, ids[3], 3).await.unwrap().is_empty());

    let found = crates::find_searchable(&mut tx, ids[0]).await.unwrap().unwrap();
    assert_eq!((found.id, found.name.as_str(), found.downloads), (ids[0], "delta", 5));
    assert_eq!((found.description.as_deref(), found.readme.as_deref()), (Some("delta"), Some("# Größe\n🦀")));
    assert!(crates::find_searchable(&mut tx, empty).await.unwrap().is_none());
    assert!(crates::find_searchable(&mut tx, empty + 1).await.unwrap().is_none());
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
