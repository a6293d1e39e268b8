//! How often somebody may do something (contract part 2, §10).

use cargohold_store::rate::{self, Rate, Verdict};

use crate::{Call, Error, Registry, Result};

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
        let mut tx = self.store.write().await?;
        let verdict = rate::take(&mut tx, user_id, bucket, rate, call.now).await?;
        tx.commit().await?;
        judge(verdict, action)
    }

    /// As [`Registry::spend_always`], for somebody who is nobody yet.
    pub(crate) async fn spend_stranger(
        &self,
        call: &Call,
        stranger: &str,
        bucket: &'static str,
        action: &'static str,
        rate: Rate,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let verdict = rate::take_stranger(&mut tx, stranger, bucket, rate, call.now).await?;
        tx.commit().await?;
        judge(verdict, action)
    }
}

fn judge(verdict: Verdict, action: &'static str) -> Result<()> {
    match verdict {
        Verdict::Allowed => Ok(()),
        Verdict::RetryAt(retry_at) => Err(Error::TooOften { action, retry_at }),
    }
}
