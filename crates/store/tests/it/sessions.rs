//! Sign-ins of browsers.

use cargohold_store::{Error, sessions};

use crate::engines::Database;
use crate::fixtures::{at, new_session, user};

on_both_engines!(
    a_session_is_its_users_until_the_instant_it_ends,
    an_ended_session_is_nobodys,
    sessions_that_are_over_are_forgotten,
    a_hash_cannot_be_stored_twice,
);

async fn a_session_is_its_users_until_the_instant_it_ends(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    sessions::insert(&mut tx, &new_session(alice, &[1; 32], at(60)), at(0)).await.unwrap();
    sessions::insert(&mut tx, &new_session(bob, &[2; 32], at(90)), at(0)).await.unwrap();
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
        sessions::insert(&mut tx, &new_session(alice, &hash, at(60)), at(0)).await.unwrap();
    }
    for _ in 0..2 {
        sessions::delete(&mut tx, &[1; 32]).await.unwrap();
        assert!(sessions::find(&mut tx, &[1; 32], at(0)).await.unwrap().is_none());
    }
    assert!(sessions::find(&mut tx, &[2; 32], at(0)).await.unwrap().is_some());
}

async fn sessions_that_are_over_are_forgotten(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    for (hash, end) in [([1; 32], 10), ([2; 32], 20), ([3; 32], 30)] {
        sessions::insert(&mut tx, &new_session(alice, &hash, at(end)), at(0)).await.unwrap();
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
    sessions::insert(&mut tx, &new_session(alice, &[1; 32], at(60)), at(0)).await.unwrap();
    let again = sessions::insert(&mut tx, &new_session(alice, &[1; 32], at(60)), at(0)).await;
    assert!(matches!(again, Err(Error::Statement(_))), "{again:?}");
}
