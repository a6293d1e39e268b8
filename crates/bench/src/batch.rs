//! The rows of some crates, made from what the universe says of them.

mod common;
mod derived;

use cargohold_protocol::{Day, Timestamp};
use cargohold_store::bulk::{
    ActionRow, CrateCategoryRow, CrateKeywordRow, CrateRow, DependencyRow, DownloadsRow, OwnerRow, VersionRow,
};

use crate::Failure;
use crate::batch::common::Common;
use crate::batch::derived::Derived;
use crate::dependencies::{Dependencies, Dependency};
use crate::history::{Release, releases};
use crate::prose;
use crate::random::{Facet, Random};
use crate::universe::Universe;

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// How long ago the first crate was published.
const AGE: i64 = 11 * 365 * DAY;

/// Over how many days downloads are known day by day.
const KNOWN_DAYS: i64 = 30;

/// Who may own crates, and when everything ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) first_user_id: i64,
    pub(crate) users: i64,
    pub(crate) base: Timestamp,
}

/// Rows that go into the store together.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) crates: Vec<CrateRow>,
    pub(crate) keywords: Vec<CrateKeywordRow>,
    pub(crate) categories: Vec<CrateCategoryRow>,
    pub(crate) owners: Vec<OwnerRow>,
    pub(crate) versions: Vec<VersionRow>,
    pub(crate) dependencies: Vec<DependencyRow>,
    pub(crate) actions: Vec<ActionRow>,
    pub(crate) downloads: Vec<DownloadsRow>,
}

impl Batch {
    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.crates.len()
            + self.keywords.len()
            + self.categories.len()
            + self.owners.len()
            + self.versions.len()
            + self.dependencies.len()
            + self.actions.len()
            + self.downloads.len()
    }

    /// Adds a crate with so many versions, whose ids begin at `first_version_id`.
    pub(crate) fn add(
        &mut self,
        universe: &Universe,
        setting: Setting,
        index: usize,
        (first_version_id, count): (i64, u64),
    ) -> Result<(), Failure> {
        let common = Common::new(universe, setting, index)?;
        let end = setting.base.micros();
        let span = (AGE - 2 * DAY) / number(universe.len());
        let mut random = universe.random(Facet::History, index);
        let created_at = end - AGE + number(index) * span + random.between(0, span);
        let releases = releases(&mut random, count, (created_at, end), total_downloads(universe, index))?;
        let derived = Derived::of(&releases, first_version_id);
        let dependencies = Dependencies::of(universe, index);
        let mut random = universe.random(Facet::Facts, index);
        for (version_id, release) in (first_version_id..).zip(&releases) {
            self.add_version(&common, version_id, release, dependencies.of_version(&mut random), &mut random)?;
        }
        let recent = self.add_downloads(universe, index, (first_version_id, &releases), Day::of(setting.base));
        self.add_owners_and_tags(&common, created_at);
        let updated_at = releases.last().map_or(created_at, |release| release.created_at);
        let latest_yank = releases.iter().filter_map(|release| release.yanked_at).max().unwrap_or(0);
        self.crates.push(CrateRow {
            created_at,
            updated_at,
            index_changed_at: updated_at.max(latest_yank),
            downloads: releases.iter().map(|release| release.downloads).sum(),
            recent_downloads: recent,
            num_versions: number(releases.len()),
            readme: Some(prose::readme(universe, index)),
            ..derived.fill(common.row())
        });
        Ok(())
    }

    fn add_version(
        &mut self,
        common: &Common,
        version_id: i64,
        release: &Release,
        dependencies: &[Dependency],
        random: &mut Random,
    ) -> Result<(), Failure> {
        let publisher = *random.pick(&common.owners);
        let action = |action: &str, at| ActionRow { version_id, user_id: publisher, action: action.to_owned(), at };
        self.actions.push(action("publish", release.created_at));
        self.actions.extend(release.yanked_at.map(|at| action("yank", at)));
        self.dependencies.extend(dependencies.iter().map(|dependency| dependency.in_store(version_id)));
        self.versions.push(common.version(version_id, release, dependencies, publisher, random)?);
        Ok(())
    }

    /// Adds daily downloads of a popular crate's latest versions, and answers their sum.
    fn add_downloads(
        &mut self,
        universe: &Universe,
        index: usize,
        (first_version_id, releases): (i64, &[Release]),
        today: Day,
    ) -> Option<i64> {
        let (versions, days) = match universe.rank(index) * 100 / universe.len() {
            0..2 => (4, KNOWN_DAYS),
            2..20 => (1, 3),
            _ => return None,
        };
        let mut random = universe.random(Facet::Downloads, index);
        let mut sum = 0;
        let latest = (first_version_id..).zip(releases).skip(releases.len().saturating_sub(versions));
        for (version_id, release) in latest {
            // A day has about a thousandth, so that 30 days stay below the total.
            let usual = release.downloads / 1000;
            for day in (0..days).rev().filter(|_| usual > 0) {
                let downloads = usual / 2 + random.between(1, usual + 1);
                sum += downloads;
                let day = today.before(day).number();
                self.downloads.push(DownloadsRow { version_id, day, downloads, counted: downloads });
            }
        }
        (sum > 0).then_some(sum)
    }

    fn add_owners_and_tags(&mut self, common: &Common, created_at: i64) {
        let crate_id = common.crate_id;
        let created_by = common.owners[0];
        let owner = |user_id: &i64| OwnerRow { crate_id, user_id: *user_id, created_at, created_by };
        self.owners.extend(common.owners.iter().map(owner));
        let keyword = |keyword: &String| CrateKeywordRow { crate_id, keyword: keyword.clone() };
        self.keywords.extend(common.keywords.iter().map(keyword));
        let category = |slug: &&str| CrateCategoryRow { crate_id, slug: (*slug).to_owned() };
        self.categories.extend(common.slugs.iter().map(category));
    }
}

/// All downloads of a crate, which fall with its rank.
fn total_downloads(universe: &Universe, index: usize) -> i64 {
    let rank = number(universe.rank(index));
    let usual = 20_000_000_000 / (rank + 10) / (1 + rank / 5_000);
    usual / 2 + universe.random(Facet::Popularity, index + 1).between(0, usual)
}

/// A count of things in memory, which the store counts with sign.
fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
