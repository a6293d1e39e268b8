//! What people see of themselves, and what everybody sees of them beyond their name (contract part 2, §4).

use serde::Serialize;
use utoipa::ToSchema;

use crate::Timestamp;
use crate::api::{User, VersionObject};

/// Whoever is signed in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Me {
    /// Who it is.
    pub user: OwnUser,
    /// What they own as a person, by name; crates of their teams are left out.
    pub owned_crates: Vec<OwnedCrate>,
}

/// A person, as only they see themselves.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "the shape is the contract's")]
pub struct OwnUser {
    /// The id.
    pub id: i64,
    /// The login.
    pub login: String,
    /// Whether the email address is known to be theirs.
    pub email_verified: bool,
    /// Whether the address is confirmed, or a mail was sent to confirm it.
    pub email_verification_sent: bool,
    /// The display name.
    #[schema(required)]
    pub name: Option<String>,
    /// The email address.
    #[schema(required)]
    pub email: Option<String>,
    /// The address of a picture.
    #[schema(required)]
    pub avatar: Option<String>,
    /// Their profile page.
    #[schema(required)]
    pub url: Option<String>,
    /// Whether they administrate the registry.
    pub is_admin: bool,
    /// Whether they get a mail for every publish of their crates.
    pub publish_notifications: bool,
    /// When the account was created.
    #[schema(required)]
    pub created_at: Option<Timestamp>,
}

/// A crate among those that somebody owns.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnedCrate {
    /// The id.
    pub id: i64,
    /// The stored name.
    pub name: String,
    /// What they once chose for mails about it; nothing depends on it any more.
    pub email_notifications: bool,
}

/// A page of what is new of the crates somebody follows.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Updates {
    /// The latest first, yanked ones included.
    pub versions: Vec<VersionObject>,
    /// Where this page stands.
    pub meta: UpdatesMeta,
}

/// Where a page of updates stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct UpdatesMeta {
    /// Whether the page is full, so that there may be another.
    pub more: bool,
}

/// A person who was asked for by their login.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UserFound {
    /// The person.
    pub user: User,
}

/// What a person's crates come to.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct UserStats {
    /// All downloads of the crates they own as a person.
    pub total_downloads: i64,
}

/// A person's address and crates, as administrators see them (contract part 2, §12).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UserReview {
    /// The email address.
    #[schema(required)]
    pub user_email: Option<String>,
    /// Whether the address is known to be theirs.
    pub user_email_verified: bool,
    /// What they own as a person, by name, fully yanked crates included.
    pub crates: Vec<ReviewedCrate>,
}

/// A crate, as administrators see it when they look at its owner.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReviewedCrate {
    /// The stored name.
    pub name: String,
    /// What it is for.
    #[schema(required)]
    pub description: Option<String>,
    /// The last publish or change of settings.
    pub updated_at: Timestamp,
    /// All downloads.
    pub downloads: i64,
    /// How many crates depend on it.
    pub num_rev_deps: i64,
    /// How many versions there are.
    pub num_versions: i64,
    /// Whether all versions are yanked.
    pub yanked: bool,
    /// The version shown by default.
    #[schema(required)]
    pub default_version_num: Option<String>,
    /// The length of that version's tarball in bytes.
    #[schema(required)]
    pub crate_size: Option<i64>,
    /// The names of that version's binaries.
    #[schema(required)]
    pub bin_names: Option<Vec<String>>,
}
