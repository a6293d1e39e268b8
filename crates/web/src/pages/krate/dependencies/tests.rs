use cargohold_protocol::api::Dependency;
use cargohold_protocol::{CRATES_IO_INDEX, DependencyKind};
use cargohold_registry::{DependedUpon, DescribedDependency};

use super::Dependencies;
use crate::pages::krate::head::Tab;
use crate::pages::krate::sample::{HOSTILE, assert_inert, head};
use crate::pages::samples::{Sample, frame, sample};

fn dependency(name: &str, kind: DependencyKind, registry: Option<&str>) -> DescribedDependency {
    let dependency = Dependency {
        id: 1,
        version_id: 1,
        crate_id: name.to_owned(),
        req: "^1.2".to_owned(),
        optional: true,
        default_features: false,
        features: vec![HOSTILE.to_owned()],
        target: Some(HOSTILE.to_owned()),
        kind,
        downloads: 0,
    };
    let krate = DependedUpon { name: name.to_owned(), description: Some(HOSTILE.to_owned()) };
    DescribedDependency {
        dependency,
        explicit_name: Some("renamed".to_owned()),
        registry: registry.map(str::to_owned),
        krate: (registry.is_none() && name != "gone").then_some(krate),
    }
}

fn show(dependencies: Vec<DescribedDependency>) -> Sample {
    let page = Dependencies::new(frame(), head(Tab::Dependencies), dependencies);
    sample("crate_dependencies.html", &page)
}

pub(in crate::pages::krate) fn samples() -> Vec<Sample> {
    let full = vec![
        dependency("ebb", DependencyKind::Normal, None),
        dependency("gone", DependencyKind::Normal, None),
        dependency("serde", DependencyKind::Build, Some(CRATES_IO_INDEX)),
        dependency("far", DependencyKind::Dev, Some("sparse+https://\"><script>alert(1)</script>.example/")),
    ];
    vec![show(full), show(Vec::new())]
}

#[test]
fn dependencies_lead_to_where_they_are() {
    let samples = samples();
    let (_, html) = &samples[0];
    assert_inert(html);
    assert!(
        html.contains("href=\"/crates/ebb\"") && html.contains("href=\"https://crates.io/crates/serde\""),
        "{html}"
    );
    assert!(!html.contains("href=\"/crates/gone\"") && !html.contains("href=\"/crates/far\""), "{html}");
}
