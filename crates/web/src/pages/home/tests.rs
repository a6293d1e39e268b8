use cargohold_protocol::api::Summary;

use super::Home;
use crate::pages::samples::{Sample, frame, krate, sample};

fn summary(num_crates: i64) -> Summary {
    Summary {
        num_downloads: 1_234_567,
        num_crates,
        new_crates: vec![krate("tide")],
        most_downloaded: vec![krate("ebb")],
        most_recently_downloaded: Vec::new(),
        just_updated: vec![krate("flood")],
        popular_keywords: Vec::new(),
        popular_categories: Vec::new(),
    }
}

pub(in crate::pages) fn samples() -> Vec<Sample> {
    vec![sample("home.html", &Home::new(frame(), &summary(3))), sample("home.html", &Home::new(frame(), &summary(0)))]
}

#[test]
fn an_empty_registry_says_how_to_publish_the_first_crate() {
    let samples = samples();
    let [(_, full), (_, empty)] = samples.as_slice() else { panic!("two samples") };
    assert!(empty.contains("cargo publish --registry sample-registry"), "{empty}");
    assert!(full.contains("1\u{202f}234\u{202f}567") && full.contains("/crates/tide"), "{full}");
}
