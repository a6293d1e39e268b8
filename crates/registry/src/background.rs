//! What runs beside the requests: following the change feed and sweeping.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cargohold_search::Document;
use cargohold_store::Tx;
use cargohold_store::changes::{self, Change};
use cargohold_store::crates::{self, Searchable};
use tokio::sync::watch;

use crate::{Error, Registry, Result};

/// How often the feed is asked for changes. Each round may write the search index, which costs a tenth of a second, so
/// changes are gathered in between.
const POLL_EVERY: Duration = Duration::from_millis(500);

/// How long to rest after a failure.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(5);

/// How many changes or crates are taken at once.
const BATCH: i64 = 1000;

impl Registry {
    /// Drops what this process keeps in memory of a crate that changed. The process that made the change does this
    /// before it answers, the others when their feed brings it.
    pub(crate) fn apply_change(&self, change: &Change) {
        self.index_cache.drop_changed(change);
        self.download_cache.drop_changed(change);
    }

    /// Follows the change feed until `stop` becomes true: drops caches and feeds the search index, about half a
    /// second behind.
    pub async fn follow_feed(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut position = None;
        loop {
            let pause = match self.follow_once(&mut position).await {
                Ok(()) => POLL_EVERY,
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "cannot follow the change feed");
                    REST_AFTER_FAILURE
                }
            };
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Takes one step; `position` is the place in the feed, once it is known.
    async fn follow_once(self: &Arc<Self>, position: &mut Option<i64>) -> Result<()> {
        let mut after = match *position {
            Some(position) => position,
            None => self.catch_up().await?,
        };
        *position = Some(after);
        self.is_caught_up.store(true, Ordering::Release);
        loop {
            let mut tx = self.store.read().await?;
            let new = changes::list_after(&mut tx, after, BATCH).await?;
            let Some(last) = new.last() else { return Ok(()) };
            after = last.seq;
            for change in &new {
                self.index_cache.drop_changed(change);
                self.download_cache.drop_changed(change);
            }
            let mut ids: Vec<_> = new.iter().map(|change| change.crate_id).collect();
            ids.sort_unstable();
            ids.dedup();
            let (mut documents, mut gone) = (Vec::new(), Vec::new());
            for id in ids {
                match crates::find_searchable(&mut tx, id).await? {
                    Some(found) => documents.push(document(&mut tx, found).await?),
                    None => gone.push(id),
                }
            }
            drop(tx);
            self.feed_search(documents, gone, after).await?;
            *position = Some(after);
        }
    }

    /// Where to begin in the feed: where the search index stands, or after building it anew if the feed does not reach
    /// back that far.
    async fn catch_up(self: &Arc<Self>) -> Result<i64> {
        let mut tx = self.store.read().await?;
        let position = self.search.position();
        let latest = changes::latest_seq(&mut tx).await?;
        if position > 0 && changes::reaches_back_to(&mut tx, position).await? {
            return Ok(position);
        }
        self.search.clear()?;
        let mut last_id = 0;
        loop {
            let found = crates::list_searchable(&mut tx, last_id, BATCH).await?;
            let Some(last) = found.last() else { break };
            last_id = last.id;
            let mut documents = Vec::new();
            for crate_found in found {
                documents.push(document(&mut tx, crate_found).await?);
            }
            self.feed_search(documents, Vec::new(), 0).await?;
        }
        drop(tx);
        self.feed_search(Vec::new(), Vec::new(), latest).await?;
        tracing::info!(feed.position = latest, "the search index is built");
        Ok(latest)
    }

    async fn feed_search(self: &Arc<Self>, documents: Vec<Document>, gone: Vec<i64>, seq: i64) -> Result<()> {
        let registry = self.clone();
        let fed = tokio::task::spawn_blocking(move || registry.search.apply(&documents, &gone, seq));
        Ok(fed.await.map_err(Error::internal)??)
    }
}

async fn document(tx: &mut Tx, found: Searchable) -> Result<Document> {
    let keywords = crates::list_keywords(tx, found.id).await?;
    Ok(Document {
        id: found.id,
        name: found.name,
        description: found.description.unwrap_or_default(),
        keywords,
        readme: found.readme.unwrap_or_default(),
        downloads: found.downloads,
    })
}
