//! Kinds and names of dependencies.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::MAX_NAME_CHARS;

/// The identifier by which every index names crates.io, whichever protocol or mirror a client uses for it.
pub const CRATES_IO_INDEX: &str = "https://github.com/rust-lang/crates.io-index";

/// When a dependency is needed. The order (normal, build, dev) is the order of index entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DependencyKind {
    /// Needed to build and run the crate.
    #[default]
    Normal,
    /// Needed by the build script.
    Build,
    /// Needed by tests, examples and benchmarks.
    Dev,
}

impl DependencyKind {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Build => "build",
            Self::Dev => "dev",
        }
    }
}

impl fmt::Display for DependencyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The name a manifest gives a dependency: like a crate name, but it may start with `_` (contract §7.6).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DependencyName(String);

impl DependencyName {
    /// The name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DependencyName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if starts_well && text.len() <= MAX_NAME_CHARS && text.chars().all(allowed) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "`{text}` is not a dependency name; use 1 to {MAX_NAME_CHARS} ASCII letters, digits, `-` and `_`, \
             a letter or `_` first"
        ))
    }
}
