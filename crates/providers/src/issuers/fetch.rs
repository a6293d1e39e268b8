//! From an issuer's address to its keys: discovery document, then key set (`OpenID` Connect Discovery 1.0, section 4).

use std::net::IpAddr;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::ACCEPT;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::{Host, Url};

use super::key_set::KeySet;

/// How long each of the two requests may take, body included.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The largest document that is read, in bytes.
const MAX_DOCUMENT_BYTES: usize = 256 * 1024;

/// Why the keys of an issuer could not be loaded. For operators: clients learn only that it is so.
#[derive(Debug, thiserror::Error)]
pub enum KeySetError {
    /// Nobody has got to the end of an attempt.
    #[error("the keys have not been fetched so far; try again")]
    NeverLoaded,
    /// Something that is no address, or one that anybody on the way could answer for.
    #[error("keys cannot be fetched from `{0}`; only https will do, or http on this machine")]
    Insecure(String),
    /// No answer, or half of one.
    #[error("`{url}` did not answer properly; check that this machine can reach it")]
    Unreachable {
        /// What was asked for.
        url: Url,
        /// What went wrong.
        #[source]
        source: reqwest::Error,
    },
    /// An answer from elsewhere.
    #[error("`{0}` redirects, which keys must not; configure the address it leads to")]
    Redirected(Url),
    /// Not a 200.
    #[error("`{url}` answered with status {status} instead of 200; check the address of the issuer")]
    Status {
        /// What was asked for.
        url: Url,
        /// What it answered.
        status: StatusCode,
    },
    /// More than 256 KiB.
    #[error("`{0}` sent more than 256 KiB, which is too much for a list of keys; check the address of the issuer")]
    TooLarge(Url),
    /// Not the JSON that belongs there.
    #[error("`{url}` did not send what the discovery of keys needs; check the address of the issuer")]
    Malformed {
        /// What was asked for.
        url: Url,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A discovery document of somebody else.
    #[error("the discovery document is about the issuer `{0}`; configure that address, to the letter")]
    OtherIssuer(String),
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

/// Fetches an issuer's keys.
pub(super) async fn key_set(http: &reqwest::Client, issuer: &str) -> Result<KeySet, KeySetError> {
    let is_local = Url::parse(issuer).is_ok_and(|url| url.scheme() == "http" && is_loopback(&url));
    let discovery = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let discovery: Discovery = get(http, address(&discovery, is_local)?).await?;
    if discovery.issuer != issuer {
        return Err(KeySetError::OtherIssuer(discovery.issuer));
    }
    get(http, address(&discovery.jwks_uri, is_local)?).await
}

fn address(text: &str, may_be_plain: bool) -> Result<Url, KeySetError> {
    let url = Url::parse(text).ok().filter(|url| url.scheme() == "https" || (url.scheme() == "http" && may_be_plain));
    let mut url = url.ok_or_else(|| KeySetError::Insecure(text.to_owned()))?;
    url.set_fragment(None);
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

async fn get<T: DeserializeOwned>(http: &reqwest::Client, url: Url) -> Result<T, KeySetError> {
    let unreachable =
        |source: reqwest::Error| KeySetError::Unreachable { url: url.clone(), source: source.without_url() };
    let request = http.get(url.clone()).header(ACCEPT, "application/json").timeout(TIMEOUT);
    let mut answer = request.send().await.map_err(unreachable)?;
    if *answer.url() != url || answer.status().is_redirection() {
        return Err(KeySetError::Redirected(url));
    }
    if answer.status() != StatusCode::OK {
        return Err(KeySetError::Status { status: answer.status(), url });
    }
    let mut document = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(unreachable)? {
        if document.len() + piece.len() > MAX_DOCUMENT_BYTES {
            return Err(KeySetError::TooLarge(url));
        }
        document.extend_from_slice(&piece);
    }
    serde_json::from_slice(&document).map_err(|source| KeySetError::Malformed { url, source })
}
