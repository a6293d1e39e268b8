//! Whatever somebody types, a search answers.

use std::sync::LazyLock;

use proptest::prelude::*;

use crate::fixtures::{TestIndex, described, named};

static INDEX: LazyLock<TestIndex> =
    LazyLock::new(|| TestIndex::of(&[described(1, "tide-pool", "water & \"moon\""), named(2, "a")]));

#[test]
fn texts_without_words_find_nothing() {
    for text in
        ["", " ", "\t\n", "-", "_", "--__", "\"", "\"\"", "*", "?", "(", "[", "\\", "/", "+-!(){}[]^~:", "🦀", "\0"]
    {
        assert!(INDEX.search(text).is_empty(), "{text:?}");
    }
}

#[test]
fn symbols_around_words_are_no_syntax() {
    for text in
        ["\"moon\"", "moon*", "+moon", "(moon", "moon)", "description:", "^moon~2", "moon\"", "mo\u{301}on", "[moon TO"]
    {
        INDEX.index.search(text, 0, 10).unwrap();
    }
    for text in ["\"moon\"", "+moon", "(moon", "water & moon", "moon!"] {
        assert_eq!(INDEX.search(text), [1], "{text:?}");
    }
    assert!(INDEX.search("description:moon").is_empty());
    assert!(INDEX.search("name:tide-pool").is_empty());
    assert!(INDEX.search("t.*l").is_empty());
}

#[test]
fn very_long_texts_are_answered() {
    let long = 10 * 1024;
    let texts = [
        "a".repeat(long),
        "a_".repeat(long / 2),
        "-".repeat(long),
        "\"".repeat(long),
        "ä".repeat(long / 2),
        "moon ".repeat(long / 5),
        (0..long / 5).map(|number| format!("w{number} ")).collect(),
    ];
    for text in texts {
        let hits = INDEX.index.search(&text, 0, 10).unwrap();
        assert!(hits.total <= 1, "{:?}…", &text[..20]);
    }
}

#[test]
fn a_text_longer_than_any_crate_name_is_not_sought_in_names() {
    let long = format!("a{}", "b".repeat(80));
    let index = TestIndex::of(&[named(1, &long)]);
    assert_eq!(index.search(&long[..64]), [1]);
    // Seeking it took seconds for a text of ten kilobytes.
    assert!(index.search(&long[..65]).is_empty());
}

proptest! {
    #[test]
    fn no_text_makes_a_search_fail(text in any::<String>()) {
        INDEX.index.search(&text, 0, 10).unwrap();
    }

    #[test]
    fn no_symbols_make_a_search_fail(text in "[a-zA-Z0-9_\\-.*+?^$|(){}\\[\\]\\\\\"':/ ]{0,40}") {
        INDEX.index.search(&text, 0, 10).unwrap();
    }
}
