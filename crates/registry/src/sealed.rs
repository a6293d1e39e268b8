//! What must be read again, encrypted with a key that is not in the database: shared secrets of second factors, and tokens
//! with which we ask providers.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;

use crate::{Error, Pepper, Result};

/// What a sealed text is for. One kind cannot be passed off as another.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// The shared secret of a second factor.
    SecondFactor,
    /// A token with which we ask a provider for somebody.
    AccessToken,
    /// What a provider said of somebody who has no account yet.
    Person,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::SecondFactor => "second factor",
            Self::AccessToken => "access token",
            Self::Person => "person",
        }
    }
}

impl Pepper {
    /// Encrypts a text (AES-256-GCM). The nonce comes first.
    pub(crate) fn seal(&self, purpose: Purpose, text: &[u8]) -> Result<Vec<u8>> {
        let mut sealed = text.to_vec();
        let aad = Aad::from(purpose.as_str());
        let nonce = self.sealing_key()?.seal_in_place_append_tag(aad, &mut sealed).map_err(Error::internal)?;
        Ok([nonce.as_ref().as_slice(), &sealed].concat())
    }

    /// Decrypts what [`Pepper::seal`] made for the same purpose.
    ///
    /// # Errors
    /// When it was made with another key or for another purpose.
    pub(crate) fn unseal(&self, purpose: Purpose, sealed: &[u8]) -> Result<Vec<u8>> {
        let (nonce, text) =
            sealed.split_at_checked(NONCE_LEN).ok_or_else(|| Error::internal("a sealed text is short"))?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(Error::internal)?;
        let mut text = text.to_vec();
        let opened = self.sealing_key()?.open_in_place(nonce, Aad::from(purpose.as_str()), &mut text);
        let length = opened.map_err(|_| Error::internal("a sealed text was made with another key"))?.len();
        text.truncate(length);
        Ok(text)
    }

    fn sealing_key(&self) -> Result<RandomizedNonceKey> {
        RandomizedNonceKey::new(&AES_256_GCM, &self.derive("sealing")).map_err(Error::internal)
    }

    /// A key of its own for a purpose.
    fn derive(&self, purpose: &str) -> [u8; 32] {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, self.bytes()), purpose.as_bytes());
        let mut key = [0; 32];
        key.copy_from_slice(tag.as_ref());
        key
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    #[test]
    fn a_sealed_text_is_opened_with_the_same_key_for_the_same_purpose_alone() {
        let (pepper, other) = (Pepper::random(), Pepper::random());
        let sealed = pepper.seal(Purpose::SecondFactor, b"a secret").unwrap();
        assert!(!sealed.windows(8).any(|part| part == b"a secret"));
        assert_ne!(sealed, pepper.seal(Purpose::SecondFactor, b"a secret").unwrap());
        assert_eq!(pepper.unseal(Purpose::SecondFactor, &sealed).unwrap(), b"a secret");

        assert!(pepper.unseal(Purpose::AccessToken, &sealed).is_err());
        assert!(other.unseal(Purpose::SecondFactor, &sealed).is_err());
        assert!(pepper.unseal(Purpose::SecondFactor, &sealed[..11]).is_err());
        let mut changed = sealed.clone();
        changed[NONCE_LEN] ^= 1;
        assert!(pepper.unseal(Purpose::SecondFactor, &changed).is_err());
    }
}
