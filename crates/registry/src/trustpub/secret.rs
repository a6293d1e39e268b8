//! The secret of a pipeline's token (contract part 2, §8.4).

use std::fmt;

use sha2::{Digest, Sha256};

use crate::secret::{ALPHANUMERIC, random_text};
use crate::{Call, Credentials, Error, Result};

/// What every token of a pipeline starts with.
const PREFIX: &str = "cio_tp_";

/// Random characters of such a token: 31 × log2(62) = 184 bits. One more is their checksum.
const RANDOM_CHARS: usize = 31;

/// The token of a pipeline in clear: a prefix, random characters and a checksum. It is shown once, in exchange for a JWT.
#[derive(Clone, PartialEq, Eq)]
pub struct TrustpubSecret(String);

impl TrustpubSecret {
    pub(crate) fn random() -> Self {
        Self(random_text(RANDOM_CHARS))
    }

    /// The token a call presents, unless it presents something else, or nothing.
    ///
    /// # Errors
    /// When it has the prefix of a pipeline's token and is none.
    pub(crate) fn presented(call: &Call) -> Result<Option<Self>> {
        match &call.credentials {
            Credentials::Token(text) if text.starts_with(PREFIX) => {
                Self::from_presented(text).map(Some).ok_or(Error::TokenFormat)
            }
            _ => Ok(None),
        }
    }

    /// A text that is a pipeline's token by its form.
    #[must_use]
    pub fn from_presented(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(PREFIX)?;
        let is_whole = rest.len() == RANDOM_CHARS + 1 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let (random, given) = is_whole.then(|| rest.split_at(RANDOM_CHARS))?;
        (given.chars().eq([checksum(random)])).then(|| Self(random.to_owned()))
    }

    /// The SHA-256 of the random characters alone, under which the token is stored and found.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// The token in clear, for the one time it is shown.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}{}", self.0, checksum(&self.0))
    }
}

/// All bytes, one over the other, as one of the 62 characters.
fn checksum(random: &str) -> char {
    let sum = random.bytes().fold(0, |sum, byte| sum ^ byte);
    char::from(ALPHANUMERIC[usize::from(sum) % ALPHANUMERIC.len()])
}

impl fmt::Debug for TrustpubSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TrustpubSecret(***)")
    }
}

#[cfg(test)]
mod tests;
