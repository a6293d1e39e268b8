//! What a search finds, and in which order.

use cargohold_search::{Document, Hits};

use crate::fixtures::{TestIndex, described, named};

#[test]
fn the_crate_of_exactly_that_name_comes_first() {
    let popular = |id, name| Document { downloads: 1_000_000_000, ..described(id, name, "tide tide tide tide") };
    let index = TestIndex::of(&[
        popular(1, "tide-tide"),
        popular(2, "mytide"),
        Document { keywords: vec!["tide".to_owned()], readme: "tide ".repeat(1000), ..popular(3, "tides") },
        named(4, "tide"),
        popular(5, "tide-pool"),
    ]);
    for text in ["tide", "TIDE", " tide "] {
        let found = index.search(text);
        assert_eq!((found[0], found.len()), (4, 5), "{text}");
    }
    assert_eq!(index.search("tide-pool")[0], 5);
}

#[test]
fn dashes_and_underscores_are_the_same() {
    let index = TestIndex::of(&[named(1, "tide-pool"), named(2, "ebb_flow"), named(3, "tidepool")]);
    for text in ["tide-pool", "tide_pool", "Tide_Pool"] {
        assert_eq!(index.search(text), [1], "{text}");
    }
    for text in ["ebb_flow", "ebb-flow", "ebb flow"] {
        assert_eq!(index.search(text), [2], "{text}");
    }
}

#[test]
fn a_part_of_a_name_finds_the_crate() {
    let index = TestIndex::of(&[named(1, "tokio-util"), named(2, "mytokiox"), named(3, "smol")]);
    assert_eq!(index.matches("toki"), [1, 2]);
    assert_eq!(index.matches("okio"), [1, 2]);
    assert_eq!(index.matches("kio-ut"), [1]);
    assert_eq!(index.matches("ytokiox"), [2]);
    assert!(index.search("tokiu").is_empty());
}

#[test]
fn two_letters_find_whole_words_only() {
    let index = TestIndex::of(&[named(1, "io"), named(2, "tokio"), named(3, "io-uring")]);
    assert_eq!(index.search("io"), [1, 3]);
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
fn keywords_and_readmes_are_searched_too() {
    let keyword = Document { keywords: vec!["moon".to_owned(), "low-water".to_owned()], ..named(1, "a") };
    let readme = Document { readme: "# Title\n\nDepends on the **moon**.".to_owned(), ..named(2, "b") };
    let index = TestIndex::of(&[keyword, readme, named(3, "c")]);
    assert_eq!(index.search("moon"), [1, 2]);
    assert_eq!(index.search("low-water"), [1]);
    assert_eq!(index.search("depends"), [2]);
}

#[test]
fn a_name_counts_more_than_a_keyword_than_a_description_than_a_readme() {
    let filler = |id| Document {
        keywords: vec!["sun".to_owned()],
        readme: "nothing".to_owned(),
        ..described(id, &format!("filler-{id}"), "nothing")
    };
    let mut documents = vec![
        Document { readme: "moon".to_owned(), ..named(1, "d") },
        described(2, "c", "moon"),
        Document { keywords: vec!["moon".to_owned()], ..named(3, "b") },
        named(4, "moon-a"),
    ];
    documents.extend((10..30).map(filler));
    assert_eq!(TestIndex::of(&documents).search("moon"), [4, 3, 2, 1]);
}

#[test]
fn all_words_must_occur_but_anywhere() {
    let index = TestIndex::of(&[
        Document { keywords: vec!["moon".to_owned()], ..described(1, "tide", "follows the water") },
        described(2, "tidal", "moon"),
        described(3, "moon", "water"),
    ]);
    assert_eq!(index.matches("moon water"), [1, 3]);
    assert_eq!(index.matches("water tide moon"), [1]);
    assert!(index.matches("water tide moon sun").is_empty());
}

#[test]
fn of_equal_matches_the_more_popular_comes_first() {
    let downloaded = |id, downloads| Document { downloads, ..described(id, &format!("crate-{id}"), "moon") };
    let index = TestIndex::of(&[downloaded(1, 0), downloaded(2, 1_000), downloaded(3, 5), downloaded(4, 1_000_000)]);
    assert_eq!(index.search("moon"), [4, 2, 3, 1]);
    // A count that makes no sense is as good as none.
    index.index.apply(&[downloaded(4, -1)], &[], 2).unwrap();
    assert_eq!(index.search("moon")[..2], [2, 3]);
}

#[test]
fn the_total_counts_all_matches_whatever_the_page() {
    let documents: Vec<_> = (1..=25).map(|id| described(id, &format!("crate-{id}"), "moon")).collect();
    let index = TestIndex::of(&documents);
    let all = index.search("moon");
    assert_eq!(all.len(), 25);
    for (offset, limit) in [(0, 10), (10, 10), (20, 10), (24, 1), (25, 10), (19_900, 100)] {
        let page = all.iter().copied().skip(offset).take(limit).collect();
        let hits = index.index.search("moon", offset, limit).unwrap();
        assert_eq!(hits, Hits { ids: page, total: 25 }, "{limit} from {offset}");
    }
    assert_eq!(index.index.search("sun", 0, 10).unwrap(), Hits { ids: vec![], total: 0 });
}
