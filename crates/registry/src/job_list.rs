//! What administrators see of the jobs, and do about those that fail.

use std::collections::HashMap;

use cargohold_protocol::Timestamp;
use cargohold_store::job_list::{self, Listed};
use cargohold_store::{Tx, crates, versions};
use serde_json::json;

use crate::audit::{self, Deed};
use crate::auth::Need;
use crate::jobs::Work;
use crate::{Call, Error, Registry, Result};

/// How many jobs are listed.
const SHOWN: i64 = 100;

/// How a job is doing.
pub type JobState = job_list::State;

/// How many jobs are in each state.
pub type JobCounts = job_list::Counts;

/// Jobs in one state, and how many there are in each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobList {
    /// The first hundred in that state, those due first.
    pub jobs: Vec<JobView>,
    /// How many there are.
    pub counts: JobCounts,
}

/// A job as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobView {
    /// The id.
    pub id: i64,
    /// What to do, such as `render_readme`.
    pub kind: String,
    /// The id of the crate or version it is about; empty if it is about all.
    pub subject: String,
    /// The name of the crate it is about, unless that is gone.
    pub krate: Option<String>,
    /// The number of the version it is about.
    pub version: Option<String>,
    /// Higher is done earlier.
    pub priority: i64,
    /// How often it has failed.
    pub retries: i64,
    /// When it is due.
    pub due_at: Timestamp,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// Until when a worker has it, or had it.
    pub leased_until: Option<Timestamp>,
    /// Why it failed the last time.
    pub last_error: Option<String>,
}

impl Registry {
    /// The jobs in a state.
    ///
    /// # Errors
    /// When the caller is no administrator.
    pub async fn list_jobs(&self, call: &Call, state: JobState) -> Result<JobList> {
        self.authorize(call, Need::Administrator).await?;
        let mut tx = self.store.read().await?;
        let counts = job_list::count(&mut tx, call.now).await?;
        let listed = job_list::list(&mut tx, state, call.now, SHOWN).await?;
        Ok(JobList { jobs: show_all(&mut tx, listed).await?, counts })
    }

    /// Has a job tried now that waits, or that was given up because its workers died.
    ///
    /// # Errors
    /// When the caller is no administrator, or there is no such job that no worker has.
    pub async fn retry_job(&self, call: &Call, id: i64) -> Result<()> {
        let actor = self.authorize(call, Need::Administrator).await?;
        let mut tx = self.store.write().await?;
        let job = job_list::find(&mut tx, id).await?.ok_or(Error::NoSuchJob(id))?;
        if !job_list::make_due(&mut tx, &job, call.now).await? {
            return Err(Error::NoSuchJob(id));
        }
        audit::record(&mut tx, &describe(Deed::new(call, &actor, "job.retry", &job.kind), &job)).await?;
        tx.commit().await?;
        self.jobs_wanted.notify_one();
        Ok(())
    }

    /// Gives up a job that has failed.
    ///
    /// # Errors
    /// When the caller is no administrator, or there is no such job that has failed and that no worker has.
    pub async fn drop_job(&self, call: &Call, id: i64) -> Result<()> {
        let actor = self.authorize(call, Need::Administrator).await?;
        let mut tx = self.store.write().await?;
        let job = job_list::find(&mut tx, id).await?.ok_or(Error::NoSuchJob(id))?;
        if !job_list::drop_failing(&mut tx, id, call.now).await? {
            return Err(Error::NoSuchJob(id));
        }
        audit::record(&mut tx, &describe(Deed::new(call, &actor, "job.drop", &job.kind), &job)).await?;
        Ok(tx.commit().await?)
    }
}

fn describe<'a>(deed: Deed<'a>, job: &Listed) -> Deed<'a> {
    deed.with(json!({ "job": job.id, "subject": job.subject, "retries": job.retries, "last_error": job.last_error }))
}

/// The jobs with the names of what they are about.
async fn show_all(tx: &mut Tx, listed: Vec<Listed>) -> Result<Vec<JobView>> {
    let ids = |about_version: bool| -> Vec<i64> {
        let of = listed.iter().filter(|job| Work::is_about_version(&job.kind) == about_version);
        of.filter_map(|job| job.subject.parse().ok()).collect()
    };
    let crates = crates::list_by_ids(tx, &ids(false)).await?;
    let crates: HashMap<i64, String> = crates.into_iter().map(|it| (it.id, it.name.to_string())).collect();
    let versions = versions::list_by_ids(tx, &ids(true)).await?;
    let versions: HashMap<i64, (String, String)> =
        versions.into_iter().map(|it| (it.id, (it.crate_name, it.num))).collect();
    let show = |job: Listed| {
        let id: i64 = job.subject.parse().unwrap_or_default();
        let (krate, version) = if Work::is_about_version(&job.kind) {
            versions.get(&id).cloned().unzip()
        } else {
            (crates.get(&id).cloned(), None)
        };
        show(job, krate, version)
    };
    Ok(listed.into_iter().map(show).collect())
}

fn show(job: Listed, krate: Option<String>, version: Option<String>) -> JobView {
    JobView {
        id: job.id,
        kind: job.kind,
        subject: job.subject,
        krate,
        version,
        priority: job.priority,
        retries: job.retries,
        due_at: Timestamp::from_micros(job.due_at),
        created_at: Timestamp::from_micros(job.created_at),
        leased_until: job.leased_until.map(Timestamp::from_micros),
        last_error: job.last_error,
    }
}
