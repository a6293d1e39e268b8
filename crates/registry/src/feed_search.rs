//! How the search index of this process follows the change feed.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use cargohold_search::{Document, Position};
use cargohold_store::crates::{self, Searchable};
use cargohold_store::{Tx, categories, changes, crate_teams, identity, keywords, owners};
use tokio::sync::watch;

use crate::background::{BATCH, pause_after};
use crate::{Error, Registry, Result};

impl Registry {
    /// Feeds the search index until `stop` becomes true; about half a second behind, or at once if a list waits for it.
    pub async fn feed_search(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut position = None;
        loop {
            let step = async {
                let fed = self.feed_new_changes(&mut position).await;
                self.is_caught_up.store(fed.is_ok(), Ordering::Release);
                if fed.is_err() {
                    // Its folder may be gone: then it is opened and built anew.
                    position = None;
                    self.reopen_search().await;
                }
                let pause = pause_after("feed the search index", fed);
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = self.search_wanted.notified() => {}
                }
            };
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = step => {}
            }
        }
    }

    /// Makes every process build its search index anew, while the old one goes on answering.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reindex(store: &cargohold_store::Store) -> Result<()> {
        let mut tx = store.write().await?;
        identity::raise_search_epoch(&mut tx).await?;
        Ok(tx.commit().await?)
    }

    /// Takes what is new; `known` is how far the index has come, once that is known.
    async fn feed_new_changes(self: &Arc<Self>, known: &mut Option<Position>) -> Result<()> {
        let mut position = match *known {
            Some(position) => position,
            None => self.search.position(),
        };
        loop {
            let mut tx = self.store.read().await?;
            if known.is_none() || identity::search_epoch(&mut tx).await? != position.epoch {
                drop(tx);
                position = self.catch_up(position).await?;
                *known = Some(position);
                continue;
            }
            let new = changes::list_after(&mut tx, position.seq, BATCH).await?;
            let Some(last) = new.last() else { break };
            position.seq = last.seq;
            let mut ids: Vec<_> = new.iter().map(|change| change.crate_id).collect();
            ids.sort_unstable();
            ids.dedup();
            let found = crates::list_searchable_by_ids(&mut tx, &ids).await?;
            let gone = ids.iter().copied().filter(|id| !found.iter().any(|found| found.id == *id)).collect();
            let documents = documents(&mut tx, found).await?;
            drop(tx);
            self.write_search(documents, gone, position).await?;
            *known = Some(position);
            self.search_position.send_replace(position.seq);
        }
        self.search_position.send_replace(position.seq);
        Ok(())
    }

    /// Where to begin in the feed: where the search index stands, or after building it anew if the feed does not reach back
    /// that far or somebody wants it built anew. Until it is built, searches see it as it was.
    async fn catch_up(self: &Arc<Self>, position: Position) -> Result<Position> {
        let mut tx = self.store.read().await?;
        let epoch = identity::search_epoch(&mut tx).await?;
        let latest = Position { seq: changes::latest_seq(&mut tx).await?, epoch };
        if position.seq > 0 && position.epoch == epoch && changes::reaches_back_to(&mut tx, position.seq).await? {
            return Ok(position);
        }
        drop(tx);
        let built = self.rebuild(latest).await;
        self.is_rebuilding.store(false, Ordering::Release);
        built?;
        tracing::info!(feed.position = latest.seq, "the search index is built");
        Ok(latest)
    }

    async fn rebuild(self: &Arc<Self>, latest: Position) -> Result<()> {
        self.search.clear()?;
        let mut last_id = 0;
        loop {
            // One short transaction a batch: an open one would keep the engines from tidying up.
            let mut tx = self.store.read().await?;
            let found = crates::list_searchable(&mut tx, last_id, BATCH).await?;
            let Some(last) = found.last() else { break };
            last_id = last.id;
            // What takes less than a batch is built before anybody has waited long.
            if i64::try_from(found.len()).is_ok_and(|found| found >= BATCH) {
                self.is_rebuilding.store(true, Ordering::Release);
            }
            let documents = documents(&mut tx, found).await?;
            drop(tx);
            let registry = self.clone();
            let added = tokio::task::spawn_blocking(move || registry.search.add(&documents));
            added.await.map_err(Error::internal)??;
        }
        self.write_search(Vec::new(), Vec::new(), latest).await
    }

    async fn write_search(self: &Arc<Self>, documents: Vec<Document>, gone: Vec<i64>, to: Position) -> Result<()> {
        let registry = self.clone();
        let written = tokio::task::spawn_blocking(move || registry.search.apply(&documents, &gone, to));
        Ok(written.await.map_err(Error::internal)??)
    }

    /// Opens the index once more, after a failure.
    async fn reopen_search(self: &Arc<Self>) {
        let registry = self.clone();
        let reopened = tokio::task::spawn_blocking(move || registry.search.reopen()).await;
        match reopened.map_err(Error::internal).and_then(|reopened| Ok(reopened?)) {
            Ok(()) => {}
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "cannot open the search index anew");
            }
        }
    }
}

/// Crates as the search index knows them.
async fn documents(tx: &mut Tx, found: Vec<Searchable>) -> Result<Vec<Document>> {
    let ids: Vec<i64> = found.iter().map(|searchable| searchable.id).collect();
    let mut keywords = by_crate(keywords::list_of_crates(tx, &ids).await?);
    let mut categories = by_crate(categories::list_of_crates(tx, &ids).await?);
    let mut owners = by_crate(owners::list_of_crates(tx, &ids).await?);
    let mut teams = by_crate(crate_teams::list_of_crates(tx, &ids).await?);
    let document = |found: Searchable| Document {
        id: found.id,
        name: found.name,
        description: found.description.unwrap_or_default(),
        keywords: keywords.remove(&found.id).unwrap_or_default(),
        categories: categories.remove(&found.id).unwrap_or_default(),
        readme: found.readme.unwrap_or_default(),
        owners: owners.remove(&found.id).unwrap_or_default(),
        teams: teams.remove(&found.id).unwrap_or_default(),
        downloads: found.downloads,
        recent_downloads: found.recent_downloads,
        created_at: found.created_at,
        updated_at: found.updated_at,
        is_yanked: found.is_yanked,
    };
    Ok(found.into_iter().map(document).collect())
}

fn by_crate<T>(pairs: Vec<(i64, T)>) -> HashMap<i64, Vec<T>> {
    let mut map: HashMap<i64, Vec<T>> = HashMap::new();
    for (crate_id, value) in pairs {
        map.entry(crate_id).or_default().push(value);
    }
    map
}
