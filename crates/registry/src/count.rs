//! Counting downloads that are served here, and taking them into the totals (contract §11.1, §11.2).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use cargohold_protocol::{Day, Timestamp};
use cargohold_store::downloads;
use tokio::sync::watch;

use crate::jobs::{self, Work};
use crate::stored_file::StoredFile;
use crate::{Registry, Result};

/// How often downloads counted in memory are written down. A crash loses what came after.
const WRITE_EVERY: Duration = Duration::from_secs(5);

/// How many daily counts are taken into the totals in one transaction.
const BATCH: i64 = 500;

/// Downloads counted in memory, by day and version.
#[derive(Default)]
pub(crate) struct Counted(Mutex<HashMap<(Day, i64), i64>>);

impl Counted {
    fn add(&self, day: Day, version_id: i64, downloads: i64) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counted.entry((day, version_id)).or_default() += downloads;
    }

    /// Everything counted so far, by day.
    fn take(&self) -> HashMap<Day, Vec<(i64, i64)>> {
        let counted = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut by_day: HashMap<Day, Vec<(i64, i64)>> = HashMap::new();
        for ((day, version_id), downloads) in counted {
            by_day.entry(day).or_default().push((version_id, downloads));
        }
        by_day
    }
}

impl Registry {
    /// Counts a download that was served, if cargo asked for it: whatever else fetches tarballs does not use them.
    pub fn count_download(&self, file: &StoredFile, user_agent: Option<&str>, now: Timestamp) {
        let is_cargo = user_agent.is_some_and(is_cargo);
        if let Some(version_id) = file.version_id()
            && is_cargo
        {
            self.counted.add(Day::of(now), version_id, 1);
        }
    }

    /// Writes down what was counted every few seconds, and has it taken into the totals now and then, until `stop` becomes
    /// true.
    pub async fn write_counts(self: Arc<Self>, clock: fn() -> SystemTime, mut stop: watch::Receiver<bool>) {
        let mut until_roll_up = Duration::ZERO;
        let pause = WRITE_EVERY.min(self.settings.roll_up_every).max(Duration::from_secs(1));
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(pause) => {}
            }
            let wants_roll_up = until_roll_up.is_zero();
            match self.write_counted(wants_roll_up, Timestamp::from(clock())).await {
                Ok(()) if wants_roll_up => until_roll_up = self.settings.roll_up_every,
                Ok(()) => until_roll_up = until_roll_up.saturating_sub(pause),
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "cannot write down downloads");
                }
            }
        }
    }

    /// Writes down what was counted since the last time; to be called when the last download has been served.
    ///
    /// # Errors
    /// When the database fails; then a few seconds of counting are lost.
    pub async fn write_last_counts(&self, now: Timestamp) -> Result<()> {
        self.write_counted(false, now).await
    }

    async fn write_counted(&self, with_roll_up: bool, now: Timestamp) -> Result<()> {
        let mut failure = None;
        for (day, counts) in self.counted.take() {
            if let Err(error) = self.add_downloads(day, &counts).await {
                // They go back into memory: the next round tries again.
                for (version_id, downloads) in counts {
                    self.counted.add(day, version_id, downloads);
                }
                failure = Some(error);
            }
        }
        if let Some(error) = failure {
            return Err(error);
        }
        if with_roll_up {
            let mut tx = self.store.write().await?;
            jobs::enqueue(&mut tx, &Work::RollUp, now).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn add_downloads(&self, day: Day, counts: &[(i64, i64)]) -> Result<()> {
        let mut tx = self.store.write().await?;
        downloads::add(&mut tx, day, counts).await?;
        Ok(tx.commit().await?)
    }

    /// Takes all daily counts into the totals, and lets old days drop out of the recent downloads.
    pub(crate) async fn roll_up_downloads(&self, now: Timestamp) -> Result<()> {
        let today = Day::of(now);
        loop {
            let mut tx = self.store.write().await?;
            let counted = downloads::roll_up(&mut tx, today, BATCH, now).await?;
            tx.commit().await?;
            if counted == 0 {
                break;
            }
        }
        let mut after = Some(0);
        while let Some(last) = after {
            let mut tx = self.store.write().await?;
            after = downloads::move_window(&mut tx, today, last, BATCH, now).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Whether a user agent is cargo's (contract §11.1).
pub(crate) fn is_cargo(user_agent: &str) -> bool {
    user_agent.starts_with("cargo/") || user_agent.starts_with("cargo ")
}
