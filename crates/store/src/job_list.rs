//! Jobs as administrators see them, and what they can do about those that fail.

use cargohold_protocol::Timestamp;

use crate::{Result, Tx};

/// How a job is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for its first try.
    Waiting,
    /// A worker has it.
    Running,
    /// It has failed, and waits to be tried again or to be looked at.
    Failing,
}

/// A job as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Listed {
    /// The id.
    pub id: i64,
    /// What to do.
    pub kind: String,
    /// To what.
    pub subject: String,
    /// Higher is done earlier.
    pub priority: i64,
    /// How often it has failed.
    pub retries: i64,
    /// When it is due, in Unix microseconds.
    pub due_at: i64,
    /// Until when a worker has it, or had it, in Unix microseconds.
    pub leased_until: Option<i64>,
    /// When it was enqueued, in Unix microseconds.
    pub created_at: i64,
    /// Why it failed the last time.
    pub last_error: Option<String>,
}

/// The statement that answers a [`Listed`].
macro_rules! select_listed {
    ($condition:expr) => {
        concat!(
            "SELECT id, kind, subject, priority, retries, due_at, leased_until, created_at, last_error \
             FROM jobs WHERE ",
            $condition
        )
    };
}

/// Up to `limit` jobs in a state: those due first come first.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, state: State, now: Timestamp, limit: i64) -> Result<Vec<Listed>> {
    let sql = match state {
        State::Waiting => {
            select_listed!(
                "(leased_until IS NULL OR leased_until <= $1) AND retries = 0 ORDER BY due_at, id LIMIT $2 + 0"
            )
        }
        State::Running => select_listed!("leased_until > $1 ORDER BY due_at, id LIMIT $2 + 0"),
        State::Failing => {
            select_listed!(
                "(leased_until IS NULL OR leased_until <= $1) AND retries > 0 ORDER BY due_at, id LIMIT $2 + 0"
            )
        }
    };
    tx.query(sql).bind(now).bind(limit).fetch_all().await
}

/// The job with this id.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &mut Tx, id: i64) -> Result<Option<Listed>> {
    tx.query(select_listed!("id = $1")).bind(id).fetch_optional().await
}

/// How many jobs are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Counts {
    /// Those that wait for their first try.
    pub waiting: i64,
    /// Those that a worker has.
    pub running: i64,
    /// Those that have failed.
    pub failing: i64,
    /// When the oldest of those that wait for their first try was enqueued, in Unix microseconds.
    pub oldest_waiting_at: Option<i64>,
}

/// How many jobs are in each state.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &mut Tx, now: Timestamp) -> Result<Counts> {
    tx.query(
        "SELECT CAST(COALESCE(SUM(s.waiting), 0) AS BIGINT) AS waiting, \
            CAST(COALESCE(SUM(s.running), 0) AS BIGINT) AS running, \
            CAST(COALESCE(SUM(1 - s.waiting - s.running), 0) AS BIGINT) AS failing, \
            MIN(CASE WHEN s.waiting = 1 THEN s.created_at END) AS oldest_waiting_at \
         FROM (SELECT created_at, CASE WHEN leased_until > $1 THEN 1 ELSE 0 END AS running, \
            CASE WHEN (leased_until IS NULL OR leased_until <= $1) AND retries = 0 THEN 1 ELSE 0 END AS waiting \
            FROM jobs) s",
    )
    .bind(now)
    .fetch_one()
    .await
}

/// Makes a job due at once that no worker has, even one whose workers died. If the same job was enqueued once more, only that
/// one is left, and is made due. Answers whether there was such a job.
///
/// # Errors
/// When the database fails.
pub async fn make_due(tx: &mut Tx, job: &Listed, now: Timestamp) -> Result<bool> {
    let replaced = tx
        .query(
            "DELETE FROM jobs WHERE id = $1 AND leased_until <= $2 AND EXISTS \
                (SELECT 1 FROM jobs o WHERE o.kind = $3 AND o.subject = $4 AND o.leased_until IS NULL)",
        )
        .bind(job.id)
        .bind(now)
        .bind(job.kind.as_str())
        .bind(job.subject.as_str())
        .execute()
        .await?;
    let sql = if replaced > 0 {
        "UPDATE jobs SET due_at = $1 WHERE leased_until IS NULL AND kind = $2 AND subject = $3 AND id <> $4"
    } else {
        "UPDATE jobs SET due_at = $1, leased_until = NULL \
         WHERE (leased_until IS NULL OR leased_until <= $1) AND kind = $2 AND subject = $3 AND id = $4"
    };
    let rows =
        tx.query(sql).bind(now).bind(job.kind.as_str()).bind(job.subject.as_str()).bind(job.id).execute().await?;
    Ok(rows == 1)
}

/// Removes a job that has failed and that no worker has. Answers whether there was such a job.
///
/// # Errors
/// When the database fails.
pub async fn drop_failing(tx: &mut Tx, id: i64, now: Timestamp) -> Result<bool> {
    let sql = "DELETE FROM jobs WHERE id = $1 AND retries > 0 AND (leased_until IS NULL OR leased_until <= $2)";
    Ok(tx.query(sql).bind(id).bind(now).execute().await? == 1)
}
