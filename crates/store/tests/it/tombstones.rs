//! Names that are not free yet.

use cargohold_protocol::Timestamp;
use cargohold_store::Tx;
use cargohold_store::tombstones::{self, NewTombstone, Tombstone};

use crate::engines::Database;
use crate::fixtures::{assert_names_row, at, canonical, name, user};

on_both_engines!(
    a_name_is_unavailable_in_every_spelling_until_the_instant_it_is_free,
    the_longest_lived_of_several_tombstones_counts,
    a_tombstone_with_an_unreadable_name_is_named,
    a_tombstone_remembers_who_deleted_what_and_why,
);

/// Records the deletion of a crate by nobody in particular.
async fn bury(tx: &mut Tx, spelling: &str, available_at: Timestamp) {
    let stone = NewTombstone {
        name: &name(spelling),
        created_at: at(-9),
        deleted_at: at(0),
        deleted_by: None,
        message: None,
        available_at,
    };
    tombstones::insert(tx, &stone).await.unwrap();
}

async fn a_name_is_unavailable_in_every_spelling_until_the_instant_it_is_free(db: &Database) {
    let mut tx = db.write().await;
    let stone = Tombstone { name: name("Tide-Pool"), available_at: at(60) };
    bury(&mut tx, "Tide-Pool", at(60)).await;
    tx.commit().await.unwrap();

    let mut tx = db.read().await;
    for spelling in ["Tide-Pool", "tide_pool"] {
        assert_eq!(tombstones::find(&mut tx, &canonical(spelling), at(59)).await.unwrap().as_ref(), Some(&stone));
        assert_eq!(tombstones::find(&mut tx, &canonical(spelling), at(60)).await.unwrap(), None);
    }
    assert_eq!(tombstones::find(&mut tx, &canonical("tidepool"), at(0)).await.unwrap(), None);
}

async fn the_longest_lived_of_several_tombstones_counts(db: &Database) {
    let mut tx = db.write().await;
    for (spelling, available_at) in [("tide_pool", 60), ("tide-pool", 90), ("Tide_Pool", 30)] {
        bury(&mut tx, spelling, at(available_at)).await;
    }
    for now in [0, 45, 75] {
        let found = tombstones::find(&mut tx, &canonical("tide-pool"), at(now)).await.unwrap();
        assert_eq!(found, Some(Tombstone { name: name("tide-pool"), available_at: at(90) }));
    }
}

async fn a_tombstone_with_an_unreadable_name_is_named(db: &Database) {
    let mut tx = db.write().await;
    bury(&mut tx, "tide", at(60)).await;
    let (id,) = tx.query("UPDATE tombstones SET name = 'no name' RETURNING id").fetch_one().await.unwrap();
    assert_names_row(tombstones::find(&mut tx, &canonical("tide"), at(0)).await, "tombstones.name", id);
}

async fn a_tombstone_remembers_who_deleted_what_and_why(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let stone = NewTombstone {
        name: &name("Tide-Pool"),
        created_at: at(1),
        deleted_at: at(2),
        deleted_by: Some(alice),
        message: Some("zu klein 🦀"),
        available_at: at(3),
    };
    tombstones::insert(&mut tx, &stone).await.unwrap();
    let found: (String, String, i64, i64, i64, Option<i64>, Option<String>) = tx
        .query("SELECT name, canonical_name, created_at, deleted_at, available_at, deleted_by, message FROM tombstones")
        .fetch_one()
        .await
        .unwrap();
    let (created, deleted, available) = (at(1).micros(), at(2).micros(), at(3).micros());
    let message = Some("zu klein 🦀".to_owned());
    let expected = ("Tide-Pool".to_owned(), "tide_pool".to_owned(), created, deleted, available, Some(alice), message);
    assert_eq!(found, expected);
}
