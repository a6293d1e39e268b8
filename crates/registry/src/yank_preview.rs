//! Who would notice that a version is yanked.

use cargohold_protocol::{Day, Timestamp, Version};
use cargohold_store::downloads::{self, RECENT_DAYS};
use cargohold_store::reverse_dependencies::{self, Requiring};
use cargohold_store::{Tx, versions};
use semver::VersionReq;

use crate::list_versions::load_version;
use crate::{Registry, Result};

/// How many dependents are shown.
const SHOWN: usize = 100;

/// How many rows are read for them: few crates have more than one requirement on another.
const READ: i64 = 200;

/// What a yank of a version would mean to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YankPreview {
    /// Whether it is yanked already.
    pub is_yanked: bool,
    /// The crates that depend on the version, the most downloaded first, at most a hundred.
    pub dependents: Vec<Dependent>,
    /// How many there are altogether.
    pub total: i64,
    /// The version's downloads of the last 90 days.
    pub downloads_90_days: i64,
}

/// A crate whose default version may take the version asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependent {
    /// Its name.
    pub krate: String,
    /// Its default version.
    pub version: String,
    /// What it requires; of several requirements, one that could no longer be satisfied.
    pub req: String,
    /// All its downloads.
    pub downloads: i64,
    /// Whether no other version satisfies it that is not yanked: it builds with an old lockfile only.
    pub would_break: bool,
}

impl Registry {
    /// What it would mean to others if a version were yanked, as of `now`.
    ///
    /// # Errors
    /// When there is no such crate or it has no such version.
    pub async fn preview_yank(&self, name: &str, num: &Version, now: Timestamp) -> Result<YankPreview> {
        let mut tx = self.store.read().await?;
        let (krate, version) = load_version(&mut tx, name, num).await?;
        let all = versions::list_summaries(&mut tx, krate.id).await?;
        let others = all.into_iter().filter(|other| !other.is_yanked && other.id != version.id);
        let others: Vec<Version> = others.map(|other| other.num).collect();
        let (total, dependents) = list_dependents(&mut tx, krate.name.as_str(), num, &others).await?;
        let today = Day::of(now);
        let counts = downloads::list(&mut tx, &[version.id], today.before(RECENT_DAYS - 1), today).await?;
        let downloads_90_days = counts.iter().map(|count| count.downloads).sum();
        Ok(YankPreview { is_yanked: version.is_yanked, dependents, total, downloads_90_days })
    }
}

/// How many crates may take a version, and the first of them. There are far fewer requirements than dependents, so those are
/// judged and these are counted.
async fn list_dependents(tx: &mut Tx, name: &str, num: &Version, others: &[Version]) -> Result<(i64, Vec<Dependent>)> {
    let stored = reverse_dependencies::list_requirements(tx, name).await?;
    let takes_it = |req: &&str| req.parse().is_ok_and(|req: VersionReq| num.satisfies(&req));
    let matching: Vec<&str> = stored.iter().map(String::as_str).filter(takes_it).collect();
    let total = reverse_dependencies::count_requiring(tx, name, &matching).await?;
    let mut dependents: Vec<Dependent> = Vec::new();
    let mut last_id = None;
    for found in reverse_dependencies::list_requiring(tx, name, &matching, READ).await? {
        let id = found.crate_id;
        let dependent = judge(found, others);
        if last_id != Some(id) {
            if dependents.len() == SHOWN {
                break;
            }
            dependents.push(dependent);
        } else if let Some(last) = dependents.last_mut()
            && dependent.would_break
        {
            *last = dependent;
        }
        last_id = Some(id);
    }
    Ok((total, dependents))
}

fn judge(found: Requiring, others: &[Version]) -> Dependent {
    let has_other = |req: VersionReq| others.iter().any(|other| other.satisfies(&req));
    Dependent {
        would_break: !found.req.parse().is_ok_and(has_other),
        krate: found.krate,
        version: found.version,
        req: found.req,
        downloads: found.downloads,
    }
}
