//! Token buckets (contract §1.9).

use std::time::Duration;

use cargohold_protocol::Timestamp;
use cargohold_store::Tx;
use cargohold_store::rate::Verdict::{self, Allowed, RetryAt};
use cargohold_store::rate::{self, Rate};

use crate::engines::Database;
use crate::fixtures::{at, user};

on_both_engines!(
    exactly_the_burst_passes_at_once,
    a_refused_attempt_costs_nothing,
    a_refill_keeps_the_fraction_of_an_interval,
    a_bucket_never_holds_more_than_the_burst,
    a_clock_that_is_set_back_neither_refills_nor_fails,
    a_changed_burst_moves_only_the_ceiling,
    every_user_and_action_has_a_bucket_of_its_own,
    parallel_attempts_are_counted_one_by_one,
);

const RATE: Rate = Rate { burst: 3, interval: Duration::from_mins(1) };

async fn take(tx: &mut Tx, user_id: i64, now: Timestamp) -> Verdict {
    rate::take(tx, user_id, "yank", RATE, now).await.unwrap()
}

/// A user whose bucket was emptied at the beginning.
async fn user_with_an_empty_bucket(tx: &mut Tx) -> i64 {
    let alice = user(tx, "alice").await;
    for _ in 0..RATE.burst {
        assert_eq!(take(tx, alice, at(0)).await, Allowed);
    }
    alice
}

async fn exactly_the_burst_passes_at_once(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    for _ in 0..3 {
        assert_eq!(take(&mut tx, alice, at(0)).await, Allowed);
    }
    assert_eq!(take(&mut tx, alice, at(0)).await, RetryAt(at(60)));
    let once = Rate { burst: 1, ..RATE };
    assert_eq!(rate::take(&mut tx, alice, "once", once, at(0)).await.unwrap(), Allowed);
    assert_eq!(rate::take(&mut tx, alice, "once", once, at(0)).await.unwrap(), RetryAt(at(60)));
}

async fn a_refused_attempt_costs_nothing(db: &Database) {
    let mut tx = db.write().await;
    let alice = user_with_an_empty_bucket(&mut tx).await;
    for second in 0..60 {
        assert_eq!(take(&mut tx, alice, at(second)).await, RetryAt(at(60)), "after {second} s");
    }
    assert_eq!(take(&mut tx, alice, at(60)).await, Allowed);
    assert_eq!(take(&mut tx, alice, at(60)).await, RetryAt(at(120)));
}

async fn a_refill_keeps_the_fraction_of_an_interval(db: &Database) {
    let mut tx = db.write().await;
    let alice = user_with_an_empty_bucket(&mut tx).await;
    // After 110 s one attempt was added, and 50 s of the next interval are over.
    assert_eq!(take(&mut tx, alice, at(110)).await, Allowed);
    assert_eq!(take(&mut tx, alice, at(110)).await, RetryAt(at(120)));
    assert_eq!(take(&mut tx, alice, at(119)).await, RetryAt(at(120)));
    assert_eq!(take(&mut tx, alice, at(120)).await, Allowed);
}

async fn a_bucket_never_holds_more_than_the_burst(db: &Database) {
    let mut tx = db.write().await;
    let alice = user_with_an_empty_bucket(&mut tx).await;
    let much_later = at(60 * 1000 + 30);
    for _ in 0..3 {
        assert_eq!(take(&mut tx, alice, much_later).await, Allowed);
    }
    assert_eq!(take(&mut tx, alice, much_later).await, RetryAt(at(60 * 1001)));
}

async fn a_clock_that_is_set_back_neither_refills_nor_fails(db: &Database) {
    let mut tx = db.write().await;
    let alice = user_with_an_empty_bucket(&mut tx).await;
    assert_eq!(take(&mut tx, alice, at(-1_000_000)).await, RetryAt(at(60)));
    assert_eq!(take(&mut tx, alice, Timestamp::from_micros(0)).await, RetryAt(at(60)));
    assert_eq!(take(&mut tx, alice, at(60)).await, Allowed);
}

async fn a_changed_burst_moves_only_the_ceiling(db: &Database) {
    let mut tx = db.write().await;
    let alice = user_with_an_empty_bucket(&mut tx).await;
    let raised = Rate { burst: 100, ..RATE };
    assert_eq!(rate::take(&mut tx, alice, "yank", raised, at(0)).await.unwrap(), RetryAt(at(60)));
    assert_eq!(rate::take(&mut tx, alice, "yank", raised, at(600)).await.unwrap(), Allowed);
    // Nine of the ten attempts added since are left; the lower ceiling cuts them to one after this.
    let lowered = Rate { burst: 1, ..RATE };
    assert_eq!(rate::take(&mut tx, alice, "yank", lowered, at(600)).await.unwrap(), Allowed);
    assert_eq!(rate::take(&mut tx, alice, "yank", lowered, at(600)).await.unwrap(), RetryAt(at(660)));
}

async fn every_user_and_action_has_a_bucket_of_its_own(db: &Database) {
    let mut tx = db.write().await;
    let alice = user_with_an_empty_bucket(&mut tx).await;
    let bob = user(&mut tx, "bob").await;
    assert_eq!(take(&mut tx, alice, at(0)).await, RetryAt(at(60)));
    assert_eq!(take(&mut tx, bob, at(0)).await, Allowed);
    assert_eq!(rate::take(&mut tx, alice, "publish-new", RATE, at(0)).await.unwrap(), Allowed);
}

async fn parallel_attempts_are_counted_one_by_one(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    tx.commit().await.unwrap();
    let mut attempts = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let store = db.store.clone();
        attempts.spawn(async move {
            let mut tx = store.write().await.unwrap();
            let verdict = take(&mut tx, alice, at(0)).await;
            tx.commit().await.unwrap();
            verdict
        });
    }
    let verdicts = attempts.join_all().await;
    assert_eq!(verdicts.iter().filter(|verdict| **verdict == Allowed).count(), 3);
}
