//! Who somebody is elsewhere: at an `OpenID` Connect provider, at GitHub, in an LDAP directory. And what a pipeline's or a
//! key's token proves.

mod fetched;
mod flow;
mod github;
mod http;
mod issuers;
mod oidc;
pub mod paseto;
pub mod pipeline;
mod provider_error;

use std::fmt;

pub use crate::flow::Flow;
pub use crate::github::{AccessToken, GitHub, GitHubConfig, SecretScanningKey, Team};
pub use crate::http::http_client;
pub use crate::issuers::{Issuer, Issuers, JwtError, KeySetError, Kind, Proof};
pub use crate::oidc::{Oidc, OidcConfig};
pub use crate::provider_error::ProviderError;

/// Somebody as a provider knows them.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Who vouches for them: the issuer of an `OpenID` Connect provider, or an address that names the provider.
    pub issuer: String,
    /// Who they are there, for ever. Together with the issuer it is the key of an account; nothing else is.
    pub subject: String,
    /// The login they have there, as a suggestion.
    pub login: Option<String>,
    /// The name to display.
    pub name: Option<String>,
    /// The email address.
    pub email: Option<String>,
    /// Whether the provider has made sure that the address is theirs.
    pub is_email_verified: bool,
    /// The address of a picture.
    pub avatar: Option<String>,
    /// The groups they are in there, as the provider spells them.
    pub groups: Vec<String>,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("issuer", &self.issuer).field("subject", &self.subject).finish_non_exhaustive()
    }
}
