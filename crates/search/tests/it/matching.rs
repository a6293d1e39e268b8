//! What a text finds.

use cargohold_search::{Document, ListQuery};
use proptest::prelude::*;

use crate::fixtures::{SORTS, TestIndex, described, named, search, texts};

#[test]
fn dashes_and_underscores_stand_for_any_one_character() {
    let index = TestIndex::of(&[
        named(1, "tide-pool"),
        named(2, "ebb_flow"),
        named(3, "tidepool"),
        named(4, "my-tideXpool"),
        named(5, "tide--pool"),
    ]);
    for text in ["tide-pool", "tide_pool", "Tide_Pool"] {
        // By the pattern, and the last one by its words.
        assert_eq!(index.matches(text), [1, 4, 5], "{text}");
    }
    for text in ["ebb_flow", "ebb-flow", "ebb flow"] {
        assert_eq!(index.search(text), [2], "{text}");
    }
    assert_eq!(index.matches("ide__poo"), [5]);
    assert_eq!(index.matches("tid_poo"), [3]);
    assert_eq!(index.matches("_idepool"), [3]);
    assert_eq!(index.matches("-tidex"), [4]);
}

#[test]
fn a_percent_sign_stands_for_any_run_of_characters() {
    let index = TestIndex::of(&[named(1, "tide-pool"), named(2, "pool-tide"), named(3, "tide"), named(4, "tidepool")]);
    assert_eq!(index.matches("ide%poo"), [1, 4]);
    assert_eq!(index.matches("%ide%p%l%"), [1, 4]);
    assert_eq!(index.matches("i%e_p"), [1]);
    assert_eq!(index.matches("%%%"), [1, 2, 3, 4]);
    assert_eq!(index.matches("dex%"), [] as [i64; 0]);
}

#[test]
fn a_part_of_a_name_finds_the_crate() {
    let index = TestIndex::of(&[named(1, "tokio-util"), named(2, "mytokiox"), named(3, "smol"), named(4, "aaaab")]);
    assert_eq!(index.matches("toki"), [1, 2]);
    assert_eq!(index.matches("oki"), [1, 2]);
    assert_eq!(index.matches("OKIO"), [1, 2]);
    assert_eq!(index.matches("kio-ut"), [1]);
    assert_eq!(index.matches("o-u"), [1]);
    assert_eq!(index.matches("io-ut"), [1]);
    assert_eq!(index.matches("ytokiox"), [2]);
    assert_eq!(index.matches("aaa"), [4]);
    assert_eq!(index.matches("aaaab"), [4]);
    // All of its trigrams are in the name, but elsewhere.
    assert!(index.search("aaaaaaab").is_empty());
    assert!(index.search("tokioutilx").is_empty());
    // Something must be where the last or first character stands.
    assert_eq!(index.matches("okio-"), [1, 2]);
    assert!(index.search("kiox_").is_empty());
    assert_eq!(index.matches("___________").as_slice(), [] as [i64; 0]);
    assert_eq!(index.matches("__________"), [1]);
}

/// What a database makes of the pattern.
fn is_like(name: &[u8], pattern: &[u8]) -> bool {
    match pattern.split_first() {
        None => true,
        Some((b'%', rest)) => (0..=name.len()).any(|from| is_like(&name[from..], rest)),
        Some((wanted, rest)) => {
            name.split_first().is_some_and(|(char, name)| (*wanted == b'_' || char == wanted) && is_like(name, rest))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn patterns_find_what_a_database_would(
        names in prop::collection::btree_set("[ab][ab_]{0,11}", 20..60),
        patterns in prop::collection::vec("[ab_%]{3,8}", 20),
    ) {
        let names: Vec<String> = names.into_iter().collect();
        let documents: Vec<_> = (1..).zip(&names).map(|(id, name)| named(id, name)).collect();
        let index = TestIndex::of_parts(&documents, 2);
        for pattern in patterns {
            let words: Vec<_> = pattern.split(['_', '%']).filter(|word| !word.is_empty() && *word != "a").collect();
            let by_words = |name: &str| !words.is_empty() && words.iter().all(|word| name.split('_').any(|have| have == *word));
            let is_match = |name: &str| is_like(name.as_bytes(), format!("%{pattern}").as_bytes()) || by_words(name);
            let wanted: Vec<i64> = (1..).zip(&names).filter(|(_, name)| is_match(name)).map(|(id, _)| id).collect();
            // With fewer matches, misspelt names come in.
            if wanted.len() >= 3 {
                prop_assert_eq!(index.matches(&pattern), wanted, "{}", pattern);
            }
        }
    }
}

#[test]
fn two_letters_begin_a_word_of_the_name_and_one_is_a_word() {
    let index = TestIndex::of(&[
        named(1, "io"),
        named(2, "tokio"),
        named(3, "IO-uring"),
        named(4, "my_iota"),
        named(5, "x"),
        named(6, "x11"),
        named(7, "lib-x"),
    ]);
    assert_eq!(index.matches("io"), [1, 3, 4]);
    assert_eq!(index.matches("IO"), [1, 3, 4]);
    assert_eq!(index.matches("x"), [5, 7]);
    assert_eq!(index.matches("X"), [5, 7]);
    assert!(index.search("i").is_empty());
    assert!(index.search("ki").is_empty());
    assert!(index.search("é").is_empty());
}

#[test]
fn blanks_around_the_text_leave_only_its_words() {
    let index = TestIndex::of(&[named(1, "tokio"), named(2, "mytokiox"), named(3, "tokio-util"), named(4, "tokio-b")]);
    assert_eq!(index.matches("tokio"), [1, 2, 3, 4]);
    assert_eq!(index.matches(" tokio"), [1, 3, 4]);
    assert_eq!(index.matches("tokio "), [1, 3, 4]);
    assert!(index.list(&search("tokio")).hits[0].is_exact);
    assert!(index.list(&search(" tokio")).hits.iter().all(|hit| !hit.is_exact));
}

#[test]
fn words_match_in_other_grammatical_forms() {
    let index = TestIndex::of(&[
        described(1, "a", "Parses streams quickly"),
        described(2, "b", "a parser generator"),
        described(3, "c", "streaming"),
    ]);
    assert_eq!(index.search("parsing"), [1]);
    assert_eq!(index.matches("stream"), [1, 3]);
    assert_eq!(index.matches("STREAMED"), [1, 3]);
}

#[test]
fn words_that_say_nothing_are_not_required_and_find_nothing() {
    let index = TestIndex::of(&[described(1, "tide", "which is the moon of it"), described(2, "ebb", "moon")]);
    for text in ["which", "the", "is it", "of", " which "] {
        assert!(index.search(text).is_empty(), "{text}");
    }
    assert_eq!(index.matches("the moon"), [1, 2]);
    assert_eq!(index.matches("moon or ebb"), [2]);
    // A name is a name.
    let index = TestIndex::of(&[named(1, "which"), named(2, "once_cell"), named(3, "on")]);
    assert_eq!(index.search("which"), [1]);
    assert_eq!(index.search("once"), [2]);
    assert_eq!(index.search("on"), [3, 2]);
}

#[test]
fn keywords_and_readmes_are_searched_too() {
    let keyword = Document { keywords: texts(&["moon", "low-water"]), ..named(1, "a") };
    let readme = Document { readme: "# Title\n\nDepends on the **moon**.".to_owned(), ..named(2, "b") };
    let index = TestIndex::of(&[keyword, readme, named(3, "c")]);
    assert_eq!(index.search("moon"), [1, 2]);
    assert_eq!(index.search("low-water"), [1]);
    assert_eq!(index.search("depends"), [2]);
}

#[test]
fn all_words_must_occur_but_anywhere() {
    let index = TestIndex::of(&[
        Document { keywords: texts(&["moon"]), ..described(1, "tide", "follows the water") },
        described(2, "tidal", "moon"),
        described(3, "moon", "water"),
    ]);
    assert_eq!(index.matches("moon water"), [1, 3]);
    assert_eq!(index.matches("water tide moon"), [1]);
    assert!(index.matches("water tide moon sun").is_empty());
}

#[test]
fn misspelt_names_are_found_when_there_is_little_else() {
    let index = TestIndex::of(&[named(1, "tokio"), named(2, "async-tokio"), named(3, "tokyo"), named(4, "smol")]);
    // Swapped, left out, added and changed letters, in the name and in a word of it.
    for text in ["toiko", "tokoi", "toki0", "tokiio", "TOKOI", " tokoi "] {
        assert!(index.matches(text).starts_with(&[1, 2]), "{text}");
    }
    assert_eq!(index.matches("async_toiko"), [2]);
    assert_eq!(index.matches("tokao"), [1, 2, 3]);
    assert!(index.search("tkooi").is_empty());
    // Too short, or more than one word.
    assert!(index.search("sml").is_empty());
    assert!(index.search("tokoi runtime").is_empty());
    for sort in SORTS {
        assert_eq!(index.list(&ListQuery { sort, ..search("toiko") }).total, 2, "{sort:?}");
    }
}

#[test]
fn misspelt_names_come_behind_the_real_matches_and_only_behind_few() {
    let popular = |id, name| Document { downloads: 1_000_000_000, recent_downloads: Some(9), ..named(id, name) };
    let mut documents = vec![
        popular(1, "tokio"),
        Document { readme: "tokoi".to_owned(), ..named(2, "a") },
        popular(3, "tokii"),
        named(4, "b"),
    ];
    let index = TestIndex::of(&documents);
    assert_eq!(index.search("tokoi"), [2, 3, 1]);
    assert_eq!(index.list(&search("tokoi")).total, 3);
    documents.extend([described(5, "c", "tokoi"), described(6, "d", "tokoi")]);
    assert_eq!(TestIndex::of(&documents).matches("tokoi"), [2, 5, 6]);
    // How many there are does not depend on the page.
    let second = ListQuery { from: cargohold_search::From::Offset(2), limit: 1, ..search("tokoi") };
    let hits = index.list(&second);
    assert_eq!((hits.hits[0].id, hits.total), (1, 3));
}

#[test]
fn a_name_one_edit_away_is_similar() {
    let index = TestIndex::of(&[named(1, "tokio"), named(2, "Tokio-x"), named(3, "to-kio"), named(4, "smol")]);
    let mut found = index.index.similar("tokoi", 9).unwrap();
    assert_eq!(found, [1]);
    found = index.index.similar("TOKIO", 9).unwrap();
    assert_eq!(found, [3, 1]);
    assert_eq!(index.index.similar("TOKIO", 1).unwrap(), [3]);
    assert_eq!(index.index.similar("tokio_xy", 9).unwrap(), [2]);
    assert!(index.index.similar("asyncstd", 9).unwrap().is_empty());
}
