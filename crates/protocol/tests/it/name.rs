//! Crate names (contract §2.1, index paths §8.1).

use cargohold_protocol::{CrateName, MAX_NAME_CHARS, NameError};
use proptest::prelude::*;

#[test]
fn valid_names_are_kept_as_written() {
    for text in ["a", "Z", "serde", "a1", "a-", "a_", "A-b_C-9", "x--__", &"a".repeat(MAX_NAME_CHARS)] {
        let name: CrateName = text.parse().unwrap();
        assert_eq!((name.as_str(), name.to_string().as_str()), (text, text));
        assert_eq!(serde_json::to_string(&name).unwrap(), format!("\"{text}\""));
    }
}

#[test]
fn each_refused_name_says_what_is_wrong_with_it() {
    type Because = fn(String) -> NameError;
    let long = "a".repeat(MAX_NAME_CHARS + 1);
    let table: &[(&str, Because)] = &[
        ("", |_| NameError::Empty),
        (&long, NameError::TooLong),
        ("0", NameError::StartsWithDigit),
        ("1abc", NameError::StartsWithDigit),
        ("-a", |name| NameError::BadStart(name, '-')),
        ("_a", |name| NameError::BadStart(name, '_')),
        (" a", |name| NameError::BadStart(name, ' ')),
        ("ä", |name| NameError::BadStart(name, 'ä')),
        // A Cyrillic letter that looks like `a`.
        ("\u{430}b", |name| NameError::BadStart(name, '\u{430}')),
        ("\0", |name| NameError::BadStart(name, '\0')),
        // An Arabic digit is no ASCII digit.
        ("\u{661}a", |name| NameError::BadStart(name, '\u{661}')),
        ("a.b", |name| NameError::BadChar(name, '.')),
        ("a b", |name| NameError::BadChar(name, ' ')),
        ("a\n", |name| NameError::BadChar(name, '\n')),
        ("a\0", |name| NameError::BadChar(name, '\0')),
        ("a/b", |name| NameError::BadChar(name, '/')),
        ("a\\b", |name| NameError::BadChar(name, '\\')),
        ("a%2e", |name| NameError::BadChar(name, '%')),
        ("s\u{435}rde", |name| NameError::BadChar(name, '\u{435}')),
        ("a\u{661}", |name| NameError::BadChar(name, '\u{661}')),
        ("a\u{200b}", |name| NameError::BadChar(name, '\u{200b}')),
    ];
    for (text, because) in table {
        assert_eq!(text.parse::<CrateName>().unwrap_err(), because((*text).to_owned()), "{text:?}");
        assert!(serde_json::from_value::<CrateName>((*text).into()).is_err(), "{text:?} through serde");
    }
}

#[test]
fn the_length_of_a_name_is_counted_in_characters() {
    // 64 characters of two bytes each: too many bytes, but the honest complaint is the first character.
    assert_eq!("ä".repeat(64).parse::<CrateName>().unwrap_err(), NameError::BadStart("ä".repeat(64), 'ä'));
}

#[test]
fn names_are_equal_up_to_case_and_dashes_in_canonical_form() {
    let canonical = |text: &str| text.parse::<CrateName>().unwrap().canonical();
    assert_eq!(canonical("Foo-Bar_baz").as_str(), "foo_bar_baz");
    assert_eq!(canonical("FOO-BAR"), canonical("foo_bar"));
    assert_ne!(canonical("foobar"), canonical("foo_bar"));
    assert_ne!(canonical("foo--bar"), canonical("foo_bar"));
}

#[test]
fn the_index_path_is_lower_case_and_keeps_dashes() {
    for (name, path) in [
        ("a", "1/a"),
        ("B", "1/b"),
        ("bb", "2/bb"),
        ("Bar", "3/b/bar"),
        ("CamelCase", "ca/me/camelcase"),
        ("abcd", "ab/cd/abcd"),
        ("a-b_c", "a-/b_/a-b_c"),
        ("a-_", "3/a/a-_"),
    ] {
        assert_eq!(name.parse::<CrateName>().unwrap().index_path(), path);
    }
}

proptest! {
    #![proptest_config(crate::seeded(512))]

    #[test]
    fn exactly_the_contracts_pattern_is_a_name(text in "[A-Za-z0-9_.é -]{0,66}", any: String) {
        for text in [text, any] {
            let matches = text.starts_with(|c: char| c.is_ascii_alphabetic())
                && text.len() <= 64
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
            let parsed = text.parse::<CrateName>();
            prop_assert_eq!(parsed.is_ok(), matches, "{:?}", text);
            if let Ok(name) = parsed {
                prop_assert_eq!(name.to_string(), text);
            }
        }
    }

    #[test]
    fn a_canonical_name_is_its_own_canonical_form(text in "[A-Za-z][A-Za-z0-9_-]{0,63}") {
        let canonical = text.parse::<CrateName>().unwrap().canonical();
        let again = canonical.as_str().parse::<CrateName>().unwrap().canonical();
        prop_assert_eq!(&again, &canonical);
        prop_assert_eq!(canonical.to_string(), text.to_lowercase().replace('-', "_"));
    }

    #[test]
    fn an_index_path_stays_below_the_index_root(text in "[A-Za-z][A-Za-z0-9_-]{0,63}") {
        let path = text.parse::<CrateName>().unwrap().index_path();
        let parts: Vec<_> = path.split('/').collect();
        prop_assert!(parts.iter().all(|part| !part.is_empty() && !part.contains('.')));
        prop_assert_eq!(*parts.last().unwrap(), text.to_lowercase());
        prop_assert_eq!(parts.len(), if text.len() < 3 { 2 } else { 3 });
    }
}
