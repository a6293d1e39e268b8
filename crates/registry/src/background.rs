//! How the caches of this process follow the change feed. Its search index follows on a way of its own (`feed_search.rs`), so
//! that trouble with the index never keeps an old file in memory.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cargohold_store::changes::{self, Change};
use tokio::sync::watch;

use crate::{Registry, Result};

/// How often the feed is asked for changes. Each round may write the search index, which costs a tenth of a second, so
/// changes are gathered in between, unless somebody waits for them.
const POLL_EVERY: Duration = Duration::from_millis(500);

/// How long to rest after a failure.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(5);

/// How many changes or crates are taken at once.
pub(crate) const BATCH: i64 = 1000;

impl Registry {
    /// Drops what this process keeps in memory of a crate that changed, and remembers that lists are to show it. The process
    /// that made the change does this before it answers.
    pub(crate) fn apply_change(&self, change: &Change) {
        self.forget_cached(change);
        self.last_own_change.fetch_max(change.seq, Ordering::AcqRel);
        self.jobs_wanted.notify_one();
    }

    /// Drops what this process keeps in memory of a crate that changed.
    pub(crate) fn forget_cached(&self, change: &Change) {
        self.index_cache.drop_changed(change);
        self.tarballs.drop_changed(change);
        self.answers.drop_changed(change);
        self.pages.drop_changed(change);
    }

    /// The place of the latest change. Whoever keeps things in memory must know it before it reads the first of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn feed_position(&self) -> Result<i64> {
        Ok(changes::latest_seq(&mut self.store.read().await?).await?)
    }

    /// Drops from the caches what changes after `position`, and shows the banner that is set, until `stop` becomes true; about
    /// half a second behind.
    pub async fn drop_changed(self: Arc<Self>, mut position: i64, mut stop: watch::Receiver<bool>) {
        loop {
            let step = async {
                let pause = pause_after("follow the change feed", self.follow_others(&mut position).await);
                tokio::time::sleep(pause).await;
            };
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = step => {}
            }
        }
    }

    async fn follow_others(&self, position: &mut i64) -> Result<()> {
        self.drop_new_changes(position).await?;
        self.reread_banner().await
    }

    async fn drop_new_changes(&self, position: &mut i64) -> Result<()> {
        loop {
            let new = changes::list_after(&mut self.store.read().await?, *position, BATCH).await?;
            let Some(last) = new.last() else { return Ok(()) };
            for change in &new {
                self.forget_cached(change);
            }
            *position = last.seq;
        }
    }
}

/// Logs a failure, and answers how long to rest until the next round.
pub(crate) fn pause_after(what: &str, done: Result<()>) -> Duration {
    match done {
        Ok(()) => POLL_EVERY,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "cannot {what}");
            REST_AFTER_FAILURE
        }
    }
}
