//! Keywords, their counters and which crate has which.

use cargohold_store::keywords::{self, Keyword, Order};
use tokio::task::JoinSet;

use crate::engines::Database;
use crate::fixtures::{at, krate, set};

on_both_engines!(
    keywords_replace_those_before_and_are_counted,
    a_keyword_outlives_its_last_crate,
    keywords_are_listed_in_pages_in_both_orders,
    a_crates_keywords_are_listed,
    parallel_publishes_with_the_same_keywords_are_all_counted,
);

fn words(keywords: &[Keyword]) -> Vec<(&str, i64)> {
    keywords.iter().map(|keyword| (keyword.keyword.as_str(), keyword.crates_cnt)).collect()
}

async fn keywords_replace_those_before_and_are_counted(db: &Database) {
    let mut tx = db.write().await;
    let (tide, ebb) = (krate(&mut tx, "tide").await, krate(&mut tx, "ebb").await);
    for (crate_id, keywords, expected) in [
        (ebb, &["moon"][..], &[("moon", 1)][..]),
        (tide, &["moon", "water"], &[("moon", 2), ("water", 1)]),
        (tide, &["moon", "sea"], &[("moon", 2), ("sea", 1), ("water", 0)]),
        (tide, &["moon", "sea"], &[("moon", 2), ("sea", 1), ("water", 0)]),
        (ebb, &[], &[("moon", 1), ("sea", 1), ("water", 0)]),
    ] {
        keywords::set_of_crate(&mut tx, crate_id, &set(keywords), at(0)).await.unwrap();
        assert_eq!(words(&keywords::list(&mut tx, Order::Alphabetical, 0, 9).await.unwrap()), expected);
    }
    let of_both = keywords::list_of_crates(&mut tx, &[tide, ebb]).await.unwrap();
    assert_eq!(of_both.iter().filter(|(id, _)| *id == tide).count(), of_both.len());
}

async fn a_keyword_outlives_its_last_crate(db: &Database) {
    let mut tx = db.write().await;
    let tide = krate(&mut tx, "tide").await;
    keywords::set_of_crate(&mut tx, tide, &set(&["größe"]), at(1)).await.unwrap();
    keywords::set_of_crate(&mut tx, tide, &set(&[]), at(2)).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = db.write().await;
    let keyword = |crates_cnt| Keyword { keyword: "größe".to_owned(), created_at: at(1).micros(), crates_cnt };
    assert_eq!(keywords::find(&mut tx, "größe").await.unwrap(), Some(keyword(0)));
    keywords::set_of_crate(&mut tx, tide, &set(&["größe"]), at(3)).await.unwrap();
    assert_eq!(keywords::find(&mut tx, "größe").await.unwrap(), Some(keyword(1)));
    assert_eq!(keywords::find(&mut tx, "Größe").await.unwrap(), None);
    assert_eq!(keywords::count(&mut tx).await.unwrap(), 1);
}

async fn keywords_are_listed_in_pages_in_both_orders(db: &Database) {
    let mut tx = db.write().await;
    assert_eq!(keywords::count(&mut tx).await.unwrap(), 0);
    for (text, keywords) in [("tide", &["delta", "alpha", "bravo"][..]), ("ebb", &["charlie", "bravo"])] {
        let id = krate(&mut tx, text).await;
        keywords::set_of_crate(&mut tx, id, &set(keywords), at(0)).await.unwrap();
    }
    let mut page = async |order, offset, limit| {
        let keywords = keywords::list(&mut tx, order, offset, limit).await.unwrap();
        keywords.into_iter().map(|keyword| keyword.keyword).collect::<Vec<_>>()
    };
    assert_eq!(page(Order::Alphabetical, 0, 2).await, ["alpha", "bravo"]);
    assert_eq!(page(Order::Alphabetical, 2, 9).await, ["charlie", "delta"]);
    assert_eq!(page(Order::Alphabetical, 4, 9).await, [""; 0]);
    // Of those used once, the latest comes first: `charlie` came with the second crate.
    assert_eq!(page(Order::Crates, 0, 2).await, ["bravo", "charlie"]);
    assert_eq!(page(Order::Crates, 1, 9).await, ["charlie", "delta", "alpha"]);
    assert_eq!(keywords::count(&mut tx).await.unwrap(), 4);
}

async fn a_crates_keywords_are_listed(db: &Database) {
    let mut tx = db.write().await;
    let (tide, ebb) = (krate(&mut tx, "tide").await, krate(&mut tx, "ebb").await);
    keywords::set_of_crate(&mut tx, tide, &set(&["water", "moon"]), at(0)).await.unwrap();
    keywords::set_of_crate(&mut tx, ebb, &set(&["moon"]), at(0)).await.unwrap();
    assert_eq!(words(&keywords::list_of_crate(&mut tx, tide).await.unwrap()), [("moon", 2), ("water", 1)]);
    assert!(keywords::list_of_crate(&mut tx, ebb + 1).await.unwrap().is_empty());
    let mut of_both = keywords::list_of_crates(&mut tx, &[ebb, tide, -1]).await.unwrap();
    of_both.sort_unstable();
    assert_eq!(of_both, [(tide, "moon"), (tide, "water"), (ebb, "moon")].map(|(id, word)| (id, word.to_owned())));
    assert!(keywords::list_of_crates(&mut tx, &[]).await.unwrap().is_empty());
}

async fn parallel_publishes_with_the_same_keywords_are_all_counted(db: &Database) {
    let mut publishes = JoinSet::new();
    for number in 0..16 {
        let store = db.store.clone();
        publishes.spawn(async move {
            let mut tx = store.write().await.unwrap();
            let id = krate(&mut tx, &format!("crate-{number}")).await;
            keywords::set_of_crate(&mut tx, id, &set(&["e", "d", "c", "b", "a"]), at(0)).await.unwrap();
            tx.commit().await.unwrap();
            let mut tx = store.write().await.unwrap();
            keywords::set_of_crate(&mut tx, id, &set(&["d", "b", "f"]), at(1)).await.unwrap();
            tx.commit().await.unwrap();
        });
    }
    publishes.join_all().await;
    let found = keywords::list(&mut db.read().await, Order::Alphabetical, 0, 9).await.unwrap();
    assert_eq!(words(&found), [("a", 0), ("b", 16), ("c", 0), ("d", 16), ("e", 0), ("f", 16)]);
}
