//! What is kept of lists: what the search index found, and pages with the rows of their crates.

use std::sync::Arc;
use std::time::Duration;

use cargohold_protocol::api::Crate;
use cargohold_search::{Hit, Hits};
use moka::sync::Cache;

use super::{CratesFound, Group, ListFrom, ListQuery, MAX_KEPT_QUERY_BYTES, Sort};
use crate::cache::Noted;

/// How much memory may be taken by what the search index found, in bytes.
const MAX_HITS_BYTES: u64 = 16 * 1024 * 1024;

/// How much memory pages and their answers may take, in bytes.
const MAX_PAGES_BYTES: u64 = 32 * 1024 * 1024;

/// How long is kept what nobody asks for; what is of a past state of the search index goes so, too.
const MAX_IDLE: Duration = Duration::from_mins(1);

/// Lists, by what was asked for.
pub(crate) struct ListCache {
    /// Small, and what takes longest to find.
    hits: Cache<Arc<Asked>, Arc<Hits>>,
    /// Each as of some change.
    pages: Cache<Arc<Asked>, (Noted, Arc<CratesFound>)>,
}

/// A page of a list that may be asked for again: one that begins at a number, not behind a crate.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Asked {
    /// The state of the search index that it is taken from.
    generation: u64,
    text: Option<String>,
    category: Option<String>,
    hide_yanked: bool,
    group: Option<Group>,
    sort: Sort,
    skip: usize,
    limit: usize,
}

impl Asked {
    pub(super) fn new(generation: u64, query: &ListQuery) -> Option<Self> {
        let ListFrom::Offset(skip) = query.from else { return None };
        let ListQuery { text, category, hide_yanked, group, sort, from: _, limit } = query.clone();
        Some(Self { generation, text, category, hide_yanked, group, sort, skip, limit })
    }

    /// About how many bytes it takes.
    fn weight(&self) -> usize {
        let group = match &self.group {
            Some(Group::Ids(ids)) => 8 * ids.len(),
            Some(Group::AllKeywords(names) | Group::Names(names)) => names.iter().map(|name| 24 + name.len()).sum(),
            Some(Group::Keyword(name)) => name.len(),
            Some(Group::Letter(_) | Group::User(_) | Group::Team(_)) | None => 0,
        };
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        256 + text(&self.text) + text(&self.category) + group
    }
}

impl Default for ListCache {
    fn default() -> Self {
        let weigh_hits = |asked: &Arc<Asked>, found: &Arc<Hits>| {
            u32::try_from(asked.weight() + size_of::<Hit>() * found.hits.len()).unwrap_or(u32::MAX)
        };
        let weigh_page = |asked: &Arc<Asked>, (_, page): &(Noted, Arc<CratesFound>)| {
            u32::try_from(asked.weight() + weight(page)).unwrap_or(u32::MAX)
        };
        Self {
            hits: Cache::builder().max_capacity(MAX_HITS_BYTES).weigher(weigh_hits).time_to_idle(MAX_IDLE).build(),
            pages: Cache::builder().max_capacity(MAX_PAGES_BYTES).weigher(weigh_page).time_to_idle(MAX_IDLE).build(),
        }
    }
}

impl ListCache {
    pub(super) fn hits(&self, asked: &Asked) -> Option<Arc<Hits>> {
        self.hits.get(asked)
    }

    pub(super) fn keep_hits(&self, asked: Arc<Asked>, hits: Arc<Hits>) {
        self.hits.insert(asked, hits);
    }

    /// The page as it is since the latest change.
    pub(super) fn page(&self, asked: &Asked, noted: Noted) -> Option<Arc<CratesFound>> {
        self.pages.get(asked).filter(|(at, _)| *at == noted).map(|(_, page)| page)
    }

    /// Keeps a page that was read after the note.
    pub(super) fn keep_page(&self, asked: Arc<Asked>, noted: Noted, page: Arc<CratesFound>) {
        self.pages.insert(asked, (noted, page));
    }
}

/// About how many bytes a page takes, and as many for its answer and half as many for compressed forms of that.
fn weight(page: &CratesFound) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let texts = |krate: &Crate| {
        text(&krate.description) + text(&krate.homepage) + text(&krate.documentation) + text(&krate.repository)
    };
    let crates: usize = page.crates.iter().map(|krate| size_of::<Crate>() + 512 + texts(krate)).sum();
    256 + MAX_KEPT_QUERY_BYTES + crates * 5 / 2
}
