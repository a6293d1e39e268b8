use std::sync::Arc;

use cargohold_registry::MyRights;

use super::Overview;
use crate::pages::krate::head::{Head, Tab};
use crate::pages::krate::sample::{assert_inert, by_pipeline, head, page};
use crate::pages::samples::{Sample, frame, sample};

fn stranger() -> Sample {
    let mut page = page();
    page.version = by_pipeline();
    page.readme = None;
    page.downloads.series.clear();
    page.versions.truncate(1);
    let mut frame = frame();
    frame.viewer = None;
    let head = Head { page: Arc::new(page), rights: MyRights::default(), tab: Tab::Readme };
    sample("crate.html", &Overview::new(frame, head))
}

pub(in crate::pages::krate) fn samples() -> Vec<Sample> {
    vec![sample("crate.html", &Overview::new(frame(), head(Tab::Readme))), stranger()]
}

#[test]
fn what_publishers_write_is_text() {
    for (_, html) in samples() {
        assert_inert(&html);
    }
}

#[test]
fn owners_are_led_to_settings_and_strangers_are_not() {
    let samples = samples();
    let [(_, owner), (_, stranger)] = samples.as_slice() else { panic!("two samples") };
    assert!(
        owner.contains("href=\"/crates/tide/settings\"") && owner.contains("action=\"/crates/tide/follow\""),
        "{owner}"
    );
    assert!(!stranger.contains("/crates/tide/settings") && !stranger.contains("method=\"post\""), "{stranger}");
}

#[test]
fn a_pipeline_is_named_with_its_commit() {
    let (_, html) = stranger();
    assert!(html.contains("github:tide/tide") && html.contains("0123456789<"), "{html}");
    assert!(html.contains("https://github.com/tide/tide/tree/0123456789abcdef"), "{html}");
}
