//! Pages of a list.

use super::refusal::PageError;
use crate::params::Params;

/// The last page of a list that is served; what lies behind is for the database dump.
const LAST_PAGE: usize = 200;

/// Where in a list a page is, and how to get to the others.
#[derive(Clone, Debug)]
pub(crate) struct Pager {
    /// The number of this page, from 1 on.
    pub(super) page: usize,
    /// The number of the last page.
    pub(super) last: usize,
    /// The address of a page, but for its number.
    pub(super) link: String,
}

/// The number of the page that is asked for, from 1 on.
///
/// # Errors
/// When it is no number, or lies behind what is served.
pub(super) fn page(params: &Params) -> Result<usize, PageError> {
    let page = params.number::<usize>("page")?.unwrap_or(1);
    if (1..=LAST_PAGE).contains(&page) {
        return Ok(page);
    }
    Err(PageError::bad_request(format!("pages go from 1 to {LAST_PAGE}; search for more words to see less")))
}

impl Pager {
    /// This page of a list of so many rows, at this path with these parameters.
    pub(super) fn new(page: usize, total: usize, per_page: usize, path: &str, params: &Params) -> Self {
        let last = total.div_ceil(per_page).clamp(1, LAST_PAGE);
        let link = params.without(&["done"]).link("page", "");
        Self { page, last, link: format!("{path}{link}") }
    }

    /// The number of the page before this one. Behind the end of the list it is the last one there is.
    pub(super) fn previous(&self) -> Option<usize> {
        (self.page > 1).then(|| (self.page - 1).min(self.last))
    }

    /// The number of the page behind this one.
    pub(super) fn next(&self) -> Option<usize> {
        (self.page < self.last).then_some(self.page + 1)
    }
}

#[cfg(test)]
mod tests;
