//! Crate names and their canonical form (web API contract §2.1).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The longest crate name, in characters.
pub const MAX_NAME_CHARS: usize = 64;

/// A valid crate name in the spelling its author chose: 1-64 ASCII letters, digits, `-` and `_`, a letter first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[schema(value_type = String, pattern = "^[A-Za-z][A-Za-z0-9_-]{0,63}$", example = "serde")]
#[serde(into = "String", try_from = "String")]
pub struct CrateName(String);

/// The spelling under which two names count as the same crate: lower case, with `-` as `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CanonicalName(String);

/// Why a text is not a crate name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The name has no characters.
    #[error("the crate name is empty; give the package a name of 1 to {MAX_NAME_CHARS} characters")]
    Empty,
    /// The name is longer than [`MAX_NAME_CHARS`].
    #[error("the crate name `{0}` is longer than {MAX_NAME_CHARS} characters; choose a shorter one")]
    TooLong(String),
    /// The name starts with a digit.
    #[error("the crate name `{0}` starts with a digit; start it with a letter")]
    StartsWithDigit(String),
    /// The name starts with something that is no ASCII letter.
    #[error("the crate name `{0}` starts with `{1}`; start it with an ASCII letter")]
    BadStart(String, char),
    /// The name has a character that crate names do not have.
    #[error("the crate name `{0}` contains `{1}`; use only ASCII letters, digits, `-` and `_`")]
    BadChar(String, char),
}

impl CrateName {
    /// The name as its author spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which names are compared.
    #[must_use]
    pub fn canonical(&self) -> CanonicalName {
        CanonicalName(canonical(&self.0).into_owned())
    }

    /// Where the crate's file lies below the index root, always lower case: `1/a`, `2/bb`, `3/b/bar`, `ca/me/camelcase`
    /// (Cargo book, "Registry Index", "Index files").
    #[must_use]
    pub fn index_path(&self) -> String {
        let name = self.0.to_ascii_lowercase();
        match name.len() {
            1 => format!("1/{name}"),
            2 => format!("2/{name}"),
            3 => format!("3/{}/{name}", &name[..1]),
            _ => format!("{}/{}/{name}", &name[..2], &name[2..4]),
        }
    }
}

/// The form in which names are compared, also of a text that is none. What has that form already is not copied.
#[must_use]
pub fn canonical(text: &str) -> Cow<'_, str> {
    let is_canonical = !text.bytes().any(|byte| byte == b'-' || byte.is_ascii_uppercase());
    if is_canonical { text.into() } else { text.to_ascii_lowercase().replace('-', "_").into() }
}

impl FromStr for CrateName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let Some(first) = text.chars().next() else {
            return Err(NameError::Empty);
        };
        let name = || text.to_owned();
        if text.chars().count() > MAX_NAME_CHARS {
            return Err(NameError::TooLong(name()));
        }
        if first.is_ascii_digit() {
            return Err(NameError::StartsWithDigit(name()));
        }
        if !first.is_ascii_alphabetic() {
            return Err(NameError::BadStart(name(), first));
        }
        let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        match text.chars().find(|c| !allowed(c)) {
            Some(bad) => Err(NameError::BadChar(name(), bad)),
            None => Ok(Self(name())),
        }
    }
}

impl TryFrom<String> for CrateName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<CrateName> for String {
    fn from(name: CrateName) -> Self {
        name.0
    }
}

impl fmt::Display for CrateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl CanonicalName {
    /// The canonical text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CanonicalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
