//! Versions (contract §2.2).

use std::cmp::Ordering;

use cargohold_protocol::{MAX_VERSION_CHARS, Version, VersionError};
use proptest::prelude::*;

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

#[test]
fn semantic_versions_are_kept_as_written() {
    for text in [
        "0.0.0",
        "1.2.3",
        "1.0.0-alpha.1",
        "1.0.0-0.3.7",
        "1.0.0--",
        "1.0.0+001",
        "1.0.0-rc.1+build.5",
        "18446744073709551615.0.0",
    ] {
        assert_eq!(version(text).to_string(), text);
        assert_eq!(serde_json::to_string(&version(text)).unwrap(), format!("\"{text}\""));
    }
}

#[test]
fn everything_else_is_refused() {
    for text in [
        "",
        "1",
        "1.2",
        "1.2.3.4",
        "v1.2.3",
        " 1.2.3",
        "1.2.3 ",
        "01.2.3",
        "1.2.03",
        "1.2.3-",
        "1.2.3+",
        "1.2.3-01",
        "1.2.3-a..b",
        "1.2.3-ä",
        "1.2.x",
        "*",
        "^1.2.3",
        "1.2.3\n",
        "1.2.3\0",
        "18446744073709551616.0.0",
        "download",
        "1.2.3/../x",
    ] {
        let error = text.parse::<Version>().unwrap_err();
        assert!(matches!(&error, VersionError::NotSemver { text: named, .. } if named == text), "{text:?}: {error}");
        assert!(serde_json::from_value::<Version>(text.into()).is_err(), "{text:?} through serde");
    }
}

#[test]
fn a_version_has_at_most_150_characters() {
    let of_len = |len: usize| format!("1.0.0-{}", "a".repeat(len - 6));
    let longest = of_len(MAX_VERSION_CHARS);
    assert_eq!(longest.len(), 150);
    assert_eq!(version(&longest).to_string(), longest);
    let longer = of_len(MAX_VERSION_CHARS + 1);
    assert_eq!(longer.parse::<Version>().unwrap_err(), VersionError::TooLong(longer));
}

#[test]
fn build_metadata_counts_for_equality_but_not_for_precedence() {
    let (plain, built) = (version("1.0.0"), version("1.0.0+a"));
    assert_ne!(plain, built);
    assert_eq!(plain.cmp_precedence(&built), Ordering::Equal);
    assert_ne!(plain.cmp(&built), Ordering::Equal);
    assert_eq!(built.without_build(), "1.0.0");
    assert_eq!(version("1.0.0-rc.1+x-y").without_build(), "1.0.0-rc.1");
}

#[test]
fn only_a_part_behind_a_dash_makes_a_prerelease() {
    for (text, is_prerelease) in [("1.0.0", false), ("1.0.0-0", true), ("1.0.0+a-b", false), ("1.0.0-a+b", true)] {
        assert_eq!(version(text).is_prerelease(), is_prerelease, "{text}");
    }
}

#[test]
fn precedence_is_that_of_the_semver_specification() {
    let ascending = [
        "0.9.0",
        "1.0.0-1",
        "1.0.0-2",
        "1.0.0-10",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.1",
        "1.2.0",
        "1.10.0",
        "2.0.0",
        "10.0.0",
    ];
    for pair in ascending.windows(2) {
        assert!(version(pair[0]) < version(pair[1]), "{} < {}", pair[0], pair[1]);
        assert_eq!(version(pair[0]).cmp_precedence(&version(pair[1])), Ordering::Less, "{} < {}", pair[0], pair[1]);
    }
}

/// Versions from so few parts that equal and nearly equal ones are common.
fn near_versions() -> impl Strategy<Value = String> {
    "[0-2]\\.[0-2]\\.(0|1|10)(-(0|1|11|a|b|a-b)(\\.(0|2|a))?)?(\\+(0|00|a)(\\.1)?)?"
}

proptest! {
    #![proptest_config(crate::seeded(1024))]

    #[test]
    fn the_order_agrees_with_semver(left in near_versions(), right in near_versions()) {
        let (theirs_left, theirs_right) =
            (semver::Version::parse(&left).unwrap(), semver::Version::parse(&right).unwrap());
        let (left, right) = (version(&left), version(&right));
        prop_assert_eq!(left.cmp_precedence(&right), theirs_left.cmp_precedence(&theirs_right));
        prop_assert_eq!(left.cmp(&right), theirs_left.cmp(&theirs_right));
        prop_assert_eq!(left.partial_cmp(&right), Some(left.cmp(&right)));
        prop_assert_eq!(left == right, left.to_string() == right.to_string());
        prop_assert_eq!(left == right, left.cmp(&right) == Ordering::Equal);
        if left.cmp_precedence(&right) != Ordering::Equal {
            prop_assert_eq!(left.cmp(&right), left.cmp_precedence(&right));
        }
    }

    #[test]
    fn printing_and_parsing_a_version_is_identity(
        text in "(0|[1-9][0-9]{0,18})\\.(0|[1-9][0-9]{0,5})\\.(0|[1-9][0-9]{0,5})(-[a-z][a-zA-Z0-9.]{0,20}[a-z-])?(\\+[0-9A-Za-z-]{1,20})?",
    ) {
        if let Ok(version) = text.parse::<Version>() {
            prop_assert_eq!(version.to_string(), text);
        } else {
            // The one thing the pattern allows and semver does not is an empty or zero-padded identifier.
            prop_assert!(text.contains("..") || text.contains(".0"), "{}", text);
        }
    }

    #[test]
    fn no_text_makes_the_version_parser_panic(text in "[0-9a-z.+-]{0,20}", any: String) {
        for text in [text, any] {
            prop_assert_eq!(text.parse::<Version>().is_ok(), semver::Version::parse(&text).is_ok());
        }
    }
}
