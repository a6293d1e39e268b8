//! The JSON objects of the web API (contract §3). Key order is the order of the fields; an `Option` shows as `null`
//! unless its key is documented as optional.

mod lists;
mod me;
mod people;
mod teams;
mod tokens;
mod trustpub;
mod versions;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::lists::{
    Categories, Category, CategoryFound, CategorySlug, CategorySlugs, Keyword, KeywordFound, Keywords, SingleCategory,
    SiteMetadata, Suggestion, Suggestions, Summary, Total,
};
pub use self::me::{Me, OwnUser, OwnedCrate, ReviewedCrate, Updates, UpdatesMeta, UserFound, UserReview, UserStats};
pub use self::people::{Owner, Owners, OwnersChanged, TeamOwners, User};
pub use self::teams::{
    LegacyOwnerInvitation, LegacyOwnerInvitations, OwnerInvitation, OwnerInvitationAnswer, OwnerInvitationAnswered,
    OwnerInvitations, OwnerInvitationsMeta, Team, TeamFound, TeamMember, TeamMembers,
};
pub use self::tokens::{
    ApiToken, ApiTokenCreated, ApiTokenFound, ApiTokenWithSecret, ApiTokens, LeakLabel, LeakReport, LeakVerdict,
    LeakVerdicts, Nothing, TokensRevoked,
};
pub use self::trustpub::{ClaimRule, ConfigListMeta, GitHubConfig, GitLabConfig, OidcConfig};
pub use self::versions::{
    AuditAction, Authors, AuthorsMeta, CrateDownloads, Dependencies, Dependency, ExtraDownloads, ExtraDownloadsMeta,
    LanguageLines, LineCounts, ReleaseTrack, ReverseDependencies, SingleVersion, TrustpubData, VersionDownload,
    VersionDownloads, VersionLinks, VersionList, VersionListMeta, VersionObject,
};
use crate::{CrateName, Timestamp};

/// The error envelope: always exactly one object with exactly one key (contract §1.3).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Errors {
    /// The one error.
    #[schema(min_items = 1, max_items = 1)]
    pub errors: [ErrorDetail; 1],
}

/// What went wrong, in a sentence that cargo prints as it is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ErrorDetail {
    /// The sentence.
    pub detail: String,
}

impl Errors {
    /// The envelope around one sentence.
    #[must_use]
    pub fn one(detail: String) -> Self {
        Self { errors: [ErrorDetail { detail }] }
    }
}

/// `{"ok":true}`, the answer to yank and unyank. Cargo crashes on anything but `true`.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Done {
    ok: bool,
}

impl Done {
    /// Done.
    pub const OK: Self = Self { ok: true };
}

/// A crate (contract §3.1). `id` is the name; every key is always present.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Crate {
    /// The stored name.
    pub id: CrateName,
    /// The stored name.
    pub name: CrateName,
    /// The time of the last publish or change of settings.
    pub updated_at: Timestamp,
    /// Ids of the versions listed beside the crate, or null if none are.
    #[schema(required)]
    pub versions: Option<Vec<i64>>,
    /// Keywords, or null where not asked for.
    #[schema(required)]
    pub keywords: Option<Vec<String>>,
    /// Category slugs, or null where not asked for.
    #[schema(required)]
    pub categories: Option<Vec<String>>,
    /// Always empty.
    #[schema(value_type = Vec<String>, max_items = 0)]
    pub badges: [(); 0],
    /// The time of the first publish.
    pub created_at: Timestamp,
    /// All downloads.
    pub downloads: i64,
    /// Downloads of the last 90 days.
    #[schema(required)]
    pub recent_downloads: Option<i64>,
    /// The version shown by default.
    #[schema(required)]
    pub default_version: Option<String>,
    /// How many versions there are, yanked ones included.
    pub num_versions: i64,
    /// Whether the default version is yanked.
    pub yanked: bool,
    /// The highest version that is not yanked, or `0.0.0`.
    pub max_version: String,
    /// The latest version that is not yanked, or `0.0.0`.
    pub newest_version: String,
    /// The highest version that is neither yanked nor a pre-release.
    #[schema(required)]
    pub max_stable_version: Option<String>,
    /// From the latest publish.
    #[schema(required)]
    pub description: Option<String>,
    /// From the latest publish.
    #[schema(required)]
    pub homepage: Option<String>,
    /// From the latest publish.
    #[schema(required)]
    pub documentation: Option<String>,
    /// From the latest publish.
    #[schema(required)]
    pub repository: Option<String>,
    /// Paths of related resources.
    pub links: CrateLinks,
    /// Whether the crate has exactly the name that was searched.
    pub exact_match: bool,
    /// Whether only trusted publishing may publish it.
    pub trustpub_only: bool,
}

/// Paths of a crate's related resources, without host.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CrateLinks {
    /// Daily downloads.
    pub version_downloads: String,
    /// The versions; null exactly when they are listed beside the crate.
    #[schema(required)]
    pub versions: Option<String>,
    /// All owners.
    #[schema(required)]
    pub owners: Option<String>,
    /// Owning teams.
    #[schema(required)]
    pub owner_team: Option<String>,
    /// Owning users.
    #[schema(required)]
    pub owner_user: Option<String>,
    /// Dependents.
    pub reverse_dependencies: String,
}

impl CrateLinks {
    /// The links of a crate whose versions are not listed beside it.
    #[must_use]
    pub fn of(name: &CrateName) -> Self {
        let path = |tail: &str| format!("/api/v1/crates/{name}/{tail}");
        Self {
            version_downloads: path("downloads"),
            versions: Some(path("versions")),
            owners: Some(path("owners")),
            owner_team: Some(path("owner_team")),
            owner_user: Some(path("owner_user")),
            reverse_dependencies: path("reverse_dependencies"),
        }
    }
}

/// A crate with what was asked for of its versions, keywords and categories; null what was not (contract §5.2).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CrateFound {
    /// The crate.
    #[serde(rename = "crate")]
    pub krate: Crate,
    /// The versions, the latest first.
    #[schema(required)]
    pub versions: Option<Vec<VersionObject>>,
    /// The keywords.
    #[schema(required)]
    pub keywords: Option<Vec<Keyword>>,
    /// The categories.
    #[schema(required)]
    pub categories: Option<Vec<Category>>,
}

/// A crate whose settings were changed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CrateChanged {
    /// The crate as it is now.
    #[serde(rename = "crate")]
    pub krate: Crate,
}

/// Where a file is, for clients that ask for JSON instead of a redirect.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FileAddress {
    /// The address, relative to this host unless another one serves the files.
    pub url: String,
}

/// Whether the caller follows a crate.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Following {
    /// Whether they do.
    pub following: bool,
}

/// The answer to a publish.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Published {
    /// The crate as it is after the publish.
    #[serde(rename = "crate")]
    pub krate: Crate,
    /// Hints for the publisher.
    pub warnings: PublishWarnings,
}

/// Hints for the publisher; cargo prints each. All three keys are always present.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct PublishWarnings {
    /// Category slugs this registry does not know, where it accepts such.
    pub invalid_categories: Vec<String>,
    /// Always empty: badges are not read.
    pub invalid_badges: Vec<String>,
    /// Anything else, one sentence each.
    pub other: Vec<String>,
}

/// A page of crates.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CrateList {
    /// The crates of this page.
    pub crates: Vec<Crate>,
    /// Where this page stands.
    pub meta: CrateListMeta,
}

/// Where a page of crates stands among all matches.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CrateListMeta {
    /// The number of matches; 0 on an empty page.
    pub total: usize,
    /// The query string of the next page, `?` included, if this page is full.
    #[schema(required)]
    pub next_page: Option<String>,
    /// The query string of the previous page, if there is one.
    #[schema(required)]
    pub prev_page: Option<String>,
}

/// `config.json` at the root of the index (Cargo book, "Registry Index", "Index Configuration").
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct IndexConfig {
    /// Where crate files are downloaded; cargo appends `/{crate}/{version}/download`.
    pub dl: String,
    /// The base address of the web API.
    pub api: String,
    /// Whether every request needs a token; left out when not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub auth_required: bool,
}
