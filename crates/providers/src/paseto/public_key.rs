//! The public half of a key, as its owner registers it: PASERK `k3.public`, named by `k3.pid`.

use std::fmt;
use std::str::FromStr;

use pasetors::keys::AsymmetricPublicKey;
use pasetors::paserk::{FormatAsPaserk, Id};
use pasetors::version3::{UncompressedPublicKey, V3};

/// A public key on the curve P-384. Its text is what `cargo login` prints: `k3.public.…`.
#[derive(Clone, Debug, PartialEq)]
pub struct PublicKey(AsymmetricPublicKey<V3>);

/// A text that is no public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The other half, which nobody but its owner should have.
    #[error(
        "this is a secret key, which now is secret no longer; make a new one and register its public key, `k3.public.…`"
    )]
    Secret,
    /// Anything else.
    #[error(
        "this is not a public key for cargo; paste what `cargo login` printed, a text that begins with `k3.public.`"
    )]
    Unreadable,
}

impl PublicKey {
    /// The name of the key: `k3.pid.` and a hash. Two keys never share one.
    #[must_use]
    pub fn id(&self) -> String {
        written(&Id::from(&self.0))
    }

    pub(super) fn point(&self) -> &AsymmetricPublicKey<V3> {
        &self.0
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        if text.starts_with("k3.secret.") {
            return Err(KeyError::Secret);
        }
        let key = AsymmetricPublicKey::<V3>::try_from(text).map_err(|_| KeyError::Unreadable)?;
        // So far these are 49 bytes. Only this looks whether they are a point on the curve.
        UncompressedPublicKey::try_from(&key).map_err(|_| KeyError::Unreadable)?;
        Ok(Self(key))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(&self.0))
    }
}

fn written(key: &impl FormatAsPaserk) -> String {
    let mut text = String::new();
    FormatAsPaserk::fmt(key, &mut text).expect("writing to a text cannot fail");
    text
}
