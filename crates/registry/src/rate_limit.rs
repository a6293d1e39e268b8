//! How often somebody may do something (contract §1.9).

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
        let mut tx = self.store.write().await?;
        let verdict = rate::take(&mut tx, user_id, bucket, rate, call.now).await?;
        tx.commit().await?;
        match verdict {
            Verdict::Allowed => Ok(()),
            Verdict::RetryAt(retry_at) => Err(Error::TooOften { action, retry_at }),
        }
    }
}
