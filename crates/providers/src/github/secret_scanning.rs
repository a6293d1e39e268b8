//! The keys GitHub signs its reports about leaked tokens with.

use std::time::{Duration, SystemTime};

use serde::Deserialize;

use super::GitHub;
use super::api::Asker;
use crate::ProviderError;

/// How long the keys are used before they are looked at again.
pub(super) const MAX_AGE: Duration = Duration::from_hours(24);

/// A public key of GitHub's secret scanning.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SecretScanningKey {
    /// What a report names it by.
    pub key_identifier: String,
    /// The key, an ECDSA P-256 public key in PEM.
    #[serde(rename = "key")]
    pub pem: String,
    /// Whether GitHub still signs with it.
    pub is_current: bool,
}

#[derive(Deserialize)]
struct Keys {
    public_keys: Vec<SecretScanningKey>,
}

impl GitHub {
    /// The key a report names. The list is kept for a day; a key that is not in it makes us look again, at most once a
    /// minute.
    ///
    /// # Errors
    ///
    /// When the list is needed and GitHub does not answer, or does not accept this registry.
    pub async fn find_secret_scanning_key(
        &self,
        key_identifier: &str,
        now: SystemTime,
    ) -> Result<Option<SecretScanningKey>, ProviderError> {
        let find = |keys: &[SecretScanningKey]| keys.iter().find(|key| key.key_identifier == key_identifier).cloned();
        let keys = self.scanning_keys.load(now, self.fetch_scanning_keys()).await?;
        if let Some(key) = find(&keys) {
            return Ok(Some(key));
        }
        let newer = self.scanning_keys.find_newer(&keys, now, self.fetch_scanning_keys()).await?;
        Ok(newer.and_then(|keys| find(&keys)))
    }

    async fn fetch_scanning_keys(&self) -> Result<Vec<SecretScanningKey>, ProviderError> {
        let path = ["meta", "public_keys", "secret_scanning"];
        let keys = self.find::<Keys>("its scanning keys", &path, Asker::Registry).await?;
        Ok(keys.ok_or_else(|| self.untrustworthy("its scanning keys"))?.public_keys)
    }
}
