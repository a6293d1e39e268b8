//! All crates by name.

use cargohold_search::Hits;

use crate::fixtures::{TestIndex, named};

#[test]
fn crates_are_listed_by_name_page_by_page() {
    let index = TestIndex::of(&[named(1, "delta"), named(2, "alpha"), named(3, "charlie"), named(4, "bravo")]);
    // Another segment of the index, sorted in with the first.
    index.index.apply(&[named(5, "bravo-2"), named(6, "zulu")], &[3], 2).unwrap();
    for (offset, limit, ids) in
        [(0, 9, vec![2, 4, 5, 1, 6]), (0, 2, vec![2, 4]), (2, 2, vec![5, 1]), (4, 2, vec![6]), (5, 2, vec![])]
    {
        let hits = index.index.list_by_name(offset, limit).unwrap();
        assert_eq!(hits, Hits { ids, total: 5 }, "{limit} from {offset}");
    }
}

#[test]
fn an_empty_index_lists_and_finds_nothing() {
    let index = TestIndex::of(&[]);
    assert_eq!(index.index.list_by_name(0, 10).unwrap(), Hits { ids: vec![], total: 0 });
    assert_eq!(index.index.search("tide", 0, 10).unwrap(), Hits { ids: vec![], total: 0 });
}
