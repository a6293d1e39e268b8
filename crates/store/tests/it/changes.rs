//! The change feed.

use cargohold_protocol::Timestamp;
use cargohold_store::Store;
use cargohold_store::changes::{self, Change};
use tokio::task::JoinSet;

use crate::engines::Database;
use crate::fixtures::{at, canonical, krate, name};

on_both_engines!(
    changes_are_numbered_from_one_and_listed_in_pages,
    a_change_that_is_rolled_back_leaves_no_gap,
    whoever_tails_the_feed_sees_parallel_changes_once_and_without_gaps,
    the_feed_reaches_back_to_what_it_has_not_forgotten,
    many_changes_are_numbered_without_gaps,
);

async fn append(db: &Database, crate_id: i64, now: Timestamp) -> i64 {
    let mut tx = db.write().await;
    let change = changes::append(&mut tx, crate_id, &canonical("Tide-Pool"), now).await.unwrap();
    tx.commit().await.unwrap();
    change.seq
}

async fn changes_are_numbered_from_one_and_listed_in_pages(db: &Database) {
    assert_eq!(changes::latest_seq(&mut db.read().await).await.unwrap(), 0);
    for seq in 1..=5 {
        assert_eq!(append(db, seq * 10, at(0)).await, seq);
    }
    let mut tx = db.read().await;
    assert_eq!(changes::latest_seq(&mut tx).await.unwrap(), 5);
    let expected = |seq: i64| Change { seq, crate_id: seq * 10, canonical_name: "tide_pool".to_owned() };
    assert_eq!(changes::list_after(&mut tx, 0, 2).await.unwrap(), [1, 2].map(expected));
    assert_eq!(changes::list_after(&mut tx, 2, 9).await.unwrap(), [3, 4, 5].map(expected));
    assert_eq!(changes::list_after(&mut tx, 5, 9).await.unwrap(), []);
}

async fn a_change_that_is_rolled_back_leaves_no_gap(db: &Database) {
    append(db, 1, at(0)).await;
    let mut tx = db.write().await;
    assert_eq!(changes::append(&mut tx, 2, &canonical("ebb"), at(0)).await.unwrap().seq, 2);
    drop(tx);
    assert_eq!(append(db, 3, at(0)).await, 2);
    let ids = changes::list_after(&mut db.read().await, 0, 9).await.unwrap();
    assert_eq!(ids.iter().map(|change| change.crate_id).collect::<Vec<_>>(), [1, 3]);
}

async fn whoever_tails_the_feed_sees_parallel_changes_once_and_without_gaps(db: &Database) {
    const WRITERS: i64 = 32;
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let store = db.store.clone();
        writers.spawn(async move {
            let text = format!("crate-{number}");
            // Every third writer fails once after its change, just before the commit.
            if number % 3 == 0 {
                let mut tx = store.write().await.unwrap();
                changes::append(&mut tx, -1, &canonical("never"), at(0)).await.unwrap();
            }
            let mut tx = store.write().await.unwrap();
            let id = krate(&mut tx, &text).await;
            let change = changes::append(&mut tx, id, &name(&text).canonical(), at(0)).await.unwrap();
            tx.commit().await.unwrap();
            change
        });
    }
    let (seen, mut written) = tokio::join!(tail(&db.store, WRITERS), writers.join_all());
    written.sort_unstable_by_key(|change| change.seq);
    assert_eq!(seen, written);
}

/// Reads the feed while it is written. A number that becomes visible before a lower one makes a gap here.
async fn tail(store: &Store, count: i64) -> Vec<Change> {
    let mut seen = Vec::new();
    let mut position = 0;
    while position < count {
        let mut tx = store.read().await.unwrap();
        for change in changes::list_after(&mut tx, position, 5).await.unwrap() {
            assert_eq!(change.seq, position + 1);
            position = change.seq;
            seen.push(change);
        }
        drop(tx);
        tokio::task::yield_now().await;
    }
    seen
}

async fn the_feed_reaches_back_to_what_it_has_not_forgotten(db: &Database) {
    assert!(changes::reaches_back_to(&mut db.read().await, 0).await.unwrap());
    assert!(!changes::reaches_back_to(&mut db.read().await, 1).await.unwrap(), "the future is not in the feed");
    for (seq, second) in [(1, 10), (2, 20), (3, 30)] {
        assert_eq!(append(db, seq, at(second)).await, seq);
    }
    assert!(changes::reaches_back_to(&mut db.read().await, 0).await.unwrap());

    let mut tx = db.write().await;
    assert_eq!(changes::forget_before(&mut tx, at(10)).await.unwrap(), 0);
    assert_eq!(changes::forget_before(&mut tx, at(21)).await.unwrap(), 2);
    tx.commit().await.unwrap();
    let mut tx = db.read().await;
    for (seq, reaches) in [(0, false), (1, false), (2, true), (3, true), (4, false)] {
        assert_eq!(changes::reaches_back_to(&mut tx, seq).await.unwrap(), reaches, "{seq}");
    }
    drop(tx);

    // Forgetting everything does not begin the numbers anew.
    let mut tx = db.write().await;
    assert_eq!(changes::forget_before(&mut tx, at(99)).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert!(changes::reaches_back_to(&mut db.read().await, 3).await.unwrap());
    assert!(!changes::reaches_back_to(&mut db.read().await, 2).await.unwrap());
    assert_eq!(append(db, 4, at(99)).await, 4);
}

async fn many_changes_are_numbered_without_gaps(db: &Database) {
    let mut tx = db.write().await;
    let (tide, ebb, flow) = (krate(&mut tx, "Tide").await, krate(&mut tx, "ebb").await, krate(&mut tx, "flow").await);
    changes::append_many(&mut tx, &[], at(5)).await.unwrap();
    changes::append_many(&mut tx, &[flow, -1, tide, flow, ebb], at(5)).await.unwrap();
    changes::append(&mut tx, ebb, &canonical("ebb"), at(6)).await.unwrap();
    changes::append_many(&mut tx, &[-1, flow], at(7)).await.unwrap();
    changes::append_many(&mut tx, &[-1], at(7)).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = db.read().await;
    let found = changes::list_after(&mut tx, 0, 99).await.unwrap();
    let found: Vec<_> = found.iter().map(|it| (it.seq, it.crate_id, it.canonical_name.as_str())).collect();
    assert_eq!(found, [(1, tide, "tide"), (2, ebb, "ebb"), (3, flow, "flow"), (4, ebb, "ebb"), (5, flow, "flow")]);
    assert_eq!(changes::latest_seq(&mut tx).await.unwrap(), 5);
    let instants: Vec<(i64,)> = tx.query("SELECT at FROM changes ORDER BY seq").fetch_all().await.unwrap();
    assert_eq!(instants, [5, 5, 5, 6, 7].map(|second| (at(second).micros(),)));
}
