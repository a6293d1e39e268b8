//! Crates as administrators see them: whose they are, how big, and what they could be mistaken for.

use std::collections::HashMap;

use cargohold_protocol::{CrateName, Timestamp};
use cargohold_store::crate_list::{self, Filter, ListedCrate};
use cargohold_store::{Tx, crates};

use crate::access::load_crate;
use crate::administration::load_user;
use crate::auth::Need;
use crate::{Call, Registry, Result};

/// How many names that look alike are told.
const MAX_LOOK_ALIKES: usize = 10;

/// Which crates somebody wants to see; `None` does not limit.
#[derive(Clone, Debug, Default)]
pub struct CrateQuery {
    /// Only those in whose name this occurs, in any spelling.
    pub text: Option<String>,
    /// Only those that the person with this login owns, not through a team.
    pub owner: Option<String>,
    /// Only those with lower ids.
    pub before: Option<i64>,
}

/// A crate as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrateSummary {
    /// The id.
    pub id: i64,
    /// The name in its stored spelling.
    pub name: String,
    /// The first publish.
    pub created_at: Timestamp,
    /// The last publish or change of settings.
    pub updated_at: Timestamp,
    /// All downloads.
    pub downloads: i64,
    /// How many versions there are.
    pub num_versions: i64,
    /// The length of all its tarballs together.
    pub size_bytes: i64,
    /// Whether it has limits of its own.
    pub has_own_limits: bool,
    /// The logins of the people who own it.
    pub users: Vec<String>,
    /// The logins of the teams that own it.
    pub teams: Vec<String>,
}

impl Registry {
    /// The newest crates, at most `limit`.
    ///
    /// # Errors
    /// When the caller is no administrator, or nobody has the login.
    pub async fn list_crates_to_administrate(
        &self,
        call: &Call,
        query: &CrateQuery,
        limit: i64,
    ) -> Result<Vec<CrateSummary>> {
        self.authorize(call, Need::Administrator).await?;
        let text = query.text.as_deref().unwrap_or_default().trim();
        if text.contains('\0') {
            return Ok(Vec::new());
        }
        let mut tx = self.store.read().await?;
        let owner_id = match &query.owner {
            Some(login) => Some(load_user(&mut tx, login).await?.id),
            None => None,
        };
        let before = query.before.unwrap_or(i64::MAX);
        let listed = crate_list::list(&mut tx, Filter { text, owner_id }, before, limit).await?;
        show_all(&mut tx, listed).await
    }

    /// The crate of this name, in any spelling.
    ///
    /// # Errors
    /// When the caller is no administrator, or there is no such crate.
    pub async fn find_crate_to_administrate(&self, call: &Call, name: &str) -> Result<CrateSummary> {
        self.authorize(call, Need::Administrator).await?;
        let mut tx = self.store.read().await?;
        let krate = load_crate(&mut tx, name).await?;
        let canonical = krate.name.canonical();
        let filter = Filter { text: canonical.as_str(), owner_id: None };
        // The name is a part of others', but the id is that of one crate.
        let listed = crate_list::list(&mut tx, filter, krate.id.saturating_add(1), 1).await?;
        let mut found = show_all(&mut tx, listed).await?;
        found.pop().filter(|found| found.id == krate.id).ok_or_else(|| crate::Error::NoSuchCrate(name.to_owned()))
    }

    /// The crates whose names are one letter away from this one.
    ///
    /// # Errors
    /// When the caller is no administrator, there is no such crate, or the search index fails.
    pub async fn list_look_alikes(&self, call: &Call, name: &str) -> Result<Vec<CrateName>> {
        self.authorize(call, Need::Administrator).await?;
        let mut tx = self.store.read().await?;
        let krate = load_crate(&mut tx, name).await?;
        let ids = self.search.similar(krate.name.as_str(), MAX_LOOK_ALIKES)?;
        let mut found = crates::list_by_ids(&mut tx, &ids).await?;
        found.retain(|other| other.id != krate.id);
        found.sort_by(|a, b| a.name.as_str().cmp(b.name.as_str()));
        Ok(found.into_iter().map(|other| other.name).collect())
    }
}

/// The crates with their owners.
async fn show_all(tx: &mut Tx, listed: Vec<ListedCrate>) -> Result<Vec<CrateSummary>> {
    let ids: Vec<i64> = listed.iter().map(|krate| krate.id).collect();
    let mut users = by_crate(crate_list::list_users(tx, &ids).await?);
    let mut teams = by_crate(crate_list::list_teams(tx, &ids).await?);
    let show = |krate: ListedCrate| CrateSummary {
        users: users.remove(&krate.id).unwrap_or_default(),
        teams: teams.remove(&krate.id).unwrap_or_default(),
        id: krate.id,
        name: krate.name,
        created_at: Timestamp::from_micros(krate.created_at),
        updated_at: Timestamp::from_micros(krate.updated_at),
        downloads: krate.downloads,
        num_versions: krate.num_versions,
        size_bytes: krate.size_bytes,
        has_own_limits: krate.has_own_limits,
    };
    Ok(listed.into_iter().map(show).collect())
}

fn by_crate(owners: Vec<(i64, String)>) -> HashMap<i64, Vec<String>> {
    let mut by_crate: HashMap<i64, Vec<String>> = HashMap::new();
    for (crate_id, login) in owners {
        by_crate.entry(crate_id).or_default().push(login);
    }
    by_crate
}
