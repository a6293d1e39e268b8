//! The rules of the registry. Reads like the manual: one file per verb.
//!
//! Every rule takes a [`Call`] (who asks, when, under which id) and a transaction is opened, used and committed where
//! the rule can be read. axum and status codes are unknown here; so is SQL text.

mod access;
mod accounts;
mod auth;
mod background;
mod call;
mod crate_view;
mod download;
mod error;
mod identity;
mod index;
mod list;
mod owners;
mod password;
mod publish;
mod rate_limit;
mod secret;
mod settings;
mod sweep;
mod yank;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cargohold_blobs::Blobs;
use cargohold_search::SearchIndex;
use cargohold_store::Store;
use tokio::sync::Semaphore;

pub use crate::accounts::{Accounts, FirstRun, ListedToken, NewToken, NewUser};
pub use crate::auth::{Actor, Scope};
pub use crate::call::{Call, Credentials, RequestId};
pub use crate::download::{Download, TarballFile};
pub use crate::error::{Error, Result};
pub use crate::identity::Identity;
pub use crate::index::{Coding, IndexFile};
pub use crate::list::ListQuery;
pub use crate::password::{Pepper, PepperError};
pub use crate::publish::{Upload, is_reserved};
pub use crate::secret::TokenSecret;
pub use crate::settings::{DownloadMode, Limits, Policy, Settings};

/// An open registry: the store, the blobs, the search index and what is kept in memory of them.
pub struct Registry {
    store: Store,
    blobs: Blobs,
    search: SearchIndex,
    settings: Settings,
    owns_storage: bool,
    index_cache: index::IndexCache,
    download_cache: download::DownloadCache,
    token_cache: auth::TokenCache,
    is_caught_up: AtomicBool,
    /// One permit per kibibyte of tarball that may be in memory at once.
    upload_memory: Arc<Semaphore>,
    /// One permit per tarball that may be inflated at once.
    inflating: Semaphore,
}

impl Registry {
    /// Puts a registry together from its open parts.
    #[must_use]
    pub fn new(store: Store, blobs: Blobs, search: SearchIndex, settings: Settings, identity: &Identity) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let upload_kib = usize::try_from(settings.limits.upload_memory_bytes / 1024).unwrap_or(usize::MAX);
        Self {
            index_cache: index::IndexCache::new(settings.limits.index_cache_bytes),
            download_cache: download::DownloadCache::default(),
            token_cache: auth::TokenCache::default(),
            is_caught_up: AtomicBool::new(false),
            upload_memory: Arc::new(Semaphore::new(upload_kib.clamp(1, Semaphore::MAX_PERMITS))),
            inflating: Semaphore::new(cores),
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
