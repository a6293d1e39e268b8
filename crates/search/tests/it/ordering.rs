//! The orders of lists.

use cargohold_search::{Document, Key, ListQuery, Sort};

use crate::fixtures::{SORTS, TestIndex, by_name, ids, named, search};

fn documents() -> Vec<Document> {
    let of = |id, name, downloads, recent_downloads, created_at, updated_at| Document {
        downloads,
        recent_downloads,
        created_at,
        updated_at,
        ..named(id, name)
    };
    vec![
        of(1, "zorvex-core", 10, Some(5), 400, 400),
        of(2, "Zorvex_Util", 30, None, 300, 900),
        of(3, "myzorvexlib", 30, Some(0), 200, 500),
        of(4, "zorvex", 5, Some(5), 200, 500),
        of(5, "zorvex_b", -1, Some(-1), -100, -100),
    ]
}

#[test]
fn every_order_sorts_by_what_it_says() {
    for parts in [1, 2, 5] {
        let index = TestIndex::of_parts(&documents(), parts);
        let ids = |sort, query| index.ids(&ListQuery { sort, ..query });
        for query in [by_name(), search("zorvex")] {
            assert_eq!(ids(Sort::Name, query.clone()), [2, 3, 4, 1, 5]);
            assert_eq!(ids(Sort::Downloads, query.clone()), [3, 2, 1, 4, 5]);
            assert_eq!(ids(Sort::RecentDownloads, query.clone()), [4, 1, 3, 5, 2]);
            assert_eq!(ids(Sort::Updated, query.clone()), [2, 4, 3, 1, 5]);
            assert_eq!(ids(Sort::Created, query.clone()), [1, 2, 4, 3, 5]);
        }
        assert_eq!(ids(Sort::ExactThenName, search("zorvex")), [4, 2, 3, 1, 5]);
        assert_eq!(ids(Sort::ExactThenName, search("ZORVEX-util")), [2]);
        assert_eq!(ids(Sort::Relevance, search("zorvex"))[0], 4);
    }
}

#[test]
fn only_two_orders_put_the_exact_name_first_but_all_tell() {
    let index = TestIndex::of(&documents());
    for sort in SORTS {
        let hits = index.list(&ListQuery { sort, ..search("Zorvex") }).hits;
        let exact: Vec<_> = hits.iter().filter(|hit| hit.is_exact).map(|hit| hit.id).collect();
        assert_eq!(exact, [4], "{sort:?}");
        assert_eq!(hits[0].id == 4, [Sort::Relevance, Sort::ExactThenName, Sort::RecentDownloads].contains(&sort));
        assert!(index.list(&ListQuery { sort, ..by_name() }).hits.iter().all(|hit| !hit.is_exact));
    }
}

#[test]
fn keys_say_where_a_crate_stands() {
    let index = TestIndex::of(&documents());
    let key = |sort, at: usize| index.list(&ListQuery { sort, ..search("zorvex") }).hits[at].key;
    assert_eq!(key(Sort::Name, 0), Key::Name { id: 2 });
    assert_eq!(key(Sort::Downloads, 0), Key::Downloads { downloads: 30, id: 3 });
    assert_eq!(key(Sort::RecentDownloads, 0), Key::RecentDownloads { recent_downloads: Some(5), id: 4 });
    assert_eq!(key(Sort::RecentDownloads, 4), Key::RecentDownloads { recent_downloads: None, id: 2 });
    assert_eq!(key(Sort::Updated, 0), Key::Updated { at: 900, id: 2 });
    assert_eq!(key(Sort::Created, 4), Key::Created { at: -100, id: 5 });
    assert_eq!(key(Sort::ExactThenName, 0), Key::ExactThenName { is_exact: true, id: 4 });
    assert_eq!(key(Sort::ExactThenName, 1), Key::ExactThenName { is_exact: false, id: 2 });
    let Key::Relevance { is_exact: true, rank, recent_downloads: Some(5), id: 4 } = key(Sort::Relevance, 0) else {
        panic!("{:?}", key(Sort::Relevance, 0));
    };
    assert!(rank.is_finite() && rank > 0.0);
}

#[test]
fn orders_that_need_a_text_do_without() {
    let index = TestIndex::of(&documents());
    assert_eq!(index.ids(&ListQuery { sort: Sort::ExactThenName, ..by_name() }), [2, 3, 4, 1, 5]);
    assert_eq!(index.list(&ListQuery { sort: Sort::Relevance, ..by_name() }).total, 5);
}

#[test]
fn equally_relevant_crates_are_ordered_by_recent_downloads_then_name() {
    let of = |id, name, recent_downloads| Document { downloads: 7, recent_downloads, ..named(id, name) };
    let all = [
        of(1, "d-moon", None),
        of(2, "b-moon", None),
        of(3, "c-moon", Some(7)),
        of(4, "a-moon", Some(7)),
        of(5, "e-moon", None),
    ];
    for parts in [1, 2, 5] {
        assert_eq!(TestIndex::of_parts(&all, parts).search("moon"), [4, 3, 2, 1, 5]);
    }
    let hits = TestIndex::of_parts(&all, 2).list(&ListQuery { limit: 2, ..search("moon") });
    assert_eq!((ids(&hits), hits.total), (vec![4, 3], 5));
}
