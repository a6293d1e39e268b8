//! Signing in by login and password, for what people do on the web site (contract part 2, §2.2).

use std::time::Duration;

use cargohold_store::{sessions, users};

use crate::secret::random_text;
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
        if login.contains('\0') {
            return Err(Error::SignInRefused);
        }
        let known = users::find_password_hash(&mut self.store.read().await?, login).await?;
        let (user_id, hash) = match known {
            Some((id, hash)) => (Some(id), hash),
            None => (None, self.hash_of_nobody.get_or_try_init(|| self.pepper.hash(random_text(20))).await?.clone()),
        };
        let is_right = self.pepper.verify(password.to_owned(), hash).await?;
        let user_id = user_id.filter(|_| is_right).ok_or(Error::SignInRefused)?;
        let secret = SessionSecret::random();
        let mut tx = self.store.write().await?;
        sessions::forget_expired(&mut tx, call.now).await?;
        if let Some(before) = &call.session {
            sessions::delete(&mut tx, &before.hash()).await?;
        }
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
