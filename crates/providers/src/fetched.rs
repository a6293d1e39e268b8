//! What a provider publishes about itself, kept for a while and fetched anew when it no longer fits.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use tokio::sync::{Mutex, MutexGuard};

use crate::ProviderError;

/// How long to wait after an attempt, good or bad, before the next: strangers can make us want a new value with every
/// request, but not make us ask for it.
const COOL_DOWN: Duration = Duration::from_mins(1);

/// A value that is fetched when it is first needed, when it is old, and when it turns out not to fit. Only one fetch is
/// under way at a time; whoever is content with the kept value never waits for it.
pub(crate) struct Fetched<T> {
    provider: String,
    max_age: Duration,
    kept: RwLock<Option<Kept<T>>>,
    last_attempt: Mutex<Option<SystemTime>>,
}

struct Kept<T> {
    value: Arc<T>,
    since: SystemTime,
}

impl<T> Fetched<T> {
    pub(crate) fn new(provider: &str, max_age: Duration) -> Self {
        Self { provider: provider.to_owned(), max_age, kept: RwLock::new(None), last_attempt: Mutex::new(None) }
    }

    /// The kept value, fetched anew when it is missing or old. An old one is better than none, and better than waiting
    /// for somebody else's fetch.
    pub(crate) async fn load(
        &self,
        now: SystemTime,
        fetch: impl Future<Output = Result<T, ProviderError>>,
    ) -> Result<Arc<T>, ProviderError> {
        let Some((value, since)) = self.kept() else {
            let fetched = self.refresh(self.last_attempt.lock().await, None, now, fetch).await?;
            return fetched.ok_or_else(|| ProviderError::unreachable(&self.provider, "it did not answer a moment ago"));
        };
        if is_within(self.max_age, since, now) {
            return Ok(value);
        }
        let Ok(last_attempt) = self.last_attempt.try_lock() else { return Ok(value) };
        match self.refresh(last_attempt, Some(&value), now, fetch).await {
            Ok(fetched) => Ok(fetched.unwrap_or(value)),
            Err(error) => {
                tracing::warn!(provider = self.provider, cause = ?error, "kept what a provider said about itself earlier");
                Ok(value)
            }
        }
    }

    /// Another value than `unfit`, unless one was asked for a moment ago.
    pub(crate) async fn find_newer(
        &self,
        unfit: &Arc<T>,
        now: SystemTime,
        fetch: impl Future<Output = Result<T, ProviderError>>,
    ) -> Result<Option<Arc<T>>, ProviderError> {
        self.refresh(self.last_attempt.lock().await, Some(unfit), now, fetch).await
    }

    async fn refresh(
        &self,
        mut last_attempt: MutexGuard<'_, Option<SystemTime>>,
        seen: Option<&Arc<T>>,
        now: SystemTime,
        fetch: impl Future<Output = Result<T, ProviderError>>,
    ) -> Result<Option<Arc<T>>, ProviderError> {
        // Somebody else may have fetched it while we waited for our turn.
        if let Some((value, _)) = self.kept().filter(|(value, _)| seen.is_none_or(|seen| !Arc::ptr_eq(seen, value))) {
            return Ok(Some(value));
        }
        if last_attempt.is_some_and(|at| is_within(COOL_DOWN, at, now)) {
            return Ok(None);
        }
        *last_attempt = Some(now);
        let value = Arc::new(fetch.await?);
        let kept = Kept { value: Arc::clone(&value), since: now };
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Some(kept);
        Ok(Some(value))
    }

    fn kept(&self) -> Option<(Arc<T>, SystemTime)> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().map(|kept| (Arc::clone(&kept.value), kept.since))
    }
}

/// Requests reach us out of order, so `now` may also be a little before `since`.
fn is_within(span: Duration, since: SystemTime, now: SystemTime) -> bool {
    now.duration_since(since).unwrap_or_else(|error| error.duration()) < span
}

#[cfg(test)]
mod tests;
