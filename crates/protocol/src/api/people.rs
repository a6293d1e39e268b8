//! People, as everybody sees them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::Timestamp;

/// A person (contract §3.3).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct User {
    /// The id.
    pub id: i64,
    /// The login.
    pub login: String,
    /// The display name.
    #[schema(required)]
    pub name: Option<String>,
    /// The address of a picture.
    #[schema(required)]
    pub avatar: Option<String>,
    /// Their profile page: elsewhere if they have linked an account, else here.
    pub url: String,
    /// Whether a linked GitHub account has the same login.
    pub github_username_matches: bool,
    /// When the account was created.
    #[schema(required)]
    pub created_at: Option<Timestamp>,
}

/// One owner of a crate, a person or a team (contract §3.6). Cargo needs `id` to fit in 32 bits.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Owner {
    /// The id.
    pub id: i64,
    /// The login.
    pub login: String,
    /// `user` or `team`.
    pub kind: &'static str,
    /// The user's profile page, or the page of the team's organisation.
    #[schema(required)]
    pub url: Option<String>,
    /// The display name.
    #[schema(required)]
    pub name: Option<String>,
    /// The address of a picture.
    #[schema(required)]
    pub avatar: Option<String>,
    /// Whether a linked GitHub account has the same login; left out for teams.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub github_username_matches: Option<bool>,
}

/// The owners of a crate.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Owners {
    /// People by id, then teams by id.
    pub users: Vec<Owner>,
}

/// The teams that own a crate.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TeamOwners {
    /// Teams by id.
    pub teams: Vec<Owner>,
}

/// The answer to a change of owners.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnersChanged {
    /// What happened, for people. Cargo insists on the key.
    pub msg: String,
    /// Always `true`.
    pub ok: bool,
}
