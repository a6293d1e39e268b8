//! The JSON objects of the web API (contract §3). Key order is the order of the fields; an `Option` shows as `null`
//! unless its key is documented as optional.

use serde::{Deserialize, Serialize};

use crate::{CrateName, Timestamp, Version};

/// The error envelope: always exactly one object with exactly one key (contract §1.3).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Errors {
    /// The one error.
    pub errors: [ErrorDetail; 1],
}

/// What went wrong, in a sentence that cargo prints as it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Done {
    ok: bool,
}

impl Done {
    /// Done.
    pub const OK: Self = Self { ok: true };
}

/// The answer to a change of owners.
#[derive(Clone, Debug, Serialize)]
pub struct OwnersChanged {
    /// What happened, for people. Cargo insists on the key.
    pub msg: String,
    /// Always `true`.
    pub ok: bool,
}

/// A crate (contract §3.1). `id` is the name; every key is always present.
#[derive(Clone, Debug, Serialize)]
pub struct Crate {
    /// The stored name.
    pub id: CrateName,
    /// The stored name.
    pub name: CrateName,
    /// The time of the last publish or change of settings.
    pub updated_at: Timestamp,
    /// Ids of the versions listed beside the crate, or null if none are.
    pub versions: Option<Vec<i64>>,
    /// Keywords, or null where not asked for.
    pub keywords: Option<Vec<String>>,
    /// Category slugs, or null where not asked for.
    pub categories: Option<Vec<String>>,
    /// Always empty.
    pub badges: [(); 0],
    /// The time of the first publish.
    pub created_at: Timestamp,
    /// All downloads.
    pub downloads: i64,
    /// Downloads of the last 90 days.
    pub recent_downloads: Option<i64>,
    /// The version shown by default.
    pub default_version: Option<Version>,
    /// How many versions there are, yanked ones included.
    pub num_versions: i64,
    /// Whether the default version is yanked.
    pub yanked: bool,
    /// The highest version that is not yanked, or `0.0.0`.
    pub max_version: String,
    /// The latest version that is not yanked, or `0.0.0`.
    pub newest_version: String,
    /// The highest version that is neither yanked nor a pre-release.
    pub max_stable_version: Option<Version>,
    /// From the latest publish.
    pub description: Option<String>,
    /// From the latest publish.
    pub homepage: Option<String>,
    /// From the latest publish.
    pub documentation: Option<String>,
    /// From the latest publish.
    pub repository: Option<String>,
    /// Paths of related resources.
    pub links: CrateLinks,
    /// Whether the crate has exactly the name that was searched.
    pub exact_match: bool,
    /// Whether only trusted publishing may publish it.
    pub trustpub_only: bool,
}

/// Paths of a crate's related resources, without host.
#[derive(Clone, Debug, Serialize)]
pub struct CrateLinks {
    /// Daily downloads.
    pub version_downloads: String,
    /// The versions; null exactly when they are listed beside the crate.
    pub versions: Option<String>,
    /// All owners.
    pub owners: Option<String>,
    /// Owning teams.
    pub owner_team: Option<String>,
    /// Owning users.
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

/// The answer to a publish.
#[derive(Clone, Debug, Serialize)]
pub struct Published {
    /// The crate as it is after the publish.
    #[serde(rename = "crate")]
    pub krate: Crate,
    /// Hints for the publisher.
    pub warnings: PublishWarnings,
}

/// Hints for the publisher; cargo prints each. All three keys are always present.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PublishWarnings {
    /// Category slugs this registry does not know, where it accepts such.
    pub invalid_categories: Vec<String>,
    /// Always empty: badges are not read.
    pub invalid_badges: Vec<String>,
    /// Anything else, one sentence each.
    pub other: Vec<String>,
}

/// One owner of a crate (contract §3.6). Cargo needs `id` to fit in 32 bits.
#[derive(Clone, Debug, Serialize)]
pub struct Owner {
    /// The user's id.
    pub id: i64,
    /// The user's login.
    pub login: String,
    /// Always `user`, until there are teams.
    pub kind: &'static str,
    /// The user's profile page elsewhere.
    pub url: Option<String>,
    /// The display name.
    pub name: Option<String>,
    /// The address of a picture.
    pub avatar: Option<String>,
    /// Whether a linked GitHub account has the same login.
    pub github_username_matches: bool,
}

/// The owners of a crate.
#[derive(Clone, Debug, Serialize)]
pub struct Owners {
    /// Users by id.
    pub users: Vec<Owner>,
}

/// A page of crates.
#[derive(Clone, Debug, Serialize)]
pub struct CrateList {
    /// The crates of this page.
    pub crates: Vec<Crate>,
    /// Where this page stands.
    pub meta: CrateListMeta,
}

/// Where a page of crates stands among all matches.
#[derive(Clone, Debug, Serialize)]
pub struct CrateListMeta {
    /// The number of matches; 0 on an empty page.
    pub total: usize,
    /// The query string of the next page, `?` included, if this page is full.
    pub next_page: Option<String>,
    /// The query string of the previous page, if there is one.
    pub prev_page: Option<String>,
}

/// `config.json` at the root of the index (Cargo book, "Registry Index", "Index Configuration").
#[derive(Clone, Debug, Serialize)]
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
