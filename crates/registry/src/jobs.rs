//! What happens after a commit: content derived from what was published, feeds, counters, cleaning up (contract §11).
//!
//! A job is enqueued in the transaction that makes it necessary; any process does it. Jobs bear being done twice.

mod analysis;
mod archive;
mod feeds;
mod look_alikes;
mod publish_mails;
mod readme;
mod token_expiry;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use cargohold_blobs::Key;
use cargohold_protocol::{Cksum, Timestamp};
use cargohold_store::derived_files::{self, NewFile};
use cargohold_store::jobs::{self, Job, NewJob};
use cargohold_store::{Tx, changes, crates};
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use crate::crate_view::Derived;
use crate::version_view::stored_json;
use crate::{Error, Registry, RequestId, Result};

/// The folder of all derived files in the blob store.
pub(crate) const DERIVED_FOLDER: &str = "derived";

/// How long a job may take before another process believes that its worker died.
const LEASE: Duration = Duration::from_mins(15);

/// How often a process without work looks for some that others left.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long a job may go on once the server is told to stop.
const PATIENCE_AT_STOP: Duration = Duration::from_secs(20);

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Compute the derived values of a crate anew.
    RefreshCrate { crate_id: i64 },
    /// Render a readme.
    RenderReadme { version_id: i64, text: String },
    /// Count the lines of a version and make its source archive.
    AnalyzeVersion { version_id: i64 },
    /// Write the feed of a crate.
    CrateFeed { crate_id: i64 },
    /// Write the feed of new crates.
    CratesFeed,
    /// Write the feed of new versions.
    UpdatesFeed,
    /// Take daily downloads into the totals.
    RollUp,
    /// Ask the documentation host to build a version's documentation.
    RebuildDocs { version_id: i64 },
    /// Write to the owners of a crate about a new version.
    SendPublishNotifications { version_id: i64 },
    /// Tell the operators of crates that are called almost like a new one.
    ReportLookAlikes { crate_id: i64 },
    /// Remove the bytes of a deleted crate.
    RemoveBlobs { crate_id: i64, keys: Vec<String> },
}

impl Work {
    /// Its name in the store, and how urgent it is.
    const fn kind(&self) -> (&'static str, i64) {
        match self {
            Self::RefreshCrate { .. } => ("refresh_crate", 80),
            Self::RenderReadme { .. } => ("render_readme", 50),
            Self::AnalyzeVersion { .. } => ("analyze_version", 0),
            Self::CrateFeed { .. } => ("crate_feed", 0),
            Self::CratesFeed => ("crates_feed", 0),
            Self::UpdatesFeed => ("updates_feed", 0),
            Self::RollUp => ("roll_up", 0),
            Self::RebuildDocs { .. } => ("rebuild_docs", 0),
            Self::SendPublishNotifications { .. } => ("send_publish_notifications", 0),
            Self::ReportLookAlikes { .. } => ("report_look_alikes", 0),
            Self::RemoveBlobs { .. } => ("remove_blobs", 0),
        }
    }

    /// Feeds of everything are written once for all that is published within a few seconds.
    const fn delay(&self) -> Duration {
        match self {
            Self::CratesFeed | Self::UpdatesFeed => Duration::from_secs(3),
            _ => Duration::ZERO,
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::RefreshCrate { crate_id }
            | Self::CrateFeed { crate_id }
            | Self::ReportLookAlikes { crate_id }
            | Self::RemoveBlobs { crate_id, .. } => crate_id.to_string(),
            Self::RenderReadme { version_id, .. }
            | Self::AnalyzeVersion { version_id }
            | Self::RebuildDocs { version_id }
            | Self::SendPublishNotifications { version_id } => version_id.to_string(),
            Self::CratesFeed | Self::UpdatesFeed | Self::RollUp => String::new(),
        }
    }

    /// Whether the subject of jobs of this kind is the id of a version, rather than of a crate.
    pub(crate) fn is_about_version(kind: &str) -> bool {
        matches!(kind, "render_readme" | "analyze_version" | "rebuild_docs" | "send_publish_notifications")
    }

    fn data(&self) -> Result<Option<String>> {
        match self {
            Self::RenderReadme { text, .. } => Ok(Some(text.clone())),
            Self::RemoveBlobs { keys, .. } => serde_json::to_string(keys).map(Some).map_err(Error::internal),
            _ => Ok(None),
        }
    }

    /// Reads a stored job; `None` if a newer release knows it and this one does not.
    fn from_job(job: &Job) -> Result<Option<Self>> {
        let id = || job.subject.parse::<i64>().map_err(Error::internal);
        let data = || job.data.clone().unwrap_or_default();
        Ok(Some(match job.kind.as_str() {
            "refresh_crate" => Self::RefreshCrate { crate_id: id()? },
            "render_readme" => Self::RenderReadme { version_id: id()?, text: data() },
            "analyze_version" => Self::AnalyzeVersion { version_id: id()? },
            "crate_feed" => Self::CrateFeed { crate_id: id()? },
            "crates_feed" => Self::CratesFeed,
            "updates_feed" => Self::UpdatesFeed,
            "roll_up" => Self::RollUp,
            "rebuild_docs" => Self::RebuildDocs { version_id: id()? },
            "send_publish_notifications" => Self::SendPublishNotifications { version_id: id()? },
            "report_look_alikes" => Self::ReportLookAlikes { crate_id: id()? },
            "remove_blobs" => Self::RemoveBlobs { crate_id: id()?, keys: stored_json(&data())? },
            _ => return Ok(None),
        }))
    }
}

/// Enqueues a job; it is done after the transaction has committed.
pub(crate) async fn enqueue(tx: &mut Tx, work: &Work, now: Timestamp) -> Result<()> {
    let (kind, priority) = work.kind();
    let (subject, data) = (work.subject(), work.data()?);
    let delay = work.delay();
    Ok(jobs::enqueue(tx, &NewJob { kind, subject: &subject, data: data.as_deref(), priority, delay }, now).await?)
}

/// Waits until `stop` has been true for so long.
async fn stopped_for(stop: &mut watch::Receiver<bool>, patience: Duration) {
    _ = stop.wait_for(|stop| *stop).await;
    tokio::time::sleep(patience).await;
}

impl Registry {
    /// Does jobs, one after another, until `stop` becomes true.
    pub async fn work_off_jobs(self: Arc<Self>, clock: fn() -> SystemTime, mut stop: watch::Receiver<bool>) {
        loop {
            let mut told = stop.clone();
            let work = async {
                match self.do_next_job(clock).await {
                    Ok(true) => {}
                    Ok(false) => {
                        tokio::select! {
                            () = self.jobs_wanted.notified() => {}
                            () = tokio::time::sleep(LOOK_EVERY) => {}
                            _ = told.wait_for(|stop| *stop) => {}
                        }
                    }
                    Err(error) => {
                        tracing::error!(error = &error as &dyn std::error::Error, "cannot look for jobs");
                        tokio::time::sleep(LOOK_EVERY).await;
                    }
                }
            };
            tokio::select! {
                () = stopped_for(&mut stop, PATIENCE_AT_STOP) => return,
                () = work => {}
            }
            if *stop.borrow() {
                return;
            }
        }
    }

    /// Does the most urgent job that is due. Answers whether there was one.
    async fn do_next_job(self: &Arc<Self>, clock: fn() -> SystemTime) -> Result<bool> {
        let now = || Timestamp::from(clock());
        let mut tx = self.store.write().await?;
        let Some(job) = jobs::claim(&mut tx, now(), LEASE).await? else { return Ok(false) };
        tx.commit().await?;
        let done = match Work::from_job(&job) {
            Ok(Some(work)) => self.do_work(work, now()).await,
            Ok(None) => Err(Error::internal(format!("this release does not know jobs of the kind `{}`", job.kind))),
            Err(error) => Err(error),
        };
        let mut tx = self.store.write().await?;
        match done {
            Ok(()) => jobs::finish(&mut tx, &job).await?,
            Err(error) => {
                let text = crate::error::chain(&error);
                tracing::error!(job.kind, job.subject, job.retries, cause = text, "a job failed");
                jobs::fail(&mut tx, &job, &text, now()).await?;
            }
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn do_work(self: &Arc<Self>, work: Work, now: Timestamp) -> Result<()> {
        match work {
            Work::RefreshCrate { crate_id } => self.refresh_crate(crate_id, now).await,
            Work::RenderReadme { version_id, text } => self.render_readme(version_id, text, now).await,
            Work::AnalyzeVersion { version_id } => self.analyze_version(version_id, now).await,
            Work::CrateFeed { crate_id } => self.write_crate_feed(crate_id, now).await,
            Work::CratesFeed => self.write_crates_feed(now).await,
            Work::UpdatesFeed => self.write_updates_feed(now).await,
            Work::RollUp => {
                self.roll_up_downloads(now).await?;
                self.archive_downloads(now).await
            }
            Work::RebuildDocs { version_id } => self.request_docs(version_id).await,
            Work::SendPublishNotifications { version_id } => self.send_publish_notifications(version_id, now).await,
            Work::ReportLookAlikes { crate_id } => self.report_look_alikes(crate_id, now).await,
            Work::RemoveBlobs { keys, .. } => self.remove_blobs(&keys).await,
        }
    }

    async fn refresh_crate(&self, crate_id: i64, now: Timestamp) -> Result<()> {
        let mut tx = self.store.write().await?;
        let Some(krate) = crates::find_by_id(&mut tx, crate_id).await? else { return Ok(()) };
        crates::lock(&mut tx, crate_id).await?;
        Derived::refresh(&mut tx, crate_id, now).await?;
        let change = changes::append(&mut tx, crate_id, &krate.name.canonical(), now).await?;
        tx.commit().await?;
        self.apply_change(&change);
        Ok(())
    }

    /// Removes the bytes of a deleted crate. What is gone already does not matter.
    async fn remove_blobs(&self, keys: &[String]) -> Result<()> {
        for key in keys {
            let key: Key = key.parse().map_err(Error::internal)?;
            self.blobs.delete(&key).await?;
        }
        Ok(())
    }

    /// Stores the bytes of a derived file under a key of its own. They are served once [`keep_file`] has recorded them; the
    /// sweeper removes them if that never happens.
    async fn put_derived(&self, bytes: Bytes) -> Result<StoredBytes> {
        let cksum = Cksum::from_bytes(Sha256::digest(&bytes).into());
        let text = cksum.to_string();
        let key = format!("{DERIVED_FOLDER}/{}/{text}-{}", &text[..2], RequestId::unique());
        let size_bytes = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        self.blobs.put(&key.parse().map_err(Error::internal)?, bytes).await?;
        Ok(StoredBytes { key, cksum, size_bytes })
    }
}

/// Bytes that lie in the blob store, with nobody referring to them yet.
struct StoredBytes {
    key: String,
    cksum: Cksum,
    size_bytes: i64,
}

/// Whose file it is.
#[derive(Clone, Copy)]
struct Owner {
    crate_id: Option<i64>,
    version_id: Option<i64>,
}

/// Records where a derived file lies, and with it its checksum.
async fn keep_file(tx: &mut Tx, path: &str, owner: Owner, bytes: &StoredBytes, now: Timestamp) -> Result<()> {
    let file = NewFile {
        path,
        crate_id: owner.crate_id,
        version_id: owner.version_id,
        blob_key: &bytes.key,
        cksum: &bytes.cksum,
        size_bytes: bytes.size_bytes,
    };
    Ok(derived_files::put(tx, &file, now).await?)
}
