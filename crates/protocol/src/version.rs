//! Versions of crates: Semantic Versioning 2.0 with the registry's rules about build metadata (contract §2.2).

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The longest version number a new version may have, in characters.
pub const MAX_VERSION_CHARS: usize = 150;

/// A full semantic version, build metadata included.
///
/// Equality is textual: `1.0.0` and `1.0.0+a` differ. Ordering is semver precedence; versions that differ in build
/// metadata alone are ordered by it, so that the order is total and agrees with equality.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[schema(
    as = VersionNumber,
    value_type = String,
    example = "1.2.3",
    max_length = 150,
    pattern = r"^(0|[1-9][0-9]{0,18})\.(0|[1-9][0-9]{0,18})\.(0|[1-9][0-9]{0,18})(-(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(\.(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$"
)]
#[serde(into = "String", try_from = "String")]
pub struct Version(semver::Version);

/// Why a text is not a version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// Not of the form `MAJOR.MINOR.PATCH[-PRE][+BUILD]`.
    #[error("`{text}` is not a semantic version ({problem}); write it like `1.2.3`")]
    NotSemver {
        /// The text that was given.
        text: String,
        /// What the semver parser says.
        problem: String,
    },
    /// Longer than [`MAX_VERSION_CHARS`].
    #[error("the version `{0}` is longer than {MAX_VERSION_CHARS} characters; shorten it")]
    TooLong(String),
}

impl Version {
    /// The number without its `+build` part: versions of one crate must differ in this.
    #[must_use]
    pub fn without_build(&self) -> String {
        let mut plain = self.0.clone();
        plain.build = semver::BuildMetadata::EMPTY;
        plain.to_string()
    }

    /// Whether the version has a pre-release part such as `-beta.1`.
    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        !self.0.pre.is_empty()
    }

    /// The track of compatible releases it belongs to: `1` for 1.2.3, `0.4` for 0.4.5.
    #[must_use]
    pub fn release_track(&self) -> String {
        match self.0.major {
            0 => format!("0.{}", self.0.minor),
            major => major.to_string(),
        }
    }

    /// Whether cargo may take it where this is required.
    #[must_use]
    pub fn satisfies(&self, requirement: &semver::VersionReq) -> bool {
        requirement.matches(&self.0)
    }

    /// Semver precedence alone, which ignores build metadata.
    #[must_use]
    pub fn cmp_precedence(&self, other: &Self) -> Ordering {
        self.0.cmp_precedence(&other.0)
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let version = semver::Version::parse(text)
            .map_err(|problem| VersionError::NotSemver { text: text.to_owned(), problem: problem.to_string() })?;
        if version.to_string().chars().count() > MAX_VERSION_CHARS {
            return Err(VersionError::TooLong(text.to_owned()));
        }
        Ok(Self(version))
    }
}

impl TryFrom<String> for Version {
    type Error = VersionError;

    fn try_from(text: String) -> Result<Self, VersionError> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
