//! Keys cannot leave their folder.

use std::path::{Component, Path};

use cargohold_blobs::Key;
use proptest::prelude::*;

#[test]
fn keys_are_lower_case_parts_joined_by_slashes() {
    for text in ["a", "0", "crates/ab/0f-1_x.crate", "a/b/c", "a..b", "a.", "-", "_"] {
        let key: Key = text.parse().unwrap();
        assert_eq!((key.as_str(), key.to_string()), (text, text.to_owned()));
    }
}

#[test]
fn texts_that_try_to_escape_are_no_keys() {
    let escapes = [
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "../a",
        "a/..",
        "a/../b",
        "a/./b",
        ".hidden",
        "a/.hidden",
        "a\\b",
        "..\\a",
        "c:a",
        "a%2fb",
        "%2e%2e/a",
        "a\0b",
        "a\nb",
        "a b",
        "a#1",
        "a?b",
        "A",
        "ä",
        "a/\u{2024}\u{2024}/b",
        "~",
        "a*",
    ];
    for text in escapes {
        let error = text.parse::<Key>().unwrap_err();
        assert_eq!(error.to_string(), format!("`{text}` is not the key of a blob"));
    }
}

/// Texts made of what escapes are made of.
fn suspicious() -> impl Strategy<Value = String> {
    let parts = prop_oneof![
        Just("..".to_owned()),
        Just(".".to_owned()),
        Just("/".to_owned()),
        Just("\\".to_owned()),
        Just("%2e".to_owned()),
        Just("#1".to_owned()),
        "[a-z0-9._-]{1,4}",
        any::<String>(),
    ];
    proptest::collection::vec(parts, 0..6).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn whatever_is_a_key_stays_below_its_folder(text in suspicious()) {
        if let Ok(key) = text.parse::<Key>() {
            let path = Path::new(key.as_str());
            let is_plain = |part: Component<'_>| matches!(part, Component::Normal(name) if !name.is_empty());
            prop_assert!(path.components().all(is_plain), "{key}");
            prop_assert_eq!(path.components().count(), key.as_str().split('/').count());
            prop_assert!(!key.as_str().contains(['\\', '%', '#', ':', '\0']));
        }
    }

    #[test]
    fn every_text_of_this_form_is_a_key(text in "[a-z0-9_-][a-z0-9._-]{0,9}(/[a-z0-9_-][a-z0-9._-]{0,9}){0,3}") {
        let key: Key = text.parse().unwrap();
        prop_assert_eq!(key.as_str(), text);
    }
}
