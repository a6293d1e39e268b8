//! The downloads of the last 90 days, day by day, as they are drawn.

use std::collections::HashMap;

use cargohold_protocol::Day;
use cargohold_store::Tx;
use cargohold_store::downloads::{self, DayCount, RECENT_DAYS};
use cargohold_store::versions::Summary;

use crate::Result;

/// How many versions are counted each by itself.
const SHOWN_VERSIONS: usize = 5;

/// Daily downloads over 90 days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownloadHistory {
    /// The first of the days.
    pub first: Day,
    /// Of the most downloaded versions each, the highest first, and then of all others together. Those without any are left
    /// out.
    pub series: Vec<DownloadSeries>,
}

/// The daily downloads of a version, or of several together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownloadSeries {
    /// The version; `None` for all others.
    pub version: Option<String>,
    /// One number a day.
    pub counts: Vec<i64>,
}

impl DownloadHistory {
    /// The downloads of these versions, sorted with the highest first, over the 90 days that end with `last`.
    pub(crate) async fn load(tx: &mut Tx, versions: &[&Summary], last: Day) -> Result<Self> {
        let first = last.before(RECENT_DAYS - 1);
        let ids: Vec<i64> = versions.iter().map(|version| version.id).collect();
        let counts = downloads::list(tx, &ids, first, last).await?;
        Ok(Self { first, series: series(&counts, versions, first) })
    }

    /// All downloads of each day.
    #[must_use]
    pub fn totals(&self) -> Vec<i64> {
        let mut totals = vec![0; usize::try_from(RECENT_DAYS).unwrap_or_default()];
        for series in &self.series {
            for (total, count) in totals.iter_mut().zip(&series.counts) {
                *total += count;
            }
        }
        totals
    }
}

fn series(counts: &[DayCount], versions: &[&Summary], first: Day) -> Vec<DownloadSeries> {
    let mut sums: HashMap<i64, i64> = HashMap::new();
    for count in counts {
        *sums.entry(count.version_id).or_default() += count.downloads;
    }
    let mut ranked: Vec<(usize, &&Summary)> = versions.iter().enumerate().collect();
    ranked.retain(|(_, version)| sums.get(&version.id).is_some_and(|sum| *sum > 0));
    // The sort is stable: of two that were downloaded as often, the higher one is shown.
    ranked.sort_by_key(|(_, version)| std::cmp::Reverse(sums[&version.id]));
    let mut shown: Vec<(usize, &&Summary)> = ranked.into_iter().take(SHOWN_VERSIONS).collect();
    shown.sort_by_key(|(place, _)| *place);
    let mut all: Vec<DownloadSeries> =
        shown.iter().map(|(_, version)| DownloadSeries::empty(Some(version.num.to_string()))).collect();
    let mut others = DownloadSeries::empty(None);
    for count in counts {
        let place = shown.iter().position(|(_, version)| version.id == count.version_id);
        let series = place.map_or(&mut others, |place| &mut all[place]);
        let day = usize::try_from(count.day - first.number()).ok();
        if let Some(sum) = day.and_then(|day| series.counts.get_mut(day)) {
            *sum += count.downloads;
        }
    }
    if others.counts.iter().any(|count| *count > 0) {
        all.push(others);
    }
    all
}

impl DownloadSeries {
    fn empty(version: Option<String>) -> Self {
        Self { version, counts: vec![0; usize::try_from(RECENT_DAYS).unwrap_or_default()] }
    }
}

#[cfg(test)]
mod tests;
