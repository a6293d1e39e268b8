//! Signing in by login and password, signing out, and what sessions somebody has (contract part 2, §2.2 and §3).
//!
//! The cookie holds nothing but a random secret, whose hash is stored: a session ends where the server says so.

use std::net::IpAddr;
use std::time::Duration;

use cargohold_store::sessions::{self, NewSession};
use cargohold_store::{Tx, second_factors, users};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::audit::{self, Deed};
use crate::auth::{Need, Proof};
use crate::secret::random_text;
use crate::{Actor, Call, Error, Registry, Result, SessionSecret};

/// How long somebody stays signed in.
pub const SESSION_LIFETIME: Duration = Duration::from_hours(90 * 24);

/// How long somebody has to give their second factor.
const CODE_PATIENCE: Duration = Duration::from_mins(10);

/// The fewest characters of a password.
const MIN_PASSWORD_CHARS: usize = 12;

/// The longest password in bytes: hashing must not be a way to keep a server busy.
const MAX_PASSWORD_BYTES: usize = 1024;

/// A sign-in that has come as far as it can.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The value for the cookie.
    pub secret: SessionSecret,
    /// What is missing yet.
    pub next: NextStep,
}

/// What somebody has to do before their session is good for anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// Nothing.
    None,
    /// Give the code of their second factor.
    SecondFactor,
    /// Choose a password instead of the one that somebody else gave them.
    NewPassword,
}

/// What a person sees of a session.
pub type ListedSession = sessions::Listed;

impl Registry {
    /// Signs somebody in; the answer is for the cookie of their browser. A session they had ends.
    ///
    /// # Errors
    /// When login or password are wrong, which takes as long for unknown logins as for wrong passwords; and when it was tried
    /// too often.
    pub async fn sign_in(&self, call: &Call, login: &str, password: &str) -> Result<SignedIn> {
        self.check_origin(call)?;
        self.spend_sign_in(call, login).await?;
        let Some((user_id, hash)) = self.check_password(login, password).await? else {
            return self.sign_in_to_directory(call, login, password).await?.ok_or(Error::SignInRefused);
        };
        let mut tx = self.store.write().await?;
        check_unchanged(&mut tx, user_id, login, &hash).await?;
        let signed_in = self.begin_session(&mut tx, call, user_id, "password").await?;
        tx.commit().await?;
        Ok(signed_in)
    }

    /// Whose password it is, and the hash it was compared with. Takes as long for a login that nobody has.
    async fn check_password(&self, login: &str, password: &str) -> Result<Option<(i64, String)>> {
        let _turn = self.hashing.acquire().await.map_err(Error::internal)?;
        if login.contains('\0') || password.len() > MAX_PASSWORD_BYTES {
            return Ok(None);
        }
        let known = users::find_password(&mut self.store.read().await?, login).await?;
        let (user_id, hash) = match known.and_then(|known| Some((known.user_id, known.hash?))) {
            Some((id, hash)) => (Some(id), hash),
            None => (None, self.hash_of_nobody.get_or_try_init(|| self.pepper.hash(random_text(20))).await?.clone()),
        };
        let is_right = self.pepper.verify(password.to_owned(), hash.clone()).await?;
        Ok(user_id.filter(|_| is_right).map(|user_id| (user_id, hash)))
    }

    /// Begins a session of somebody who has proved who they are, in place of the one they had.
    pub(crate) async fn begin_session(&self, tx: &mut Tx, call: &Call, user_id: i64, by: &str) -> Result<SignedIn> {
        let awaits_code = second_factors::find(tx, user_id).await?.is_some_and(|factor| factor.is_confirmed);
        if let Some(before) = &call.session {
            sessions::delete(tx, &before.hash()).await?;
        }
        let secret = insert_session(tx, call, user_id, awaits_code).await?;
        let begun = sessions::find(tx, &secret.hash(), call.now).await?;
        let begun = begun.ok_or_else(|| Error::internal("a session vanished"))?;
        let next = match (awaits_code, begun.must_change_password) {
            (true, _) => NextStep::SecondFactor,
            (false, true) => NextStep::NewPassword,
            (false, false) => NextStep::None,
        };
        let actor = Actor { user: begun.user, proof: Proof::Session(begun.id) };
        let deed = Deed::new(call, &actor, "session.begin", &actor.user.login);
        audit::record(tx, &deed.with(json!({ "by": by, "awaits_code": awaits_code }))).await?;
        Ok(SignedIn { secret, next })
    }

    /// Completes a sign-in that awaits its second factor, with a code or a recovery code. The session gets another secret.
    ///
    /// # Errors
    /// When no sign-in awaits one, the code is wrong or was used before, or it was tried too often.
    pub async fn complete_sign_in(&self, call: &Call, code: &str) -> Result<SignedIn> {
        self.check_origin(call)?;
        let secret = call.session.as_ref().ok_or(Error::NoSignInAwaitsCode)?;
        let found = sessions::find(&mut self.store.read().await?, &secret.hash(), call.now).await?;
        let session = found.filter(|session| session.awaits_code).ok_or(Error::NoSignInAwaitsCode)?;
        let limits = &self.settings.limits;
        self.spend_always(call, session.user.id, "second-factor", "enter codes", limits.sign_in).await?;
        let mut tx = self.store.write().await?;
        users::lock(&mut tx, session.user.id).await?;
        // It may have been ended meanwhile.
        let found = sessions::find(&mut tx, &secret.hash(), call.now).await?;
        let session = found.filter(|session| session.awaits_code).ok_or(Error::NoSignInAwaitsCode)?;
        if !self.use_code(&mut tx, session.user.id, code, call.now).await? {
            return Err(Error::CodeRefused);
        }
        sessions::delete(&mut tx, &secret.hash()).await?;
        let secret = insert_session(&mut tx, call, session.user.id, false).await?;
        let actor = Actor { user: session.user, proof: Proof::Session(session.id) };
        audit::record(&mut tx, &Deed::new(call, &actor, "session.second_factor", &actor.user.login)).await?;
        tx.commit().await?;
        let next = if session.must_change_password { NextStep::NewPassword } else { NextStep::None };
        Ok(SignedIn { secret, next })
    }

    /// Ends the caller's session, if they have one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_out(&self, call: &Call) -> Result<()> {
        let Some(secret) = &call.session else { return Ok(()) };
        // Anybody can make up a cookie; only one that is good for something is worth a write.
        if sessions::find(&mut self.store.read().await?, &secret.hash(), call.now).await?.is_none() {
            return Ok(());
        }
        let mut tx = self.store.write().await?;
        let Some(session) = sessions::find(&mut tx, &secret.hash(), call.now).await? else { return Ok(()) };
        sessions::delete(&mut tx, &secret.hash()).await?;
        let actor = Actor { user: session.user, proof: Proof::Session(session.id) };
        audit::record(&mut tx, &Deed::new(call, &actor, "session.end", &actor.user.login)).await?;
        Ok(tx.commit().await?)
    }

    /// The caller's sessions, the newest first, and which of them this is.
    ///
    /// # Errors
    /// When the caller is not signed in.
    pub async fn list_sessions(&self, call: &Call) -> Result<(Vec<ListedSession>, Option<i64>)> {
        let actor = self.authorize(call, Need::Session).await?;
        let listed = sessions::list(&mut self.store.read().await?, actor.user.id, call.now).await?;
        Ok((listed, actor.session_id()))
    }

    /// Ends one of the caller's sessions. Idempotent.
    ///
    /// # Errors
    /// When the caller is not signed in.
    pub async fn end_session(&self, call: &Call, id: i64) -> Result<()> {
        let actor = self.authorize(call, Need::Session).await?;
        let mut tx = self.store.write().await?;
        if !sessions::delete_of_user(&mut tx, actor.user.id, id).await? {
            return Ok(());
        }
        let deed = Deed::new(call, &actor, "session.end", &actor.user.login);
        audit::record(&mut tx, &deed.with(json!({ "session": id }))).await?;
        Ok(tx.commit().await?)
    }

    /// Ends all of the caller's sessions, on every device, this one too.
    ///
    /// # Errors
    /// When the caller is not signed in.
    pub async fn end_all_sessions(&self, call: &Call) -> Result<()> {
        let actor = self.authorize(call, Need::Session).await?;
        let mut tx = self.store.write().await?;
        let ended = sessions::delete_all_of_user(&mut tx, actor.user.id).await?;
        let deed = Deed::new(call, &actor, "session.end_all", &actor.user.login);
        audit::record(&mut tx, &deed.with(json!({ "sessions": ended }))).await?;
        Ok(tx.commit().await?)
    }

    /// Gives the caller another password. All their sessions end; the answer is a new one.
    ///
    /// # Errors
    /// When the caller is not signed in, the old password is wrong, or the new one is too easy to guess.
    pub async fn change_password(&self, call: &Call, old: &str, new: &str) -> Result<SignedIn> {
        self.check_origin(call)?;
        let secret = call.session.as_ref().ok_or(Error::LoginNeeded)?;
        let found = sessions::find(&mut self.store.read().await?, &secret.hash(), call.now).await?;
        let session = found.filter(|session| !session.awaits_code).ok_or(Error::LoginNeeded)?;
        crate::auth::check_lock(&session.user, call.now)?;
        let rate = self.settings.limits.sign_in;
        self.spend_always(call, session.user.id, "second-factor", "enter passwords", rate).await?;
        check_new_password(new, &session.user.login)?;
        let checked = self.check_password(&session.user.login, old).await?;
        let (user_id, old_hash) = checked.ok_or(Error::SignInRefused)?;
        if new == old {
            return Err(Error::WeakPassword("the new password is the old one; choose another".to_owned()));
        }
        let hash = self.hash_password(new).await?;
        let mut tx = self.store.write().await?;
        check_unchanged(&mut tx, user_id, &session.user.login, &old_hash).await?;
        let found = sessions::find(&mut tx, &secret.hash(), call.now).await?;
        let session = found.filter(|session| session.user.id == user_id).ok_or(Error::LoginNeeded)?;
        // Whoever replaces the password that an administrator gave them knows that they do.
        let was_given = session.must_change_password;
        users::set_password(&mut tx, session.user.id, Some(&hash), false).await?;
        sessions::delete_all_of_user(&mut tx, session.user.id).await?;
        let actor = Actor { user: session.user, proof: Proof::Session(session.id) };
        audit::record(&mut tx, &Deed::new(call, &actor, "user.password", &actor.user.login)).await?;
        // Whoever gave the second factor for this session need not give it again.
        let secret = insert_session(&mut tx, call, actor.user.id, false).await?;
        tx.commit().await?;
        if !was_given {
            self.tell_of_change(call, &actor.user, "The password was changed").await;
        }
        Ok(SignedIn { secret, next: NextStep::None })
    }

    /// Whether the caller has a password here; who signs in elsewhere may have none.
    ///
    /// # Errors
    /// When the caller is not signed in.
    pub async fn has_password(&self, call: &Call) -> Result<bool> {
        let actor = self.authorize(call, Need::Session).await?;
        let password = users::find_password(&mut self.store.read().await?, &actor.user.login).await?;
        Ok(password.is_some_and(|password| password.hash.is_some()))
    }

    pub(crate) async fn hash_password(&self, password: &str) -> Result<String> {
        let _turn = self.hashing.acquire().await.map_err(Error::internal)?;
        self.pepper.hash(password.to_owned()).await
    }

    /// Counts an attempt to sign in: per login, so that nobody guesses one password from everywhere, and per network, so that
    /// nobody guesses everybody's from one place.
    pub(crate) async fn spend_sign_in(&self, call: &Call, login: &str) -> Result<()> {
        let rate = self.settings.limits.sign_in;
        let strangers = [network(call.address), bucket_of(login)];
        self.spend_strangers(call, &strangers, "sign-in", "try to sign in", rate).await
    }
}

/// Holds an account and makes sure that its password is still the one that was checked: checking takes a while.
async fn check_unchanged(tx: &mut Tx, user_id: i64, login: &str, hash: &str) -> Result<()> {
    users::lock(tx, user_id).await?;
    let now = users::find_password(tx, login).await?.and_then(|password| password.hash);
    if now.as_deref() == Some(hash) { Ok(()) } else { Err(Error::SignInRefused) }
}

/// Whose attempts are counted together: directories take logins that differ in case and spaces for the same. Of bounded
/// length, whatever was typed.
fn bucket_of(login: &str) -> String {
    let words: Vec<String> = login.split_whitespace().map(str::to_lowercase).collect();
    let hash = Sha256::digest(words.join(" ").as_bytes());
    format!("login {}", hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// Begins a session with a secret of its own.
async fn insert_session(tx: &mut Tx, call: &Call, user_id: i64, awaits_code: bool) -> Result<SessionSecret> {
    let secret = SessionSecret::random();
    let address = call.address.map(|address| address.to_string());
    let lifetime = if awaits_code { CODE_PATIENCE } else { SESSION_LIFETIME };
    let session = NewSession {
        user_id,
        hash: &secret.hash(),
        awaits_code,
        address: address.as_deref(),
        user_agent: call.user_agent.as_deref(),
        expires_at: call.now.after(lifetime),
    };
    sessions::insert(tx, &session, call.now).await?;
    Ok(secret)
}

/// Whose attempts are counted together: an IPv4 address, or the network of an IPv6 address that one customer has.
pub(crate) fn network(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        None => "address unknown".to_owned(),
        Some(IpAddr::V4(address)) => format!("address {address}"),
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("address {a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// Refuses passwords that are too easy to guess (NIST SP 800-63B: long rather than odd).
pub(crate) fn check_new_password(password: &str, login: &str) -> Result<()> {
    let refuse =
        |why: &str| Err(Error::WeakPassword(format!("the password {why}; choose another, such as four random words")));
    if password.chars().count() < MIN_PASSWORD_CHARS {
        return refuse(&format!("has fewer than {MIN_PASSWORD_CHARS} characters"));
    }
    if password.len() > MAX_PASSWORD_BYTES {
        return refuse(&format!("is longer than {MAX_PASSWORD_BYTES} bytes"));
    }
    let mut chars: Vec<char> = password.chars().collect();
    chars.sort_unstable();
    chars.dedup();
    if chars.len() < 4 || password.to_lowercase().contains(&login.to_lowercase()) {
        return refuse("is easy to guess");
    }
    Ok(())
}
