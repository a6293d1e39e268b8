use cargohold_protocol::DependencyKind;
use cargohold_protocol::api::{Dependency, ReverseDependencies, Total};

use super::Dependents;
use crate::pages::krate::head::Tab;
use crate::pages::krate::sample::{assert_inert, head, version};
use crate::pages::pager::Pager;
use crate::pages::samples::{Sample, frame, sample};

fn show(dependencies: Vec<Dependency>) -> Sample {
    let total = i64::try_from(dependencies.len()).unwrap();
    let found = ReverseDependencies { dependencies, versions: vec![version("1.2.3")], meta: Total { total } };
    let pager = Pager { page: 1, last: 1, link: "/crates/tide/reverse_dependencies?page=".to_owned() };
    sample("crate_dependents.html", &Dependents::new(frame(), head(Tab::Dependents), found, pager))
}

pub(in crate::pages::krate) fn samples() -> Vec<Sample> {
    let dependency = Dependency {
        id: 1,
        version_id: 7,
        crate_id: "tide".to_owned(),
        req: "^1".to_owned(),
        optional: false,
        default_features: true,
        features: vec![],
        target: None,
        kind: DependencyKind::Dev,
        downloads: 1_000_000,
    };
    vec![show(vec![dependency]), show(vec![])]
}

#[test]
fn dependents_are_shown_with_what_they_are_for() {
    let samples = samples();
    let (_, html) = &samples[0];
    assert_inert(html);
    assert!(html.contains("1\u{202f}000\u{202f}000 downloads"), "{html}");
}
