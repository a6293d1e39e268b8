//! From a pipeline's claims to what a crate's settings are compared with: §8.2, step 4b. Pure, and linear in what was sent.
//!
//! The claims come from a [`Proof`](crate::Proof); whether a setting matches them is for the caller to say, except for
//! [`matches()`], where the settings are patterns.

mod github;
mod gitlab;
mod rules;

use serde_json::{Map, Value};

pub use github::GitHubRun;
pub use gitlab::GitLabJob;
pub use rules::{ClaimRule, matches};

/// Why claims do not describe a pipeline that may publish.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// A claim that is not there, or not a text.
    #[error("the JWT lacks the text claim `{0}`; request it in a pipeline of the provider that is configured here")]
    Missing(&'static str),
    /// A claim that cannot be read.
    #[error("the claim `{claim}` of the JWT is `{value}`, and not {expected}; check how the pipeline is started")]
    Unreadable {
        /// Which one.
        claim: &'static str,
        /// What it says.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// An event with which strangers can start a workflow that holds the repository's rights (S31).
    #[error("workflows started by `{0}` may not publish, for strangers can cause it; publish on `push` or `release`")]
    RefusedEvent(String),
}

fn text(claims: &Map<String, Value>, claim: &'static str) -> Result<String, ClaimError> {
    claims.get(claim).and_then(Value::as_str).map(str::to_owned).ok_or(ClaimError::Missing(claim))
}

/// A claim that may be absent or null, but nothing else than a text.
fn optional_text(claims: &Map<String, Value>, claim: &'static str) -> Result<Option<String>, ClaimError> {
    if claims.get(claim).is_none_or(Value::is_null) { Ok(None) } else { text(claims, claim).map(Some) }
}

fn unreadable(claim: &'static str, value: &str, expected: &'static str) -> ClaimError {
    ClaimError::Unreadable { claim, value: value.to_owned(), expected }
}

/// The name of a YAML file without its ending, if there is something left.
fn yaml_stem(file: &str) -> Option<&str> {
    let stem = file.strip_suffix(".yml").or_else(|| file.strip_suffix(".yaml"));
    stem.filter(|stem| !stem.is_empty())
}
