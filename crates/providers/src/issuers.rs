//! Who may vouch for a pipeline, and whether a JWT is really from them.
//!
//! This is §8.2, steps 1 to 3, and §8.3 of the contract. What a pipeline may do with a proof, and that a `jti` counts once,
//! is for the caller to say.

mod fetch;
mod judge;
mod jwt;
mod key_set;
mod key_store;

use std::sync::Arc;
use std::time::SystemTime;

use jsonwebtoken::{Algorithm, AlgorithmFamily};
use serde_json::{Map, Value};

pub use fetch::KeySetError;

use jwt::Jwt;
use key_store::KeyStore;

/// The longest JWT that is looked at, in bytes.
const MAX_JWT_BYTES: usize = 16 * 1024;

/// How much of a foreign issuer a refusal repeats, in characters.
const MAX_SHOWN_ISSUER: usize = 200;

/// What is known about an issuer beyond its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// GitHub Actions, at GitHub or at a company's own GitHub. Signs with RS256.
    GitHub,
    /// GitLab CI, wherever it runs. Signs with RS256.
    GitLab,
    /// Anybody else. Each of their keys is good for exactly one asymmetric algorithm.
    Other,
}

/// Somebody who may vouch for pipelines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// What the operator calls it.
    pub name: String,
    /// Its address, to the letter as its JWTs have it in `iss`. Keys come from there, so it must be https; only an issuer on
    /// this very machine may use http.
    pub url: String,
    /// What else is known about it.
    pub kind: Kind,
}

/// What a JWT proves.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// The name of the issuer.
    pub issuer: String,
    /// The kind of the issuer.
    pub kind: Kind,
    /// Unique to this JWT: at most 512 bytes, never empty, no control characters. Whoever accepts the proof must remember it
    /// until a minute after [`Proof::expires_at`], because that is how long the JWT could be used again.
    pub jti: String,
    /// When the JWT expires, by its own `exp`.
    pub expires_at: SystemTime,
    /// Everything the issuer says.
    pub claims: Map<String, Value>,
}

/// Why a JWT proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum JwtError {
    /// Longer than 16 KiB.
    #[error("the JWT is longer than 16 KiB; send the one that your pipeline was given and nothing else")]
    TooLong,
    /// No JWT at all, or one with an algorithm nobody knows (`none` is not an algorithm), or without an issuer.
    #[error("this is not a signed JWT; send the one that your pipeline was given, unchanged")]
    Undecodable,
    /// From an issuer that is not in the configuration. Holds the beginning of what the JWT says.
    #[error("the issuer `{0}` is not enabled here; ask the operator of this registry to add it")]
    NotEnabled(String),
    /// Without a `kid`.
    #[error("the JWT does not say which key has signed it; its header must have a `kid`")]
    NoKid,
    /// With a `kid` that the issuer does not list.
    #[error("the key that the JWT names is not among the keys of its issuer; request a new JWT and try again")]
    UnknownKey,
    /// Wrongly signed, out of date, or meant for somebody else: one answer for all of §8.2, step 3. The log has the reason.
    #[error(
        "the JWT cannot be used; request a fresh one for the audience `{audience}` and send it within its lifetime"
    )]
    Unusable {
        /// Whom a JWT must be meant for.
        audience: String,
    },
    /// The issuer's keys could not be loaded. The only case that is no fault of the client's.
    #[error("the keys of the issuer `{issuer}` could not be loaded; try again in a minute")]
    KeysUnavailable {
        /// The name of the issuer.
        issuer: String,
        /// What went wrong.
        #[source]
        source: Arc<KeySetError>,
    },
}

/// All who may vouch for pipelines, with their keys.
pub struct Issuers {
    audience: String,
    allowed: Vec<(Issuer, Arc<KeyStore>)>,
}

impl Issuers {
    /// JWTs must be meant for `audience` alone and come from one of the `allowed`. Build `http` without redirects: an answer
    /// that was redirected is refused, but by then the request has been made. Nothing is fetched yet.
    #[must_use]
    pub fn new(audience: String, allowed: Vec<Issuer>, http: &reqwest::Client) -> Self {
        let with_keys = |issuer: Issuer| {
            let keys = KeyStore::new(issuer.url.clone(), issuer.kind, http.clone());
            (issuer, Arc::new(keys))
        };
        Self { audience, allowed: allowed.into_iter().map(with_keys).collect() }
    }

    /// Whom JWTs must be meant for.
    #[must_use]
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// All who may vouch for pipelines.
    pub fn allowed(&self) -> impl Iterator<Item = &Issuer> {
        self.allowed.iter().map(|(issuer, _)| issuer)
    }

    /// Whether any issuer of this kind is believed.
    #[must_use]
    pub fn has(&self, kind: Kind) -> bool {
        self.allowed.iter().any(|(issuer, _)| issuer.kind == kind)
    }

    /// Verifies a JWT as it stands at `now`, and answers what it proves. May ask the issuer for its keys, which takes ten
    /// seconds at most.
    ///
    /// # Errors
    ///
    /// See [`JwtError`]. Nothing is asked of an issuer for a JWT whose algorithm it could not have used.
    pub async fn verify(&self, jwt: &str, now: SystemTime) -> Result<Proof, JwtError> {
        if jwt.len() > MAX_JWT_BYTES {
            return Err(JwtError::TooLong);
        }
        let jwt = Jwt::parse(jwt).ok_or(JwtError::Undecodable)?;
        let (issuer, keys) = self.find(&jwt.issuer)?;
        let kid = jwt.kid.as_deref().ok_or(JwtError::NoKid)?;
        if jwt.has_extensions || !could_use(issuer.kind, jwt.algorithm) {
            return Err(self.unusable(issuer, "algorithm or extension"));
        }
        let found = keys.find(kid, now).await;
        let found = found.map_err(|source| JwtError::KeysUnavailable { issuer: issuer.name.clone(), source })?;
        let key = found.ok_or(JwtError::UnknownKey)?;
        if !jwt.is_signed_with(&key) {
            return Err(self.unusable(issuer, "signature"));
        }
        let validity = judge::judge(&jwt.claims, &self.audience, now).map_err(|what| self.unusable(issuer, what))?;
        Ok(Proof {
            issuer: issuer.name.clone(),
            kind: issuer.kind,
            jti: validity.jti,
            expires_at: validity.expires_at,
            claims: jwt.claims,
        })
    }

    fn find(&self, url: &str) -> Result<(&Issuer, &Arc<KeyStore>), JwtError> {
        let found = self.allowed.iter().find(|(issuer, _)| issuer.url == url);
        let found = found.map(|(issuer, keys)| (issuer, keys));
        found.ok_or_else(|| JwtError::NotEnabled(url.chars().take(MAX_SHOWN_ISSUER).collect()))
    }

    /// Clients are not told what exactly is wrong; operators who look for it are.
    fn unusable(&self, issuer: &Issuer, what: &'static str) -> JwtError {
        tracing::debug!(issuer.name = issuer.name, what, "a JWT cannot be used");
        JwtError::Unusable { audience: self.audience.clone() }
    }
}

/// Whether an issuer of this kind could have used an algorithm with any of its keys.
fn could_use(kind: Kind, algorithm: Algorithm) -> bool {
    match kind {
        Kind::GitHub | Kind::GitLab => algorithm == Algorithm::RS256,
        Kind::Other => algorithm.family() != AlgorithmFamily::Hmac,
    }
}
