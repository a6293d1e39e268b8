//! The rules of the registry. Reads like the manual: one file per verb.
//!
//! Every rule takes a [`Call`] (who asks, when, under which id) and a transaction is opened, used and committed where
//! the rule can be read. axum and status codes are unknown here; so is SQL text.
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test that cannot go on panics"))]

mod access;
mod access_logs;
mod account_changes;
mod account_list;
mod accounts;
mod admin_list;
mod administration;
mod answers;
mod audit;
mod auth;
mod background;
mod banner;
mod cache;
mod call;
mod categories;
mod compare;
mod count;
mod crate_limits;
mod crate_list;
mod crate_names;
mod crate_page;
mod crate_settings;
mod crate_view;
mod delete;
mod dependencies;
mod docs;
mod download;
mod download_history;
mod dump;
mod elsewhere;
mod emails;
mod error;
mod feed_search;
mod find_crate;
mod finished;
mod follow;
mod health;
mod identities;
mod identity;
mod index;
mod invitations;
mod job_list;
mod jobs;
mod keywords;
mod list;
mod list_downloads;
mod list_versions;
mod marked_source;
mod me;
mod memory;
mod my_rights;
mod my_tokens;
mod owners;
mod password;
mod people;
mod pieces;
mod post;
mod providers;
mod publish;
mod range;
mod rate_limit;
mod scope;
mod sealed;
mod second_factor;
mod secret;
mod secret_scanning;
mod sessions;
mod settings;
mod sign_up;
mod signed;
mod single_flight;
mod source;
mod stored_file;
mod summary;
mod sweep;
mod teams;
mod trustpub;
mod version_view;
mod words;
mod yank;
mod yank_preview;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use cargohold_blobs::Blobs;
use cargohold_mail::Mailer;
use cargohold_providers::Issuers;
use cargohold_search::SearchIndex;
use cargohold_store::Store;
use tokio::sync::{Notify, OnceCell, Semaphore, watch};

pub use cargohold_providers::ProviderError;
pub use cargohold_providers::paseto::PasetoError;
pub use cargohold_render::diff::{Diff, Hunk, Line, LineKind};
pub use cargohold_render::highlight::{lines as highlight_lines, readme as highlight_readme};
pub use cargohold_store::rate::Rate;
pub use cargohold_store::team_members::Membership;
pub use cargohold_store::users::User;

pub use crate::access_logs::{CountedLog, ImportLogError, ImportedLog};
pub use crate::account_list::{Account, AccountFilter, AccountQuery};
pub use crate::accounts::{Accounts, FirstRun, ListedToken, NewToken, NewUser};
pub use crate::administration::{Lock, NamedOverride, RATED_ACTIONS, RateOverride};
pub use crate::answers::CrateAnswer;
pub use crate::audit::{AuditChain, AuditEntry, AuditQuery};
pub use crate::auth::Actor;
pub use crate::call::{Call, Credentials, RequestId};
pub use crate::categories::CategoryOrder;
pub use crate::compare::{
    Change, Comparison, DependencyChange, DependencyFacts, FactChange, FeatureChange, FileChange,
};
pub use crate::crate_limits::CrateLimits;
pub use crate::crate_list::{CrateQuery, CrateSummary};
pub use crate::crate_page::{CratePage, PublishedVersion};
pub use crate::delete::{Condition, DeletionPreview};
pub use crate::dependencies::{DependedUpon, DescribedDependency};
pub use crate::download::Download;
pub use crate::download_history::{DownloadHistory, DownloadSeries};
pub use crate::dump::{DumpError, Dumped};
pub use crate::elsewhere::{Begun, PendingSignUp, Returned};
pub use crate::emails::{Confirmation, UserChange};
pub use crate::error::{Error, Result, chain};
pub use crate::find_crate::Include;
pub use crate::finished::{Coding, Finished, Form};
pub use crate::health::Health;
pub use crate::identities::ListedIdentity;
pub use crate::identity::Identity;
pub use crate::index::IndexFile;
pub use crate::invitations::{InvitationFilter, InvitationKey, InvitationPage, MailedInvitation};
pub use crate::job_list::{JobCounts, JobList, JobState, JobView};
pub use crate::keywords::KeywordOrder;
pub use crate::list::{CratesFound, Group, ListFrom, ListKey, ListQuery, MAX_RANKED, Sort};
pub use crate::list_versions::{VersionKey, VersionOrder, VersionPage, VersionQuery, VersionsFound};
pub use crate::memory::{Budget, Charge, Use};
pub use crate::my_rights::MyRights;
pub use crate::my_tokens::WantedToken;
pub use crate::password::{Pepper, PepperError};
pub use crate::pieces::Pieces;
pub use crate::providers::{Directory, ListedProvider, OidcProvider, Providers};
pub use crate::publish::{Upload, is_reserved};
pub use crate::scope::{CratePattern, Scope};
pub use crate::second_factor::{OfferedSecret, SecondFactorState};
pub use crate::secret::{ScanningSecret, SessionSecret, TokenSecret};
pub use crate::sessions::{ListedSession, NextStep, SESSION_LIFETIME, SignedIn};
pub use crate::settings::{DownloadMode, Limits, Policy, Settings, SignUp, TokenSettings};
pub use crate::sign_up::{ListedInvitation, NewAccount};
pub use crate::signed::ListedKey;
pub use crate::source::{SourceEntry, SourceFile, SourceTree};
pub use crate::stored_file::{FileBytes, StoredFile};
pub use crate::summary::FrontPage;
pub use crate::teams::{CountedTeam, ManagedTeam, NewMember, NewTeam, Teams};
pub use crate::trustpub::{
    ListedIssuer, NewTrustedPublisher, PublishersOf, TrustedPipeline, TrustedProvider, TrustedPublisher,
    TrustpubSecret, describe_publisher, show_github_config, show_gitlab_config, show_oidc_config,
};
pub use crate::yank::VersionChange;
pub use crate::yank_preview::{Dependent, YankPreview};

/// An open registry: the store, the blobs, the search index and what is kept in memory of them.
pub struct Registry {
    store: Store,
    blobs: Blobs,
    search: SearchIndex,
    settings: Settings,
    owns_storage: bool,
    index_cache: index::IndexCache,
    tarballs: download::TarballCache,
    files: stored_file::FileCache,
    token_cache: auth::TokenCache,
    searches: rate_limit::Searches,
    lists: list::ListCache,
    answers: answers::AnswerCache,
    front_page: summary::FrontPageCache,
    pages: crate_page::PageCache,
    sources: source::SourceCache,
    marked_sources: marked_source::MarkedSources,
    comparisons: compare::ComparisonCache,
    counted: count::Counted,
    banner: banner::Banner,
    totals: health::TotalsCache,
    memberships: my_rights::MembershipCache,
    pepper: Pepper,
    mailer: Mailer,
    providers: Providers,
    issuers: Issuers,
    /// What the password of an unknown login is compared with, so that it takes as long as for a known one.
    hash_of_nobody: OnceCell<String>,
    is_caught_up: AtomicBool,
    /// Whether the search index is being built, and lists are answered from what there was before.
    is_rebuilding: AtomicBool,
    /// How far the search index has come in the change feed.
    search_position: watch::Sender<i64>,
    /// The latest change of this process that lists are to show.
    last_own_change: AtomicI64,
    /// Told when a list waits for the search index.
    search_wanted: Notify,
    /// Told when there may be jobs.
    jobs_wanted: Notify,
    /// One permit per password that may be hashed at once.
    hashing: Semaphore,
    /// What answers on their way may hold, the caches of files included.
    answer_memory: Arc<Budget>,
    /// One permit per tarball that may be inflated at once to be published.
    inflating: Semaphore,
    /// One permit per piece of a list of all versions that may be made at once.
    listing: Semaphore,
    /// One permit per index file that may be made at once.
    index_loads: Semaphore,
    /// One permit per package that may be read or compared at once. Those who read never keep others from publishing.
    /// Whoever has one gives it to the work itself, which goes on when they leave.
    reading: Arc<Semaphore>,
}

/// What a registry is put together from, all of it open.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The tarballs, and files made from them.
    pub blobs: Blobs,
    /// The search index.
    pub search: SearchIndex,
    /// What the operator decided.
    pub settings: Settings,
    /// Which registry it is.
    pub identity: Identity,
    /// The key that is not in the database.
    pub pepper: Pepper,
    /// What writes to people.
    pub mailer: Mailer,
    /// Where people may prove who they are besides here.
    pub providers: Providers,
    /// Who may vouch for pipelines.
    pub issuers: Issuers,
}

/// What answers on their way may hold beside the caches that they come from.
fn answer_memory(limits: &Limits) -> Arc<Budget> {
    let caches = [limits.download_cache_bytes, limits.index_cache_bytes, source::MAX_CACHED_BYTES];
    let caches = caches.into_iter().fold(0, u64::saturating_add);
    Budget::beside_caches(limits.answer_memory_bytes, caches)
}

impl Registry {
    /// Puts a registry together from its open parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { store, blobs, search, settings, identity, pepper, mailer, providers, issuers } = parts;
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            index_cache: index::index_cache(settings.limits.index_cache_bytes),
            tarballs: download::tarball_cache(),
            files: stored_file::FileCache::new(settings.limits.download_cache_bytes),
            token_cache: auth::TokenCache::default(),
            searches: rate_limit::Searches::default(),
            lists: list::ListCache::default(),
            answers: answers::AnswerCache::new(settings.limits.answer_cache_bytes),
            front_page: summary::FrontPageCache::default(),
            sources: source::source_cache(),
            marked_sources: marked_source::MarkedSources::default(),
            comparisons: compare::comparison_cache(),
            pages: crate_page::PageCache::default(),
            counted: count::Counted::default(),
            banner: banner::Banner::new(settings.banner.as_deref()),
            totals: health::TotalsCache::default(),
            memberships: my_rights::MembershipCache::default(),
            pepper,
            mailer,
            providers,
            issuers,
            hash_of_nobody: OnceCell::new(),
            is_caught_up: AtomicBool::new(false),
            is_rebuilding: AtomicBool::new(false),
            search_position: watch::Sender::new(0),
            last_own_change: AtomicI64::new(0),
            search_wanted: Notify::new(),
            jobs_wanted: Notify::new(),
            hashing: Semaphore::new(cores),
            answer_memory: answer_memory(&settings.limits),
            inflating: Semaphore::new(cores),
            listing: Semaphore::new(cores),
            index_loads: Semaphore::new(4 * cores),
            reading: Arc::new(Semaphore::new(cores)),
            store,
            blobs,
            search,
            settings,
            owns_storage: identity.owns_storage,
        }
    }

    /// What the operator configured.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The memory that answers on their way may hold. The caches of files and of opened sources charge it, too, so that a file
    /// counts for as long as the cache or anybody it is sent to holds it.
    #[must_use]
    pub fn answer_memory(&self) -> &Arc<Budget> {
        &self.answer_memory
    }

    /// Whether every part answers and the search index has caught up with the store.
    ///
    /// # Errors
    /// Names the part that does not answer.
    pub async fn check_ready(&self) -> Result<bool> {
        let mut tx = self.store.read().await?;
        cargohold_store::changes::latest_seq(&mut tx).await?;
        drop(tx);
        self.blobs.probe().await?;
        Ok(self.is_caught_up.load(Ordering::Acquire))
    }

    /// Closes the database after its statements have finished.
    pub async fn close(&self) {
        self.store.close().await;
    }
}
