//! The versions of a crate: numbers that rise, the odd pre-release, build metadata and yank.

use cargohold_protocol::Version;

use crate::Failure;
use crate::random::Random;

/// One version to be.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    pub(crate) num: Version,
    /// In Unix microseconds.
    pub(crate) created_at: i64,
    /// When it was yanked, if it was.
    pub(crate) yanked_at: Option<i64>,
    pub(crate) downloads: i64,
}

/// So many versions, the first one at `first_at` and all before `end`; together they have `downloads`.
pub(crate) fn releases(
    random: &mut Random,
    count: u64,
    (first_at, end): (i64, i64),
    downloads: i64,
) -> Result<Vec<Release>, Failure> {
    let span = (end - first_at) / i64::try_from(count).unwrap_or(i64::MAX).max(1);
    let is_abandoned = random.below(200) == 0;
    let mut number = Number::first(random);
    let mut releases = Vec::new();
    let mut at = first_at;
    for _ in 0..count {
        let yanked_at = (is_abandoned || random.percent(3)).then(|| random.between(at, end));
        let num = number.text(random).parse().map_err(Failure::row)?;
        releases.push(Release { num, created_at: at, yanked_at, downloads: 0 });
        number = number.next(random);
        at += 1 + random.between(span / 2, span - 1);
    }
    share(random, downloads, &mut releases);
    Ok(releases)
}

/// Gives every version a part of the downloads, later ones more.
fn share(random: &mut Random, downloads: i64, releases: &mut [Release]) {
    let weights: Vec<i64> = (1..).take(releases.len()).map(|place| place + random.between(0, 20)).collect();
    let sum: i64 = weights.iter().sum();
    let mut left = downloads;
    for (release, weight) in releases.iter_mut().zip(weights) {
        release.downloads = downloads * weight / sum;
        left -= release.downloads;
    }
    if let Some(last) = releases.last_mut() {
        last.downloads += left;
    }
}

#[derive(Clone, Copy, Debug)]
struct Number {
    major: u64,
    minor: u64,
    patch: u64,
    candidate: Option<u64>,
}

impl Number {
    fn first(random: &mut Random) -> Self {
        let major = u64::from(random.percent(20));
        Self { major, minor: 1 - major, patch: 0, candidate: None }
    }

    /// A higher number.
    fn next(self, random: &mut Random) -> Self {
        if let Some(candidate) = self.candidate {
            let again = random.percent(40).then_some(candidate + 1);
            return Self { candidate: again, ..self };
        }
        let raised = match random.below(100) {
            0..3 => Self { major: self.major + 1, minor: 0, patch: 0, candidate: None },
            3..30 => Self { minor: self.minor + 1, patch: 0, ..self },
            _ => Self { patch: self.patch + 1, ..self },
        };
        Self { candidate: random.percent(4).then_some(1), ..raised }
    }

    fn text(self, random: &mut Random) -> String {
        let Self { major, minor, patch, candidate } = self;
        let pre = candidate.map(|candidate| format!("-rc.{candidate}")).unwrap_or_default();
        let build = if random.percent(1) { format!("+build.{}", random.below(1000)) } else { String::new() };
        format!("{major}.{minor}.{patch}{pre}{build}")
    }
}
