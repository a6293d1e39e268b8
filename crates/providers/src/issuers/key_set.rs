//! The keys an issuer publishes (RFC 7517), each bound to the one algorithm it may be used with.

use std::collections::HashMap;
use std::sync::Arc;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use super::Kind;

/// A public key and what it is for.
pub(super) struct Key {
    pub(super) algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
}

/// Keys by their `kid`.
pub(super) type Keys = HashMap<String, Arc<Key>>;

/// The document behind `jwks_uri`.
#[derive(Deserialize)]
pub(super) struct KeySet {
    keys: Vec<Value>,
}

impl KeySet {
    /// The keys that can verify a JWT. Others (without `kid`, for encryption, shared secrets, of kinds nobody here knows) are
    /// passed over: they do not spoil the rest. Of two keys with one `kid` the first one counts.
    pub(super) fn into_keys(self, kind: Kind) -> Keys {
        let mut keys = Keys::new();
        for key in self.keys {
            if let Some((kid, key)) = read(key, kind) {
                keys.entry(kid).or_insert_with(|| Arc::new(key));
            }
        }
        keys
    }
}

fn read(key: Value, kind: Kind) -> Option<(String, Key)> {
    let jwk: Jwk = serde_json::from_value(key).ok()?;
    let algorithm = algorithm(&jwk)?;
    if !is_for_signatures(&jwk) || !super::could_use(kind, algorithm) {
        return None;
    }
    let decoding = DecodingKey::from_jwk(&jwk).ok()?;
    Some((jwk.common.key_id?, Key { algorithm, decoding }))
}

/// The algorithm that a key states, if it fits the key; the usual one if it states none.
fn algorithm(jwk: &Jwk) -> Option<Algorithm> {
    let fitting: &[Algorithm] = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => &[
            Algorithm::RS256,
            Algorithm::RS384,
            Algorithm::RS512,
            Algorithm::PS256,
            Algorithm::PS384,
            Algorithm::PS512,
        ],
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => &[Algorithm::ES256],
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P384 => &[Algorithm::ES384],
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => &[Algorithm::EdDSA],
        _ => return None,
    };
    match jwk.common.key_algorithm {
        Some(stated) => Algorithm::try_from(stated).ok().filter(|stated| fitting.contains(stated)),
        None => fitting.first().copied(),
    }
}

fn is_for_signatures(jwk: &Jwk) -> bool {
    let usage = jwk.common.public_key_use.as_ref();
    let operations = jwk.common.key_operations.as_ref();
    usage.is_none_or(|usage| *usage == PublicKeyUse::Signature)
        && operations.is_none_or(|operations| operations.contains(&KeyOperations::Verify))
}
