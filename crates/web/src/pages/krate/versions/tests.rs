use cargohold_protocol::api::ReleaseTrack;
use cargohold_registry::{VersionOrder, VersionsFound};

use super::Versions;
use crate::pages::krate::head::Tab;
use crate::pages::krate::sample::{assert_inert, by_pipeline, head, version};
use crate::pages::pager::Pager;
use crate::pages::samples::{Sample, frame, sample};

pub(in crate::pages::krate) fn samples() -> Vec<Sample> {
    let track = ReleaseTrack { highest: "1.2.3".parse().unwrap() };
    let found = VersionsFound {
        versions: vec![version("1.2.3"), by_pipeline(), version("1.0.0+b")],
        total: 3,
        last: None,
        is_cut: false,
        release_tracks: Some([("1".to_owned(), track)].into_iter().collect()),
    };
    let pager = Pager { page: 1, last: 2, link: "/crates/tide/versions?page=".to_owned() };
    vec![sample(
        "crate_versions.html",
        &Versions::new(frame(), head(Tab::Versions), VersionOrder::Semver, found, pager, true),
    )]
}

#[test]
fn each_version_leads_to_its_files_its_changes_and_its_yank() {
    let (_, html) = samples().remove(0);
    assert_inert(&html);
    assert!(html.contains("href=\"/crates/tide/diff?from=1.0.0%2Bb&#38;to=1.1.0\""), "{html}");
    assert!(
        html.contains("href=\"/crates/tide/1.1.0/code\"") && html.contains("href=\"/crates/tide/1.1.0/yank\""),
        "{html}"
    );
    assert!(html.contains("href=\"/crates/tide/1.2.3/unyank\""), "{html}");
    assert!(!html.contains("from=1.0.0%2Bb&#38;to=1.0.0"), "the lowest one has nothing below: {html}");
}
