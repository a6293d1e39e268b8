//! Jobs.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cargohold_protocol::Timestamp;
use cargohold_store::Tx;
use cargohold_store::jobs::{self, Job, NewJob};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::engines::Database;
use crate::fixtures::at;

on_both_engines!(
    the_most_urgent_and_then_the_oldest_job_comes_first,
    a_job_is_nobodys_before_it_is_due,
    a_finished_job_is_gone,
    a_lease_that_is_over_lets_another_worker_have_the_job,
    a_waiting_job_is_enqueued_once_and_done_with_the_newer_data,
    a_job_enqueued_while_it_is_done_is_done_once_more_afterwards,
    a_failed_job_waits_twice_as_long_each_time,
    a_failed_job_that_is_enqueued_again_is_due_at_once,
    a_job_that_fails_makes_way_for_the_same_job_that_waits,
    a_worker_whose_lease_has_passed_on_changes_nothing,
    parallel_workers_never_get_the_same_job,
    what_enqueues_a_waiting_job_ends_before_the_job_begins,
    one_job_enqueued_by_many_at_once_is_one_job,
);

const LEASE: Duration = Duration::from_mins(1);

fn job<'a>(kind: &'a str, subject: &'a str) -> NewJob<'a> {
    NewJob { kind, subject, data: None, priority: 0, delay: std::time::Duration::ZERO }
}

async fn enqueue(tx: &mut Tx, kind: &str, subject: &str, data: Option<&str>, now: Timestamp) {
    jobs::enqueue(tx, &NewJob { data, ..job(kind, subject) }, now).await.unwrap();
}

async fn claim(tx: &mut Tx, now: Timestamp) -> Option<Job> {
    jobs::claim(tx, now, LEASE).await.unwrap()
}

/// Claims everything there is, and answers the subjects in the order in which they came.
async fn claim_all(tx: &mut Tx, now: Timestamp) -> Vec<String> {
    let mut subjects = Vec::new();
    while let Some(job) = claim(tx, now).await {
        subjects.push(job.subject);
    }
    subjects
}

async fn the_most_urgent_and_then_the_oldest_job_comes_first(db: &Database) {
    let mut tx = db.write().await;
    for (subject, priority, now) in [("a", 0, 1), ("b", 50, 9), ("c", 100, 5), ("d", 50, 2), ("e", -1, 0), ("f", 0, 0)]
    {
        let job = NewJob { priority, data: Some("data"), ..job("kind", subject) };
        jobs::enqueue(&mut tx, &job, at(now)).await.unwrap();
    }
    assert_eq!(jobs::count(&mut tx).await.unwrap(), 6);
    let first = claim(&mut tx, at(9)).await.unwrap();
    let lease = at(69).micros();
    let (kind, subject) = ("kind".to_owned(), "c".to_owned());
    let expected = Job { id: first.id, kind, subject, data: Some("data".to_owned()), retries: 0, leased_until: lease };
    assert_eq!(first, expected);
    assert_eq!(claim_all(&mut tx, at(9)).await, ["b", "d", "a", "f", "e"]);
    assert_eq!(jobs::count(&mut tx).await.unwrap(), 6);
}

async fn a_job_is_nobodys_before_it_is_due(db: &Database) {
    let mut tx = db.write().await;
    enqueue(&mut tx, "kind", "a", None, at(10)).await;
    assert_eq!(claim(&mut tx, at(9)).await, None);
    assert!(claim(&mut tx, at(10)).await.is_some());
}

async fn a_finished_job_is_gone(db: &Database) {
    let mut tx = db.write().await;
    enqueue(&mut tx, "kind", "a", None, at(0)).await;
    enqueue(&mut tx, "kind", "b", None, at(0)).await;
    let job = claim(&mut tx, at(0)).await.unwrap();
    for _ in 0..2 {
        jobs::finish(&mut tx, &job).await.unwrap();
        assert_eq!(jobs::count(&mut tx).await.unwrap(), 1);
    }
    assert_eq!(claim_all(&mut tx, at(999)).await, ["b"]);
}

async fn a_lease_that_is_over_lets_another_worker_have_the_job(db: &Database) {
    let mut tx = db.write().await;
    enqueue(&mut tx, "kind", "a", None, at(0)).await;
    let first = claim(&mut tx, at(0)).await.unwrap();
    assert_eq!(claim(&mut tx, at(59)).await, None);
    let second = claim(&mut tx, at(60)).await.unwrap();
    assert_eq!((second.id, second.retries), (first.id, 1), "a worker that dies has failed");
    assert_eq!(claim(&mut tx, at(61)).await, None);

    // Whatever kills five workers is left alone.
    for lease in 2..6 {
        assert_eq!(claim(&mut tx, at(60 * lease)).await.unwrap().retries, lease);
    }
    assert_eq!(claim(&mut tx, at(9999)).await, None);
}

async fn a_waiting_job_is_enqueued_once_and_done_with_the_newer_data(db: &Database) {
    let mut tx = db.write().await;
    for (kind, subject, data, now) in [
        ("kind", "a", Some("old"), 5),
        ("kind", "b", Some("other"), 5),
        ("other", "a", None, 5),
        ("kind", "a", Some("new"), 3),
    ] {
        enqueue(&mut tx, kind, subject, data, at(now)).await;
    }
    assert_eq!(jobs::count(&mut tx).await.unwrap(), 3);
    let first = claim(&mut tx, at(3)).await.unwrap();
    assert_eq!((first.kind.as_str(), first.subject.as_str(), first.data.as_deref()), ("kind", "a", Some("new")));
    assert_eq!(claim(&mut tx, at(5)).await.unwrap().data.as_deref(), Some("other"));
    enqueue(&mut tx, "other", "a", Some("data"), at(5)).await;
    enqueue(&mut tx, "other", "a", None, at(5)).await;
    assert_eq!(claim(&mut tx, at(5)).await.unwrap().data, None);
    assert_eq!(claim(&mut tx, at(5)).await, None);
}

async fn a_job_enqueued_while_it_is_done_is_done_once_more_afterwards(db: &Database) {
    let mut tx = db.write().await;
    enqueue(&mut tx, "kind", "a", Some("old"), at(0)).await;
    let first = claim(&mut tx, at(0)).await.unwrap();
    enqueue(&mut tx, "kind", "a", Some("new"), at(1)).await;
    enqueue(&mut tx, "kind", "a", Some("newest"), at(1)).await;
    enqueue(&mut tx, "kind", "b", None, at(1)).await;
    assert_eq!(jobs::count(&mut tx).await.unwrap(), 3);
    assert_eq!(claim_all(&mut tx, at(2)).await, ["b"], "not two workers at the same time");
    jobs::finish(&mut tx, &first).await.unwrap();
    let again = claim(&mut tx, at(2)).await.unwrap();
    assert_eq!((again.subject.as_str(), again.data.as_deref()), ("a", Some("newest")));
    assert_ne!(again.id, first.id);
}

async fn a_failed_job_waits_twice_as_long_each_time(db: &Database) {
    let mut tx = db.write().await;
    enqueue(&mut tx, "kind", "a", Some("data"), at(0)).await;
    let mut now = 0;
    for (retries, minutes) in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440].into_iter().enumerate() {
        let job = claim(&mut tx, at(now)).await.unwrap();
        assert_eq!(job.retries, i64::try_from(retries).unwrap());
        jobs::fail(&mut tx, &job, "no space left", at(now)).await.unwrap();
        now += minutes * 60;
        assert_eq!(claim(&mut tx, at(now - 1)).await, None, "after {retries} retries");
    }
    let (error, data): (String, String) = tx.query("SELECT last_error, data FROM jobs").fetch_one().await.unwrap();
    assert_eq!((error.as_str(), data.as_str()), ("no space left", "data"));

    tx.query("UPDATE jobs SET retries = $1").bind(i64::MAX).execute().await.unwrap();
    let job = claim(&mut tx, at(now)).await.unwrap();
    jobs::fail(&mut tx, &job, "", at(now)).await.unwrap();
    assert!(claim(&mut tx, at(now + 86_400)).await.is_some());
}

async fn a_failed_job_that_is_enqueued_again_is_due_at_once(db: &Database) {
    let mut tx = db.write().await;
    enqueue(&mut tx, "kind", "a", Some("old"), at(0)).await;
    let job = claim(&mut tx, at(0)).await.unwrap();
    jobs::fail(&mut tx, &job, "why", at(0)).await.unwrap();
    assert_eq!(claim(&mut tx, at(5)).await, None);
    enqueue(&mut tx, "kind", "a", Some("new"), at(5)).await;
    assert_eq!(jobs::count(&mut tx).await.unwrap(), 1);
    let again = claim(&mut tx, at(5)).await.unwrap();
    assert_eq!((again.id, again.retries, again.data.as_deref()), (job.id, 1, Some("new")));
}

async fn a_job_that_fails_makes_way_for_the_same_job_that_waits(db: &Database) {
    let mut tx = db.write().await;
    enqueue(&mut tx, "kind", "a", Some("old"), at(0)).await;
    enqueue(&mut tx, "kind", "b", None, at(0)).await;
    let job = claim(&mut tx, at(0)).await.unwrap();
    enqueue(&mut tx, "kind", "a", Some("new"), at(1)).await;
    jobs::fail(&mut tx, &job, "why", at(2)).await.unwrap();
    assert_eq!(jobs::count(&mut tx).await.unwrap(), 2);
    assert_eq!(claim(&mut tx, at(2)).await.unwrap().subject, "b");
    assert_eq!(claim(&mut tx, at(2)).await.unwrap().data.as_deref(), Some("new"));
}

async fn a_worker_whose_lease_has_passed_on_changes_nothing(db: &Database) {
    let mut tx = db.write().await;
    enqueue(&mut tx, "kind", "a", Some("old"), at(0)).await;
    let slow = claim(&mut tx, at(0)).await.unwrap();
    let quick = claim(&mut tx, at(100)).await.unwrap();
    jobs::finish(&mut tx, &slow).await.unwrap();
    jobs::fail(&mut tx, &slow, "slow", at(101)).await.unwrap();
    assert_eq!(claim(&mut tx, at(101)).await, None, "it is still in the hands of the second worker");

    // The second worker fails, and somebody wants the job with newer data: the first must not remove that.
    jobs::fail(&mut tx, &quick, "quick", at(102)).await.unwrap();
    enqueue(&mut tx, "kind", "a", Some("new"), at(103)).await;
    jobs::finish(&mut tx, &slow).await.unwrap();
    jobs::finish(&mut tx, &quick).await.unwrap();
    let last = claim(&mut tx, at(103)).await.unwrap();
    assert_eq!((last.data.as_deref(), last.retries), (Some("new"), 2));
}

async fn parallel_workers_never_get_the_same_job(db: &Database) {
    const JOBS: usize = 60;
    let mut tx = db.write().await;
    for number in 0..JOBS {
        enqueue(&mut tx, "kind", &number.to_string(), None, at(0)).await;
    }
    tx.commit().await.unwrap();
    let mut workers = JoinSet::new();
    for _ in 0..8 {
        let store = db.store.clone();
        workers.spawn(async move {
            let mut got = Vec::new();
            loop {
                let mut tx = store.write().await.unwrap();
                let Some(job) = claim(&mut tx, at(0)).await else { return got };
                tx.commit().await.unwrap();
                got.push(job.id);
            }
        });
    }
    let got = workers.join_all().await.concat();
    assert_eq!(got.len(), JOBS);
    assert_eq!(got.into_iter().collect::<BTreeSet<_>>().len(), JOBS);
}

async fn what_enqueues_a_waiting_job_ends_before_the_job_begins(db: &Database) {
    // On SQLite there is one writer at a time, and nobody can claim at all.
    if db.is_sqlite() {
        return;
    }
    let mut tx = db.write().await;
    enqueue(&mut tx, "kind", "a", Some("old"), at(0)).await;
    enqueue(&mut tx, "kind", "b", None, at(0)).await;
    tx.commit().await.unwrap();

    let mut publish = db.write().await;
    enqueue(&mut publish, "kind", "a", Some("new"), at(0)).await;
    let mut worker = db.write().await;
    assert_eq!(claim_all(&mut worker, at(1)).await, ["b"], "nobody waits for the publish either");
    worker.commit().await.unwrap();
    publish.commit().await.unwrap();
    let mut worker = db.write().await;
    assert_eq!(claim(&mut worker, at(1)).await.unwrap().data.as_deref(), Some("new"));
}

async fn one_job_enqueued_by_many_at_once_is_one_job(db: &Database) {
    // On SQLite there is one writer at a time.
    if db.is_sqlite() {
        return;
    }
    let all_have_begun = Arc::new(Barrier::new(8));
    let mut publishers = JoinSet::new();
    for _ in 0..8 {
        let (store, all_have_begun) = (db.store.clone(), all_have_begun.clone());
        publishers.spawn(async move {
            let mut tx = store.write().await.unwrap();
            all_have_begun.wait().await;
            enqueue(&mut tx, "kind", "a", None, at(0)).await;
            enqueue(&mut tx, "kind", "b", None, at(0)).await;
            tx.commit().await.unwrap();
        });
    }
    publishers.join_all().await;
    assert_eq!(jobs::count(&mut db.write().await).await.unwrap(), 2);
}
