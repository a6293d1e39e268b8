//! How the registry is doing, for administrators.

use std::time::Duration;

use cargohold_protocol::Timestamp;
use cargohold_store::health::{self, Totals};
use cargohold_store::{Tx, changes, downloads, job_list};
use moka::sync::Cache;

use crate::auth::Need;
use crate::summary::COMMIT;
use crate::{Call, Registry, Result};

/// How long what was counted is shown: counting reads whole tables.
const REMEMBER: Duration = Duration::from_secs(30);

/// What was counted a moment ago.
pub(crate) struct TotalsCache(Cache<(), Totals>);

impl Default for TotalsCache {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(1).time_to_live(REMEMBER).build())
    }
}

/// How the registry is doing. Crates, versions, bytes of tarballs and derived files, users and tokens are as of half a minute
/// ago.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The version of this program.
    pub version: &'static str,
    /// What it was built from.
    pub commit: &'static str,
    /// `SQLite` or `PostgreSQL`.
    pub engine: &'static str,
    /// The latest step of the schema.
    pub schema_step: i64,
    /// How many bytes the database takes up.
    pub database_bytes: i64,
    /// `disk` or `s3`.
    pub blob_store: &'static str,
    /// How many crates there are.
    pub crates: i64,
    /// How many versions they have.
    pub versions: i64,
    /// The length of all tarballs.
    pub tarball_bytes: i64,
    /// The length of all files made from what was published.
    pub derived_bytes: i64,
    /// How many accounts there are.
    pub users: i64,
    /// How many tokens work.
    pub usable_tokens: i64,
    /// All downloads.
    pub downloads: i64,
    /// How many jobs wait for their first try.
    pub waiting_jobs: i64,
    /// How many jobs have failed.
    pub failing_jobs: i64,
    /// How long the oldest waiting job has waited.
    pub oldest_job_age: Option<Duration>,
    /// The place of the latest change.
    pub feed_position: i64,
    /// How far this process's search index has come.
    pub search_position: i64,
    /// Whether mails go anywhere.
    pub sends_mail: bool,
    /// Whether every part answers and the search index follows.
    pub is_ready: bool,
    /// The part that does not answer.
    pub problem: Option<String>,
}

impl Registry {
    /// How the registry is doing, cheap enough for a page.
    ///
    /// # Errors
    /// When the caller is no administrator.
    pub async fn health(&self, call: &Call) -> Result<Health> {
        self.authorize(call, Need::Administrator).await?;
        let (is_ready, problem) = match self.check_ready().await {
            Ok(is_ready) => (is_ready, None),
            Err(error) => (false, Some(crate::error::chain(&error))),
        };
        let mut tx = self.store.read().await?;
        let totals = self.totals(&mut tx, call.now).await?;
        let jobs = job_list::count(&mut tx, call.now).await?;
        Ok(Health {
            version: env!("CARGO_PKG_VERSION"),
            commit: COMMIT,
            engine: self.store.engine(),
            schema_step: health::schema_step(&mut tx).await?,
            database_bytes: health::database_bytes(&mut tx).await?,
            blob_store: self.blobs.kind(),
            crates: totals.crates,
            versions: totals.versions,
            tarball_bytes: totals.tarball_bytes,
            derived_bytes: totals.derived_bytes,
            users: totals.users,
            usable_tokens: totals.usable_tokens,
            downloads: downloads::total(&mut tx).await?,
            waiting_jobs: jobs.waiting,
            failing_jobs: jobs.failing,
            oldest_job_age: jobs.oldest_waiting_at.map(|at| age(at, call.now)),
            feed_position: changes::latest_seq(&mut tx).await?,
            search_position: *self.search_position.borrow(),
            sends_mail: self.mailer.is_on(),
            is_ready,
            problem,
        })
    }

    async fn totals(&self, tx: &mut Tx, now: Timestamp) -> Result<Totals> {
        if let Some(known) = self.totals.0.get(&()) {
            return Ok(known);
        }
        let totals = health::count(tx, now).await?;
        self.totals.0.insert((), totals);
        Ok(totals)
    }
}

fn age(since_micros: i64, now: Timestamp) -> Duration {
    Duration::from_micros(u64::try_from(now.micros() - since_micros).unwrap_or(0))
}
