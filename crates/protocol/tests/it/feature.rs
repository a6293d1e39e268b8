//! Feature names and feature values (contract §7.6, security row S45).

use cargohold_protocol::{FeatureError, FeatureName, FeatureValue};
use proptest::prelude::*;

#[test]
fn feature_names_are_unicode_identifiers_with_a_few_more_characters() {
    for text in ["default", "_", "0", "1.0", "c++20", "a-b", "v1.2.3", "größe", "日本", "e\u{301}"] {
        assert!(text.parse::<FeatureName>().is_ok(), "{text:?}");
    }
}

#[test]
fn a_refused_feature_name_names_the_character_at_fault() {
    assert_eq!("".parse::<FeatureName>().unwrap_err(), FeatureError::Empty);
    for (text, bad) in [("-a", '-'), ("+a", '+'), (".a", '.'), (" a", ' '), ("/", '/'), ("\u{301}e", '\u{301}')] {
        assert_eq!(text.parse::<FeatureName>().unwrap_err(), FeatureError::BadStart(text.to_owned(), bad));
    }
    for (text, bad) in [("a b", ' '), ("a/b", '/'), ("a?", '?'), ("a:b", ':'), ("a\0", '\0'), ("a\n", '\n')] {
        assert_eq!(text.parse::<FeatureName>().unwrap_err(), FeatureError::BadChar(text.to_owned(), bad));
    }
}

#[test]
fn s45_markup_and_invisible_characters_are_refused_in_feature_names_and_values() {
    let hostile = [
        "a<b",
        "a>b",
        "a\"b",
        "a'b",
        "a&b",
        "a`b",
        "a\\b",
        "a{b}",
        "<script>",
        "a</script><script>alert(1)</script>",
        "a\u{202e}b",
        "a\u{200b}b",
        "a\u{feff}",
        "\u{e0041}",
    ];
    for text in hostile {
        assert!(text.parse::<FeatureName>().is_err(), "{text:?} as a name");
        assert!(text.parse::<FeatureValue>().is_err(), "{text:?} as a value");
        assert!(format!("dep:{text}").parse::<FeatureValue>().is_err(), "{text:?} as a dependency");
        assert!(format!("x/{text}").parse::<FeatureValue>().is_err(), "{text:?} as a dependency's feature");
        assert!(format!("{text}/x").parse::<FeatureValue>().is_err(), "{text:?} in front of a slash");
    }
}

#[test]
fn feature_values_are_features_dependencies_or_features_of_dependencies() {
    for text in ["std", "größe", "0", "dep:serde", "dep:_x", "serde/std", "serde?/std", "_x?/1.0", "a/c++"] {
        assert!(text.parse::<FeatureValue>().is_ok(), "{text:?}");
    }
    let bad_dependencies =
        ["dep:", "dep:1a", "dep:x/y", "dep:x?/y", "1a/std", "/std", "?/std", "x??/y", "a.b/c", "dep:größe", "größe/x"];
    for text in bad_dependencies {
        let error = text.parse::<FeatureValue>().unwrap_err();
        assert!(matches!(&error, FeatureError::BadDependency { value, .. } if value == text), "{text:?}: {error}");
    }
    for text in ["", "x/", "x/-", "x/y/z", "a b", "x/dep:y", "x?", "-x", "<x>dep:y", "a b dep:y"] {
        let error = text.parse::<FeatureValue>().unwrap_err();
        assert!(!matches!(error, FeatureError::BadDependency { .. }), "{text:?}: {error}");
    }
}

proptest! {
    #![proptest_config(crate::seeded(512))]

    #[test]
    fn no_text_makes_the_feature_parsers_panic(text in "[\\PC/?:.+a-z-]{0,12}", any: String) {
        for text in [text, any] {
            let name = text.parse::<FeatureName>();
            let value = text.parse::<FeatureValue>();
            // Every name is a value: it switches on the feature of that name.
            prop_assert!(name.is_err() || value.is_ok(), "{:?}", text);
        }
    }
}
