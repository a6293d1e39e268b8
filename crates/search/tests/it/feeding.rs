//! How the index follows the store.

use cargohold_search::{Document, Error, Group, ListQuery, Position, SearchIndex};

use crate::fixtures::{TestIndex, by_name, described, named, place, texts};

#[test]
fn a_document_replaces_what_was_known_of_its_crate() {
    let index = TestIndex::of(&[described(1, "tide", "old words"), described(2, "ebb", "old")]);
    index.index.apply(&[described(1, "tide", "new")], &[], place(2)).unwrap();
    assert_eq!(index.search("old"), [2]);
    assert_eq!(index.search("new"), [1]);
    assert_eq!(index.search("tide"), [1]);
}

#[test]
fn crates_that_are_gone_are_no_longer_found() {
    let index = TestIndex::of(&[named(1, "tide"), named(2, "ebb"), named(11, "flow")]);
    index.index.apply(&[named(3, "moon")], &[1, 99], place(2)).unwrap();
    assert!(index.search("tide").is_empty());
    assert_eq!(index.ids(&by_name()), [2, 11, 3]);
}

#[test]
fn applying_the_same_again_changes_nothing() {
    let index = TestIndex::of(&[named(1, "tide")]);
    for _ in 0..3 {
        index.index.apply(&[named(1, "tide")], &[], place(1)).unwrap();
    }
    assert_eq!(index.search("tide"), [1]);
}

#[test]
fn the_position_survives_a_reopening() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(SearchIndex::open(folder.path()).unwrap().position(), Position::default());
    assert_eq!(SearchIndex::open(folder.path()).unwrap().position(), Position::default());

    let index = TestIndex::of(&[named(1, "tide")]).reopen();
    assert_eq!((index.index.position(), index.search("tide")), (place(1), vec![1]));
    index.index.apply(&[], &[], place(7_000_000_000)).unwrap();
    let index = index.reopen();
    assert_eq!((index.index.position(), index.search("tide")), (place(7_000_000_000), vec![1]));
}

#[test]
fn an_index_is_built_anew_without_searches_seeing_it_empty() {
    let index = TestIndex::of(&[named(1, "tide"), named(2, "ebb")]);
    index.index.clear().unwrap();
    assert_eq!(index.search("tide"), [1]);
    index.index.add(&[named(2, "ebb"), named(3, "flow")]).unwrap();
    index.index.add(&[named(4, "moon")]).unwrap();
    assert_eq!(index.ids(&by_name()), [2, 1], "as before");
    index.index.apply(&[], &[], place(9)).unwrap();
    assert_eq!(index.ids(&by_name()), [2, 3, 4]);
    let index = index.reopen();
    assert_eq!((index.index.position(), index.search("tide")), (place(9), vec![]));
    assert_eq!(index.ids(&by_name()), [2, 3, 4]);
}

#[test]
fn a_rebuild_that_was_cut_off_leaves_what_there_was() {
    let index = TestIndex::of(&[named(1, "tide")]);
    index.index.clear().unwrap();
    index.index.add(&[named(2, "ebb")]).unwrap();
    let index = index.reopen();
    assert_eq!((index.index.position(), index.ids(&by_name())), (place(1), vec![1]), "as it was");
}

#[test]
fn an_index_whose_folder_is_gone_begins_anew_and_answers_until_then() {
    let index = TestIndex::of(&[named(1, "tide")]);
    for folder in std::fs::read_dir(index.folder()).unwrap() {
        std::fs::remove_dir_all(folder.unwrap().path()).unwrap();
    }
    index.index.apply(&[named(2, "ebb")], &[], place(2)).unwrap_err();
    assert_eq!(index.search("tide"), [1]);
    index.index.reopen().unwrap();
    assert_eq!((index.index.position(), index.search("tide")), (Position::default(), vec![1]));
    index.index.apply(&[named(1, "tide")], &[], place(2)).unwrap();
    assert_eq!(index.search("tide"), [1]);
    assert_eq!(index.reopen().index.position(), place(2));
}

#[test]
fn two_processes_cannot_have_an_index_open() {
    let index = TestIndex::of(&[named(1, "tide")]);
    assert!(matches!(SearchIndex::open(index.folder()), Err(Error::Index(_))));
    index.reopen();
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), b"x").unwrap();
    assert!(matches!(SearchIndex::open(&folder.path().join("file")), Err(Error::Folder(_))));
}

#[test]
fn everything_about_a_crate_is_replaced() {
    let before = Document {
        keywords: texts(&["water"]),
        categories: texts(&["science::moon"]),
        owners: vec![7],
        teams: vec![8],
        is_yanked: true,
        ..named(1, "Tide-Pool")
    };
    let index = TestIndex::of(&[before]);
    index.index.apply(&[named(1, "ebb")], &[], place(2)).unwrap();
    for group in [
        Group::AllKeywords(vec![]),
        Group::Keyword("water".to_owned()),
        Group::Letter('t'),
        Group::User(7),
        Group::Team(8),
        Group::Names(texts(&["Tide-Pool"])),
    ] {
        assert!(index.group(group.clone()).is_empty(), "{group:?}");
    }
    assert!(index.ids(&ListQuery { category: Some("science".to_owned()), ..by_name() }).is_empty());
    assert_eq!(index.ids(&ListQuery { hide_yanked: true, ..by_name() }), [1]);
    assert!(index.index.suggest("pool", 9).unwrap().is_empty());
}

#[test]
fn what_was_found_may_be_kept_until_something_else_is_shown() {
    let index = TestIndex::of(&[]);
    let before = index.index.generation();
    index.index.add(&[named(1, "tide")]).unwrap();
    assert_eq!(index.index.generation(), before, "nothing is shown yet");
    index.index.apply(&[], &[], place(1)).unwrap();
    assert_ne!(index.index.generation(), before);
}
