//! Sign-ins of browsers.

use cargohold_store::sessions::{self, Listed, NewSession};
use cargohold_store::{Error, Tx, users};

use crate::engines::Database;
use crate::fixtures::{at, new_session, new_user, user};

on_both_engines!(
    a_session_is_its_users_until_the_instant_it_ends,
    an_ended_session_is_nobodys,
    a_session_says_what_is_missing_yet,
    listed_sessions_are_ones_own_and_good,
    only_ones_own_sessions_are_ended,
    sessions_that_are_over_are_forgotten,
    a_hash_cannot_be_stored_twice,
);

async fn insert(tx: &mut Tx, user_id: i64, hash: [u8; 32], end: i64) {
    sessions::insert(tx, &new_session(user_id, &hash, at(end)), at(0)).await.unwrap();
}

async fn a_session_is_its_users_until_the_instant_it_ends(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    insert(&mut tx, alice, [1; 32], 60).await;
    insert(&mut tx, bob, [2; 32], 90).await;
    tx.commit().await.unwrap();
    let mut tx = db.read().await;
    for (hash, now, expected) in [
        ([1; 32], 0, Some(alice)),
        ([1; 32], 59, Some(alice)),
        ([1; 32], 60, None),
        ([2; 32], 60, Some(bob)),
        ([3; 32], 0, None),
    ] {
        let found = sessions::find(&mut tx, &hash, at(now)).await.unwrap();
        assert_eq!(found.map(|session| session.user.id), expected, "after {now} s");
    }
}

async fn an_ended_session_is_nobodys(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    for hash in [[1; 32], [2; 32]] {
        insert(&mut tx, alice, hash, 60).await;
    }
    for _ in 0..2 {
        sessions::delete(&mut tx, &[1; 32]).await.unwrap();
        assert!(sessions::find(&mut tx, &[1; 32], at(0)).await.unwrap().is_none());
    }
    assert!(sessions::find(&mut tx, &[2; 32], at(0)).await.unwrap().is_some());
}

async fn a_session_says_what_is_missing_yet(db: &Database) {
    let mut tx = db.write().await;
    let new = users::NewUser { must_change_password: true, ..new_user("alice") };
    let alice = users::insert(&mut tx, &new, at(0)).await.unwrap().unwrap();
    let bob = user(&mut tx, "bob").await;
    insert(&mut tx, alice, [1; 32], 60).await;
    let waiting = NewSession { awaits_code: true, ..new_session(bob, &[2; 32], at(60)) };
    sessions::insert(&mut tx, &waiting, at(0)).await.unwrap();
    let first = sessions::find(&mut tx, &[1; 32], at(0)).await.unwrap().unwrap();
    assert_eq!((first.awaits_code, first.must_change_password), (false, true));
    let second = sessions::find(&mut tx, &[2; 32], at(0)).await.unwrap().unwrap();
    assert_eq!((second.awaits_code, second.must_change_password, second.user.id), (true, false, bob));
    assert_ne!(first.id, second.id);
}

async fn listed_sessions_are_ones_own_and_good(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    let from_home = NewSession {
        address: Some("192.0.2.7"),
        user_agent: Some("a browser"),
        ..new_session(alice, &[1; 32], at(60))
    };
    sessions::insert(&mut tx, &from_home, at(5)).await.unwrap();
    insert(&mut tx, alice, [2; 32], 90).await;
    insert(&mut tx, bob, [3; 32], 90).await;
    let waiting = NewSession { awaits_code: true, ..new_session(alice, &[4; 32], at(90)) };
    sessions::insert(&mut tx, &waiting, at(0)).await.unwrap();
    let listed = sessions::list(&mut tx, alice, at(59)).await.unwrap();
    assert_eq!(listed.len(), 2, "{listed:?}");
    assert!(listed[0].id > listed[1].id, "the newest first");
    let expected = Listed {
        id: listed[1].id,
        address: Some("192.0.2.7".to_owned()),
        user_agent: Some("a browser".to_owned()),
        created_at: at(5).micros(),
        expires_at: at(60).micros(),
    };
    assert_eq!(listed[1], expected);
    assert_eq!(sessions::list(&mut tx, alice, at(60)).await.unwrap().len(), 1);
}

async fn only_ones_own_sessions_are_ended(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    for (hash, user_id) in [([1; 32], alice), ([2; 32], alice), ([3; 32], bob)] {
        insert(&mut tx, user_id, hash, 60).await;
    }
    let id = sessions::find(&mut tx, &[1; 32], at(0)).await.unwrap().unwrap().id;
    sessions::delete_of_user(&mut tx, bob, id).await.unwrap();
    assert!(sessions::find(&mut tx, &[1; 32], at(0)).await.unwrap().is_some(), "it is another's");
    sessions::delete_of_user(&mut tx, alice, id).await.unwrap();
    assert!(sessions::find(&mut tx, &[1; 32], at(0)).await.unwrap().is_none());
    assert_eq!(sessions::delete_all_of_user(&mut tx, alice).await.unwrap(), 1);
    assert_eq!(sessions::delete_all_of_user(&mut tx, alice).await.unwrap(), 0);
    assert!(sessions::find(&mut tx, &[3; 32], at(0)).await.unwrap().is_some(), "others stay signed in");
}

async fn sessions_that_are_over_are_forgotten(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    for (hash, end) in [([1; 32], 10), ([2; 32], 20), ([3; 32], 30)] {
        insert(&mut tx, alice, hash, end).await;
    }
    assert_eq!(sessions::forget_expired(&mut tx, at(10)).await.unwrap(), 0);
    assert_eq!(sessions::forget_expired(&mut tx, at(25)).await.unwrap(), 2);
    assert!(sessions::find(&mut tx, &[3; 32], at(25)).await.unwrap().is_some());
    let (left,): (i64,) = tx.query("SELECT COUNT(*) FROM sessions").fetch_one().await.unwrap();
    assert_eq!(left, 1);
}

async fn a_hash_cannot_be_stored_twice(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    insert(&mut tx, alice, [1; 32], 60).await;
    let again = sessions::insert(&mut tx, &new_session(alice, &[1; 32], at(60)), at(0)).await;
    assert!(matches!(again, Err(Error::Statement(_))), "{again:?}");
}
