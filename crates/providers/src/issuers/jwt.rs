//! A JWT in its three parts. Nothing in it is true before [`Jwt::is_signed_with`] says so.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::key_set::Key;

/// A JWT that nobody has vouched for yet.
pub(super) struct Jwt<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) kid: Option<String>,
    /// Whether its header demands (with `crit`) that we understand something we do not.
    pub(super) has_extensions: bool,
    pub(super) issuer: String,
    pub(super) claims: Map<String, Value>,
    signed: &'a str,
    signature: &'a str,
}

#[derive(Deserialize)]
struct Header {
    alg: Algorithm,
    kid: Option<String>,
    crit: Option<Value>,
}

impl<'a> Jwt<'a> {
    /// Takes a JWT apart: exactly three parts, a header with an algorithm that exists, claims with an issuer.
    pub(super) fn parse(jwt: &'a str) -> Option<Self> {
        let (signed, signature) = jwt.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header: Header = decode(header)?;
        let claims: Map<String, Value> = decode(claims)?;
        let issuer = claims.get("iss")?.as_str()?.to_owned();
        let Header { alg: algorithm, kid, crit } = header;
        Some(Self { algorithm, kid, has_extensions: crit.is_some(), issuer, claims, signed, signature })
    }

    /// Whether this very key has signed it, with the only algorithm that the key is for.
    pub(super) fn is_signed_with(&self, key: &Key) -> bool {
        self.algorithm == key.algorithm
            && jsonwebtoken::crypto::verify(self.signature, self.signed.as_bytes(), &key.decoding, key.algorithm)
                .unwrap_or(false)
    }
}

/// Text with a fourth part ends up here with a dot in it, which is no base64.
fn decode<T: for<'de> Deserialize<'de>>(part: &str) -> Option<T> {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
