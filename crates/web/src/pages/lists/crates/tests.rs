use super::CratesPage;
use crate::pages::lists::shelf;
use crate::pages::samples::{Sample, frame, sample};
use crate::params::Params;

fn page(letter: Option<char>, query: &str, is_full: bool) -> CratesPage {
    CratesPage::new(frame(), letter, &Params::parse(query), shelf::sample("/crates", query, is_full))
}

pub(in crate::pages) fn samples() -> Vec<Sample> {
    let mut empty = page(Some('z'), "letter=z", false);
    empty.shelf.pager.page = 1;
    let pages = [page(Some('t'), "letter=t&sort=downloads&page=2", true), page(None, "", true), empty];
    pages.iter().map(|page| sample("crates.html", page)).collect()
}

#[test]
fn letters_keep_the_order_and_begin_at_the_first_page() {
    let samples = samples();
    let html = &samples[0].1;
    assert!(html.contains("<a href=\"/crates?sort=downloads&#38;letter=t\" aria-current=\"true\">T</a>"), "{html}");
    assert!(html.contains("<a href=\"/crates?sort=downloads\">All</a>"), "{html}");
    assert!(samples[2].1.contains("No crate begins with this letter yet."), "{}", samples[2].1);
}
