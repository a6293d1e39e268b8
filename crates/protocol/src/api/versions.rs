//! Versions and what hangs on them: dependencies and downloads.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Total, User};
use crate::{Cksum, Day, DependencyKind, Timestamp, Version};

/// A version (contract §3.2). Every key is always present.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Version)]
pub struct VersionObject {
    /// The id.
    pub id: i64,
    /// The crate's name, in the spelling the endpoint shows.
    #[serde(rename = "crate")]
    pub krate: String,
    /// The number.
    pub num: String,
    /// Where its tarball is.
    pub dl_path: String,
    /// Where its rendered readme is.
    pub readme_path: String,
    /// When it was last yanked or unyanked, or else published.
    pub updated_at: Timestamp,
    /// When it was published.
    pub created_at: Timestamp,
    /// All its downloads.
    pub downloads: i64,
    /// All its features.
    pub features: BTreeMap<String, Vec<String>>,
    /// Whether it is yanked.
    pub yanked: bool,
    /// Why, if somebody said so.
    #[schema(required)]
    pub yank_message: Option<String>,
    /// The native library it links.
    #[schema(required)]
    pub lib_links: Option<String>,
    /// The SPDX expression, or `non-standard`.
    #[schema(required)]
    pub license: Option<String>,
    /// Paths of related resources.
    pub links: VersionLinks,
    /// The length of the tarball in bytes.
    pub crate_size: i64,
    /// Who published it; null for a trusted publisher.
    #[schema(required)]
    pub published_by: Option<User>,
    /// What was done to it, in the order in which it was done.
    pub audit_actions: Vec<AuditAction>,
    /// The SHA-256 of the tarball.
    pub checksum: Cksum,
    /// The lowest Rust version it supports.
    #[schema(required)]
    pub rust_version: Option<String>,
    /// Whether it has a library.
    #[schema(required)]
    pub has_lib: Option<bool>,
    /// The names of its binaries.
    #[schema(required)]
    pub bin_names: Option<Vec<Option<String>>>,
    /// Its edition.
    #[schema(required)]
    pub edition: Option<String>,
    /// From its manifest.
    #[schema(required)]
    pub description: Option<String>,
    /// From its manifest.
    #[schema(required)]
    pub homepage: Option<String>,
    /// From its manifest.
    #[schema(required)]
    pub documentation: Option<String>,
    /// From its manifest.
    #[schema(required)]
    pub repository: Option<String>,
    /// What a trusted publisher proved.
    #[schema(required)]
    pub trustpub_data: Option<TrustpubData>,
    /// How many lines of code it has; null until they are counted.
    #[schema(required)]
    pub linecounts: Option<LineCounts>,
}

/// Paths of a version's related resources, without host.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VersionLinks {
    /// Its dependencies.
    pub dependencies: String,
    /// Its daily downloads.
    pub version_downloads: String,
    /// Always an empty list.
    pub authors: String,
}

/// Something a person did to a version.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditAction {
    /// `publish`, `yank` or `unyank`.
    pub action: String,
    /// Who did it.
    pub user: User,
    /// When.
    pub time: Timestamp,
}

/// What a trusted publisher proved about where a version comes from.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "provider", rename_all = "lowercase")]
pub enum TrustpubData {
    /// A workflow of GitHub Actions.
    GitHub {
        /// `owner/name`.
        repository: String,
        /// The id of the run.
        run_id: String,
        /// The commit.
        sha: String,
    },
    /// A job of GitLab CI.
    GitLab {
        /// `group/project`.
        project_path: String,
        /// The id of the job.
        job_id: String,
        /// The commit.
        sha: String,
    },
    /// A pipeline of any other issuer.
    Oidc {
        /// What this registry's operator calls the issuer.
        issuer: String,
        /// Whom the issuer vouches for: `sub`.
        subject: String,
    },
}

impl TrustpubData {
    /// What stands for the pipeline where people have a login: `github:owner/name`.
    #[must_use]
    pub fn pipeline(&self) -> String {
        match self {
            Self::GitHub { repository, .. } => format!("github:{repository}"),
            Self::GitLab { project_path, .. } => format!("gitlab:{project_path}"),
            Self::Oidc { issuer, subject } => format!("{issuer}:{subject}"),
        }
    }
}

/// Lines of code, by language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LineCounts {
    /// By the name of the language.
    pub languages: BTreeMap<String, LanguageLines>,
    /// Lines with code.
    pub total_code_lines: u64,
    /// Lines with nothing but a comment.
    pub total_comment_lines: u64,
}

/// Lines of code in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LanguageLines {
    /// Lines with code.
    pub code_lines: u64,
    /// Lines with nothing but a comment.
    pub comment_lines: u64,
    /// Files.
    pub files: u64,
}

/// One version.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SingleVersion {
    /// The version.
    pub version: VersionObject,
}

/// The versions of a crate.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VersionList {
    /// The versions of this page.
    pub versions: Vec<VersionObject>,
    /// Where this page stands.
    pub meta: VersionListMeta,
}

/// Where a page of versions stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VersionListMeta {
    /// The number of matches; 0 on an empty page.
    pub total: usize,
    /// The query string of the next page, `?` included, if this page is full.
    #[schema(required)]
    pub next_page: Option<String>,
    /// The tracks of releases, the newest first, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = BTreeMap<String, ReleaseTrack>, required = false)]
    pub release_tracks: Option<IndexMap<String, ReleaseTrack>>,
}

/// Versions that are compatible with each other: of one major number, or of one minor number below 1.0.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReleaseTrack {
    /// The highest one that is neither yanked nor a pre-release.
    pub highest: Version,
}

/// A dependency (contract §3.4). A renaming is not shown here; it is in the index.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Dependency {
    /// The id.
    pub id: i64,
    /// The version that has it.
    pub version_id: i64,
    /// The name of the crate depended upon.
    pub crate_id: String,
    /// The version requirement.
    pub req: String,
    /// Whether a feature must switch it on.
    pub optional: bool,
    /// Whether its default features are on.
    pub default_features: bool,
    /// The features asked for.
    pub features: Vec<String>,
    /// The platform it is limited to.
    #[schema(required)]
    pub target: Option<String>,
    /// The kind.
    pub kind: DependencyKind,
    /// All downloads of the dependent crate, in lists of dependents; else 0.
    pub downloads: i64,
}

/// The dependencies of a version.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Dependencies {
    /// The ones that are always there first, then by name.
    pub dependencies: Vec<Dependency>,
}

/// The crates whose default versions depend on a crate (contract §5.5).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReverseDependencies {
    /// One a dependent crate, the most downloaded first.
    pub dependencies: Vec<Dependency>,
    /// The versions that have them, by id.
    pub versions: Vec<VersionObject>,
    /// How many there are.
    pub meta: Total,
}

/// The downloads of a version on one day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VersionDownload {
    /// The version's id.
    pub version: i64,
    /// How often it was downloaded.
    pub downloads: i64,
    /// The day, UTC.
    pub date: Day,
}

/// The daily downloads of a version.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VersionDownloads {
    /// By day; days without downloads are left out.
    pub version_downloads: Vec<VersionDownload>,
}

/// The daily downloads of a crate: of its five highest versions each, and of all others together (contract §5.4).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CrateDownloads {
    /// Of the five highest versions.
    pub version_downloads: Vec<VersionDownload>,
    /// The five highest versions, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub versions: Option<Vec<VersionObject>>,
    /// Of the others.
    pub meta: ExtraDownloadsMeta,
}

/// What is said beside the downloads of the five highest versions.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExtraDownloadsMeta {
    /// The downloads of all other versions, by day.
    pub extra_downloads: Vec<ExtraDownloads>,
}

/// Downloads on one day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExtraDownloads {
    /// The day, UTC.
    pub date: Day,
    /// How many.
    pub downloads: i64,
}

/// Always empty: crates no longer name authors.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Authors {
    /// Always empty.
    #[schema(max_items = 0)]
    pub users: [String; 0],
    /// Always empty.
    pub meta: AuthorsMeta,
}

/// Always empty.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuthorsMeta {
    /// Always empty.
    #[schema(max_items = 0)]
    pub names: [String; 0],
}
