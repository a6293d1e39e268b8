//! RSS feeds (contract §9.4).

use std::time::Duration;

use cargohold_protocol::Timestamp;
use cargohold_render::feed::{self, NewCrate, Release, Site};
use cargohold_store::versions;
use cargohold_store::{Tx, crates};

use super::{Owner, keep_file};
use crate::{Registry, Result};

const A_DAY: Duration = Duration::from_hours(24);
const AN_HOUR: Duration = Duration::from_hours(1);

/// How long each feed is at least.
const CRATE_RELEASES: i64 = 10;
const NEW_CRATES: i64 = 50;
const UPDATES: i64 = 100;

impl Registry {
    pub(super) async fn write_crate_feed(&self, crate_id: i64, now: Timestamp) -> Result<()> {
        let mut tx = self.store.read().await?;
        let Some(krate) = crates::find_by_id(&mut tx, crate_id).await? else { return Ok(()) };
        let rows = versions::list_releases_of(&mut tx, crate_id, now.before(A_DAY), CRATE_RELEASES).await?;
        drop(tx);
        let releases: Vec<Release<'_>> = rows.iter().map(release).collect();
        let text = feed::crate_feed(self.site(), krate.name.as_str(), &releases);
        self.write_feed(&format!("rss/crates/{}.xml", krate.name), Some(crate_id), text, now).await
    }

    pub(super) async fn write_crates_feed(&self, now: Timestamp) -> Result<()> {
        let rows = new_crates(&mut self.store.read().await?, now).await?;
        let new: Vec<NewCrate<'_>> = rows
            .iter()
            .map(|krate| NewCrate {
                name: krate.name.as_str(),
                description: krate.texts.description.as_deref(),
                at: krate.created_at,
            })
            .collect();
        let text = feed::crates_feed(self.site(), &new);
        self.write_feed("rss/crates.xml", None, text, now).await
    }

    pub(super) async fn write_updates_feed(&self, now: Timestamp) -> Result<()> {
        let rows = versions::list_releases(&mut self.store.read().await?, now.before(AN_HOUR), UPDATES).await?;
        let releases: Vec<Release<'_>> = rows.iter().map(release).collect();
        let text = feed::updates_feed(self.site(), &releases);
        self.write_feed("rss/updates.xml", None, text, now).await
    }

    fn site(&self) -> Site<'_> {
        Site { base_url: &self.settings.base_url, title: &self.settings.site_name }
    }

    async fn write_feed(&self, path: &str, crate_id: Option<i64>, text: String, now: Timestamp) -> Result<()> {
        let bytes = self.put_derived(text.into()).await?;
        let mut tx = self.store.write().await?;
        if let Some(crate_id) = crate_id
            && crates::find_by_id(&mut tx, crate_id).await?.is_none()
        {
            return Ok(());
        }
        keep_file(&mut tx, path, Owner { crate_id, version_id: None }, &bytes, now).await?;
        Ok(tx.commit().await?)
    }
}

/// The latest crates: those of the last hour, and at least fifty.
async fn new_crates(tx: &mut Tx, now: Timestamp) -> Result<Vec<crates::Crate>> {
    Ok(crates::list_new(tx, now.before(AN_HOUR), NEW_CRATES).await?)
}

fn release(row: &versions::Release) -> Release<'_> {
    Release {
        name: &row.name,
        num: &row.num,
        description: row.description.as_deref(),
        at: Timestamp::from_micros(row.created_at),
    }
}
