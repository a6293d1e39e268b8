use cargohold_registry::Sort;

use super::{OF_A_SEARCH, OF_AN_INDEX, Selection, Shelf, order_links};
use crate::pages::pager::Pager;
use crate::pages::samples::krate;
use crate::params::Params;

/// A page with two crates, or with none.
pub(in crate::pages::lists) fn sample(path: &str, query: &str, is_full: bool) -> Shelf {
    let params = Params::parse(query);
    Shelf {
        crates: if is_full { [krate("tide"), krate("ebb")].into() } else { [].into() },
        total: if is_full { 1042 } else { 0 },
        first: 21,
        orders: order_links(OF_AN_INDEX, "downloads", path, &params),
        pager: Pager::new(2, if is_full { 1042 } else { 0 }, 20, path, &params),
    }
}

#[test]
fn an_order_that_is_not_offered_is_the_first_one() {
    let sort = |query: &str, text: Option<&str>| {
        let orders = if text.is_some() { OF_A_SEARCH } else { OF_AN_INDEX };
        let selection = Selection { text: text.map(str::to_owned), ..Selection::all("/search", orders) };
        selection.sort(&Params::parse(query)).ok()
    };
    assert_eq!(sort("", None), Some(("alphabetical", Sort::Name)));
    assert_eq!(sort("sort=relevance", None), Some(("alphabetical", Sort::Name)));
    assert_eq!(sort("sort=new", None), Some(("new", Sort::Created)));
    assert_eq!(sort("sort=", Some("tide")), Some(("relevance", Sort::Relevance)));
    assert_eq!(sort("sort=alphabetical", Some("tide")), Some(("relevance", Sort::Relevance)));
    assert_eq!(sort("sort=recent-updates", Some("tide")), Some(("recent-updates", Sort::Updated)));
    assert_eq!(sort("sort=new&sort=new", None), None, "one of two is nobody's choice");
}

#[test]
fn another_order_begins_at_the_first_page_and_keeps_the_rest() {
    let links = order_links(OF_A_SEARCH, "new", "/search", &Params::parse("q=a%22b&sort=new&page=3&done=x&letter=a"));
    assert_eq!(links[1].link, "/search?q=a%22b&letter=a&sort=downloads");
    let current: Vec<&str> = links.iter().filter(|link| link.is_current).map(|link| link.title).collect();
    assert_eq!(current, ["Newly added"]);
}
