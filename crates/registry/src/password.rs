//! Passwords: argon2id, with a key that is not in the database.

use std::fmt;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::secret::random_bytes;
use crate::{Error, Result};

/// The server's own key, mixed into every password hash: a stolen database alone is no use for guessing passwords.
#[derive(Clone)]
pub struct Pepper([u8; 32]);

/// The text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key must be 64 hex digits; let the server make one, or run `openssl rand -hex 32`")]
pub struct PepperError;

impl Pepper {
    /// A new key.
    #[must_use]
    pub fn random() -> Self {
        Self(random_bytes())
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key as 64 hex digits, for a file that only the server can read.
    #[must_use]
    pub fn to_hex(&self) -> String {
        cargohold_protocol::Cksum::from_bytes(self.0).to_string()
    }

    pub(crate) async fn hash(&self, password: String) -> Result<String> {
        let key = self.0;
        let hash = tokio::task::spawn_blocking(move || {
            let argon2 = Argon2::new_with_secret(&key, Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
                .map_err(|error| error.to_string())?;
            let hash = argon2.hash_password_with_salt(password.as_bytes(), &random_bytes::<16>());
            hash.map(|hash| hash.to_string()).map_err(|error| error.to_string())
        });
        hash.await.map_err(Error::internal)?.map_err(Error::internal)
    }
}

impl Pepper {
    /// Whether this is the password that was hashed. Takes as long as hashing, whatever the answer.
    pub(crate) async fn verify(&self, password: String, hash: String) -> Result<bool> {
        let key = self.0;
        let verified = tokio::task::spawn_blocking(move || {
            let argon2 = Argon2::new_with_secret(&key, Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
                .map_err(|error| error.to_string())?;
            Ok::<_, String>(argon2.verify_password(password.as_bytes(), hash.as_str()).is_ok())
        });
        verified.await.map_err(Error::internal)?.map_err(Error::internal)
    }
}

impl std::str::FromStr for Pepper {
    type Err = PepperError;

    fn from_str(text: &str) -> Result<Self, PepperError> {
        let text = text.trim();
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(PepperError);
        }
        let mut key = [0; 32];
        for (index, byte) in key.iter_mut().enumerate() {
            let digits = text.get(2 * index..2 * index + 2).ok_or(PepperError)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| PepperError)?;
        }
        Ok(Self(key))
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper(***)")
    }
}
