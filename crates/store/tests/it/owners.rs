//! Owners of crates.

use cargohold_store::owners;

use crate::engines::Database;
use crate::fixtures::{at, krate, user};

on_both_engines!(an_owner_is_added_once_and_removed_once, owners_are_listed_by_id_for_their_crate_only);

async fn an_owner_is_added_once_and_removed_once(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    let tide = krate(&mut tx, "tide").await;
    assert!(owners::add(&mut tx, tide, alice, alice, at(0)).await.unwrap());
    assert!(!owners::add(&mut tx, tide, alice, alice, at(1)).await.unwrap());
    assert!(owners::is_owner(&mut tx, tide, alice).await.unwrap());
    assert!(!owners::is_owner(&mut tx, tide, bob).await.unwrap());

    assert!(!owners::remove(&mut tx, tide, bob).await.unwrap());
    assert!(owners::remove(&mut tx, tide, alice).await.unwrap());
    assert!(!owners::remove(&mut tx, tide, alice).await.unwrap());
    assert!(!owners::is_owner(&mut tx, tide, alice).await.unwrap());
}

async fn owners_are_listed_by_id_for_their_crate_only(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    let (tide, ebb) = (krate(&mut tx, "tide").await, krate(&mut tx, "ebb").await);
    owners::add(&mut tx, tide, bob, bob, at(0)).await.unwrap();
    owners::add(&mut tx, tide, alice, bob, at(1)).await.unwrap();
    owners::add(&mut tx, ebb, bob, bob, at(0)).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = db.read().await;
    let logins = |users: Vec<cargohold_store::users::User>| users.into_iter().map(|user| user.login);
    assert!(logins(owners::list(&mut tx, tide).await.unwrap()).eq(["alice", "bob"]));
    assert!(logins(owners::list(&mut tx, ebb).await.unwrap()).eq(["bob"]));
    assert!(owners::list(&mut tx, ebb + 1).await.unwrap().is_empty());
    assert!(!owners::is_owner(&mut tx, ebb, alice).await.unwrap());

    let mut of_both = owners::list_of_crates(&mut tx, &[ebb, ebb + 1, tide]).await.unwrap();
    of_both.sort_unstable();
    assert_eq!(of_both, [(tide, alice), (tide, bob), (ebb, bob)]);
    assert_eq!(owners::list_of_crates(&mut tx, &[ebb]).await.unwrap(), [(ebb, bob)]);
    assert!(owners::list_of_crates(&mut tx, &[]).await.unwrap().is_empty());
}
