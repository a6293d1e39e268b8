//! What a list is limited to.

use cargohold_search::{Document, Group, ListQuery};

use crate::fixtures::{TestIndex, by_name, named, search, texts};

fn keywords(words: &[&str]) -> Group {
    Group::AllKeywords(texts(words))
}

#[test]
fn a_category_includes_those_below_it() {
    let of = |id, name, slugs: &[&str]| Document { categories: texts(slugs), ..named(id, name) };
    let index = TestIndex::of(&[
        of(1, "a", &["development-tools"]),
        of(2, "b", &["development-tools::testing", "web-programming"]),
        of(3, "c", &["development-tools::testing::mocks", "development-tools::testing"]),
        of(4, "d", &["development-toolsmith", "Development-Tools"]),
        of(5, "e", &[]),
    ]);
    let ids = |slug: &str| index.ids(&ListQuery { category: Some(slug.to_owned()), ..by_name() });
    assert_eq!(ids("development-tools"), [1, 2, 3]);
    assert_eq!(ids("development-tools::testing"), [2, 3]);
    assert_eq!(ids("development-tools::testing::mocks"), [3]);
    assert_eq!(ids("web-programming"), [2]);
    assert_eq!(ids("Development-Tools"), [4]);
    for slug in ["", "development", "development-tools::", "development-tools:", "testing", "development-tools::test"] {
        assert!(ids(slug).is_empty(), "{slug}");
    }
}

#[test]
fn keywords_are_compared_in_lower_case_and_as_a_whole() {
    let of = |id, name, words: &[&str]| Document { keywords: texts(words), ..named(id, name) };
    let index = TestIndex::of(&[
        of(1, "a", &["Tide", "low-water"]),
        of(2, "b", &["tide"]),
        of(3, "c", &["tides"]),
        named(4, "tide"),
    ]);
    assert_eq!(index.group(Group::Keyword("tide".to_owned())), [1, 2]);
    assert_eq!(index.group(Group::Keyword("TIDE".to_owned())), [1, 2]);
    assert_eq!(index.group(Group::Keyword("Low-Water".to_owned())), [1]);
    assert!(index.group(Group::Keyword("low".to_owned())).is_empty());
    assert!(index.group(Group::Keyword(String::new())).is_empty());
    assert_eq!(index.group(keywords(&["tide", "LOW-water", "tide"])), [1]);
    assert_eq!(index.group(keywords(&["tide"])), [1, 2]);
    assert!(index.group(keywords(&["tide", "tides"])).is_empty());
    assert_eq!(index.group(keywords(&[])), [1, 2, 3]);
}

#[test]
fn a_letter_begins_the_canonical_name() {
    let index = TestIndex::of(&[named(1, "Alpha"), named(2, "apple"), named(3, "beta-a"), named(4, "_under")]);
    assert_eq!(index.group(Group::Letter('a')), [1, 2]);
    assert_eq!(index.group(Group::Letter('A')), [1, 2]);
    assert_eq!(index.group(Group::Letter('B')), [3]);
    for letter in ['_', '%'] {
        assert_eq!(index.group(Group::Letter(letter)), [1, 4, 2, 3], "{letter}");
    }
    for letter in ['-', 'u', '*', '\0', 'ä', '🦀'] {
        assert!(index.group(Group::Letter(letter)).is_empty(), "{letter}");
    }
}

#[test]
fn owners_are_users_or_teams() {
    let of = |id, name, owners: &[i64], teams: &[i64]| Document {
        owners: owners.to_vec(),
        teams: teams.to_vec(),
        ..named(id, name)
    };
    let index = TestIndex::of(&[of(1, "a", &[5, 6], &[]), of(2, "b", &[5], &[7]), of(3, "c", &[8], &[5])]);
    assert_eq!(index.group(Group::User(5)), [1, 2]);
    assert_eq!(index.group(Group::User(6)), [1]);
    assert_eq!(index.group(Group::Team(5)), [3]);
    assert_eq!(index.group(Group::Team(7)), [2]);
    for id in [0, -1, 7, i64::MAX, i64::MIN] {
        assert!(index.group(Group::User(id)).is_empty(), "{id}");
    }
}

#[test]
fn crates_are_picked_by_id_or_by_exact_name() {
    let index = TestIndex::of(&[named(3, "Tide_Pool"), named(1, "ebb"), named(2, "flow")]);
    assert_eq!(index.group(Group::Ids(vec![2, 1, 99, 2, -1])), [1, 2]);
    assert!(index.group(Group::Ids(vec![])).is_empty());
    assert_eq!(index.group(Group::Names(texts(&["flow", "Tide_Pool", "nobody", "flow"]))), [3, 2]);
    for name in ["tide_pool", "Tide-Pool", "Tide_Poo", "", "\0"] {
        assert!(index.group(Group::Names(texts(&[name]))).is_empty(), "{name}");
    }
    assert!(index.group(Group::Names(vec![])).is_empty());
}

#[test]
fn crates_with_only_yanked_versions_can_be_left_out() {
    let index = TestIndex::of(&[named(1, "a"), Document { is_yanked: true, ..named(2, "b") }, named(3, "c")]);
    assert_eq!(index.ids(&by_name()), [1, 2, 3]);
    assert_eq!(index.ids(&ListQuery { hide_yanked: true, ..by_name() }), [1, 3]);
    let group = Some(Group::Ids(vec![1, 2]));
    assert_eq!(index.ids(&ListQuery { hide_yanked: true, group, ..by_name() }), [1]);
}

#[test]
fn all_filters_apply_at_once() {
    let full = |id, name| Document {
        keywords: texts(&["moon"]),
        categories: texts(&["science"]),
        owners: vec![7],
        ..named(id, name)
    };
    let index = TestIndex::of(&[
        full(1, "tide-pool"),
        Document { owners: vec![8], ..full(2, "tide-two") },
        Document { categories: vec![], ..full(3, "tide-three") },
        Document { is_yanked: true, ..full(4, "tide-four") },
        full(5, "ebb"),
    ]);
    let query = |text| ListQuery {
        category: Some("science".to_owned()),
        hide_yanked: true,
        group: Some(Group::User(7)),
        ..search(text)
    };
    assert_eq!(index.ids(&query("tide")), [1]);
    assert_eq!(index.matches("tide"), [1, 2, 3, 4]);
    // Misspelt names pass through the same filters.
    assert_eq!(index.ids(&query("tied")), [1]);
    assert_eq!(index.matches("tied"), [1, 2, 3, 4]);
}
