//! Pages by number and by key.

use cargohold_search::{Document, From, Hit, Key, ListQuery, Sort};
use proptest::prelude::*;

use crate::fixtures::{SORTS, TestIndex, by_name, ids, named, place, search};

/// All hits, page by page, each page beginning behind the last key.
fn walk(index: &TestIndex, query: &ListQuery, limit: usize) -> Vec<Hit> {
    let total = index.list(query).total;
    let mut page = index.list(&ListQuery { limit, ..query.clone() }).hits;
    let mut walked: Vec<Hit> = Vec::new();
    while let Some(last) = page.last() {
        assert!(page.len() <= limit && walked.len() <= total);
        let from = From::After(last.key);
        walked.append(&mut page);
        let next = index.list(&ListQuery { limit, from, ..query.clone() });
        assert_eq!(next.total, total);
        page = next.hits;
    }
    walked
}

fn document(id: i64) -> impl Strategy<Value = Document> {
    // Few different values, so that there are many equal ones.
    let numbers = (0..3_i64, prop::option::of(0..3_i64), 0..3_i64, 0..3_i64);
    (numbers, prop::sample::select(vec!["moon", "the moon moon", "moon tide", "sun"]), "[A-Ca-c]").prop_map(
        move |((downloads, recent_downloads, created_at, updated_at), description, letter)| Document {
            downloads,
            recent_downloads,
            created_at,
            updated_at,
            description: description.to_owned(),
            ..named(id, &format!("{letter}{id}-{}", ["moon", "amoonb", "x"][usize::try_from(id % 3).unwrap()]))
        },
    )
}

fn documents() -> impl Strategy<Value = Vec<Document>> {
    (1..60_i64).prop_flat_map(|count| (1..=count).map(document).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn pages_behind_keys_hold_every_crate_once_and_in_order(
        documents in documents(), parts in 1..5_usize, limit in 1..9_usize,
    ) {
        let index = TestIndex::of_parts(&documents, parts);
        for sort in SORTS {
            for query in [by_name(), search("moon"), search("x"), search("c3-moon")] {
                let query = ListQuery { sort, ..query };
                let all = index.list(&query);
                prop_assert_eq!(all.hits.len(), all.total);
                prop_assert_eq!(walk(&index, &query, limit), all.hits.clone());
                for offset in [0, 1, limit, all.total] {
                    let page = index.list(&ListQuery { from: From::Offset(offset), limit, ..query.clone() });
                    let wanted: Vec<_> = all.hits.iter().skip(offset).take(limit).cloned().collect();
                    prop_assert_eq!((page.hits, page.total), (wanted, all.total));
                }
            }
        }
    }
}

fn three() -> Vec<Document> {
    let of = |id, name, number: i64| Document {
        downloads: number,
        recent_downloads: Some(number),
        created_at: number,
        updated_at: number,
        ..named(id, name)
    };
    vec![of(1, "a-moon", 10), of(2, "b-moon", 20), of(3, "c-moon", 30)]
}

#[test]
fn a_page_may_begin_behind_a_place_where_no_crate_is() {
    let index = TestIndex::of(&three());
    for (sort, key) in [
        (Sort::Downloads, Key::Downloads { downloads: 20, id: 1 }),
        (Sort::Downloads, Key::Downloads { downloads: 11, id: 99 }),
        (Sort::RecentDownloads, Key::RecentDownloads { recent_downloads: Some(15), id: 99 }),
        (Sort::Updated, Key::Updated { at: 15, id: 99 }),
        (Sort::Created, Key::Created { at: 20, id: 2 }),
    ] {
        let hits = index.list(&ListQuery { sort, from: From::After(key), ..by_name() });
        assert_eq!((ids(&hits), hits.total), (vec![1], 3), "{key:?}");
    }
    let behind_all = Key::RecentDownloads { recent_downloads: None, id: 0 };
    let query = ListQuery { sort: Sort::RecentDownloads, from: From::After(behind_all), ..by_name() };
    assert!(index.list(&query).hits.is_empty());
}

#[test]
fn the_current_name_of_a_crate_is_its_place() {
    let index = TestIndex::of(&three());
    let after = |id| ids(&index.list(&ListQuery { from: From::After(Key::Name { id }), ..by_name() }));
    assert_eq!(after(1), [2, 3]);
    index.index.apply(&[named(1, "bb-moon")], &[], place(2)).unwrap();
    assert_eq!(after(1), [3]);
    assert_eq!(after(2), [1, 3]);
}

#[test]
fn nothing_is_behind_the_name_of_a_crate_that_is_gone() {
    let index = TestIndex::of(&three());
    index.index.apply(&[], &[2], place(2)).unwrap();
    for id in [2, 99, -1] {
        let query = ListQuery { from: From::After(Key::Name { id }), ..by_name() };
        assert!(index.list(&query).hits.is_empty());
        let key = Key::ExactThenName { is_exact: false, id };
        let query = ListQuery { sort: Sort::ExactThenName, from: From::After(key), ..search("moon") };
        assert!(index.list(&query).hits.is_empty());
    }
}

#[test]
fn behind_a_relevant_crate_that_is_gone_only_its_equals_are_lost() {
    let of = |id, name, recent_downloads| Document { recent_downloads, ..named(id, name) };
    let index = TestIndex::of(&[
        of(1, "a-moon", Some(50)),
        of(2, "b-moon", Some(20)),
        of(3, "c-moon", Some(20)),
        of(4, "d-moon", Some(20)),
        of(5, "e-moon", Some(7)),
    ]);
    let all = index.list(&search("moon")).hits;
    assert_eq!(all[1].id, 2);
    let Key::Relevance { is_exact, rank, recent_downloads, .. } = all[1].key else { panic!() };
    let after = |id| {
        let key = Key::Relevance { is_exact, rank, recent_downloads, id };
        ids(&index.list(&ListQuery { from: From::After(key), ..search("moon") }))
    };
    assert_eq!(after(2), [3, 4, 5]);
    assert_eq!(after(99), [5]);
    // The name decides between equals, whatever the id.
    assert_eq!(after(1), [2, 3, 4, 5]);
}

#[test]
fn a_key_of_another_order_is_behind_everything() {
    let index = TestIndex::of(&three());
    let keys: Vec<Key> =
        SORTS.iter().map(|sort| index.list(&ListQuery { sort: *sort, ..search("moon") }).hits[0].key).collect();
    for (at, sort) in SORTS.into_iter().enumerate() {
        for (other, key) in keys.iter().enumerate() {
            let hits = index.list(&ListQuery { sort, from: From::After(*key), ..search("moon") }).hits;
            assert_eq!(hits.len(), if at == other { 2 } else { 0 }, "{key:?} in {sort:?}");
        }
    }
}
