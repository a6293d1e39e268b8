//! What is suggested while somebody types.

use cargohold_search::{Document, Suggestion};

use crate::fixtures::{TestIndex, described, named};

fn suggested(index: &TestIndex, prefix: &str) -> Vec<i64> {
    index.index.suggest(prefix, 10).unwrap().into_iter().map(|suggestion| suggestion.id).collect()
}

fn crates() -> TestIndex {
    let of = |id, name, downloads, recent_downloads| Document { downloads, recent_downloads, ..named(id, name) };
    TestIndex::of_parts(
        &[
            of(1, "Tokio", 100, Some(10)),
            of(2, "tokio-util", 500, Some(50)),
            of(3, "async_tokio", 900, None),
            of(4, "mytokio", 9_000, Some(9_000)),
            of(5, "to", 0, None),
            of(6, "toml", 700, Some(70)),
        ],
        3,
    )
}

#[test]
fn the_exact_name_comes_first_then_the_popular_ones() {
    let index = crates();
    assert_eq!(suggested(&index, "t"), [3, 6, 2, 1, 5]);
    assert_eq!(suggested(&index, "to"), [5, 3, 6, 2, 1]);
    assert_eq!(suggested(&index, "TOK"), [3, 2, 1]);
    assert_eq!(suggested(&index, "toki"), [3, 2, 1]);
    assert_eq!(suggested(&index, "tokio"), [1, 3, 2]);
    assert_eq!(suggested(&index, "util"), [2]);
    assert_eq!(index.index.suggest("t", 2).unwrap().len(), 2);
}

#[test]
fn a_prefix_of_more_than_one_word_begins_the_name() {
    let index = crates();
    for prefix in ["tokio-", "tokio_u", "Tokio-Util"] {
        assert_eq!(suggested(&index, prefix), [2], "{prefix}");
    }
    assert_eq!(suggested(&index, "async-tok"), [3]);
    for prefix in ["c_tok", "_tokio", "tokio-utils", "okio", "-", "tok o", " tok", "tok*", "tok.", "\0", "🦀"] {
        assert!(suggested(&index, prefix).is_empty(), "{prefix}");
    }
}

#[test]
fn nothing_is_suggested_before_something_is_typed() {
    assert!(suggested(&crates(), "").is_empty());
}

#[test]
fn a_suggestion_says_what_the_crate_is() {
    let tide = Document { downloads: 7, recent_downloads: Some(3), ..described(1, "Tide-Pool", "Water & moon") };
    let index = TestIndex::of(&[tide, named(2, "tidy")]);
    let suggestions = index.index.suggest("tid", 10).unwrap();
    let tide = Suggestion {
        id: 1,
        name: "Tide-Pool".to_owned(),
        description: Some("Water & moon".to_owned()),
        downloads: 7,
        recent_downloads: Some(3),
    };
    assert_eq!(suggestions, [tide, Suggestion { id: 2, name: "tidy".to_owned(), ..Suggestion::default() }]);
}
