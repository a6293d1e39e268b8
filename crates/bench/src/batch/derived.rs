//! What follows from all versions of a crate (contract §4).

use cargohold_store::bulk::CrateRow;

use crate::history::Release;

/// The derived values of a crate.
pub(super) struct Derived<'a> {
    default: (i64, &'a Release),
    /// The highest and latest that is not yanked: numbers rise with time here.
    max: Option<&'a Release>,
    max_stable: Option<&'a Release>,
}

impl<'a> Derived<'a> {
    /// Of at least one version.
    pub(super) fn of(releases: &'a [Release], first_id: i64) -> Self {
        let rank = |release: &Release| (release.yanked_at.is_none(), !release.num.is_prerelease());
        let mut default = (first_id, &releases[0]);
        for candidate in (first_id..).zip(releases) {
            if rank(candidate.1) >= rank(default.1) {
                default = candidate;
            }
        }
        let mut not_yanked = releases.iter().rev().filter(|release| release.yanked_at.is_none());
        let max = not_yanked.clone().next();
        Self { default, max, max_stable: not_yanked.find(|release| !release.num.is_prerelease()) }
    }

    pub(super) fn fill(&self, row: CrateRow) -> CrateRow {
        let num = |release: &Release| release.num.to_string();
        let (default_version_id, default) = self.default;
        CrateRow {
            default_version_id: Some(default_version_id),
            default_version: Some(num(default)),
            is_yanked: default.yanked_at.is_some(),
            max_version: self.max.map(num),
            newest_version: self.max.map(num),
            max_stable_version: self.max_stable.map(num),
            ..row
        }
    }
}
