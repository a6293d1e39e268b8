use cargohold_registry::Policy;

use super::{DataPage, HelpPage, PoliciesPage, SecurityPage};
use crate::pages::samples::{Sample, frame, sample};

pub(in crate::pages) fn samples() -> Vec<Sample> {
    let policy = |is_strict| Policy {
        require_description: is_strict,
        require_license: is_strict,
        known_categories_only: is_strict,
        known_dependencies_only: is_strict,
        require_verified_email: is_strict,
        reserve_names: is_strict,
        warn_similar_names: is_strict,
        legacy_tokens: is_strict,
    };
    let mut private = frame();
    private.is_private = true;
    vec![
        sample("policies.html", &PoliciesPage { frame: frame(), policy: policy(true), has_contact: true }),
        sample("policies.html", &PoliciesPage { frame: private.clone(), policy: policy(false), has_contact: false }),
        sample("security.html", &SecurityPage { frame: frame(), has_contact: true }),
        sample("security.html", &SecurityPage { frame: frame(), has_contact: false }),
        sample("data_access.html", &DataPage { frame: frame(), has_source_archives: true }),
        sample("data_access.html", &DataPage { frame: private.clone(), has_source_archives: false }),
        sample("help.html", &HelpPage { frame: frame() }),
        sample("help.html", &HelpPage { frame: private }),
    ]
}

#[test]
fn the_texts_tell_what_holds_here() {
    let samples = samples();
    let html = |index: usize| samples[index].1.as_str();
    assert!(html(0).contains("SPDX") && !html(1).contains("SPDX"));
    assert!(html(0).contains("inquire=crate-violation") && !html(1).contains("inquire=crate-violation"));
    assert!(html(4).contains(".zip") && !html(5).contains(".zip"));
    assert!(html(4).contains("/sitemap.xml") && !html(5).contains("/sitemap.xml"));
    assert!(html(6).contains("CARGO_REGISTRIES_SAMPLE_REGISTRY_TOKEN") && !html(6).contains("registry is private"));
    assert!(html(7).contains("registry is private"));
}
