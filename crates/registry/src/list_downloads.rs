//! Daily downloads of a version and of a crate (contract §5.4, §5.9).

use std::collections::BTreeMap;

use cargohold_protocol::api::{CrateDownloads, ExtraDownloads, ExtraDownloadsMeta, VersionDownload};
use cargohold_protocol::{Day, Version};
use cargohold_store::downloads::{self, DayCount, RECENT_DAYS};
use cargohold_store::versions;

use crate::access::load_crate;
use crate::list_versions::{VersionOrder, in_order, load_version, sort};
use crate::version_view::Spelling;
use crate::{Call, Registry, Result};

/// How many versions of a crate are counted each by itself.
const SHOWN_VERSIONS: usize = 5;

impl Registry {
    /// The daily downloads of a version over the 90 days that end with `last`.
    ///
    /// # Errors
    /// When there is no such crate or it has no such version.
    pub async fn list_version_downloads(&self, name: &str, num: &Version, last: Day) -> Result<Vec<VersionDownload>> {
        let mut tx = self.store.read().await?;
        let (_, version) = load_version(&mut tx, name, num).await?;
        let counts = downloads::list(&mut tx, &[version.id], last.before(RECENT_DAYS - 1), last).await?;
        Ok(counts.iter().map(show).collect())
    }

    /// The daily downloads of a crate over the last 90 days: of its five highest versions each, and of the others together.
    ///
    /// # Errors
    /// When there is no such crate.
    pub async fn list_crate_downloads(&self, call: &Call, name: &str, with_versions: bool) -> Result<CrateDownloads> {
        let today = Day::of(call.now);
        let first = today.before(RECENT_DAYS - 1);
        let mut tx = self.store.read().await?;
        let krate = load_crate(&mut tx, name).await?;
        let all = versions::list_summaries(&mut tx, krate.id).await?;
        let mut sorted: Vec<_> = all.iter().collect();
        sort(&mut sorted, VersionOrder::Semver);
        let (shown, others) = sorted.split_at(sorted.len().min(SHOWN_VERSIONS));
        let ids = |of: &[&versions::Summary]| of.iter().map(|version| version.id).collect::<Vec<i64>>();
        let shown_ids = ids(shown);
        let counts = downloads::list(&mut tx, &shown_ids, first, today).await?;
        let mut extra: BTreeMap<i64, i64> = BTreeMap::new();
        for count in downloads::list(&mut tx, &ids(others), first, today).await? {
            *extra.entry(count.day).or_default() += count.downloads;
        }
        let versions = if with_versions {
            let rows = in_order(versions::list_by_ids(&mut tx, &shown_ids).await?, &shown_ids);
            Some(self.show_versions(&mut tx, rows, Spelling::Requested(name)).await?)
        } else {
            None
        };
        let extra_downloads =
            extra.into_iter().map(|(day, downloads)| ExtraDownloads { date: Day::from_number(day), downloads });
        Ok(CrateDownloads {
            version_downloads: counts.iter().map(show).collect(),
            versions,
            meta: ExtraDownloadsMeta { extra_downloads: extra_downloads.collect() },
        })
    }
}

fn show(count: &DayCount) -> VersionDownload {
    VersionDownload { version: count.version_id, downloads: count.downloads, date: Day::from_number(count.day) }
}
