//! Whose pipelines may publish here at all.

use crate::{Registry, TrustedProvider};

/// Somebody who may vouch for pipelines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedIssuer {
    /// What the operator calls it.
    pub name: String,
    /// Its address.
    pub url: String,
    /// What is known of it.
    pub provider: TrustedProvider,
}

impl Registry {
    /// All who may vouch for pipelines, GitHub and GitLab first.
    #[must_use]
    pub fn list_issuers(&self) -> Vec<ListedIssuer> {
        let issuers = self.issuers.allowed().map(|issuer| ListedIssuer {
            name: issuer.name.clone(),
            url: issuer.url.clone(),
            provider: issuer.kind.into(),
        });
        issuers.collect()
    }

    /// Whom the JWTs of pipelines must be meant for.
    #[must_use]
    pub fn trustpub_audience(&self) -> &str {
        self.issuers.audience()
    }
}
