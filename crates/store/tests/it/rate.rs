//! Token buckets (contract §1.9).

use std::time::Duration;

use cargohold_protocol::Timestamp;
use cargohold_store::Tx;
use cargohold_store::rate::Verdict::{self, Allowed, RetryAt};
use cargohold_store::rate::{self, Override, Rate};

use crate::engines::Database;
use crate::fixtures::{at, user};

on_both_engines!(
    exactly_the_burst_passes_at_once,
    a_refused_attempt_costs_nothing,
    whoever_only_looks_sees_what_taking_would_say_and_counts_nothing,
    a_refill_keeps_the_fraction_of_an_interval,
    a_bucket_never_holds_more_than_the_burst,
    a_clock_that_is_set_back_neither_refills_nor_fails,
    a_changed_burst_moves_only_the_ceiling,
    every_user_and_action_has_a_bucket_of_its_own,
    parallel_attempts_are_counted_one_by_one,
    an_override_changes_the_burst_of_one_user_until_it_ends,
    overrides_are_listed_replaced_and_removed,
    strangers_have_buckets_of_their_own,
    what_strangers_did_long_ago_is_forgotten,
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

/// Readers and the writer judge every attempt alike.
async fn whoever_only_looks_sees_what_taking_would_say_and_counts_nothing(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    rate::set_override(&mut tx, alice, &allow("yank", 5, Some(at(70)))).await.unwrap();
    for second in [0, 0, 0, 0, 0, 0, 30, 60, 60, 61, 200, 200, 200, 200] {
        let seen = rate::look(&mut tx, alice, "yank", RATE, at(second)).await.unwrap();
        assert_eq!(rate::look(&mut tx, alice, "yank", RATE, at(second)).await.unwrap(), seen);
        assert_eq!(take(&mut tx, alice, at(second)).await, seen, "at {second} s");
        let seen = rate::look_at_stranger(&mut tx, "x", "yank", RATE, at(second)).await.unwrap();
        assert_eq!(rate::take_stranger(&mut tx, "x", "yank", RATE, at(second)).await.unwrap(), seen, "at {second} s");
    }
    let never = Rate { burst: 0, ..RATE };
    assert_eq!(rate::look_at_stranger(&mut tx, "y", "yank", never, at(0)).await.unwrap(), RetryAt(at(60)));
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

fn allow(action: &str, burst: i64, expires_at: Option<Timestamp>) -> Override {
    Override { action: action.to_owned(), burst, expires_at: expires_at.map(Timestamp::micros) }
}

/// How many attempts pass at once.
async fn count_allowed(tx: &mut Tx, user_id: i64, action: &str, now: Timestamp) -> usize {
    let mut allowed = 0;
    while rate::take(tx, user_id, action, RATE, now).await.unwrap() == Allowed {
        allowed += 1;
    }
    allowed
}

async fn an_override_changes_the_burst_of_one_user_until_it_ends(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    rate::set_override(&mut tx, alice, &allow("yank", 5, None)).await.unwrap();
    rate::set_override(&mut tx, alice, &allow("publish-new", 0, None)).await.unwrap();
    rate::set_override(&mut tx, alice, &allow("publish-update", 5, Some(at(60)))).await.unwrap();
    rate::set_override(&mut tx, bob, &allow("publish-update", 5, Some(at(60)))).await.unwrap();
    assert_eq!(count_allowed(&mut tx, alice, "yank", at(0)).await, 5);
    assert_eq!(count_allowed(&mut tx, bob, "yank", at(0)).await, 3, "others have what everybody has");
    assert_eq!(count_allowed(&mut tx, alice, "publish-new", at(0)).await, 0);
    assert_eq!(count_allowed(&mut tx, alice, "publish-update", at(59)).await, 5);
    assert_eq!(count_allowed(&mut tx, bob, "publish-update", at(60)).await, 3, "it has ended");
}

async fn overrides_are_listed_replaced_and_removed(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    for wanted in [allow("yank", 5, None), allow("publish-new", 9, Some(at(60))), allow("yank", 7, Some(at(9)))] {
        rate::set_override(&mut tx, alice, &wanted).await.unwrap();
    }
    let expected = [allow("publish-new", 9, Some(at(60))), allow("yank", 7, Some(at(9)))];
    assert_eq!(rate::list_overrides(&mut tx, alice).await.unwrap(), expected);
    assert!(rate::list_overrides(&mut tx, bob).await.unwrap().is_empty());
    assert!(!rate::delete_override(&mut tx, bob, "yank").await.unwrap());
    assert!(rate::delete_override(&mut tx, alice, "yank").await.unwrap());
    assert!(!rate::delete_override(&mut tx, alice, "yank").await.unwrap());
    assert_eq!(rate::list_overrides(&mut tx, alice).await.unwrap(), expected[..1]);
}

async fn strangers_have_buckets_of_their_own(db: &Database) {
    let mut tx = db.write().await;
    let take = async |tx: &mut Tx, stranger: &str, action: &str, second: i64| {
        rate::take_stranger(tx, stranger, action, RATE, at(second)).await.unwrap()
    };
    for _ in 0..3 {
        assert_eq!(take(&mut tx, "address 192.0.2.1", "sign-in", 0).await, Allowed);
    }
    assert_eq!(take(&mut tx, "address 192.0.2.1", "sign-in", 59).await, RetryAt(at(60)));
    assert_eq!(take(&mut tx, "address 192.0.2.2", "sign-in", 59).await, Allowed);
    assert_eq!(take(&mut tx, "address 192.0.2.1", "sign-up", 59).await, Allowed);
    assert_eq!(take(&mut tx, "address 192.0.2.1", "sign-in", 60).await, Allowed);
    assert_eq!(take(&mut tx, "address 192.0.2.1", "sign-in", 60).await, RetryAt(at(120)));
}

async fn what_strangers_did_long_ago_is_forgotten(db: &Database) {
    let mut tx = db.write().await;
    for (stranger, second) in [("a", 0), ("b", 10)] {
        rate::take_stranger(&mut tx, stranger, "sign-in", RATE, at(second)).await.unwrap();
    }
    assert_eq!(rate::forget_strangers(&mut tx, at(0)).await.unwrap(), 0);
    assert_eq!(rate::forget_strangers(&mut tx, at(10)).await.unwrap(), 1);
    let (left,): (String,) = tx.query("SELECT stranger FROM stranger_buckets").fetch_one().await.unwrap();
    assert_eq!(left, "b");
}
