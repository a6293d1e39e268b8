//! API tokens as their owners see them (contract part 2, §5), and reports of tokens that leaked (§13).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Timestamp;

/// A token without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ApiToken {
    /// The id, by which it is revoked.
    pub id: i64,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    #[schema(required)]
    pub last_used_at: Option<Timestamp>,
    /// Patterns of the crates it covers; null or empty for all.
    #[schema(required)]
    pub crate_scopes: Option<Vec<String>>,
    /// What it may be used for; null for everything, empty for nothing.
    #[schema(required)]
    pub endpoint_scopes: Option<Vec<String>>,
    /// When it stops working; null for never.
    #[schema(required)]
    pub expired_at: Option<Timestamp>,
}

/// The tokens of whoever is signed in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ApiTokens {
    /// The newest first.
    pub api_tokens: Vec<ApiToken>,
}

/// One token of whoever asks.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ApiTokenFound {
    /// The token.
    pub api_token: ApiToken,
}

/// A token that was just made. The only answer that holds a secret of a token, which is why it cannot be printed.
#[derive(Clone, Serialize, ToSchema)]
pub struct ApiTokenCreated {
    /// The token.
    pub api_token: ApiTokenWithSecret,
}

/// A token with its secret.
#[derive(Clone, Serialize, ToSchema)]
pub struct ApiTokenWithSecret {
    /// What is shown of the token ever after.
    #[serde(flatten)]
    pub shown: ApiToken,
    /// The secret, shown only now.
    pub token: String,
}

/// The answer where there is nothing to say: an empty object.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Nothing {}

/// How many tokens do not work any more.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct TokensRevoked {
    /// How many were revoked just now.
    pub revoked: u64,
}

/// A text that somebody found in public and takes for a token of this registry.
#[derive(Clone, Deserialize, ToSchema)]
pub struct LeakReport {
    /// The text.
    pub token: String,
    /// What the finder takes it for.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it was found; may be empty.
    pub url: String,
    /// In what kind of place it was found.
    pub source: String,
}

/// What became of each reported text, in the order of the report.
#[derive(Clone, Serialize, ToSchema)]
pub struct LeakVerdicts(pub Vec<LeakVerdict>);

/// What became of a reported text.
#[derive(Clone, Serialize, ToSchema)]
pub struct LeakVerdict {
    /// The text, as it was reported.
    pub token_raw: String,
    /// What the finder took it for.
    pub token_type: String,
    /// Whether it is, or was, a token of this registry.
    pub label: LeakLabel,
}

/// Whether a reported text is a token of this registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeakLabel {
    /// It is, or was; it does not work any more.
    TruePositive,
    /// It is not.
    FalsePositive,
}
