//! Sign-in at GitHub or a forge that speaks its API, and what GitHub is asked afterwards: teams, owners, scanning keys.

mod api;
mod secret_scanning;
mod sign_in;
mod teams;

use std::fmt;

use url::Url;

use crate::ProviderError;
use crate::fetched::Fetched;
use crate::http::Http;
pub use secret_scanning::SecretScanningKey;
pub use teams::Team;

/// What GitHub and we agreed on.
#[derive(Clone)]
pub struct GitHubConfig {
    /// What GitHub calls this registry.
    pub client_id: String,
    /// What this registry proves with that it is the one.
    pub client_secret: String,
    /// Where people are: `https://github.com`. Also the issuer of the accounts, so it must not change.
    pub web_url: String,
    /// Where programs are: `https://api.github.com`.
    pub api_url: String,
    /// Where GitHub sends the browser back to, as registered there.
    pub redirect_url: String,
}

impl fmt::Debug for GitHubConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("GitHubConfig");
        fields.field("client_id", &self.client_id).field("web_url", &self.web_url).field("api_url", &self.api_url);
        fields.finish_non_exhaustive()
    }
}

/// What allows this registry to ask GitHub in somebody's name.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken(String);

impl AccessToken {
    /// A token that was stored.
    #[must_use]
    pub fn new(secret: String) -> Self {
        Self(secret)
    }

    /// The token itself, to be stored encrypted.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(***)")
    }
}

/// GitHub, or a forge that speaks its API.
pub struct GitHub {
    config: GitHubConfig,
    http: Http,
    /// The host people know it by, for errors.
    name: String,
    scanning_keys: Fetched<Vec<SecretScanningKey>>,
}

impl GitHub {
    /// GitHub at the addresses of the settings. `http` should come from [`http_client`](crate::http_client).
    #[must_use]
    pub fn new(config: GitHubConfig, http: reqwest::Client) -> Self {
        let host = Url::parse(&config.web_url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let name = host.unwrap_or_else(|| "github".to_owned());
        let scanning_keys = Fetched::new(&name, secret_scanning::MAX_AGE);
        Self { config, http: Http::new(http), name, scanning_keys }
    }

    fn untrustworthy(&self, what: &str) -> ProviderError {
        ProviderError::untrustworthy(&self.name, format!("its answer about {what} makes no sense"))
    }
}
