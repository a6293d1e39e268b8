//! Versions of a crate: one, a page, or all (contract §5.3, §5.6).

use std::collections::HashSet;
use std::sync::Arc;

use cargohold_protocol::api::{ReleaseTrack, VersionListMeta, VersionObject};
use cargohold_protocol::{Timestamp, Version};
use cargohold_store::Tx;
use cargohold_store::crates::Crate;
use cargohold_store::versions::{self, Summary, VersionRow};
use indexmap::IndexMap;

use crate::access::load_crate;
use crate::pieces::{Pieces, sized};
use crate::version_view::Spelling;
use crate::{Error, Registry, Result};

/// Which versions of a crate to list.
#[derive(Clone, Debug, Default)]
pub struct VersionQuery {
    /// Only these numbers.
    pub nums: Option<HashSet<String>>,
    /// The order.
    pub order: VersionOrder,
    /// The page, or `None` for all versions.
    pub page: Option<VersionPage>,
    /// Whether to tell the release tracks.
    pub with_release_tracks: bool,
}

/// The order of a list of versions; what ties has higher ids first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VersionOrder {
    /// The highest first.
    #[default]
    Semver,
    /// The latest first.
    Date,
}

/// A page of a list of versions.
#[derive(Clone, Debug)]
pub struct VersionPage {
    /// The place behind which the page begins.
    pub after: Option<VersionKey>,
    /// How many versions it passes over first.
    pub skip: usize,
    /// How many versions it has at most.
    pub limit: usize,
}

/// A place in a list of versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionKey {
    /// In the order of numbers.
    Semver(String, i64),
    /// In the order of dates.
    Date(Timestamp, i64),
}

/// A page of versions.
#[derive(Clone, Debug)]
pub struct VersionsFound {
    /// The versions of this page.
    pub versions: Vec<VersionObject>,
    /// How many match altogether.
    pub total: usize,
    /// The place of the last version of this page.
    pub last: Option<VersionKey>,
    /// Whether the page has fewer versions than its limit because they are so long.
    pub is_cut: bool,
    /// The tracks of releases, the newest first, if they were asked for.
    pub release_tracks: Option<IndexMap<String, ReleaseTrack>>,
}

impl Registry {
    /// Makes sure that there is a crate of this name, in any spelling.
    ///
    /// # Errors
    /// When there is none.
    pub async fn check_crate(&self, name: &str) -> Result<()> {
        load_crate(&mut self.store.read().await?, name).await.map(drop)
    }

    /// One version, under the crate's stored name.
    ///
    /// # Errors
    /// When there is no such crate or it has no such version.
    pub async fn find_version(&self, name: &str, num: &Version) -> Result<VersionObject> {
        let mut tx = self.store.read().await?;
        let (_, row) = load_version(&mut tx, name, num).await?;
        self.show_version(&mut tx, row).await
    }

    /// All versions of a crate that match, under the name as it was requested, ready to be sent. The page that is asked for is without
    /// effect.
    ///
    /// # Errors
    /// When there is no such crate.
    pub async fn all_versions_answer(self: &Arc<Self>, name: &str, query: &VersionQuery) -> Result<Pieces> {
        let mut tx = self.store.read().await?;
        let krate = load_crate(&mut tx, name).await?;
        let all = versions::list_summaries(&mut tx, krate.id).await?;
        let matching = matching(&all, query);
        let release_tracks = query.with_release_tracks.then(|| release_tracks(&matching));
        let ids: Vec<i64> = matching.iter().map(|version| version.id).collect();
        let sized = sized(&mut tx, &ids).await?;
        let meta = VersionListMeta { total: matching.len(), next_page: None, release_tracks };
        let meta = serde_json::to_string(&meta).map_err(Error::internal)?;
        let around = (r#"{"versions":["#.to_owned(), format!(r#"],"meta":{meta}}}"#));
        Ok(Pieces::new(self, &sized, around, Spelling::Requested(name)))
    }

    /// Versions of a crate, under the name as it was requested. A page of very long ones ends before its limit.
    ///
    /// # Errors
    /// When there is no such crate.
    pub async fn list_versions(&self, name: &str, query: &VersionQuery) -> Result<VersionsFound> {
        let mut tx = self.store.read().await?;
        let krate = load_crate(&mut tx, name).await?;
        let all = versions::list_summaries(&mut tx, krate.id).await?;
        let matching = matching(&all, query);
        let page = page_of(&matching, query.page.as_ref());
        let release_tracks = query.with_release_tracks.then(|| match &query.page {
            Some(_) => release_tracks(&all.iter().collect::<Vec<_>>()),
            None => release_tracks(&page),
        });
        let total = if page.is_empty() { 0 } else { matching.len() };
        let ids: Vec<i64> = page.iter().map(|version| version.id).collect();
        let ids = within_a_page(sized(&mut tx, &ids).await?);
        let last = ids.last().and_then(|last| page.iter().find(|version| version.id == *last));
        let last = last.map(|version| key_of(version, query.order));
        let is_cut = ids.len() < page.len();
        let rows = in_order(versions::list_by_ids(&mut tx, &ids).await?, &ids);
        let versions = self.show_versions(&mut tx, rows, Spelling::Requested(name)).await?;
        Ok(VersionsFound { versions, total, last, is_cut, release_tracks })
    }
}

/// A version with its crate.
///
/// # Errors
/// When there is no such crate or it has no such version.
pub(crate) async fn load_version(tx: &mut Tx, name: &str, num: &Version) -> Result<(Crate, VersionRow)> {
    let krate = load_crate(tx, name).await?;
    let row = versions::find(tx, krate.id, num).await?;
    let missing = || Error::NoSuchVersion { name: krate.name.clone(), version: num.clone() };
    let row = row.ok_or_else(missing)?;
    Ok((krate, row))
}

/// The rows in the order of the ids.
pub(crate) fn in_order(rows: Vec<VersionRow>, ids: &[i64]) -> Vec<VersionRow> {
    let mut rows: std::collections::HashMap<i64, VersionRow> = rows.into_iter().map(|row| (row.id, row)).collect();
    ids.iter().filter_map(|id| rows.remove(id)).collect()
}

/// Sorts versions, the highest or latest first.
pub(crate) fn sort(versions: &mut [&Summary], order: VersionOrder) {
    versions.sort_by(|a, b| match order {
        VersionOrder::Semver => b.num.cmp_precedence(&a.num).then(b.id.cmp(&a.id)),
        VersionOrder::Date => (b.created_at, b.id).cmp(&(a.created_at, a.id)),
    });
}

/// The versions that match, in the order that is asked for.
fn matching<'v>(all: &'v [Summary], query: &VersionQuery) -> Vec<&'v Summary> {
    let is_wanted = |version: &&Summary| query.nums.as_ref().is_none_or(|nums| nums.contains(&version.num.to_string()));
    let mut matching: Vec<&Summary> = all.iter().filter(is_wanted).collect();
    sort(&mut matching, query.order);
    matching
}

/// How many bytes a page of versions may have, as the database counts them. A hundred versions with as many facts as any may have fit.
const MAX_PAGE_BYTES: i64 = 8 * 1024 * 1024;

/// The versions that fit on one page, at least one.
fn within_a_page(sized: Vec<(i64, i64)>) -> Vec<i64> {
    let mut sum = 0;
    let fits = |(place, (_, bytes)): &(usize, (i64, i64))| {
        sum += bytes;
        *place == 0 || sum <= MAX_PAGE_BYTES
    };
    sized.into_iter().enumerate().take_while(fits).map(|(_, (id, _))| id).collect()
}

fn key_of(version: &Summary, order: VersionOrder) -> VersionKey {
    match order {
        VersionOrder::Semver => VersionKey::Semver(version.num.to_string(), version.id),
        VersionOrder::Date => VersionKey::Date(version.created_at, version.id),
    }
}

fn page_of<'v>(sorted: &[&'v Summary], page: Option<&VersionPage>) -> Vec<&'v Summary> {
    let Some(page) = page else { return sorted.to_vec() };
    let is_behind = |version: &&&Summary| match &page.after {
        None => true,
        Some(VersionKey::Date(at, id)) => (version.created_at, version.id) < (*at, *id),
        // A key that is no version lies nowhere: nothing is behind it.
        Some(VersionKey::Semver(num, id)) => num
            .parse::<Version>()
            .is_ok_and(|num| version.num.cmp_precedence(&num).then(version.id.cmp(id)) == std::cmp::Ordering::Less),
    };
    sorted.iter().filter(is_behind).skip(page.skip).take(page.limit).copied().collect()
}

/// The highest stable version that is not yanked of each track, the newest track first.
fn release_tracks(versions: &[&Summary]) -> IndexMap<String, ReleaseTrack> {
    let mut versions = versions.to_vec();
    sort(&mut versions, VersionOrder::Semver);
    let mut tracks = IndexMap::new();
    for version in versions.iter().filter(|version| !version.is_yanked && !version.num.is_prerelease()) {
        tracks.entry(version.num.release_track()).or_insert_with(|| ReleaseTrack { highest: version.num.clone() });
    }
    tracks
}
