use std::time::Duration;

use super::{LimitsPage, RateRow, span};
use crate::pages::samples::{Sample, frame, sample};

pub(in crate::pages) fn samples() -> Vec<Sample> {
    let page = |are_rates_enforced| LimitsPage {
        frame: frame(),
        rates: vec![RateRow {
            action: "Search",
            per: "address",
            burst: 1000,
            interval: span(Duration::from_millis(100)),
        }],
        are_rates_enforced,
        sizes: vec![("Size of a crate file", "10 MiB".to_owned())],
    };
    vec![sample("rate_limits.html", &page(true)), sample("rate_limits.html", &page(false))]
}

#[test]
fn spans_are_told_in_their_largest_whole_unit() {
    for (millis, text) in [
        (100, "100 milliseconds"),
        (1000, "1 second"),
        (1500, "1500 milliseconds"),
        (90_000, "90 seconds"),
        (600_000, "10 minutes"),
        (3_600_000, "1 hour"),
        (172_800_000, "2 days"),
        (0, "0 milliseconds"),
    ] {
        assert_eq!(span(Duration::from_millis(millis)), text);
    }
}

#[test]
fn a_registry_without_limits_says_so() {
    let samples = samples();
    assert!(samples[0].1.contains("1\u{202f}000") && !samples[0].1.contains("are not limited here"));
    assert!(samples[1].1.contains("are not limited here"));
}
