//! Search, lists and suggestions of crates (contract §5.1).

mod kept;

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cargohold_protocol::api::{self, Suggestion};
use cargohold_search::Hits;
use cargohold_store::crates::{self, Crate};

use self::kept::Asked;
use crate::cache::Noted;
use crate::crate_view::show;
use crate::finished::Finished;
use crate::{Error, Registry, Result};

pub use cargohold_search::{From as ListFrom, Group, Key as ListKey, ListQuery, MAX_RANKED, Sort};

pub(crate) use self::kept::ListCache;

/// How long a list waits for the search index to learn what this process has changed.
const PATIENCE: Duration = Duration::from_secs(2);

/// The longest query string whose answer is kept, in bytes.
const MAX_KEPT_QUERY_BYTES: usize = 1024;

/// One page of crates.
#[derive(Debug)]
pub struct CratesFound {
    /// The crates of this page.
    pub crates: Arc<[api::Crate]>,
    /// How many match altogether; 0 on an empty page.
    pub total: usize,
    /// The place of the last crate of this page.
    pub last: Option<ListKey>,
    /// Whether the page is as long as it may be, and another one may follow.
    pub is_full: bool,
    /// The query string that asked for this page last, and the answer to it.
    answer: Mutex<Option<(Box<str>, Arc<Finished>)>>,
}

impl CratesFound {
    /// What `write` makes of this page for a query string, ready to be sent. It is kept until another one asks for the same page.
    ///
    /// # Errors
    /// When it is no JSON, which no list can cause.
    pub fn answer(&self, query: &str, write: impl FnOnce() -> api::CrateList) -> Result<Arc<Finished>> {
        if let Some((asked, answer)) = &*self.answer.lock().unwrap_or_else(PoisonError::into_inner)
            && **asked == *query
        {
            return Ok(answer.clone());
        }
        let answer = Arc::new(Finished::fleeting(serde_json::to_string(&write()).map_err(Error::internal)?));
        if query.len() <= MAX_KEPT_QUERY_BYTES {
            *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some((query.into(), answer.clone()));
        }
        Ok(answer)
    }
}

impl Registry {
    /// One page of crates, from memory until the search index or any crate changes. What this process has changed is in it.
    ///
    /// # Errors
    /// When the search index or the database fails.
    pub async fn list_crates(self: &Arc<Self>, query: ListQuery) -> Result<Arc<CratesFound>> {
        self.wait_for_search().await;
        let noted = self.answers.note();
        let asked = Asked::new(self.search.generation(), &query);
        if let Some(known) = asked.as_ref().and_then(|asked| self.lists.page(asked, noted)) {
            return Ok(known);
        }
        Box::pin(self.load_page_of_list(query, asked.map(Arc::new), noted)).await
    }

    async fn load_page_of_list(
        self: &Arc<Self>,
        query: ListQuery,
        asked: Option<Arc<Asked>>,
        noted: Noted,
    ) -> Result<Arc<CratesFound>> {
        let (has_text, limit) = (query.text.is_some(), query.limit);
        let found = self.search_or_remember(query, asked.as_ref()).await?;
        let ids: Vec<i64> = found.hits.iter().map(|hit| hit.id).collect();
        let rows = crates::list_by_ids(&mut self.store.read_once().await?, &ids).await?;
        let rows: HashMap<i64, Crate> = rows.into_iter().map(|krate| (krate.id, krate)).collect();
        // The search index may know a crate a moment longer than the store.
        let shown = found.hits.iter().filter_map(|hit| {
            let krate = rows.get(&hit.id)?;
            Some(show(krate, Some(krate.recent_downloads.unwrap_or(0)), has_text && hit.is_exact))
        });
        let crates: Arc<[api::Crate]> = shown.collect();
        let page = Arc::new(CratesFound {
            total: if crates.is_empty() { 0 } else { found.total },
            crates,
            last: found.hits.last().map(|hit| hit.key),
            is_full: found.hits.len() >= limit,
            answer: Mutex::default(),
        });
        if let Some(asked) = asked {
            self.lists.keep_page(asked, noted, page.clone());
        }
        Ok(page)
    }

    /// What the search index finds, from memory if it was asked the same since it last changed: common words are both what most
    /// people look for and what takes longest to rank.
    async fn search_or_remember(self: &Arc<Self>, query: ListQuery, asked: Option<&Arc<Asked>>) -> Result<Arc<Hits>> {
        if let Some(known) = asked.and_then(|asked| self.lists.hits(asked)) {
            return Ok(known);
        }
        let registry = self.clone();
        let found = tokio::task::spawn_blocking(move || registry.search.list(&query));
        let found = Arc::new(found.await.map_err(Error::internal)??);
        if let Some(asked) = asked {
            self.lists.keep_hits(asked.clone(), found.clone());
        }
        Ok(found)
    }

    /// Crates whose names begin like what somebody is typing, the best guess first.
    ///
    /// # Errors
    /// When the search index fails.
    pub async fn suggest(self: &Arc<Self>, prefix: &str, limit: usize) -> Result<Vec<Suggestion>> {
        self.wait_for_search().await;
        let (registry, prefix) = (self.clone(), prefix.to_owned());
        let found = tokio::task::spawn_blocking(move || registry.search.suggest(&prefix, limit));
        let found = found.await.map_err(Error::internal)??;
        let suggestion = |found: cargohold_search::Suggestion| Suggestion {
            name: found.name,
            description: found.description,
            recent_downloads: found.recent_downloads.unwrap_or(0),
        };
        Ok(found.into_iter().map(suggestion).collect())
    }

    /// Waits until the search index knows what this process has changed, so that whoever publishes and then lists sees what
    /// they published. Gives up after a moment where the index is in trouble, and at once where a large one is being built: a list
    /// from before is better than none.
    async fn wait_for_search(&self) {
        let wanted = self.last_own_change.load(Ordering::Acquire);
        if *self.search_position.borrow() >= wanted || self.is_rebuilding.load(Ordering::Acquire) {
            return;
        }
        let mut position = self.search_position.subscribe();
        self.search_wanted.notify_one();
        let caught_up = position.wait_for(|position| *position >= wanted);
        if tokio::time::timeout(PATIENCE, caught_up).await.is_err() {
            tracing::warn!("a list did not wait any longer for the search index");
        }
    }
}
