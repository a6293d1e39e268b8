//! What follows the change feed: the caches of this process, and its search index. They go separate ways, so that
//! trouble with the index never keeps an old file in memory.

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
    }

    /// The place of the latest change. Whoever keeps things in memory must know it before it reads the first of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn feed_position(&self) -> Result<i64> {
        Ok(changes::latest_seq(&mut self.store.read().await?).await?)
    }

    /// Drops from the caches what changes after `position`, until `stop` becomes true; about half a second behind.
    pub async fn drop_changed(self: Arc<Self>, mut position: i64, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = self.rest_after("follow the change feed", self.drop_new_changes(&mut position)) => {}
            }
        }
    }

    async fn drop_new_changes(&self, position: &mut i64) -> Result<()> {
        loop {
            let new = changes::list_after(&mut self.store.read().await?, *position, BATCH).await?;
            let Some(last) = new.last() else { return Ok(()) };
            for change in &new {
                self.apply_change(change);
            }
            *position = last.seq;
        }
    }

    /// Feeds the search index until `stop` becomes true; about half a second behind.
    pub async fn feed_search(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut position = None;
        loop {
            let step = async {
                let fed = self.feed_new_changes(&mut position).await;
                self.is_caught_up.store(fed.is_ok(), Ordering::Release);
                fed
            };
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = self.rest_after("feed the search index", step) => {}
            }
        }
    }

    /// Does a step, logs its failure, and rests until the next one is due.
    async fn rest_after(&self, what: &str, step: impl Future<Output = Result<()>>) {
        let pause = match step.await {
            Ok(()) => POLL_EVERY,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "cannot {what}");
                REST_AFTER_FAILURE
            }
        };
        tokio::time::sleep(pause).await;
    }

    /// Takes what is new; `position` is the place in the feed, once it is known.
    async fn feed_new_changes(self: &Arc<Self>, position: &mut Option<i64>) -> Result<()> {
        let mut after = match *position {
            Some(position) => position,
            None => self.catch_up().await?,
        };
        *position = Some(after);
        loop {
            let mut tx = self.store.read().await?;
            let new = changes::list_after(&mut tx, after, BATCH).await?;
            let Some(last) = new.last() else { return Ok(()) };
            after = last.seq;
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
            self.write_search(documents, gone, after).await?;
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
        drop(tx);
        self.search.clear()?;
        let mut last_id = 0;
        loop {
            // One short transaction a batch: an open one would keep the engines from tidying up.
            let mut tx = self.store.read().await?;
            let found = crates::list_searchable(&mut tx, last_id, BATCH).await?;
            let Some(last) = found.last() else { break };
            last_id = last.id;
            let mut documents = Vec::new();
            for searchable in found {
                documents.push(document(&mut tx, searchable).await?);
            }
            drop(tx);
            self.write_search(documents, Vec::new(), 0).await?;
        }
        self.write_search(Vec::new(), Vec::new(), latest).await?;
        tracing::info!(feed.position = latest, "the search index is built");
        Ok(latest)
    }

    async fn write_search(self: &Arc<Self>, documents: Vec<Document>, gone: Vec<i64>, seq: i64) -> Result<()> {
        let registry = self.clone();
        let written = tokio::task::spawn_blocking(move || registry.search.apply(&documents, &gone, seq));
        Ok(written.await.map_err(Error::internal)??)
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
