//! Categories, their counters and which crate is in which.

use cargohold_store::categories;
use tokio::task::JoinSet;

use crate::engines::Database;
use crate::fixtures::{at, krate, set};

on_both_engines!(
    the_given_categories_become_those_there_are,
    a_category_that_disappears_leaves_its_crates,
    a_new_category_counts_the_crates_that_are_in_it_already,
    categories_of_a_crate_are_counted,
    a_crates_categories_are_listed,
    publishes_and_a_new_set_at_once_do_not_wait_for_each_other,
);

const SCIENCE: (&str, &str, &str) = ("science", "Science", "Knowing");
const GAMES: (&str, &str, &str) = ("games", "Games", "Playing");
const TESTING: (&str, &str, &str) = ("development-tools::testing", "Development tools::Testing", "Doubting");

/// The slug and the counter of every category.
async fn counts(tx: &mut cargohold_store::Tx) -> Vec<(String, i64)> {
    categories::list(tx).await.unwrap().into_iter().map(|category| (category.slug, category.crates_cnt)).collect()
}

fn counted(counts: &[(&str, i64)]) -> Vec<(String, i64)> {
    counts.iter().map(|(slug, count)| ((*slug).to_owned(), *count)).collect()
}

async fn the_given_categories_become_those_there_are(db: &Database) {
    let mut tx = db.write().await;
    categories::sync(&mut tx, &[SCIENCE, TESTING], at(1)).await.unwrap();
    let renamed = ("science", "Wissenschaft", "Größer");
    categories::sync(&mut tx, &[renamed, GAMES], at(2)).await.unwrap();
    tx.commit().await.unwrap();
    let found = categories::list(&mut db.read().await).await.unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|it| (it.slug.as_str(), it.name.as_str(), it.description.as_str(), it.created_at, it.crates_cnt))
        .collect();
    let expected =
        [("games", "Games", "Playing", at(2).micros(), 0), ("science", "Wissenschaft", "Größer", at(1).micros(), 0)];
    assert_eq!(found, expected);
}

async fn a_category_that_disappears_leaves_its_crates(db: &Database) {
    let mut tx = db.write().await;
    let tide = krate(&mut tx, "tide").await;
    categories::sync(&mut tx, &[SCIENCE, GAMES], at(0)).await.unwrap();
    categories::set_of_crate(&mut tx, tide, &set(&["games", "science"])).await.unwrap();
    categories::sync(&mut tx, &[GAMES], at(1)).await.unwrap();
    assert_eq!(categories::list_of_crates(&mut tx, &[tide]).await.unwrap(), [(tide, "games".to_owned())]);
    assert_eq!(counts(&mut tx).await, counted(&[("games", 1)]));
    // It comes back without its crates.
    categories::sync(&mut tx, &[GAMES, SCIENCE], at(2)).await.unwrap();
    assert_eq!(counts(&mut tx).await, counted(&[("games", 1), ("science", 0)]));
    categories::sync(&mut tx, &[], at(3)).await.unwrap();
    assert_eq!(counts(&mut tx).await, []);
}

async fn a_new_category_counts_the_crates_that_are_in_it_already(db: &Database) {
    let mut tx = db.write().await;
    for text in ["tide", "ebb"] {
        let id = krate(&mut tx, text).await;
        for slug in ["games", "gone"] {
            let insert = "INSERT INTO crate_categories (crate_id, slug) VALUES ($1, $2)";
            tx.query(insert).bind(id).bind(slug).execute().await.unwrap();
        }
    }
    categories::sync(&mut tx, &[SCIENCE, GAMES], at(0)).await.unwrap();
    assert_eq!(counts(&mut tx).await, counted(&[("games", 2), ("science", 0)]));
    let left: Vec<(String,)> = tx.query("SELECT DISTINCT slug FROM crate_categories").fetch_all().await.unwrap();
    assert_eq!(left, [("games".to_owned(),)]);
}

async fn categories_of_a_crate_are_counted(db: &Database) {
    let mut tx = db.write().await;
    let (tide, ebb) = (krate(&mut tx, "tide").await, krate(&mut tx, "ebb").await);
    categories::sync(&mut tx, &[SCIENCE, GAMES, TESTING], at(0)).await.unwrap();
    let testing = TESTING.0;
    for (crate_id, slugs, expected) in [
        (tide, &["games", "science"][..], [(testing, 0), ("games", 1), ("science", 1)]),
        (ebb, &["games", "unknown"], [(testing, 0), ("games", 2), ("science", 1)]),
        (tide, &["science", testing], [(testing, 1), ("games", 1), ("science", 1)]),
        (tide, &["science", testing], [(testing, 1), ("games", 1), ("science", 1)]),
        (tide, &[], [(testing, 0), ("games", 1), ("science", 0)]),
    ] {
        categories::set_of_crate(&mut tx, crate_id, &set(slugs)).await.unwrap();
        assert_eq!(counts(&mut tx).await, counted(&expected), "{slugs:?}");
    }
    assert_eq!(categories::list_of_crates(&mut tx, &[tide, ebb]).await.unwrap(), [(ebb, "games".to_owned())]);
}

async fn a_crates_categories_are_listed(db: &Database) {
    let mut tx = db.write().await;
    let (tide, ebb) = (krate(&mut tx, "tide").await, krate(&mut tx, "ebb").await);
    categories::sync(&mut tx, &[SCIENCE, GAMES], at(3)).await.unwrap();
    categories::set_of_crate(&mut tx, tide, &set(&["games", "science"])).await.unwrap();
    categories::set_of_crate(&mut tx, ebb, &set(&["games"])).await.unwrap();
    let found = categories::list_of_crate(&mut tx, tide).await.unwrap();
    assert_eq!(found.iter().map(|it| it.slug.as_str()).collect::<Vec<_>>(), ["games", "science"]);
    assert_eq!((found[0].name.as_str(), found[0].description.as_str()), ("Games", "Playing"));
    assert_eq!((found[0].crates_cnt, found[0].created_at), (2, at(3).micros()));
    assert!(categories::list_of_crate(&mut tx, ebb + 1).await.unwrap().is_empty());
    let mut of_both = categories::list_of_crates(&mut tx, &[ebb, tide, -1]).await.unwrap();
    of_both.sort_unstable();
    assert_eq!(of_both, [(tide, "games"), (tide, "science"), (ebb, "games")].map(|(id, slug)| (id, slug.to_owned())));
    assert!(categories::list_of_crates(&mut tx, &[]).await.unwrap().is_empty());
}

async fn publishes_and_a_new_set_at_once_do_not_wait_for_each_other(db: &Database) {
    let slugs: Vec<String> = (10..40).map(|number| format!("c{number}")).collect();
    let store = db.store.clone();
    let sync = async |reversed: bool| {
        let mut wanted: Vec<_> = slugs.iter().map(|slug| (slug.as_str(), "Name", "")).collect();
        if reversed {
            wanted.reverse();
        }
        let mut tx = store.write().await.unwrap();
        categories::sync(&mut tx, &wanted, at(0)).await.unwrap();
        tx.commit().await.unwrap();
    };
    sync(false).await;
    let mut publishes = JoinSet::new();
    for number in 0..6 {
        let (store, slugs) = (db.store.clone(), slugs.iter().cloned().collect());
        publishes.spawn(async move {
            let mut tx = store.write().await.unwrap();
            let id = krate(&mut tx, &format!("crate-{number}")).await;
            categories::set_of_crate(&mut tx, id, &slugs).await.unwrap();
            tx.commit().await.unwrap();
        });
    }
    for round in 0..6 {
        sync(round % 2 == 0).await;
    }
    publishes.join_all().await;
    assert!(counts(&mut db.read().await).await.iter().all(|(_, count)| *count == 6));
}
