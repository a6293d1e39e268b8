//! Names that are not free yet.

use cargohold_store::tombstones::{self, Tombstone};

use crate::engines::Database;
use crate::fixtures::{assert_names_row, at, canonical, name};

on_both_engines!(
    a_name_is_unavailable_in_every_spelling_until_the_instant_it_is_free,
    the_longest_lived_of_several_tombstones_counts,
    a_tombstone_with_an_unreadable_name_is_named,
);

async fn a_name_is_unavailable_in_every_spelling_until_the_instant_it_is_free(db: &Database) {
    let mut tx = db.write().await;
    let stone = Tombstone { name: name("Tide-Pool"), available_at: at(60) };
    tombstones::insert(&mut tx, &stone).await.unwrap();
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
        let stone = Tombstone { name: name(spelling), available_at: at(available_at) };
        tombstones::insert(&mut tx, &stone).await.unwrap();
    }
    for now in [0, 45, 75] {
        let found = tombstones::find(&mut tx, &canonical("tide-pool"), at(now)).await.unwrap();
        assert_eq!(found, Some(Tombstone { name: name("tide-pool"), available_at: at(90) }));
    }
}

async fn a_tombstone_with_an_unreadable_name_is_named(db: &Database) {
    let mut tx = db.write().await;
    tombstones::insert(&mut tx, &Tombstone { name: name("tide"), available_at: at(60) }).await.unwrap();
    let (id,) = tx.query("UPDATE tombstones SET name = 'no name' RETURNING id").fetch_one().await.unwrap();
    assert_names_row(tombstones::find(&mut tx, &canonical("tide"), at(0)).await, "tombstones.name", id);
}
