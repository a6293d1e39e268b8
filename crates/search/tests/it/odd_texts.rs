//! Whatever somebody types, a search answers.

use std::sync::LazyLock;

use cargohold_search::{From, Group, Hits, Key, ListQuery};
use proptest::prelude::*;

use crate::fixtures::{SORTS, TestIndex, by_name, described, named, search};

static INDEX: LazyLock<TestIndex> =
    LazyLock::new(|| TestIndex::of(&[described(1, "tide-pool", "water & \"moon\""), named(2, "a")]));

#[test]
fn texts_without_words_find_nothing() {
    for text in ["", " ", "\t\n", "-", "_", "--", "%", "%%", "\"", "\"\"", "\"\"\"", "*", ".*.*", "?", "(((", "[", "\\"]
    {
        assert!(INDEX.search(text).is_empty(), "{text:?}");
    }
    for text in ["/", "+-!(){}[]^~:", "🦀", "\0", "\0\0\0", "ti\0de", "\u{fffd}", "....", "\\w\\w\\w"] {
        assert!(INDEX.search(text).is_empty(), "{text:?}");
    }
}

#[test]
fn symbols_around_words_are_no_syntax() {
    for text in ["\"moon\"", "+moon", "(moon", "water & moon", "moon!", "moon or water", "moon AND NOT water", "moon*"]
    {
        assert_eq!(INDEX.search(text), [1], "{text:?}");
    }
    for text in ["description:moon", "name:tide-pool", "t.*l", "^moon~2", "[moon TO", "ti[d]e", "tide|pool", "tide$"] {
        let hits = INDEX.list(&search(text));
        assert_eq!(hits.total, usize::from(["[moon TO", "tide|pool", "tide$"].contains(&text)), "{text:?}");
    }
}

#[test]
fn very_long_texts_are_answered() {
    let long = 10_000_000;
    let texts = [
        "a".repeat(long),
        "a_".repeat(long / 2),
        "-".repeat(long),
        "%".repeat(long),
        "\"".repeat(long),
        "ä".repeat(long / 2),
        "🦀 ".repeat(long / 5),
        "moon ".repeat(long / 5),
        (0..long / 10).map(|number| format!("w{number} ")).collect(),
    ];
    for text in texts {
        for sort in SORTS {
            let hits = INDEX.list(&ListQuery { sort, ..search(&text) });
            assert!(hits.total <= 1, "{:?}…", text.chars().take(20).collect::<String>());
        }
        assert!(INDEX.index.suggest(&text, 10).unwrap().is_empty());
        assert!(INDEX.index.similar(&text, 10).unwrap().is_empty());
        assert!(INDEX.group(Group::Names(vec![text.clone()])).is_empty());
        assert!(INDEX.group(Group::AllKeywords(vec![text])).is_empty());
    }
}

#[test]
fn only_the_first_words_count() {
    let many: String = (0..32).map(|number| format!("word{number} ")).collect();
    let index = TestIndex::of(&[described(1, "a", &many), described(2, "b", &many[5..])]);
    assert_eq!(index.search(&format!("{many} nowhere")), [1]);
    assert!(index.search(&format!("nowhere {many}")).is_empty());
    assert_eq!(index.matches(&"word1 ".repeat(99)), [1, 2]);
}

#[test]
fn a_text_longer_than_any_crate_name_is_not_sought_in_names() {
    let long = format!("a{}", "b".repeat(80));
    let index = TestIndex::of(&[named(1, &long)]);
    assert_eq!(index.search(&long[1..65]), [1]);
    assert!(index.search(&long[1..66]).is_empty());
}

#[test]
fn odd_numbers_are_answered() {
    for sort in SORTS {
        for (from, limit) in [(0, usize::MAX), (usize::MAX, 1), (usize::MAX, usize::MAX), (1 << 40, 100)] {
            let hits = INDEX.list(&ListQuery { sort, from: From::Offset(from), limit, ..search("tide") });
            assert_eq!((hits.total, hits.hits.len()), (1, usize::from(from == 0)), "{sort:?} {from}");
        }
        let hits = INDEX.list(&ListQuery { sort, limit: 0, ..by_name() });
        assert_eq!((hits.total, hits.hits.len()), (2, 1), "{sort:?}");
    }
    for rank in [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, -0.0] {
        let key = Key::Relevance { is_exact: false, rank, recent_downloads: Some(i64::MIN), id: i64::MAX };
        INDEX.list(&ListQuery { from: From::After(key), ..search("tide") });
    }
    assert_eq!(INDEX.index.suggest("t", 0).unwrap().len(), 1);
    assert_eq!(INDEX.index.suggest("t", usize::MAX).unwrap().len(), 1);
    assert_eq!(INDEX.index.similar("tide-pol", 0).unwrap(), [1]);
}

#[test]
fn an_empty_index_has_nothing() {
    let index = TestIndex::of(&[]);
    for sort in SORTS {
        assert_eq!(index.list(&ListQuery { sort, ..by_name() }), Hits::default());
        assert_eq!(index.list(&ListQuery { sort, ..search("tide") }), Hits::default());
    }
    assert!(index.index.suggest("t", 9).unwrap().is_empty());
    assert!(index.index.similar("tide", 9).unwrap().is_empty());
}

#[test]
fn names_no_crate_can_have_do_no_harm() {
    let index = TestIndex::of(&[named(1, ""), named(2, "_"), named(3, "--"), named(4, "Größe_🦀"), named(5, "a\0b c")]);
    assert_eq!(index.ids(&by_name()).len(), 5);
    for text in ["größe", "Größe", "🦀"] {
        assert_eq!(index.search(text), if text == "🦀" { vec![] } else { vec![4] }, "{text}");
    }
    assert_eq!(index.index.suggest("GRÖ", 9).unwrap().len(), 1);
}

proptest! {
    #[test]
    fn no_text_makes_a_search_fail(text in any::<String>(), sort in prop::sample::select(SORTS.to_vec())) {
        INDEX.list(&ListQuery { sort, ..search(&text) });
        INDEX.index.suggest(&text, 10).unwrap();
        INDEX.index.similar(&text, 10).unwrap();
    }

    #[test]
    fn no_symbols_make_a_search_fail(text in "[a-zA-Z0-9_%\\-.*+?^$|(){}\\[\\]\\\\\"':/ ]{0,40}") {
        INDEX.list(&search(&text));
        INDEX.index.suggest(&text, 10).unwrap();
    }
}
