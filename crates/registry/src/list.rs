//! Search, lists and suggestions of crates (contract §5.1).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cargohold_protocol::api::{self, Suggestion};
use cargohold_search::{Hit, Hits};
use cargohold_store::crates::{self, Crate};
use moka::sync::Cache;

use crate::crate_view::show;
use crate::{Error, Registry, Result};

pub use cargohold_search::{From as ListFrom, Group, Key as ListKey, ListQuery, MAX_RANKED, Sort};

/// How long a list waits for the search index to learn what this process has changed.
const PATIENCE: Duration = Duration::from_secs(2);

/// How much memory pages of lists may take, in bytes.
const MAX_KEPT_BYTES: u64 = 16 * 1024 * 1024;

/// How long a page is kept that nobody asks for; those of a past state of the search index go so, too.
const MAX_IDLE: Duration = Duration::from_mins(1);

/// One page of crates.
#[derive(Clone, Debug)]
pub struct CratesFound {
    /// The crates of this page.
    pub crates: Vec<api::Crate>,
    /// How many match altogether; 0 on an empty page.
    pub total: usize,
    /// The place of the last crate of this page.
    pub last: Option<ListKey>,
    /// Whether the page is as long as it may be, and another one may follow.
    pub is_full: bool,
}

/// Pages of lists, by what was asked for.
pub(crate) type ListCache = Cache<Asked, Arc<Hits>>;

/// A page of a list that may be asked for again: one that begins at a number, not behind a crate.
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Asked {
    /// The state of the search index that it is taken from.
    generation: u64,
    text: Option<String>,
    category: Option<String>,
    hide_yanked: bool,
    group: Option<Group>,
    sort: Sort,
    skip: usize,
    limit: usize,
}

impl Asked {
    fn new(generation: u64, query: &ListQuery) -> Option<Self> {
        let ListFrom::Offset(skip) = query.from else { return None };
        let ListQuery { text, category, hide_yanked, group, sort, from: _, limit } = query.clone();
        Some(Self { generation, text, category, hide_yanked, group, sort, skip, limit })
    }

    /// About how many bytes it takes.
    fn weight(&self) -> usize {
        let group = match &self.group {
            Some(Group::Ids(ids)) => 8 * ids.len(),
            Some(Group::AllKeywords(names) | Group::Names(names)) => names.iter().map(|name| 24 + name.len()).sum(),
            Some(Group::Keyword(name)) => name.len(),
            Some(Group::Letter(_) | Group::User(_) | Group::Team(_)) | None => 0,
        };
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        256 + text(&self.text) + text(&self.category) + group
    }
}

pub(crate) fn list_cache() -> ListCache {
    let weigh = |asked: &Asked, found: &Arc<Hits>| {
        u32::try_from(asked.weight() + size_of::<Hit>() * found.hits.len()).unwrap_or(u32::MAX)
    };
    Cache::builder().max_capacity(MAX_KEPT_BYTES).weigher(weigh).time_to_idle(MAX_IDLE).build()
}

impl Registry {
    /// One page of crates. What this process has changed is in it.
    ///
    /// # Errors
    /// When the search index or the database fails.
    pub async fn list_crates(self: &Arc<Self>, query: ListQuery) -> Result<CratesFound> {
        self.wait_for_search().await;
        let has_text = query.text.is_some();
        let limit = query.limit;
        let found = self.search_or_remember(query).await?;
        let ids: Vec<i64> = found.hits.iter().map(|hit| hit.id).collect();
        let rows = crates::list_by_ids(&mut self.store.read().await?, &ids).await?;
        let rows: HashMap<i64, Crate> = rows.into_iter().map(|krate| (krate.id, krate)).collect();
        // The search index may know a crate a moment longer than the store.
        let shown = found.hits.iter().filter_map(|hit| {
            let krate = rows.get(&hit.id)?;
            Some(show(krate, Some(krate.recent_downloads.unwrap_or(0)), has_text && hit.is_exact))
        });
        let crates: Vec<_> = shown.collect();
        let total = if crates.is_empty() { 0 } else { found.total };
        let is_full = found.hits.len() >= limit;
        Ok(CratesFound { crates, total, last: found.hits.last().map(|hit| hit.key), is_full })
    }

    /// What the search index finds, from memory if it was asked the same since it last changed: common words are both what most
    /// people look for and what takes longest to rank.
    async fn search_or_remember(self: &Arc<Self>, query: ListQuery) -> Result<Arc<Hits>> {
        let asked = Asked::new(self.search.generation(), &query);
        if let Some(known) = asked.as_ref().and_then(|asked| self.lists.get(asked)) {
            return Ok(known);
        }
        let registry = self.clone();
        let found = tokio::task::spawn_blocking(move || registry.search.list(&query));
        let found = Arc::new(found.await.map_err(Error::internal)??);
        if let Some(asked) = asked {
            self.lists.insert(asked, found.clone());
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
        let mut position = self.search_position.subscribe();
        if *position.borrow_and_update() >= wanted || self.is_rebuilding.load(Ordering::Acquire) {
            return;
        }
        self.search_wanted.notify_one();
        let caught_up = position.wait_for(|position| *position >= wanted);
        if tokio::time::timeout(PATIENCE, caught_up).await.is_err() {
            tracing::warn!("a list did not wait any longer for the search index");
        }
    }
}
