//! A page of crates in one of the orders that a list offers.

use std::sync::Arc;

use cargohold_protocol::api::Crate;
use cargohold_registry::{Group, ListFrom, ListQuery, MAX_RANKED, Sort};

use crate::app::App;
use crate::pages::pager::{self, Pager};
use crate::pages::refusal::PageError;
use crate::params::Params;
use crate::sort;

/// An order: how addresses and how people call it.
pub(super) type Order = (&'static str, &'static str);

const BY_NAME: Order = ("alphabetical", "Name");
const BY_RELEVANCE: Order = ("relevance", "Relevance");
const BY_DOWNLOADS: Order = ("downloads", "All-time downloads");
const BY_RECENT_DOWNLOADS: Order = ("recent-downloads", "Recent downloads");
const BY_UPDATE: Order = ("recent-updates", "Recent updates");
const BY_AGE: Order = ("new", "Newly added");

/// The orders of what was searched for; the first one holds if nobody says.
pub(super) const OF_A_SEARCH: &[Order] = &[BY_RELEVANCE, BY_DOWNLOADS, BY_RECENT_DOWNLOADS, BY_UPDATE, BY_AGE];

/// The orders of a list to look something up in.
pub(super) const OF_AN_INDEX: &[Order] = &[BY_NAME, BY_DOWNLOADS, BY_RECENT_DOWNLOADS, BY_UPDATE, BY_AGE];

/// The orders of a list of crates that compete with each other.
pub(super) const OF_A_SHELF: &[Order] = &[BY_RECENT_DOWNLOADS, BY_DOWNLOADS, BY_UPDATE, BY_AGE, BY_NAME];

/// A link to the same list in some order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OrderLink {
    pub(super) title: &'static str,
    pub(super) link: String,
    /// Whether it is the order of this page.
    pub(super) is_current: bool,
}

/// A page of crates.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    pub(super) crates: Arc<[Crate]>,
    /// How many crates there are on all pages.
    pub(super) total: usize,
    /// The number of the first crate of this page.
    pub(super) first: usize,
    pub(super) orders: Vec<OrderLink>,
    pub(super) pager: Pager,
}

/// What to put on a shelf.
pub(super) struct Selection<'a> {
    /// The path of the page.
    pub(super) path: &'a str,
    /// The orders to offer.
    pub(super) orders: &'static [Order],
    /// How many crates a page has.
    pub(super) per_page: usize,
    /// What to search for.
    pub(super) text: Option<String>,
    /// The category the crates are in.
    pub(super) category: Option<String>,
    /// The group the crates are in.
    pub(super) group: Option<Group>,
    /// Whether to leave out crates whose versions are all yanked.
    pub(super) hide_yanked: bool,
}

impl<'a> Selection<'a> {
    /// All crates, fifty a page.
    pub(super) fn all(path: &'a str, orders: &'static [Order]) -> Self {
        Self { path, orders, per_page: 50, text: None, category: None, group: None, hide_yanked: false }
    }

    /// The page that the address asks for.
    ///
    /// # Errors
    /// When there is no such page, or the search index or the database fails.
    pub(super) async fn load(self, app: &App, params: &Params) -> Result<Shelf, PageError> {
        let page = pager::page(params)?;
        let skip = (page - 1) * self.per_page;
        let (sort_key, sort) = self.sort(params)?;
        sort::check_reach(sort, page, skip)?;
        let query = ListQuery {
            text: self.text,
            category: self.category,
            hide_yanked: self.hide_yanked,
            group: self.group,
            sort,
            from: ListFrom::Offset(skip),
            limit: self.per_page,
        };
        let found = app.registry.list_crates(query).await?;
        let reach = if sort == Sort::Relevance { found.total.min(MAX_RANKED) } else { found.total };
        Ok(Shelf {
            crates: found.crates.clone(),
            total: found.total,
            first: skip + 1,
            orders: order_links(self.orders, sort_key, self.path, params),
            pager: Pager::new(page, reach, self.per_page, self.path, params),
        })
    }

    /// The order the address names; the first one if it names none of those that are offered.
    fn sort(&self, params: &Params) -> Result<(&'static str, Sort), PageError> {
        let asked = params.raw("sort")?.unwrap_or_default();
        let offered = self.orders.iter().map(|(key, _)| *key);
        let key = offered.clone().find(|key| *key == asked).or(offered.clone().next()).unwrap_or_default();
        Ok((key, sort::named(key, self.text.is_some())))
    }
}

/// Links to the first page of a list in each of its orders.
pub(super) fn order_links(orders: &[Order], current: &str, path: &str, params: &Params) -> Vec<OrderLink> {
    let kept = params.without(&["page", "done"]);
    let link = |(key, title): &Order| OrderLink {
        title,
        link: format!("{path}{}", kept.link("sort", key)),
        is_current: *key == current,
    };
    orders.iter().map(link).collect()
}

impl Shelf {
    /// The number of the last crate of this page.
    pub(super) fn last(&self) -> usize {
        self.first + self.crates.len().saturating_sub(1)
    }

    /// Whether the address names a page behind the end of the list.
    pub(super) fn is_behind_the_end(&self) -> bool {
        self.crates.is_empty() && self.pager.page > 1
    }
}

#[cfg(test)]
pub(super) use self::tests::sample;

#[cfg(test)]
mod tests;
