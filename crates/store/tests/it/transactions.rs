//! Transactions as such.

use cargohold_store::{Error, Store, users};
use tokio::task::JoinSet;

use crate::engines::Database;
use crate::fixtures::{at, new_user, user};

on_both_engines!(
    a_dropped_transaction_leaves_nothing,
    what_is_not_committed_is_seen_by_nobody_else,
    a_refused_statement_says_so_and_loses_only_its_transaction,
    a_single_read_sees_what_is_committed_and_is_refused_a_second_statement,
    sixty_four_parallel_writers_never_fail,
    two_processes_may_write_at_once,
);

async fn count_users(store: &Store) -> i64 {
    let mut tx = store.read().await.unwrap();
    let (count,) = tx.query("SELECT COUNT(*) FROM users").fetch_one().await.unwrap();
    count
}

async fn a_dropped_transaction_leaves_nothing(db: &Database) {
    let mut tx = db.write().await;
    user(&mut tx, "alice").await;
    drop(tx);
    assert_eq!(count_users(&db.store).await, 0);
    let mut tx = db.write().await;
    user(&mut tx, "alice").await;
    tx.commit().await.unwrap();
    assert_eq!(count_users(&db.store).await, 1);
}

async fn what_is_not_committed_is_seen_by_nobody_else(db: &Database) {
    let mut tx = db.write().await;
    user(&mut tx, "alice").await;
    assert_eq!(count_users(&db.store).await, 0);
    tx.commit().await.unwrap();
    assert_eq!(count_users(&db.store).await, 1);
}

async fn a_refused_statement_says_so_and_loses_only_its_transaction(db: &Database) {
    let mut tx = db.write().await;
    user(&mut tx, "alice").await;
    let refused = tx.query("INSERT INTO feed (id, seq) VALUES (1, 5)").execute().await;
    assert!(matches!(refused, Err(Error::Statement(_))), "{refused:?}");
    drop(tx);
    let mut tx = db.write().await;
    let missing = tx.query("SELECT id FROM users").fetch_one::<(i64,)>().await;
    assert!(matches!(missing, Err(Error::Statement(_))), "{missing:?}");
}

async fn a_single_read_sees_what_is_committed_and_is_refused_a_second_statement(db: &Database) {
    const COUNT: &str = "SELECT COUNT(*) FROM users";
    // More often than there are connections, so that each must have gone back.
    for number in 0..20 {
        let mut tx = db.write().await;
        user(&mut tx, &format!("user-{number}")).await;
        let mut before = db.store.read_once().await.unwrap();
        assert_eq!(before.query(COUNT).fetch_one::<(i64,)>().await.unwrap(), (number,));
        tx.commit().await.unwrap();
        let mut after = db.store.read_once().await.unwrap();
        assert_eq!(after.query(COUNT).fetch_one::<(i64,)>().await.unwrap(), (number + 1,));
        let second = after.query(COUNT).fetch_one::<(i64,)>().await;
        assert!(matches!(second, Err(Error::Statement(_))), "{second:?}");
    }
}

/// Adds a user after having read, and reads again after having committed.
async fn write_once(store: Store, login: String) {
    let mut tx = store.write().await.unwrap();
    assert!(users::find_by_login(&mut tx, &login).await.unwrap().is_none());
    users::insert(&mut tx, &new_user(&login), at(0)).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.read().await.unwrap();
    assert!(users::find_by_login(&mut tx, &login).await.unwrap().is_some());
}

async fn sixty_four_parallel_writers_never_fail(db: &Database) {
    let mut writers = JoinSet::new();
    for number in 0..64 {
        writers.spawn(write_once(db.store.clone(), format!("user-{number}")));
    }
    writers.join_all().await;
    assert_eq!(count_users(&db.store).await, 64);
}

async fn two_processes_may_write_at_once(db: &Database) {
    let other = db.open_again().await;
    let mut writers = JoinSet::new();
    for number in 0..32 {
        writers.spawn(write_once(db.store.clone(), format!("user-{number}")));
        writers.spawn(write_once(other.clone(), format!("other-{number}")));
    }
    writers.join_all().await;
    assert_eq!(count_users(&other).await, 64);
    other.close().await;
}
