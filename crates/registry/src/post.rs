//! Mail to people (contract part 2, §11): after the commit, and never a reason to fail.

use cargohold_mail::Letter;
use cargohold_protocol::Timestamp;
use cargohold_store::users::User;

use crate::{Registry, RequestId};

impl Registry {
    /// Writes to an address and waits until the mail is on its way. Whether it gets there changes nothing.
    pub(crate) async fn post(&self, to: &str, letter: &Letter, now: Timestamp) {
        if let Err(error) = self.try_post(to, letter, now).await {
            let kind = letter.kind();
            tracing::warn!(error = &error as &dyn std::error::Error, mail = kind, "a mail could not be sent");
        }
    }

    /// As [`Registry::post`], where it matters whether the mail was sent.
    pub(crate) async fn try_post(
        &self,
        to: &str,
        letter: &Letter,
        now: Timestamp,
    ) -> Result<(), cargohold_mail::Error> {
        let id = RequestId::unique();
        self.mailer.send(to, letter, id.as_str(), now.to_system_time()).await?;
        if self.mailer.is_on() {
            tracing::info!(mail = letter.kind(), message.id = %id, "sent a mail");
        }
        Ok(())
    }

    /// Writes to somebody, if they have given an address, be it verified or not.
    pub(crate) async fn post_to(&self, user: &User, letter: &Letter, now: Timestamp) {
        if let Some(email) = &user.email {
            self.post(email, letter, now).await;
        }
    }
}
