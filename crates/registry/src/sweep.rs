//! The sweeper: removes the bytes of publishes that never became true.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cargohold_protocol::Timestamp;
use cargohold_store::{changes, versions};
use futures_util::TryStreamExt;
use tokio::sync::watch;

use crate::publish::BLOB_FOLDER;
use crate::{Registry, Result};

/// How old bytes without a version must be. A publish takes minutes at the very most, and its key is never used again,
/// so nothing this old can still become true.
const ORPHAN_AGE: Duration = Duration::from_hours(24);

/// How long the change feed remembers. A process that was away for longer builds its search index anew.
const FEED_MEMORY: Duration = Duration::from_hours(7 * 24);

/// How long after the start the first sweep is. It lists every blob, so a restart alone does not cause one.
const FIRST_SWEEP_AFTER: Duration = Duration::from_hours(1);

const SWEEP_EVERY: Duration = Duration::from_hours(24);

/// What a sweep removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Tarballs without a version.
    pub orphans: usize,
    /// Files of interrupted writes.
    pub leftovers: usize,
    /// Entries of the change feed.
    pub changes: u64,
}

impl Registry {
    /// Sweeps once a day until `stop` becomes true.
    pub async fn sweep_daily(self: Arc<Self>, clock: fn() -> SystemTime, mut stop: watch::Receiver<bool>) {
        let mut pause = FIRST_SWEEP_AFTER;
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(pause) => pause = SWEEP_EVERY,
            }
            match self.sweep(Timestamp::from(clock())).await {
                Ok(swept) => tracing::info!(swept.orphans, swept.leftovers, swept.changes, "swept"),
                Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "the sweep failed"),
            }
        }
    }

    /// Removes tarballs without a version and leftovers that are older than a day, and forgets old changes.
    ///
    /// # Errors
    /// When the storage or the database fails; what was removed stays removed.
    pub async fn sweep(&self, now: Timestamp) -> Result<Swept> {
        let old = now.before(ORPHAN_AGE);
        let mut swept = Swept::default();
        let mut listed = self.blobs.list(BLOB_FOLDER);
        while let Some(blob) = listed.try_next().await? {
            let is_old = Timestamp::from_micros(blob.written_at.timestamp_micros()) < old;
            if !is_old || versions::has_blob(&mut self.store.read().await?, blob.key.as_str()).await? {
                continue;
            }
            self.blobs.delete(&blob.key).await?;
            swept.orphans += 1;
        }
        swept.leftovers = self.blobs.remove_leftovers(old.to_system_time().into()).await?;
        let mut tx = self.store.write().await?;
        swept.changes = changes::forget_before(&mut tx, now.before(FEED_MEMORY)).await?;
        tx.commit().await?;
        Ok(swept)
    }
}
