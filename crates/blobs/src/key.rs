//! Keys of blobs.

use std::fmt;
use std::str::FromStr;

/// The key of a blob: parts of lower-case letters, digits, `-`, `_` and `.`, joined by `/`. No part starts with a dot,
/// so no key can leave its folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

/// A text is not a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the key of a blob")]
pub struct KeyError(String);

impl Key {
    /// The key as text, for an address or a row.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
        let is_part = |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(allowed);
        if text.split('/').all(is_part) { Ok(Self(text.to_owned())) } else { Err(KeyError(text.to_owned())) }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
