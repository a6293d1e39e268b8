//! People.

use cargohold_store::users::{self, NewUser};

use crate::engines::Database;
use crate::fixtures::{at, new_user, user};

on_both_engines!(
    a_new_user_is_found_by_login_in_any_casing,
    a_taken_login_is_none_and_the_transaction_goes_on,
    there_is_nobody_until_somebody_is_added,
);

async fn a_new_user_is_found_by_login_in_any_casing(db: &Database) {
    let mut tx = db.write().await;
    let new = NewUser { is_admin: true, is_email_verified: false, email: "ö@example.org", ..new_user("Alice-1") };
    let id = users::insert(&mut tx, &new, at(0)).await.unwrap().unwrap();
    tx.commit().await.unwrap();

    let mut tx = db.read().await;
    for login in ["Alice-1", "alice-1", "ALICE-1"] {
        let found = users::find_by_login(&mut tx, login).await.unwrap().unwrap();
        assert_eq!((found.id, found.login.as_str(), found.name), (id, "Alice-1", None));
        assert_eq!((found.email.as_str(), found.is_email_verified, found.is_admin), ("ö@example.org", false, true));
    }
    for login in ["alice_1", "alice", "", "alice-1 "] {
        assert!(users::find_by_login(&mut tx, login).await.unwrap().is_none(), "{login}");
    }
}

async fn a_taken_login_is_none_and_the_transaction_goes_on(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    for login in ["alice", "ALICE"] {
        assert_eq!(users::insert(&mut tx, &new_user(login), at(1)).await.unwrap(), None);
    }
    let bob = user(&mut tx, "bob").await;
    tx.commit().await.unwrap();

    let mut tx = db.read().await;
    assert_ne!(alice, bob);
    assert_eq!(users::find_by_login(&mut tx, "alice").await.unwrap().unwrap().login, "alice");
    assert_eq!(users::find_by_login(&mut tx, "bob").await.unwrap().unwrap().id, bob);
}

async fn there_is_nobody_until_somebody_is_added(db: &Database) {
    let mut tx = db.write().await;
    assert!(!users::any(&mut tx).await.unwrap());
    user(&mut tx, "alice").await;
    assert!(users::any(&mut tx).await.unwrap());
}
