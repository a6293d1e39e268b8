//! Jobs: what is to be done after a commit, by whichever process is free.
//!
//! A job is enqueued in the transaction that makes it necessary, leased to a worker for a while, and removed when it is
//! done. A worker that dies loses its lease, and the job is taken by another: jobs must bear being done twice.

use std::time::Duration;

use cargohold_protocol::Timestamp;

use crate::dialect::CLAIM_JOB;
use crate::{Result, Tx};

/// The longest wait before a failed job is tried again.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// A job to be.
#[derive(Clone, Debug)]
pub struct NewJob<'a> {
    /// What to do.
    pub kind: &'a str,
    /// To what; jobs of one kind and subject are the same job.
    pub subject: &'a str,
    /// What else the worker needs to know.
    pub data: Option<&'a str>,
    /// Higher is done earlier.
    pub priority: i64,
    /// How long to wait for more of the same before it is done.
    pub delay: Duration,
}

/// A job in the hands of a worker.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Job {
    /// The id.
    pub id: i64,
    /// What to do.
    pub kind: String,
    /// To what.
    pub subject: String,
    /// What else the worker needs to know.
    pub data: Option<String>,
    /// How often it has failed.
    pub retries: i64,
    /// Until when nobody else gets it, in Unix microseconds. It tells this lease from later ones.
    pub leased_until: i64,
}

/// Enqueues a job. If the same job waits already, that one is done instead, no later and with the newer data: it cannot be
/// claimed before this transaction ends, so it sees what this transaction did.
///
/// # Errors
/// When the database fails.
pub async fn enqueue(tx: &mut Tx, job: &NewJob<'_>, now: Timestamp) -> Result<()> {
    tx.query(
        "INSERT INTO jobs (kind, subject, data, priority, retries, due_at, created_at) VALUES ($1, $2, $3, $4, 0, $5, $6) \
         ON CONFLICT (kind, subject) WHERE leased_until IS NULL DO UPDATE SET data = excluded.data, \
            due_at = CASE WHEN jobs.due_at < excluded.due_at THEN jobs.due_at ELSE excluded.due_at END",
    )
    .bind(job.kind)
    .bind(job.subject)
    .bind(job.data)
    .bind(job.priority)
    .bind(now.after(job.delay))
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Takes the most urgent job that is due, the oldest if there are several; nobody else gets it for the length of the lease,
/// nor a younger job of the same kind and subject.
///
/// # Errors
/// When the database fails.
pub async fn claim(tx: &mut Tx, now: Timestamp, lease: Duration) -> Result<Option<Job>> {
    tx.query_pair(CLAIM_JOB).bind(now).bind(now.after(lease)).fetch_optional().await
}

/// Removes a job that is done. Nothing happens if another worker has got it meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn finish(tx: &mut Tx, job: &Job) -> Result<()> {
    let sql = "DELETE FROM jobs WHERE id = $1 AND leased_until = $2";
    tx.query(sql).bind(job.id).bind(job.leased_until).execute().await?;
    Ok(())
}

/// Gives back a job that failed; it is tried again after 1, 2, 4 … minutes, at least once a day. If the same job was
/// enqueued once more, only that one is left. Nothing happens if another worker has got it meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn fail(tx: &mut Tx, job: &Job, error: &str, now: Timestamp) -> Result<()> {
    let replaced = tx
        .query(
            "DELETE FROM jobs WHERE id = $1 AND leased_until = $2 AND EXISTS \
                (SELECT 1 FROM jobs o WHERE o.kind = $3 AND o.subject = $4 AND o.leased_until IS NULL)",
        )
        .bind(job.id)
        .bind(job.leased_until)
        .bind(job.kind.as_str())
        .bind(job.subject.as_str())
        .execute()
        .await?;
    if replaced > 0 {
        return Ok(());
    }
    let doublings = u32::try_from(job.retries).unwrap_or(u32::MAX).min(20);
    let wait = Duration::from_secs(60 << doublings).min(LONGEST_WAIT);
    tx.query(
        "UPDATE jobs SET retries = $1, due_at = $2, leased_until = NULL, last_error = $3 \
         WHERE id = $4 AND leased_until = $5",
    )
    .bind(job.retries.saturating_add(1))
    .bind(now.after(wait))
    .bind(error)
    .bind(job.id)
    .bind(job.leased_until)
    .execute()
    .await?;
    Ok(())
}

/// How many jobs there are, waiting or in somebody's hands.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &mut Tx) -> Result<i64> {
    let (count,): (i64,) = tx.query("SELECT COUNT(*) FROM jobs").fetch_one().await?;
    Ok(count)
}
