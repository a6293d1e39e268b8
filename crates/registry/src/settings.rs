//! What an operator can decide about the rules.

use std::time::Duration;

use cargohold_protocol::CRATES_IO_INDEX;
use cargohold_store::rate::Rate;

use crate::ScanningSecret;

/// Everything the rules need to know of the configuration.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own, none picks a branch for another")]
pub struct Settings {
    /// The address under which clients reach the registry, without a slash at the end.
    pub base_url: String,
    /// Other addresses of the same registry, for recognising its own index in dependencies.
    pub other_urls: Vec<String>,
    /// Web sites, besides the registry's own, whose scripts may act for people.
    pub allowed_origins: Vec<String>,
    /// What a cache in front of the registry calls itself where it does not tell its reader's name; empty for none.
    pub cdn_user_agent: String,
    /// Whom people write to, and who is told of crates that are called almost like others.
    pub operators: Vec<String>,
    /// How strangers get an account.
    pub sign_up: SignUp,
    /// Whether somebody whom a provider vouches for is asked before they get an account.
    pub explicit_sign_up: bool,
    /// Whether every request needs a token.
    pub auth_required: bool,
    /// Where downloads lead.
    pub downloads: DownloadMode,
    /// How often daily downloads are taken into the totals.
    pub roll_up_every: Duration,
    /// Whether a seekable source archive is made of every version.
    pub source_archives: bool,
    /// Where to ask for a rebuild of documentation, with `{name}` and `{version}` in it.
    pub docs_rebuild_url: Option<String>,
    /// What feeds call the registry.
    pub site_name: String,
    /// Whether the pages of crates may load the pictures of readmes from wherever they are.
    pub external_images: bool,
    /// What the operator wants everybody to know.
    pub banner: Option<String>,
    /// What is different about tokens.
    pub tokens: TokenSettings,
    /// What the operator calls the issuers, besides GitHub and GitLab, that may vouch for pipelines.
    pub trustpub_issuers: Vec<String>,
    /// What a crate must be like.
    pub policy: Policy,
    /// How much is allowed.
    pub limits: Limits,
}

/// How strangers get an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUp {
    /// They do not; administrators make accounts.
    Closed,
    /// By an administrator's invitation.
    Invite,
    /// By asking for one.
    Open,
}

/// What an operator can decide about tokens.
#[derive(Clone, Debug, Default)]
pub struct TokenSettings {
    /// What people are told while nobody may create tokens.
    pub creation_disabled: Option<String>,
    /// What scanners that find tokens in public prove themselves with; they cannot report anything without it.
    pub scanning_secret: Option<ScanningSecret>,
}

/// Where downloads lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DownloadMode {
    /// The registry sends the bytes itself.
    Serve,
    /// To an address in the blob store that is valid for this long; served where the store has no such addresses.
    Presign(Duration),
    /// To this prefix followed by the blob's key; without a slash at the end.
    Cdn(String),
}

/// Rules that suit a public registry and that a private one may relax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own, none picks a branch for another")]
pub struct Policy {
    /// Refuse crates without a description.
    pub require_description: bool,
    /// Refuse crates without a licence, and licences that are no SPDX expression.
    pub require_license: bool,
    /// Refuse categories that crates.io does not know.
    pub known_categories_only: bool,
    /// Refuse dependencies on this registry that it does not have.
    pub known_dependencies_only: bool,
    /// Refuse publishers without a verified email address.
    pub require_verified_email: bool,
    /// Refuse names such as `std` or `aux`.
    pub reserve_names: bool,
    /// Tell whoever publishes a new crate which names are one letter away.
    pub warn_similar_names: bool,
    /// Let people make tokens for everything, without saying what they are for.
    pub legacy_tokens: bool,
}

/// How much is allowed.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The longest tarball in bytes, unless a crate has a limit of its own.
    pub max_upload_bytes: u64,
    /// What a tarball may inflate to, in bytes.
    pub max_unpacked_bytes: u64,
    /// How many files and directories a tarball may have.
    pub max_entries: usize,
    /// How many features a crate, and values a feature, may have, unless a crate has a limit of its own.
    pub max_features: usize,
    /// How many dependencies a version may have.
    pub max_dependencies: usize,
    /// How many versions of one crate may be published in 24 hours.
    pub max_new_versions_daily: Option<i64>,
    /// Whether the rates of publishing, yanking and searching are enforced.
    pub rates_enabled: bool,
    /// How often a user may publish new crates.
    pub publish_new: Rate,
    /// How often a user may publish new versions.
    pub publish_update: Rate,
    /// How often a user may yank and unyank.
    pub yank: Rate,
    /// How often an address may search.
    pub search: Rate,
    /// How often somebody may try to sign in, or to enter a code; enforced always.
    pub sign_in: Rate,
    /// How often a user may create tokens; enforced always.
    pub token_creation: Rate,
    /// How often a user may have mail sent: confirmations and invitations; enforced always.
    pub mail: Rate,
    /// How many bytes of requests' bodies may be in memory at once.
    pub request_memory_bytes: u64,
    /// How many bytes of answers on their way may be in memory at once, beside the caches.
    pub answer_memory_bytes: u64,
    /// How many bytes of files whose checksum was found right are kept in memory.
    pub download_cache_bytes: u64,
    /// How many bytes of index files are kept in memory.
    pub index_cache_bytes: u64,
    /// How many bytes of finished answers of the API are kept in memory.
    pub answer_cache_bytes: u64,
}

impl Settings {
    /// The address of the sparse index as clients configure it.
    #[must_use]
    pub fn index_url(&self) -> String {
        index_url_of(&self.base_url)
    }

    /// All addresses of the sparse index.
    pub(crate) fn index_urls(&self) -> impl Iterator<Item = String> {
        std::iter::once(&self.base_url).chain(&self.other_urls).map(|base| index_url_of(base))
    }

    /// What the index says for a dependency that the manifest places in the index `url`: `None` for this registry, the
    /// canonical identifier for crates.io, else the address itself.
    #[must_use]
    pub fn dependency_registry(&self, url: Option<&str>) -> Option<String> {
        let url = url?;
        let own = |base: &String| same_index(url, &index_url_of(base));
        if std::iter::once(&self.base_url).chain(&self.other_urls).any(own) {
            return None;
        }
        Some(if is_crates_io(url) { CRATES_IO_INDEX.to_owned() } else { url.to_owned() })
    }
}

fn index_url_of(base_url: &str) -> String {
    format!("sparse+{base_url}/index/")
}

/// Whether two index addresses are the same, one loopback name being as good as another.
fn same_index(a: &str, b: &str) -> bool {
    let normal = |url: &str| {
        let (kind, url) = url.split_once('+').unwrap_or(("git", url));
        let url = url::Url::parse(url).ok()?;
        let host = url.host_str()?;
        let host = if matches!(host, "127.0.0.1" | "[::1]" | "localhost") { "localhost" } else { host };
        let path = url.path().trim_end_matches('/');
        Some((kind.to_owned(), url.scheme().to_owned(), host.to_owned(), url.port_or_known_default(), path.to_owned()))
    };
    normal(a).is_some_and(|a| Some(a) == normal(b))
}

/// Whether the address is one of the spellings of crates.io's index: its git repository or any sparse one it hosts.
pub(crate) fn is_crates_io(url: &str) -> bool {
    let git = url.trim_end_matches('/').trim_end_matches(".git");
    let sparse_host = || {
        let url = url::Url::parse(url.strip_prefix("sparse+")?).ok()?;
        url.host_str().map(|host| host == "crates.io" || host.ends_with(".crates.io"))
    };
    git == CRATES_IO_INDEX || sparse_host().unwrap_or(false)
}
