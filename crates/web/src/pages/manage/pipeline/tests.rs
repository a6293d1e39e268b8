use super::*;

#[test]
fn the_address_of_a_repository_tells_whose_pipelines_may_publish() {
    let (github, gitlab) = (TrustedProvider::GitHub, TrustedProvider::GitLab);
    for (address, expected) in [
        ("https://github.com/sea/tide", Some((github, "sea", "tide"))),
        ("https://github.com/sea/tide.git", Some((github, "sea", "tide"))),
        ("http://www.GitHub.com/sea/tide/tree/main/crates/ebb?x#y", Some((github, "sea", "tide"))),
        ("https://gitlab.com/sea/shore/tide/", Some((gitlab, "sea/shore", "tide"))),
        ("https://gitlab.com/sea/tide/-/tree/main", Some((gitlab, "sea", "tide"))),
        ("https://gitlab.registry.example/sea/tide.git", Some((gitlab, "sea", "tide"))),
        ("https://github.com/sea", None),
        ("https://github.com//tide", None),
        ("https://gitlab.com/tide", None),
        ("https://notgithub.com/sea/tide", None),
        ("https://git.registry.example/sea/tide", None),
        ("git@github.com:sea/tide.git", None),
        ("javascript:alert(1)", None),
        ("", None),
    ] {
        let found = Guess::from_repository(address);
        let found = found.as_ref().map(|guess| (guess.provider, guess.owner.as_str(), guess.repository.as_str()));
        assert_eq!(found, expected, "{address}");
    }
}

#[test]
fn a_refusal_is_shown_beside_the_field_it_speaks_of() {
    for (refusal, field) in [
        ("`repository_owner` is empty; it must be of letters, digits and inner hyphens", "repository_owner"),
        (
            "GitHub knows neither a user nor an organisation `x`; check the spelling of `repository_owner`",
            "repository_owner",
        ),
        ("`environment` is longer than 255 bytes", "environment"),
        ("the rules fit pipelines of anybody; add one on a claim (`sub`, `repository`)", ""),
        ("`tide` has as many trusted publishers as are allowed", ""),
    ] {
        assert_eq!(field_of(refusal), field, "{refusal}");
    }
}

#[test]
fn rows_that_nobody_has_filled_in_are_no_rules() {
    let form = Form::with(&[
        ("provider", "forge"),
        ("claim", " sub "),
        ("pattern", "repo:sea/tide:*"),
        ("claim", ""),
        ("pattern", " "),
        ("claim", "ref"),
        ("pattern", ""),
    ]);
    let TrustedPipeline::Oidc { issuer, rules } = read(&form, TrustedProvider::Oidc) else { panic!("an issuer") };
    let rules: Vec<_> = rules.iter().map(|rule| (rule.claim.as_str(), rule.pattern.as_str())).collect();
    assert_eq!((issuer.as_str(), rules), ("forge", vec![("sub", "repo:sea/tide:*"), ("ref", "")]));
}
