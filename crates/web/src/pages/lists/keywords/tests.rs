use cargohold_protocol::Timestamp;
use cargohold_protocol::api::Keyword;

use super::{KeywordPage, KeywordsPage};
use crate::pages::lists::shelf;
use crate::pages::lists::shelf::order_links;
use crate::pages::pager::Pager;
use crate::pages::samples::{Sample, frame, sample};
use crate::params::Params;

fn list(words: &[&str], page: usize) -> KeywordsPage {
    let params = Params::parse("");
    let keyword = |word: &&str| Keyword {
        id: (*word).to_owned(),
        keyword: (*word).to_owned(),
        created_at: Timestamp::from_micros(0),
        crates_cnt: 1234,
    };
    KeywordsPage {
        frame: frame(),
        keywords: words.iter().map(keyword).collect(),
        orders: order_links(&[("crates", "Crates")], "crates", "/keywords", &params),
        pager: Pager::new(page, 250, 100, "/keywords", &params),
    }
}

pub(in crate::pages) fn samples() -> Vec<Sample> {
    let shelf = shelf::sample("/keywords/%3Cimg", "", true);
    vec![
        sample("keywords.html", &list(&["async", "<script>alert(1)"], 1)),
        sample("keywords.html", &list(&[], 1)),
        sample("keywords.html", &list(&[], 7)),
        sample("keyword.html", &KeywordPage { frame: frame(), keyword: "<img".to_owned(), shelf }),
    ]
}

#[test]
fn a_keyword_leads_to_its_crates() {
    let samples = samples();
    assert!(samples[0].1.contains("href=\"/keywords/async\"") && samples[0].1.contains("1\u{202f}234"));
    assert!(samples[0].1.contains("href=\"/keywords/%3Cscript%3Ealert(1)\""), "{}", samples[0].1);
}
