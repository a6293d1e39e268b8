//! Invitations to own crates.

use cargohold_store::owner_invitations::{self, OwnerInvitation};

use crate::engines::Database;
use crate::fixtures::{at, invite, krate, user};

on_both_engines!(
    an_invitation_is_replaced_by_the_next_one,
    an_invitation_is_found_by_its_secret_and_deleted_once,
    open_invitations_are_listed_page_by_page,
);

async fn an_invitation_is_replaced_by_the_next_one(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    let tide = krate(&mut tx, "Tide").await;
    let first = invite(&mut tx, tide, bob, alice, 10).await;
    let second = invite(&mut tx, tide, bob, bob, 20).await;
    tx.commit().await.unwrap();

    let mut tx = db.read().await;
    let expected = OwnerInvitation {
        crate_id: tide,
        crate_name: "Tide".to_owned(),
        invitee_id: bob,
        inviter_id: bob,
        created_at: at(0).micros(),
        expires_at: at(20).micros(),
    };
    assert_eq!(owner_invitations::find(&mut tx, tide, bob).await.unwrap(), Some(expected.clone()));
    assert_eq!(owner_invitations::find_by_hash(&mut tx, &second).await.unwrap(), Some(expected));
    assert_eq!(owner_invitations::find_by_hash(&mut tx, &first).await.unwrap(), None);
    assert_eq!(owner_invitations::find(&mut tx, tide, alice).await.unwrap(), None);
}

async fn an_invitation_is_found_by_its_secret_and_deleted_once(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    let tide = krate(&mut tx, "tide").await;
    let hash = invite(&mut tx, tide, bob, alice, 10).await;
    assert!(!owner_invitations::delete(&mut tx, tide, alice).await.unwrap());
    assert!(owner_invitations::delete(&mut tx, tide, bob).await.unwrap());
    assert!(!owner_invitations::delete(&mut tx, tide, bob).await.unwrap());
    assert_eq!(owner_invitations::find_by_hash(&mut tx, &hash).await.unwrap(), None);
}

async fn open_invitations_are_listed_page_by_page(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let mut people = Vec::new();
    for login in ["bob", "carol", "dora", "emil"] {
        people.push(user(&mut tx, login).await);
    }
    let (tide, ebb) = (krate(&mut tx, "tide").await, krate(&mut tx, "ebb").await);
    for (index, person) in people.iter().enumerate().rev() {
        // Dora's has expired at the time of the question.
        invite(&mut tx, tide, *person, alice, if index == 2 { 5 } else { 6 }).await;
    }
    invite(&mut tx, ebb, people[0], alice, 6).await;
    tx.commit().await.unwrap();

    let mut tx = db.read().await;
    let invitees = |found: Vec<OwnerInvitation>| found.into_iter().map(|found| found.invitee_id).collect::<Vec<_>>();
    let crates = |found: Vec<OwnerInvitation>| found.into_iter().map(|found| found.crate_id).collect::<Vec<_>>();
    let page = owner_invitations::list_of_crate(&mut tx, tide, 0, 2, at(5)).await.unwrap();
    assert_eq!(invitees(page), people[..2]);
    let page = owner_invitations::list_of_crate(&mut tx, tide, people[1], 2, at(5)).await.unwrap();
    assert_eq!(invitees(page), [people[3]]);
    assert_eq!(invitees(owner_invitations::list_of_crate(&mut tx, tide, 0, 9, at(6)).await.unwrap()), [0; 0]);
    let mine = owner_invitations::list_of_invitee(&mut tx, people[0], 0, 1, at(5)).await.unwrap();
    assert_eq!(crates(mine), [tide]);
    let mine = owner_invitations::list_of_invitee(&mut tx, people[0], tide, 9, at(5)).await.unwrap();
    assert_eq!(crates(mine), [ebb]);
    assert_eq!(crates(owner_invitations::list_of_invitee(&mut tx, people[2], 0, 9, at(5)).await.unwrap()), [0; 0]);
}
