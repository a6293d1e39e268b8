use cargohold_registry::{ListedIssuer, TrustedProvider};

use super::PipelinesPage;
use crate::pages::samples::{Sample, frame, sample};

fn page(issuers: &[(&str, TrustedProvider)]) -> PipelinesPage {
    let issuer = |(name, provider): &(&str, TrustedProvider)| ListedIssuer {
        name: (*name).to_owned(),
        url: format!("https://{name}.example"),
        provider: *provider,
    };
    let issuers = issuers.iter().map(issuer).collect();
    PipelinesPage { frame: frame(), audience: "registry.example".to_owned(), issuers }
}

pub(in crate::pages) fn samples() -> Vec<Sample> {
    let all =
        [("github", TrustedProvider::GitHub), ("gitlab", TrustedProvider::GitLab), ("forge", TrustedProvider::Oidc)];
    let pages = [page(&all), page(&all[1..2]), page(&[])];
    pages.iter().map(|page| sample("trusted_publishing.html", page)).collect()
}

#[test]
fn only_what_the_operator_allows_is_explained() {
    let samples = samples();
    let [all, gitlab, none] = samples.as_slice() else { panic!("three samples") };
    for heading in ["GitHub Actions", "GitLab CI", "Any other provider"] {
        assert!(all.1.contains(heading), "{heading}");
        assert_eq!(gitlab.1.contains(heading), heading == "GitLab CI", "{heading}");
        assert!(!none.1.contains(heading), "{heading}");
    }
    assert!(all.1.contains("CARGO_REGISTRIES_SAMPLE_REGISTRY_TOKEN=$token"), "{}", all.1);
    assert!(all.1.contains("audience=registry.example") && none.1.contains("No pipelines may publish here"));
}
