//! Signing in by login and password, for what people do on the web site (contract part 2, §2.2).

use std::time::Duration;

use cargohold_store::{sessions, users};

use crate::{Call, Error, Registry, Result, SessionSecret};

/// How long somebody stays signed in.
pub const SESSION_LIFETIME: Duration = Duration::from_hours(90 * 24);

impl Registry {
    /// Signs somebody in; the answer is for the cookie of their browser.
    ///
    /// # Errors
    /// When login or password are wrong, which takes as long for unknown logins as for wrong passwords.
    pub async fn sign_in(&self, call: &Call, login: &str, password: &str) -> Result<SessionSecret> {
        let _turn = self.hashing.acquire().await.map_err(Error::internal)?;
        let known = users::find_password_hash(&mut self.store.read().await?, login).await?;
        let (user_id, hash) = match known {
            Some((id, hash)) => (Some(id), hash),
            None => (None, self.pepper.hash(String::new()).await?),
        };
        let is_right = self.pepper.verify(password.to_owned(), hash).await?;
        let user_id = user_id.filter(|_| is_right).ok_or(Error::SignInRefused)?;
        let secret = SessionSecret::random();
        let mut tx = self.store.write().await?;
        sessions::forget_expired(&mut tx, call.now).await?;
        sessions::insert(&mut tx, user_id, &secret.hash(), call.now, call.now.after(SESSION_LIFETIME)).await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// Ends the caller's session, if they have one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_out(&self, call: &Call) -> Result<()> {
        let Some(secret) = &call.session else { return Ok(()) };
        let mut tx = self.store.write().await?;
        sessions::delete(&mut tx, &secret.hash()).await?;
        Ok(tx.commit().await?)
    }
}
