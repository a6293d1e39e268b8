//! Kinds and names of dependencies (contract §7.6).

use cargohold_protocol::{DependencyKind, DependencyName};

#[test]
fn kinds_are_ordered_normal_build_dev() {
    assert!(DependencyKind::Normal < DependencyKind::Build);
    assert!(DependencyKind::Build < DependencyKind::Dev);
}

#[test]
fn kinds_are_written_in_lower_case() {
    for (kind, word) in
        [(DependencyKind::Normal, "normal"), (DependencyKind::Build, "build"), (DependencyKind::Dev, "dev")]
    {
        assert_eq!(kind.to_string(), word);
        assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{word}\""));
        assert_eq!(serde_json::from_value::<DependencyKind>(word.into()).unwrap(), kind);
    }
    for word in ["Normal", "DEV", "", "peer"] {
        assert!(serde_json::from_value::<DependencyKind>(word.into()).is_err(), "{word:?}");
    }
}

#[test]
fn a_dependency_name_may_start_with_an_underscore_unlike_a_crate_name() {
    for text in ["a", "_", "_x", "serde", "Serde-JSON_1", &"a".repeat(64)] {
        assert_eq!(text.parse::<DependencyName>().unwrap().as_str(), text);
    }
    for text in ["", "1a", "-a", "a.b", "a b", "a/b", "dep:a", "ä", "a\0", "a\n", "a?", &"a".repeat(65)] {
        let problem = text.parse::<DependencyName>().unwrap_err();
        assert!(problem.contains(&format!("`{text}`")), "{problem}");
    }
}
