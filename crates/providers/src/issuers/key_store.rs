//! The keys of one issuer, kept and renewed: §8.3 of the contract without its weak spots.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::Kind;
use super::fetch::{self, KeySetError};
use super::key_set::{Key, Keys};

/// How long after an attempt, good or bad, the issuer is left alone.
const COOL_DOWN: Duration = Duration::from_mins(1);

/// When a set is asked for anew although every key is known, so that a withdrawn key goes.
const STALE: Duration = Duration::from_hours(24);

/// Until when a stale set still counts while the issuer cannot be reached.
const DEAD: Duration = Duration::from_hours(48);

/// The keys of one issuer.
pub(super) struct KeyStore {
    issuer: String,
    kind: Kind,
    http: reqwest::Client,
    /// Never held while something is awaited.
    state: Mutex<State>,
    /// Held by the one who fetches.
    fetching: tokio::sync::Mutex<()>,
}

struct State {
    keys: Keys,
    loaded_at: Option<SystemTime>,
    attempted_at: Option<SystemTime>,
    /// Why the last attempt failed, if it did.
    failure: Option<Arc<KeySetError>>,
}

impl KeyStore {
    pub(super) fn new(issuer: String, kind: Kind, http: reqwest::Client) -> Self {
        let failure = Some(Arc::new(KeySetError::NeverLoaded));
        let state = State { keys: Keys::new(), loaded_at: None, attempted_at: None, failure };
        Self { issuer, kind, http, state: Mutex::new(state), fetching: tokio::sync::Mutex::new(()) }
    }

    /// The key with this `kid`; nothing if the issuer has no such key.
    ///
    /// # Errors
    ///
    /// When nobody can tell, because the issuer could not be asked.
    pub(super) async fn find(
        self: &Arc<Self>,
        kid: &str,
        now: SystemTime,
    ) -> Result<Option<Arc<Key>>, Arc<KeySetError>> {
        if self.state().is_fetch_due(kid, now) {
            self.refresh(kid, now).await;
        }
        self.state().find(kid, now)
    }

    /// Fetches the keys, unless somebody else has done so by the time it is our turn.
    async fn refresh(self: &Arc<Self>, kid: &str, now: SystemTime) {
        let (store, kid) = (Arc::clone(self), kid.to_owned());
        let fetch = async move {
            let _turn = store.fetching.lock().await;
            let is_due = store.state().is_fetch_due(&kid, now);
            if is_due {
                let fetched = fetch::key_set(&store.http, &store.issuer).await;
                let fetched = fetched.map(|set| set.into_keys(store.kind));
                store.state().record(fetched, now);
            }
        };
        #[expect(clippy::disallowed_methods, reason = "ends within ten seconds and changes only memory; see below")]
        let fetch = tokio::spawn(fetch);
        // A task of its own, so that a client that hangs up neither takes the keys from those who wait for them nor undoes the
        // cool-down. It fails only when the process ends.
        if fetch.await.is_err() {
            tracing::warn!(issuer.url = self.issuer, "fetching the keys of an issuer was cut off");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_fetch_due(&self, kid: &str, now: SystemTime) -> bool {
        let is_wanted = !self.keys.contains_key(kid) || !self.is_younger_than(STALE, now);
        is_wanted && self.attempted_at.is_none_or(|at| apart(at, now) >= COOL_DOWN)
    }

    fn find(&self, kid: &str, now: SystemTime) -> Result<Option<Arc<Key>>, Arc<KeySetError>> {
        let key = self.keys.get(kid).filter(|_| self.is_younger_than(DEAD, now));
        match (key, &self.failure) {
            (Some(key), _) => Ok(Some(Arc::clone(key))),
            (None, Some(failure)) => Err(Arc::clone(failure)),
            (None, None) => Ok(None),
        }
    }

    fn is_younger_than(&self, age: Duration, now: SystemTime) -> bool {
        self.loaded_at.is_some_and(|at| apart(at, now) < age)
    }

    fn record(&mut self, fetched: Result<Keys, KeySetError>, now: SystemTime) {
        self.attempted_at = Some(now);
        match fetched {
            Ok(keys) => {
                self.keys = keys;
                self.loaded_at = Some(now);
                self.failure = None;
            }
            Err(failure) => self.failure = Some(Arc::new(failure)),
        }
    }
}

/// How far two instants are apart, whichever is earlier: calls that overlap bring clocks that do, too.
fn apart(one: SystemTime, other: SystemTime) -> Duration {
    other.duration_since(one).unwrap_or_else(|error| error.duration())
}
