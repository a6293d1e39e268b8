//! People.

use cargohold_store::users::{self, NewUser};

use crate::engines::Database;
use crate::fixtures::{at, new_user, user};

on_both_engines!(
    a_new_user_is_found_by_login_in_any_casing,
    a_taken_login_is_none_and_the_transaction_goes_on,
    there_is_nobody_until_somebody_is_added,
    a_password_is_found_by_login_in_any_casing,
    people_are_listed_by_their_ids,
);

async fn a_new_user_is_found_by_login_in_any_casing(db: &Database) {
    let mut tx = db.write().await;
    let new =
        NewUser { is_admin: true, is_email_verified: false, email: Some("ö@example.org"), ..new_user("Alice-1") };
    let id = users::insert(&mut tx, &new, at(0)).await.unwrap().unwrap();
    tx.commit().await.unwrap();

    let mut tx = db.read().await;
    for login in ["Alice-1", "alice-1", "ALICE-1"] {
        let found = users::find_by_login(&mut tx, login).await.unwrap().unwrap();
        assert_eq!((found.id, found.login.as_str(), found.name), (id, "Alice-1", None));
        assert_eq!(
            (found.email.as_deref(), found.is_email_verified, found.is_admin),
            (Some("ö@example.org"), false, true)
        );
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

async fn a_password_is_found_by_login_in_any_casing(db: &Database) {
    let mut tx = db.write().await;
    let new = NewUser { password_hash: Some("$argon2id$alice"), ..new_user("Alice-1") };
    let id = users::insert(&mut tx, &new, at(0)).await.unwrap().unwrap();
    user(&mut tx, "bob").await;
    for login in ["Alice-1", "alice-1"] {
        let found = users::find_password(&mut tx, login).await.unwrap().unwrap();
        assert_eq!((found.user_id, found.hash.as_deref(), found.must_change), (id, Some("$argon2id$alice"), false));
    }
    assert!(users::find_password(&mut tx, "alice").await.unwrap().is_none());
}

async fn people_are_listed_by_their_ids(db: &Database) {
    let mut tx = db.write().await;
    let (alice, _, eve) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await, user(&mut tx, "eve").await);
    let set =
        "UPDATE users SET name = 'Eve', avatar = 'https://example.org/e.png', github_login = 'eve-x' WHERE id = $1";
    tx.query(set).bind(eve).execute().await.unwrap();
    let mut found = users::list_by_ids(&mut tx, &[eve, -1, alice, eve]).await.unwrap();
    found.sort_unstable_by_key(|user| user.id);
    assert_eq!(found.iter().map(|user| user.login.as_str()).collect::<Vec<_>>(), ["alice", "eve"]);
    assert_eq!((found[1].name.as_deref(), found[1].created_at), (Some("Eve"), at(0).micros()));
    assert_eq!(found[1].avatar.as_deref(), Some("https://example.org/e.png"));
    assert_eq!((found[0].github_login.as_deref(), found[1].github_login.as_deref()), (None, Some("eve-x")));
    assert!(users::list_by_ids(&mut tx, &[]).await.unwrap().is_empty());
}
