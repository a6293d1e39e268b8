//! Sign-ins under way at a provider.

use cargohold_store::sign_ins::{self, SignIn};

use crate::engines::Database;
use crate::fixtures::{at, user};

on_both_engines!(
    a_sign_in_is_taken_once_and_in_time,
    a_sign_in_that_is_looked_at_is_still_there,
    sign_ins_that_took_too_long_are_forgotten,
);

fn plain() -> SignIn {
    SignIn { provider: "company".to_owned(), linked_user_id: None, sealed_person: None }
}

async fn a_sign_in_is_taken_once_and_in_time(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let linking = SignIn { linked_user_id: Some(alice), sealed_person: Some(b"sealed".to_vec()), ..plain() };
    sign_ins::insert(&mut tx, &[1; 32], &linking, at(60)).await.unwrap();
    sign_ins::insert(&mut tx, &[2; 32], &plain(), at(60)).await.unwrap();
    assert_eq!(sign_ins::take(&mut tx, &[3; 32], at(0)).await.unwrap(), None);
    assert_eq!(sign_ins::take(&mut tx, &[1; 32], at(60)).await.unwrap(), None, "it took too long");
    assert_eq!(sign_ins::take(&mut tx, &[1; 32], at(59)).await.unwrap(), Some(linking));
    assert_eq!(sign_ins::take(&mut tx, &[1; 32], at(59)).await.unwrap(), None, "it was taken");
    assert_eq!(sign_ins::take(&mut tx, &[2; 32], at(59)).await.unwrap(), Some(plain()));
}

async fn a_sign_in_that_is_looked_at_is_still_there(db: &Database) {
    let mut tx = db.write().await;
    sign_ins::insert(&mut tx, &[1; 32], &plain(), at(60)).await.unwrap();
    for _ in 0..2 {
        assert_eq!(sign_ins::find(&mut tx, &[1; 32], at(59)).await.unwrap(), Some(plain()));
    }
    assert_eq!(sign_ins::find(&mut tx, &[1; 32], at(60)).await.unwrap(), None);
    assert_eq!(sign_ins::find(&mut tx, &[2; 32], at(0)).await.unwrap(), None);
}

async fn sign_ins_that_took_too_long_are_forgotten(db: &Database) {
    let mut tx = db.write().await;
    for (number, end) in [(1, 10), (2, 20), (3, 30)] {
        sign_ins::insert(&mut tx, &[number; 32], &plain(), at(end)).await.unwrap();
    }
    assert_eq!(sign_ins::forget_expired(&mut tx, at(20)).await.unwrap(), 2);
    assert_eq!(sign_ins::forget_expired(&mut tx, at(20)).await.unwrap(), 0);
    assert!(sign_ins::find(&mut tx, &[3; 32], at(20)).await.unwrap().is_some());
}
