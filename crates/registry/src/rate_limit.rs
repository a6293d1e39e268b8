//! How often somebody may do something (contract part 2, §10).
//!
//! Whoever asks too often must not be able to keep the one writer busy: a refusal follows from what a reader sees. Only an attempt that
//! a reader would allow is counted, and then the count decides.

use std::time::Duration;

use cargohold_store::rate::{self, Bucket, Rate, Verdict};
use moka::sync::Cache;

use crate::sessions::network;
use crate::{Call, Error, Registry, Result};

/// What is left to the networks that searched lately, in this process alone: to count a search in the store would cost more
/// than the search.
pub(crate) struct Searches(Cache<String, Bucket>);

impl Default for Searches {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(100_000).time_to_idle(Duration::from_hours(1)).build())
    }
}

impl Registry {
    /// Counts an attempt of a user in a transaction of its own: it stays counted, whatever the attempt comes to.
    pub(crate) async fn spend(
        &self,
        call: &Call,
        user_id: i64,
        bucket: &'static str,
        action: &'static str,
        rate: Rate,
    ) -> Result<()> {
        if !self.settings.limits.rates_enabled {
            return Ok(());
        }
        self.spend_always(call, user_id, bucket, action, rate).await
    }

    /// As [`Registry::spend`], but for what is limited everywhere, because it guards against guessing or flooding.
    pub(crate) async fn spend_always(
        &self,
        call: &Call,
        user_id: i64,
        bucket: &'static str,
        action: &'static str,
        rate: Rate,
    ) -> Result<()> {
        let seen = rate::look(&mut self.store.read().await?, user_id, bucket, rate, call.now).await?;
        judge(seen, action)?;
        let mut tx = self.store.write().await?;
        let verdict = rate::take(&mut tx, user_id, bucket, rate, call.now).await?;
        tx.commit().await?;
        judge(verdict, action)
    }

    /// Counts a search of whoever's network it comes from.
    ///
    /// # Errors
    /// When it has searched too often.
    pub fn spend_search(&self, call: &Call) -> Result<()> {
        let limits = &self.settings.limits;
        if !limits.rates_enabled {
            return Ok(());
        }
        let rate = limits.search;
        let entry = self.searches.0.entry(network(call.address)).and_upsert_with(|entry| match entry {
            Some(entry) => entry.into_value().spend(false, rate, call.now),
            None => Bucket::full(rate, call.now).spend(true, rate, call.now),
        });
        judge(entry.into_value().verdict(rate), "search")
    }

    /// As [`Registry::spend_always`], for somebody who is nobody yet and counts as each of `strangers`. If one of them may do
    /// nothing now, none is counted.
    pub(crate) async fn spend_strangers(
        &self,
        call: &Call,
        strangers: &[String],
        bucket: &'static str,
        action: &'static str,
        rate: Rate,
    ) -> Result<()> {
        let mut tx = self.store.read().await?;
        for stranger in strangers {
            judge(rate::look_at_stranger(&mut tx, stranger, bucket, rate, call.now).await?, action)?;
        }
        drop(tx);
        let mut tx = self.store.write().await?;
        let mut verdicts = Vec::new();
        for stranger in strangers {
            verdicts.push(rate::take_stranger(&mut tx, stranger, bucket, rate, call.now).await?);
        }
        tx.commit().await?;
        verdicts.into_iter().try_for_each(|verdict| judge(verdict, action))
    }
}

fn judge(verdict: Verdict, action: &'static str) -> Result<()> {
    match verdict {
        Verdict::Allowed => Ok(()),
        Verdict::RetryAt(retry_at) => Err(Error::TooOften { action, retry_at }),
    }
}
