//! Limits of single crates, which administrators raise for those that need it.

use cargohold_store::crate_limits;
use cargohold_store::crates::{self, Crate};
use serde_json::json;

use crate::access::load_crate;
use crate::audit::{self, Deed};
use crate::auth::Need;
use crate::{Call, Error, Registry, Result};

/// The limits of a crate; where there is no value, it has everybody's: [`crate::Limits`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CrateLimits {
    /// The longest tarball in bytes.
    pub max_upload_bytes: Option<u32>,
    /// How many features it, and values a feature, may have.
    pub max_features: Option<u32>,
}

impl CrateLimits {
    fn of(krate: &Crate) -> Self {
        let limit = |stored: Option<i64>| stored.and_then(|stored| u32::try_from(stored).ok());
        Self { max_upload_bytes: limit(krate.max_upload_bytes), max_features: limit(krate.max_features) }
    }
}

impl Registry {
    /// The limits that a crate has of its own.
    ///
    /// # Errors
    /// When the caller is no administrator, or there is no such crate.
    pub async fn find_crate_limits(&self, call: &Call, name: &str) -> Result<CrateLimits> {
        self.authorize(call, Need::Administrator).await?;
        Ok(CrateLimits::of(&load_crate(&mut self.store.read().await?, name).await?))
    }

    /// Gives a crate limits of its own, from the next upload on.
    ///
    /// # Errors
    /// When the caller is no administrator, there is no such crate, or a limit is 0.
    pub async fn set_crate_limits(&self, call: &Call, name: &str, limits: &CrateLimits) -> Result<()> {
        let actor = self.authorize(call, Need::Administrator).await?;
        if limits.max_upload_bytes == Some(0) || limits.max_features == Some(0) {
            let text =
                "a limit of 0 lets nobody publish the crate; lock its owners' accounts or delete it if that is wanted";
            return Err(Error::Refused(text.to_owned()));
        }
        let mut tx = self.store.write().await?;
        let krate = load_crate(&mut tx, name).await?;
        crates::lock(&mut tx, krate.id).await?;
        let (upload, features) = (limits.max_upload_bytes.map(i64::from), limits.max_features.map(i64::from));
        crate_limits::set(&mut tx, krate.id, upload, features).await?;
        let deed = Deed::new(call, &actor, "crate.limits", krate.name.as_str());
        let details = json!({ "max_upload_bytes": upload, "max_features": features });
        audit::record(&mut tx, &deed.with(details)).await?;
        Ok(tx.commit().await?)
    }
}
