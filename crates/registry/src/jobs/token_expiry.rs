//! Mails about tokens that stop working soon (contract part 2, §16.3).

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cargohold_mail::Letter;
use cargohold_protocol::Timestamp;
use cargohold_store::tokens::{self, Expiring};
use tokio::sync::watch;

use crate::{Registry, Result};

/// How long before its end the owner of a token is told.
const NOTICE: Duration = Duration::from_hours(3 * 24);

/// How many tokens are looked at in one round.
const MAX_MAILS: i64 = 10_000;

/// How often it is looked for such tokens. The first time is at the start: nobody is told twice.
const LOOK_EVERY: Duration = Duration::from_hours(24);

impl Registry {
    /// Tells the owners of tokens that stop working soon, once a day until `stop` becomes true.
    pub async fn warn_of_expiry_daily(self: Arc<Self>, clock: fn() -> SystemTime, mut stop: watch::Receiver<bool>) {
        loop {
            let round = async {
                if let Err(error) = self.warn_of_expiry(Timestamp::from(clock())).await {
                    tracing::error!(error = &error as &dyn std::error::Error, "cannot tell of tokens that expire soon");
                }
                tokio::time::sleep(LOOK_EVERY).await;
            };
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = round => {}
            }
        }
    }

    /// Tells the owners of tokens that stop working within three days and were not told, the most urgent first. Where no mails
    /// are sent, nobody counts as told.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn warn_of_expiry(&self, now: Timestamp) -> Result<()> {
        if !self.mailer.is_on() {
            return Ok(());
        }
        let expiring = tokens::list_expiring(&mut self.store.read().await?, now, now.after(NOTICE), MAX_MAILS).await?;
        for token in expiring {
            self.warn_of_one(token, now).await?;
        }
        Ok(())
    }

    /// Of several processes that see the same token, the one that marks it writes the mail.
    async fn warn_of_one(&self, token: Expiring, now: Timestamp) -> Result<()> {
        let mut tx = self.store.write().await?;
        let is_ours = tokens::set_expiry_notified(&mut tx, token.id, now).await?;
        tx.commit().await?;
        let Some(email) = token.email.filter(|_| is_ours) else { return Ok(()) };
        let expires_at = Timestamp::from_micros(token.expires_at).to_words();
        let letter = Letter::TokenExpires { token_name: token.name, token_id: token.id, expires_at };
        self.post(&email, &letter, now).await;
        Ok(())
    }
}
