//! Which matches of a text are the best.

use cargohold_search::{Document, From, Key, ListQuery, MAX_RANKED};

use crate::fixtures::{TestIndex, described, ids, named, place, search, texts};

#[test]
fn the_crate_of_exactly_that_name_comes_first() {
    let popular = |id, name| Document { downloads: 1_000_000_000, ..described(id, name, "tide tide tide tide") };
    let index = TestIndex::of(&[
        popular(1, "tide-tide"),
        popular(2, "mytide"),
        Document { keywords: texts(&["tide"]), readme: "tide ".repeat(1000), ..popular(3, "tides") },
        named(4, "tide"),
        popular(5, "tide-pool"),
    ]);
    for text in ["tide", "TIDE"] {
        let found = index.search(text);
        assert_eq!((found[0], found.len()), (4, 5), "{text}");
    }
    assert_ne!(index.search(" tide ")[0], 4);
    assert_eq!(index.search("tide_pool")[0], 5);
}

#[test]
fn a_name_counts_more_than_a_keyword_than_a_description_than_a_readme() {
    let filler = |id| Document {
        keywords: texts(&["sun"]),
        readme: "nothing".to_owned(),
        ..described(id, &format!("filler-{id}"), "nothing")
    };
    let mut documents = vec![
        Document { readme: "moon".to_owned(), ..named(1, "d") },
        described(2, "c", "moon"),
        Document { keywords: texts(&["moon"]), ..named(3, "b") },
        named(4, "moon-a"),
    ];
    documents.extend((10..30).map(filler));
    assert_eq!(TestIndex::of(&documents).search("moon"), [4, 3, 2, 1]);
}

#[test]
fn of_equal_matches_the_more_popular_comes_first() {
    let of = |id, downloads, recent_downloads| Document {
        downloads,
        recent_downloads,
        ..described(id, &format!("crate-{id}"), "moon")
    };
    let index = TestIndex::of(&[of(1, 0, None), of(2, 1_000, None), of(3, 5, None), of(4, 1_000_000, None)]);
    assert_eq!(index.search("moon"), [4, 2, 3, 1]);
    // A count that makes no sense is as good as none, and the recent downloads count where there are any.
    index.index.apply(&[of(4, -1, None), of(2, 1_000, Some(1))], &[], place(2)).unwrap();
    assert_eq!(index.search("moon")[..2], [3, 2]);
}

#[test]
fn ranks_do_not_change_while_the_index_does_not() {
    let documents: Vec<_> = (1..=60).map(|id| described(id, &format!("tide-{id}"), "the moon and the water")).collect();
    let index = TestIndex::of_parts(&documents, 4);
    let first = index.list(&search("moon tide"));
    for _ in 0..5 {
        assert_eq!(index.list(&search("moon tide")), first);
    }
    for hit in first.hits {
        let Key::Relevance { rank, .. } = hit.key else { panic!("{hit:?}") };
        assert!(rank.is_finite() && rank > 0.0);
    }
}

#[test]
fn relevance_reaches_only_so_far_but_counts_everything() {
    let mut documents: Vec<_> = (1..=1_300).map(|id| described(id, &format!("crate-{id}"), "moon")).collect();
    documents.push(named(2_000, "moon"));
    let index = TestIndex::of_parts(&documents, 3);
    let page = |from, limit| {
        let hits = index.list(&ListQuery { from, limit, ..search("moon") });
        assert_eq!(hits.total, 1_301);
        hits
    };
    assert_eq!(page(From::Offset(0), 5_000).hits.len(), MAX_RANKED);
    assert_eq!(ids(&page(From::Offset(0), 1)), [2_000]);
    assert_eq!(page(From::Offset(990), 99).hits.len(), 10);
    assert!(page(From::Offset(1_000), 10).hits.is_empty());
    let all = page(From::Offset(0), 5_000).hits;
    assert_eq!(page(From::After(all[899].key), 70).hits, all[900..970]);
    assert_eq!(page(From::After(all[989].key), 70).hits, all[990..]);
    assert!(page(From::After(all[999].key), 70).hits.is_empty());
    // A rank that was written as text and read again may be off by its last digit.
    let Key::Relevance { is_exact, rank, recent_downloads, id } = all[899].key else { panic!() };
    let key = Key::Relevance { is_exact, rank: rank.next_up(), recent_downloads, id };
    assert_eq!(page(From::After(key), 70).hits, all[900..970]);
}
