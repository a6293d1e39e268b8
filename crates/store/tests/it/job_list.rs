//! Jobs as administrators see them.

use std::time::Duration;

use cargohold_store::Tx;
use cargohold_store::job_list::{self, Counts, State};
use cargohold_store::jobs::{self, NewJob};

use crate::engines::Database;
use crate::fixtures::at;

on_both_engines!(
    every_job_is_in_one_state,
    a_failing_job_is_made_due_and_a_running_one_is_not,
    a_job_whose_workers_died_is_tried_again_or_makes_way_for_its_like,
    only_jobs_that_fail_are_dropped,
);

const LEASE: Duration = Duration::from_mins(1);

async fn enqueue(tx: &mut Tx, subject: &str, seconds: i64) {
    let job = NewJob { kind: "kind", subject, data: None, priority: 0, delay: Duration::ZERO };
    jobs::enqueue(tx, &job, at(seconds)).await.unwrap();
}

/// Makes a job that failed, one in a worker's hands and one that waits, in this order.
async fn one_of_each(tx: &mut Tx) {
    enqueue(tx, "failing", 0).await;
    let failed = jobs::claim(tx, at(0), LEASE).await.unwrap().unwrap();
    jobs::fail(tx, &failed, "no luck", at(0)).await.unwrap();
    enqueue(tx, "running", 1).await;
    jobs::claim(tx, at(1), LEASE).await.unwrap().unwrap();
    enqueue(tx, "waiting", 2).await;
}

async fn listed(tx: &mut Tx, state: State, seconds: i64) -> Vec<job_list::Listed> {
    job_list::list(tx, state, at(seconds), 9).await.unwrap()
}

async fn id_of(tx: &mut Tx, state: State) -> i64 {
    listed(tx, state, 3).await[0].id
}

async fn every_job_is_in_one_state(db: &Database) {
    let mut tx = db.write().await;
    assert_eq!(job_list::count(&mut tx, at(0)).await.unwrap(), Counts::default());
    one_of_each(&mut tx).await;
    for (state, subject) in [(State::Failing, "failing"), (State::Running, "running"), (State::Waiting, "waiting")] {
        let found = listed(&mut tx, state, 3).await;
        assert_eq!(found.iter().map(|job| job.subject.as_str()).collect::<Vec<_>>(), [subject]);
        assert_eq!(job_list::find(&mut tx, found[0].id).await.unwrap().as_ref(), Some(&found[0]));
    }
    let failing = &listed(&mut tx, State::Failing, 3).await[0];
    assert_eq!((failing.retries, failing.last_error.as_deref(), failing.leased_until), (1, Some("no luck"), None));
    let counts = Counts { waiting: 1, running: 1, failing: 1, oldest_waiting_at: Some(at(2).micros()) };
    assert_eq!(job_list::count(&mut tx, at(3)).await.unwrap(), counts);
    // The worker lost its lease.
    let counts = Counts { waiting: 2, running: 0, failing: 1, oldest_waiting_at: Some(at(1).micros()) };
    assert_eq!(job_list::count(&mut tx, at(99)).await.unwrap(), counts);
    assert_eq!(listed(&mut tx, State::Waiting, 99).await.len(), 2);
}

async fn a_failing_job_is_made_due_and_a_running_one_is_not(db: &Database) {
    let mut tx = db.write().await;
    one_of_each(&mut tx).await;
    let failing = listed(&mut tx, State::Failing, 3).await.remove(0);
    assert!(failing.due_at > at(3).micros());
    assert!(job_list::make_due(&mut tx, &failing, at(3)).await.unwrap());
    assert_eq!(job_list::find(&mut tx, failing.id).await.unwrap().unwrap().due_at, at(3).micros());
    let running = listed(&mut tx, State::Running, 3).await.remove(0);
    assert!(!job_list::make_due(&mut tx, &running, at(3)).await.unwrap());
    assert_eq!(listed(&mut tx, State::Running, 3).await, [running]);
}

async fn a_job_whose_workers_died_is_tried_again_or_makes_way_for_its_like(db: &Database) {
    let mut tx = db.write().await;
    enqueue(&mut tx, "deadly", 0).await;
    let mut now = 0;
    while jobs::claim(&mut tx, at(now), LEASE).await.unwrap().is_some() {
        now += 60;
    }
    let deadly = listed(&mut tx, State::Failing, now).await.remove(0);
    assert!(job_list::make_due(&mut tx, &deadly, at(now)).await.unwrap());
    assert_eq!(jobs::claim(&mut tx, at(now), LEASE).await.unwrap().unwrap().id, deadly.id);

    now += 60;
    enqueue(&mut tx, "deadly", now + 999).await;
    let again = job_list::find(&mut tx, deadly.id).await.unwrap().unwrap();
    assert!(job_list::make_due(&mut tx, &again, at(now)).await.unwrap());
    assert!(job_list::find(&mut tx, deadly.id).await.unwrap().is_none());
    let left = listed(&mut tx, State::Waiting, now).await;
    assert_eq!(left.iter().map(|job| job.due_at).collect::<Vec<_>>(), [at(now).micros()]);
}

async fn only_jobs_that_fail_are_dropped(db: &Database) {
    let mut tx = db.write().await;
    one_of_each(&mut tx).await;
    for (state, is_dropped) in [(State::Waiting, false), (State::Running, false), (State::Failing, true)] {
        let id = id_of(&mut tx, state).await;
        assert_eq!(job_list::drop_failing(&mut tx, id, at(3)).await.unwrap(), is_dropped, "{state:?}");
        assert_eq!(job_list::find(&mut tx, id).await.unwrap().is_none(), is_dropped, "{state:?}");
    }
}
