//! The sweeper: removes the bytes of publishes that never became true, and of derived files that were replaced.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cargohold_protocol::Timestamp;
use cargohold_store::{
    changes, derived_files, rate, sessions, sign_ins, sign_up_invitations, trustpub_tokens, versions,
};
use futures_util::TryStreamExt;
use tokio::sync::watch;

use crate::jobs::DERIVED_FOLDER;
use crate::publish::BLOB_FOLDER;
use crate::{Registry, Result};

/// How old bytes without a version must be. A publish takes minutes at the very most, and its key is never used again,
/// so nothing this old can still become true.
const ORPHAN_AGE: Duration = Duration::from_hours(24);

/// How long the change feed remembers. A process that was away for longer builds its search index anew.
const FEED_MEMORY: Duration = Duration::from_hours(7 * 24);

/// How long tokens and JWTs of pipelines are remembered after they have expired, in case that clocks differ.
const TRUSTPUB_MEMORY: Duration = Duration::from_hours(1);

/// How long after the start the first sweep is. It lists every blob, so a restart alone does not cause one.
const FIRST_SWEEP_AFTER: Duration = Duration::from_hours(1);

/// How many orphans are removed in any case; above that, at most a tenth of all tarballs.
const MANY_ORPHANS: usize = 1000;

/// How long attempts of strangers are remembered.
const STRANGERS_MEMORY: Duration = Duration::from_hours(7 * 24);

const SWEEP_EVERY: Duration = Duration::from_hours(24);

/// What a sweep removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Tarballs without a version, and derived files that were replaced.
    pub orphans: usize,
    /// Files of interrupted writes.
    pub leftovers: usize,
    /// Entries of the change feed.
    pub changes: u64,
    /// Expired tokens and JWTs of pipelines.
    pub trustpub: u64,
    /// How often strangers tried something long ago.
    pub strangers: u64,
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
            let swept = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                swept = self.sweep(Timestamp::from(clock())) => swept,
            };
            match swept {
                Ok(swept) => {
                    tracing::info!(swept.orphans, swept.leftovers, swept.changes, swept.trustpub, "swept");
                }
                Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "the sweep failed"),
            }
        }
    }

    /// Removes tarballs without a version, derived files that were replaced and leftovers that are older than a day, and forgets
    /// old changes and what pipelines can no longer use.
    ///
    /// # Errors
    /// When the storage or the database fails; what was removed stays removed, and the other parts are done all the same.
    pub async fn sweep(&self, now: Timestamp) -> Result<Swept> {
        let old = now.before(ORPHAN_AGE);
        let changes = self.forget_changes(now).await;
        let trustpub = self.forget_trustpub(now).await;
        let strangers = self.forget_strangers(now).await;
        let mut swept = Vec::new();
        for folder in [BLOB_FOLDER, DERIVED_FOLDER] {
            let leftovers = self.blobs.remove_leftovers(folder, old.to_system_time().into()).await;
            swept.push((self.remove_orphans(folder, old).await, leftovers));
        }
        let mut sum = Swept { changes: changes?, trustpub: trustpub?, strangers: strangers?, ..Swept::default() };
        for (orphans, leftovers) in swept {
            sum.orphans += orphans?;
            sum.leftovers += leftovers?;
        }
        Ok(sum)
    }

    async fn forget_changes(&self, now: Timestamp) -> Result<u64> {
        let mut tx = self.store.write().await?;
        let forgotten = changes::forget_before(&mut tx, now.before(FEED_MEMORY)).await?;
        tx.commit().await?;
        Ok(forgotten)
    }

    async fn forget_trustpub(&self, now: Timestamp) -> Result<u64> {
        let mut tx = self.store.write().await?;
        let forgotten = trustpub_tokens::forget_expired(&mut tx, now.before(TRUSTPUB_MEMORY)).await?;
        tx.commit().await?;
        Ok(forgotten)
    }

    /// Attempts to sign in that no rate counts any more, and sessions, sign-ins and invitations that are over.
    async fn forget_strangers(&self, now: Timestamp) -> Result<u64> {
        let mut tx = self.store.write().await?;
        let forgotten = rate::forget_strangers(&mut tx, now.before(STRANGERS_MEMORY)).await?;
        sessions::forget_expired(&mut tx, now).await?;
        sign_ins::forget_expired(&mut tx, now).await?;
        sign_up_invitations::forget_expired(&mut tx, now).await?;
        tx.commit().await?;
        Ok(forgotten)
    }

    /// Looks at everything before it removes anything: more orphans than failed publishes can explain are the sign of a
    /// database that was set back, and then nothing is removed.
    async fn remove_orphans(&self, folder: &str, old: Timestamp) -> Result<usize> {
        if !self.owns_storage {
            return Ok(0);
        }
        let (mut listed, mut orphans) = (0, Vec::new());
        let mut blobs = self.blobs.list(folder);
        while let Some(blob) = blobs.try_next().await? {
            listed += 1;
            let is_old = Timestamp::from_micros(blob.written_at.timestamp_micros()) < old;
            if is_old && !self.is_referred_to(blob.key.as_str()).await? {
                orphans.push(blob.key);
            }
        }
        // Derived files are replaced all the time, and can be made again.
        if folder == BLOB_FOLDER && orphans.len() > MANY_ORPHANS.max(listed / 10) {
            let orphans = orphans.len();
            tracing::error!(orphans, listed, "too many tarballs without a version; was the database set back?");
            return Ok(0);
        }
        for key in &orphans {
            self.blobs.delete(key).await?;
        }
        Ok(orphans.len())
    }

    /// Whether a version or a derived file has its bytes under this key.
    async fn is_referred_to(&self, key: &str) -> Result<bool> {
        let mut tx = self.store.read().await?;
        Ok(versions::has_blob(&mut tx, key).await? || derived_files::has_blob(&mut tx, key).await?)
    }
}
