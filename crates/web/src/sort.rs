//! The orders of lists of crates, as addresses name them (contract §5.1).

use cargohold_registry::{MAX_RANKED, Sort};

use crate::error::ApiError;

/// The order of this name; `has_text` says whether something is searched for.
pub(crate) fn named(name: &str, has_text: bool) -> Sort {
    match (name, has_text) {
        ("downloads", _) => Sort::Downloads,
        ("recent-downloads", _) => Sort::RecentDownloads,
        ("recent-updates", _) => Sort::Updated,
        ("new", _) => Sort::Created,
        ("" | "relevance", true) => Sort::Relevance,
        (_, true) => Sort::ExactThenName,
        (_, false) => Sort::Name,
    }
}

/// Refuses a page of this number, with so many crates before it, if the order does not reach so far.
pub(crate) fn check_reach(sort: Sort, page: usize, skip: usize) -> Result<(), ApiError> {
    if sort != Sort::Relevance || skip < MAX_RANKED {
        return Ok(());
    }
    Err(ApiError::bad_request(format!(
        "only the best {MAX_RANKED} matches are ranked, and page {page} lies behind them; search for more words, or see the \
         data access policy of this registry"
    )))
}
