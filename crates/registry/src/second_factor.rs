//! Second factors: codes that change every thirty seconds (TOTP, RFC 6238), and codes on paper for when the device is lost.
//! Each code is good once.

use cargohold_protocol::Timestamp;
use cargohold_store::{Tx, second_factors, sessions, users};
use serde_json::json;
use sha2::{Digest, Sha256};
use totp_rs::{Builder, Secret, Totp};

use crate::audit::{self, Deed};
use crate::auth::Need;
use crate::sealed::Purpose;
use crate::secret::{random_bytes, random_text};
use crate::{Call, Error, Registry, Result};

/// Digits of a code.
const CODE_DIGITS: usize = 6;

/// How many recovery codes there are, and how long each is: 16 × log2(62) = 95 bits.
const RECOVERY_CODES: usize = 10;
const RECOVERY_CHARS: usize = 16;

/// What somebody puts into their device.
#[derive(Clone)]
pub struct OfferedSecret {
    /// The shared secret in base 32, to type.
    pub secret: String,
    /// The same as an `otpauth:` address, to scan.
    pub url: String,
}

/// Whether somebody has a second factor, and how many recovery codes are left.
#[derive(Clone, Copy, Debug)]
pub struct SecondFactorState {
    /// Whether it is asked for at sign-in.
    pub is_on: bool,
    /// How many recovery codes are left.
    pub recovery_codes: i64,
}

impl Registry {
    /// Whether the caller has a second factor.
    ///
    /// # Errors
    /// When the caller is not signed in.
    pub async fn find_second_factor(&self, call: &Call) -> Result<SecondFactorState> {
        let actor = self.authorize(call, Need::Session).await?;
        let mut tx = self.store.read().await?;
        let is_on = second_factors::find(&mut tx, actor.user.id).await?.is_some_and(|factor| factor.is_confirmed);
        let recovery_codes = second_factors::count_recovery_codes(&mut tx, actor.user.id).await?;
        Ok(SecondFactorState { is_on, recovery_codes })
    }

    /// Offers the caller a secret for their device. It is asked for only once they have confirmed it.
    ///
    /// # Errors
    /// When the caller is not signed in, or has a second factor already.
    pub async fn offer_second_factor(&self, call: &Call) -> Result<OfferedSecret> {
        let actor = self.authorize(call, Need::Session).await?;
        let bytes = random_bytes::<20>();
        let sealed = self.pepper.seal(Purpose::SecondFactor, &bytes)?;
        let mut tx = self.store.write().await?;
        if !second_factors::offer(&mut tx, actor.user.id, &sealed).await? {
            let text = "there is a second factor already; switch it off first, then set up the new one";
            return Err(Error::Refused(text.to_owned()));
        }
        tx.commit().await?;
        self.show_offer(actor.user.login, &bytes)
    }

    /// The secret that the caller was offered last, for as long as they have not confirmed it.
    ///
    /// # Errors
    /// When the caller is not signed in.
    pub async fn find_offered_second_factor(&self, call: &Call) -> Result<Option<OfferedSecret>> {
        let actor = self.authorize(call, Need::Session).await?;
        let found = second_factors::find(&mut self.store.read().await?, actor.user.id).await?;
        let Some(offered) = found.filter(|factor| !factor.is_confirmed) else { return Ok(None) };
        let secret = self.pepper.unseal(Purpose::SecondFactor, &offered.sealed_secret)?;
        self.show_offer(actor.user.login, &secret).map(Some)
    }

    fn show_offer(&self, login: String, secret: &[u8]) -> Result<OfferedSecret> {
        let secret = Secret::new(secret.into());
        // A colon separates the parts of the label.
        let issuer = self.settings.site_name.replace(':', " ");
        let builder = Builder::new().with_secret(secret.clone()).with_issuer(Some(issuer));
        let totp = builder.with_account_name(login).build().map_err(|error| Error::internal(error.to_string()))?;
        let url = totp.to_url().map_err(|error| Error::internal(error.to_string()))?;
        Ok(OfferedSecret { secret: secret.to_base32(), url })
    }

    /// Switches the caller's second factor on, by a first code, and answers their recovery codes. All other sessions end.
    ///
    /// # Errors
    /// When the caller is not signed in, nothing was offered, or the code is wrong.
    pub async fn confirm_second_factor(&self, call: &Call, code: &str) -> Result<Vec<String>> {
        let actor = self.authorize(call, Need::Session).await?;
        let limits = &self.settings.limits;
        self.spend_always(call, actor.user.id, "second-factor", "enter codes", limits.sign_in).await?;
        let mut tx = self.store.write().await?;
        users::lock(&mut tx, actor.user.id).await?;
        let factor = second_factors::find(&mut tx, actor.user.id).await?;
        if factor.is_none_or(|factor| factor.is_confirmed) {
            return Err(Error::Refused("no second factor waits to be confirmed; ask for a secret first".to_owned()));
        }
        if !self.use_time_code(&mut tx, actor.user.id, code, call.now).await? {
            return Err(Error::CodeRefused);
        }
        let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| random_text(RECOVERY_CHARS)).collect();
        let hashes: Vec<_> = codes.iter().map(|code| hash(code)).collect();
        second_factors::set_recovery_codes(&mut tx, actor.user.id, &hashes).await?;
        if let Some(kept) = actor.session_id() {
            sessions::delete_others_of_user(&mut tx, actor.user.id, kept).await?;
        }
        let deed = Deed::new(call, &actor, "user.second_factor", &actor.user.login);
        audit::record(&mut tx, &deed.with(json!({ "is_on": true }))).await?;
        tx.commit().await?;
        self.tell_of_change(call, &actor.user, "A second factor was switched on").await;
        Ok(codes)
    }

    /// Switches the caller's second factor off, by a code or a recovery code. All other sessions end.
    ///
    /// # Errors
    /// When the caller is not signed in, has no second factor, or the code is wrong.
    pub async fn remove_second_factor(&self, call: &Call, code: &str) -> Result<()> {
        let actor = self.authorize(call, Need::Session).await?;
        let limits = &self.settings.limits;
        self.spend_always(call, actor.user.id, "second-factor", "enter codes", limits.sign_in).await?;
        let mut tx = self.store.write().await?;
        users::lock(&mut tx, actor.user.id).await?;
        if !self.use_code(&mut tx, actor.user.id, code, call.now).await? {
            return Err(Error::CodeRefused);
        }
        second_factors::delete(&mut tx, actor.user.id).await?;
        if let Some(kept) = actor.session_id() {
            sessions::delete_others_of_user(&mut tx, actor.user.id, kept).await?;
        }
        let deed = Deed::new(call, &actor, "user.second_factor", &actor.user.login);
        audit::record(&mut tx, &deed.with(json!({ "is_on": false }))).await?;
        tx.commit().await?;
        self.tell_of_change(call, &actor.user, "The second factor was switched off").await;
        Ok(())
    }

    /// Uses up a code or a recovery code of somebody. Spaces and dashes, which people add, do not count.
    pub(crate) async fn use_code(&self, tx: &mut Tx, user_id: i64, code: &str, now: Timestamp) -> Result<bool> {
        let code = plain(code);
        if code.len() == CODE_DIGITS {
            return self.use_time_code(tx, user_id, &code, now).await;
        }
        Ok(second_factors::use_recovery_code(tx, user_id, &hash(&code)).await?)
    }

    async fn use_time_code(&self, tx: &mut Tx, user_id: i64, code: &str, now: Timestamp) -> Result<bool> {
        let Some(factor) = second_factors::find(tx, user_id).await? else { return Ok(false) };
        let secret = self.pepper.unseal(Purpose::SecondFactor, &factor.sealed_secret)?;
        let Some(step) = matching_step(&secret, &plain(code), now)? else { return Ok(false) };
        Ok(second_factors::use_step(tx, user_id, step).await?)
    }
}

/// The time step to which a code belongs, if it is one of now or of the step before or after.
fn matching_step(secret: &[u8], code: &str, now: Timestamp) -> Result<Option<i64>> {
    let builder = Builder::new().with_secret(Secret::new(secret.into())).with_account_name("any");
    let totp: Totp = builder.build().map_err(|error| Error::internal(error.to_string()))?;
    let seconds = u64::try_from(now.micros() / 1_000_000).unwrap_or_default();
    Ok(totp.check(code, seconds).and_then(|step| i64::try_from(step).ok()))
}

/// A code without what people add to read it more easily.
fn plain(code: &str) -> String {
    code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect()
}

fn hash(code: &str) -> [u8; 32] {
    Sha256::digest(code.as_bytes()).into()
}
