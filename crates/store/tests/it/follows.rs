//! Who follows which crate.

use cargohold_store::follows;

use crate::engines::Database;
use crate::fixtures::{at, krate, user, version};

on_both_engines!(
    a_crate_is_followed_until_it_is_no_longer,
    followed_crates_are_ones_own,
    versions_of_followed_crates_come_the_latest_first,
);

async fn a_crate_is_followed_until_it_is_no_longer(db: &Database) {
    let mut tx = db.write().await;
    let (alice, tide) = (user(&mut tx, "alice").await, krate(&mut tx, "tide").await);
    assert!(!follows::exists(&mut tx, alice, tide).await.unwrap());
    for _ in 0..2 {
        follows::add(&mut tx, alice, tide).await.unwrap();
        assert!(follows::exists(&mut tx, alice, tide).await.unwrap());
    }
    for _ in 0..2 {
        follows::remove(&mut tx, alice, tide).await.unwrap();
        assert!(!follows::exists(&mut tx, alice, tide).await.unwrap());
    }
    follows::add(&mut tx, alice, tide + 1).await.unwrap_err();
}

async fn followed_crates_are_ones_own(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    let (tide, ebb, flow) = (krate(&mut tx, "tide").await, krate(&mut tx, "ebb").await, krate(&mut tx, "flow").await);
    for (user_id, crate_id) in [(alice, flow), (alice, tide), (bob, ebb), (bob, tide)] {
        follows::add(&mut tx, user_id, crate_id).await.unwrap();
    }
    follows::remove(&mut tx, bob, tide).await.unwrap();
    assert_eq!(follows::list(&mut tx, alice).await.unwrap(), [tide, flow]);
    assert_eq!(follows::list(&mut tx, bob).await.unwrap(), [ebb]);
    assert!(follows::exists(&mut tx, alice, tide).await.unwrap());
    assert!(!follows::exists(&mut tx, alice, ebb).await.unwrap());
    assert!(follows::list(&mut tx, bob + 1).await.unwrap().is_empty());
}

async fn versions_of_followed_crates_come_the_latest_first(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    let (tide, ebb, flow) = (krate(&mut tx, "tide").await, krate(&mut tx, "ebb").await, krate(&mut tx, "flow").await);
    let late = version(&mut tx, tide, bob, "1.0.0", at(9)).await;
    let early = version(&mut tx, ebb, bob, "1.0.0", at(1)).await;
    let same = version(&mut tx, ebb, bob, "2.0.0", at(9)).await;
    version(&mut tx, flow, bob, "1.0.0", at(5)).await;
    for crate_id in [tide, ebb] {
        follows::add(&mut tx, alice, crate_id).await.unwrap();
    }
    assert_eq!(follows::list_versions(&mut tx, alice, 0, 9).await.unwrap(), [same, late, early]);
    assert_eq!(follows::list_versions(&mut tx, alice, 1, 1).await.unwrap(), [late]);
    assert!(follows::list_versions(&mut tx, alice, 3, 9).await.unwrap().is_empty());
    assert!(follows::list_versions(&mut tx, bob, 0, 9).await.unwrap().is_empty());
}
