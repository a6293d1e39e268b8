//! What tokens may be limited to (contract part 2, §2.6; RFC 2947).

use cargohold_protocol::CrateName;

use crate::{Error, Result};

/// What a token may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Publishing the first version of a crate.
    PublishNew,
    /// Publishing further versions.
    PublishUpdate,
    /// Yanking and unyanking.
    Yank,
    /// Adding and removing owners.
    ChangeOwners,
    /// Configuring trusted publishing.
    TrustedPublishing,
    /// Nothing but reading, where a registry lets nobody read without a token. Every token may do that; one with this scope
    /// alone may do nothing else. The reference has no such scope.
    Read,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 6] =
        [Self::PublishNew, Self::PublishUpdate, Self::Yank, Self::ChangeOwners, Self::TrustedPublishing, Self::Read];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PublishNew => "publish-new",
            Self::PublishUpdate => "publish-update",
            Self::Yank => "yank",
            Self::ChangeOwners => "change-owners",
            Self::TrustedPublishing => "trusted-publishing",
            Self::Read => "read",
        }
    }
}

impl std::str::FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|scope| scope.as_str() == text);
        known.ok_or_else(|| {
            let all = Self::ALL.map(Self::as_str).join("`, `");
            format!("there is no scope `{text}`; use `{all}`")
        })
    }
}

/// Whether the patterns of a token cover a name; no pattern covers all.
pub(crate) fn covers(patterns: &[String], name: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, name))
}

/// Whether a crate pattern of a token covers a name: literally, or up to its trailing `*`.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => pattern == name,
    }
}

/// Which crates a pattern of a token covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CratePattern {
    /// All of them: `*`.
    All,
    /// Those whose names begin so: `prefix*`.
    Prefix(CrateName),
    /// The one of this name.
    Name(CrateName),
}

impl std::str::FromStr for CratePattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::All);
        }
        let parsed = match text.strip_suffix('*') {
            Some(prefix) => prefix.parse().map(Self::Prefix),
            None => text.parse().map(Self::Name),
        };
        parsed.map_err(|_| format!("`{text}` is no crate pattern; use a crate name, `prefix*` or `*`"))
    }
}

/// Checks a crate pattern: `*`, a crate name, or a crate name followed by `*`.
pub(crate) fn check_pattern(pattern: &str) -> Result<()> {
    pattern.parse::<CratePattern>().map(|_| ()).map_err(Error::Refused)
}
