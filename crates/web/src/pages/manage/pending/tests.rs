use cargohold_protocol::Timestamp;

use super::*;
use crate::pages::samples::{Sample, frame, sample};

pub(in crate::pages) fn samples() -> Vec<Sample> {
    let pipeline = Pipeline {
        id: 7,
        krate: "tide".to_owned(),
        is_pending: true,
        provider: "oidc".to_owned(),
        facts: vec![("Claim <b>".to_owned(), "repo:sea/tide:*".to_owned())],
        created_at: Timestamp::from_micros(1_700_000_000_000_000),
    };
    let pages = [vec![pipeline], Vec::new()].map(|pipelines| PendingPublishers { frame: frame(), pipelines });
    pages.iter().map(|page| sample("pending_publishers.html", page)).collect()
}

#[test]
fn a_claim_is_text() {
    let samples = samples();
    assert!(samples[0].1.contains("Claim &#60;b&#62;"), "{}", samples[0].1);
    assert!(samples[1].1.contains("No pipeline waits to publish a crate for you."), "{}", samples[1].1);
}
