#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use cargohold_protocol::api::Suggestion;

use super::SearchPage;
use crate::pages::lists::shelf;
use crate::pages::lists::wanted::Wanted;
use crate::pages::samples::{Sample, frame, sample};
use crate::params::Params;

/// Something that is dangerous wherever it is not escaped.
const HOSTILE: &str = "q=%22%3E%3Cbad%20keyword%3A%3Cscript%3Ealert(1)%20category%3A%22%3E%3Cbad&sort=downloads";

fn page(query: &str, is_found: bool) -> SearchPage {
    let params = Params::parse(query);
    let wanted = Wanted::read(params.raw("q").unwrap().unwrap(), "").unwrap_or_default();
    let shelf = shelf::sample("/search", query, is_found);
    let suggestion =
        Suggestion { name: "tide".to_owned(), description: Some("<script>alert(1)".to_owned()), recent_downloads: 1 };
    SearchPage::new(frame(), wanted, &params, shelf, if is_found { Vec::new() } else { vec![suggestion] })
}

pub(in crate::pages) fn samples() -> Vec<Sample> {
    let mut lost = page(HOSTILE, false);
    lost.shelf.pager.page = 1;
    let pages = [page(HOSTILE, true), page("q=tide", true), lost, page("q=tide&page=9", false)];
    pages.iter().map(|page| sample("search.html", page)).collect()
}

#[test]
fn what_is_found_keeps_its_filters_in_all_links() {
    let samples = samples();
    let found = &samples[0].1;
    assert!(found.contains("exact match") && found.contains("21–22 of 1\u{202f}042 crates"), "{found}");
    for link in [
        "/search?q=%22%3E%3Cbad+keyword%3A%3Cscript%3Ealert%281%29+category%3A%22%3E%3Cbad&#38;sort=recent-downloads",
        "/search?q=%22%3E%3Cbad+keyword%3A%3Cscript%3Ealert%281%29+category%3A%22%3E%3Cbad&#38;sort=downloads&#38;page=3",
        "/search?sort=downloads&#38;q=%22%3E%3Cbad+category%3A%22%3E%3Cbad",
    ] {
        assert!(found.contains(&format!("\"{link}\"")), "{link} is not in\n{found}");
    }
}

#[test]
fn whoever_finds_nothing_is_told_what_to_try() {
    let samples = samples();
    let [_, _, lost, behind] = samples.as_slice() else { panic!("four samples") };
    assert!(lost.1.contains("Did you mean") && lost.1.contains("href=\"/crates/tide\""), "{}", lost.1);
    assert!(lost.1.contains("Search without <code>category:"), "{}", lost.1);
    assert!(behind.1.contains("ends before page 2") && !behind.1.contains("Did you mean"), "{}", behind.1);
}
