//! Cargo's asymmetric tokens (RFC 3231 of the Rust project): PASETO v3.public, signed for one request with a key that never
//! leaves its owner.
//!
//! Whether a token is fresh, for this registry, and about what the request does, is for the caller to say.

mod public_key;

use std::time::SystemTime;

use chrono::DateTime;
use pasetors::token::UntrustedToken;
use pasetors::version3::{PublicToken, V3};
use pasetors::{Public, errors::Error as Reason};
use serde::Deserialize;

pub use public_key::{KeyError, PublicKey};

/// The longest token that is looked at, in bytes. Cargo's have about six hundred.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// What a token says about itself, for finding its key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Footer {
    /// The registry the token is for: the URL of its index, as cargo's configuration has it (`sparse+https://…`).
    pub url: String,
    /// The id of the key (`k3.pid.…`).
    pub kip: String,
}

/// What a token permits to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mutation {
    /// Publishing one version, whose checksum is in the token.
    Publish,
    /// Yanking one version.
    Yank,
    /// Unyanking one version.
    Unyank,
    /// Changing the owners of one crate.
    Owners,
}

/// What the owner of a key has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asymmetric {
    /// When the token was made.
    pub iat: SystemTime,
    /// What the owner calls the key.
    pub sub: Option<String>,
    /// What may be changed; without it the token is only for reading.
    pub mutation: Option<Mutation>,
    /// The crate that may be changed.
    pub name: Option<String>,
    /// The version that may be changed.
    pub vers: Option<String>,
    /// The checksum of the tarball that may be published.
    pub cksum: Option<String>,
    /// The registry's challenge that the token answers. Cargo does not answer any so far.
    pub challenge: Option<String>,
}

/// Why an asymmetric token proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum PasetoError {
    /// No `v3.public` token, or longer than 8 KiB, or without the footer that cargo writes.
    #[error(
        "this is not an asymmetric token of cargo's; send one that begins with `v3.public.` and names its registry and key"
    )]
    Format,
    /// Signed with another key than the one it is checked with, or changed since.
    #[error("the signature of the token is not made with the key that it names; check which public key is registered")]
    Signature,
    /// Rightly signed, but not in the words of RFC 3231.
    #[error("the token does not say what asymmetric tokens must say; use a cargo that follows RFC 3231")]
    Claims(#[source] serde_json::Error),
    /// Made when nobody knows.
    #[error("the time at which the token was made is `{0}`, which is no date; write it as in `2030-01-31T12:00:00Z`")]
    Time(String),
    /// Of a format that does not exist yet.
    #[error("the token has version {0}, and only version 1 is understood; use an older cargo or update this registry")]
    Version(u64),
}

#[derive(Deserialize)]
struct Payload {
    iat: String,
    sub: Option<String>,
    mutation: Option<Mutation>,
    name: Option<String>,
    vers: Option<String>,
    cksum: Option<String>,
    challenge: Option<String>,
    v: Option<u64>,
}

/// Reads where a token is for and with which key it claims to be signed. **Nothing of it is proved** before [`verify`].
///
/// # Errors
///
/// When this is no such token.
pub fn footer(token: &str) -> Result<Footer, PasetoError> {
    parse_footer(&parse(token)?)
}

/// Verifies a token with the key that its footer names, and answers what the owner of the key has signed. The footer is part of
/// that.
///
/// # Errors
///
/// When this is no such token, or the signature is not made with this key, or what is signed cannot be understood.
pub fn verify(token: &str, key: &PublicKey) -> Result<Asymmetric, PasetoError> {
    let token = parse(token)?;
    if parse_footer(&token)?.kip != key.id() {
        return Err(PasetoError::Signature);
    }
    let verified = PublicToken::verify(key.point(), &token, None, None).map_err(|reason| match reason {
        Reason::PayloadInvalidUtf8 => PasetoError::Format,
        _ => PasetoError::Signature,
    })?;
    let payload: Payload = serde_json::from_str(verified.payload()).map_err(PasetoError::Claims)?;
    if let Some(version) = payload.v.filter(|version| *version != 1) {
        return Err(PasetoError::Version(version));
    }
    let iat = DateTime::parse_from_rfc3339(&payload.iat).map_err(|_| PasetoError::Time(payload.iat))?;
    Ok(Asymmetric {
        iat: iat.into(),
        sub: payload.sub,
        mutation: payload.mutation,
        name: payload.name,
        vers: payload.vers,
        cksum: payload.cksum,
        challenge: payload.challenge,
    })
}

type Token = UntrustedToken<Public, V3>;

fn parse(token: &str) -> Result<Token, PasetoError> {
    let is_short = token.len() <= MAX_TOKEN_BYTES;
    is_short.then(|| Token::try_from(token).ok()).flatten().ok_or(PasetoError::Format)
}

fn parse_footer(token: &Token) -> Result<Footer, PasetoError> {
    serde_json::from_slice(token.untrusted_footer()).map_err(|_| PasetoError::Format)
}
