//! Index lines (contract §8.3, cargo's reading of them in cargo-client §3, security row S46).

use std::collections::{BTreeMap, BTreeSet};

use cargohold_protocol::{Cksum, DependencyKind, IndexDependency, IndexEntry};
use proptest::prelude::*;
use serde_json::Value;

type Features = BTreeMap<String, Vec<String>>;

fn features(table: &[(&str, &[&str])]) -> Features {
    let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    table.iter().map(|(name, values)| ((*name).to_owned(), owned(values))).collect()
}

fn entry(vers: &str, features: Features) -> IndexEntry {
    IndexEntry {
        name: "foo".parse().unwrap(),
        vers: vers.parse().unwrap(),
        deps: Vec::new(),
        cksum: Cksum::from_bytes([0xab; 32]),
        features,
        features2: BTreeMap::new(),
        yanked: false,
        links: None,
        rust_version: None,
        pubtime: None,
        v: None,
    }
}

fn dependency(name: &str) -> IndexDependency {
    IndexDependency {
        name: name.to_owned(),
        req: "^1.0".to_owned(),
        features: Vec::new(),
        optional: false,
        default_features: true,
        target: None,
        kind: DependencyKind::Normal,
        registry: None,
        package: None,
    }
}

fn line(entry: IndexEntry, yanked: bool) -> String {
    let mut file = String::new();
    entry.into_line().unwrap().write_to(yanked, &mut file);
    file
}

fn json(entry: IndexEntry) -> Value {
    serde_json::from_str(&line(entry, false)).unwrap()
}

#[test]
fn the_contracts_first_example_is_written_byte_for_byte() {
    let cksum = "ab".repeat(32);
    let expected =
        format!(r#"{{"name":"foo","vers":"1.2.3","deps":[],"cksum":"{cksum}","features":{{}},"yanked":false}}"#);
    assert_eq!(line(entry("1.2.3", BTreeMap::new()), false), format!("{expected}\n"));
}

#[test]
fn the_contracts_second_example_is_written_byte_for_byte() {
    let optional = IndexDependency { optional: true, package: Some("bar".to_owned()), ..dependency("my-bar") };
    let entry = IndexEntry {
        deps: vec![optional],
        cksum: Cksum::from_bytes([0xcd; 32]),
        rust_version: Some("1.70".to_owned()),
        ..entry("2.0.0", features(&[("old", &[]), ("new", &["dep:my-bar"])]))
    };
    let cksum = "cd".repeat(32);
    let expected = [
        r#"{"name":"foo","vers":"2.0.0","deps":[{"name":"my-bar","req":"^1.0","features":[],"optional":true,"#,
        r#""default_features":true,"target":null,"kind":"normal","package":"bar"}],"cksum":""#,
        &cksum,
        r#"","features":{"old":[]},"features2":{"new":["dep:my-bar"]},"yanked":false,"rust_version":"1.70","v":2}"#,
        "\n",
    ];
    assert_eq!(line(entry, false), expected.concat());
}

#[test]
fn every_key_has_its_place() {
    let full = IndexDependency {
        features: vec!["b".to_owned(), "a".to_owned()],
        target: Some("cfg(unix)".to_owned()),
        kind: DependencyKind::Dev,
        registry: Some("sparse+https://example.org/index/".to_owned()),
        package: Some("real".to_owned()),
        default_features: false,
        ..dependency("alias")
    };
    let entry = IndexEntry {
        deps: vec![full],
        links: Some("z".to_owned()),
        rust_version: Some("1.60.0".to_owned()),
        pubtime: Some("2026-01-02T03:04:05Z".to_owned()),
        ..entry("1.0.0-rc.1+b.5", features(&[("x", &["alias?/y"])]))
    };
    let cksum = "ab".repeat(32);
    let expected = [
        r#"{"name":"foo","vers":"1.0.0-rc.1+b.5","deps":[{"name":"alias","req":"^1.0","features":["b","a"],"#,
        r#""optional":false,"default_features":false,"target":"cfg(unix)","kind":"dev","#,
        r#""registry":"sparse+https://example.org/index/","package":"real"}],"cksum":""#,
        &cksum,
        r#"","features":{},"features2":{"x":["alias?/y"]},"yanked":true,"links":"z","rust_version":"1.60.0","#,
        r#""pubtime":"2026-01-02T03:04:05Z","v":2}"#,
        "\n",
    ];
    assert_eq!(line(entry, true), expected.concat());
}

#[test]
fn absent_values_have_no_key_except_the_target_of_a_dependency() {
    let json = json(IndexEntry { deps: vec![dependency("bar")], ..entry("1.0.0", BTreeMap::new()) });
    let keys: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys.len(), 6, "{keys:?}");
    for absent in ["features2", "links", "rust_version", "pubtime", "v"] {
        assert_eq!(json.get(absent), None, "{absent}");
    }
    let dep = &json["deps"][0];
    assert_eq!(dep.get("target"), Some(&Value::Null));
    assert_eq!((dep.get("package"), dep.get("registry")), (None, None));
}

#[test]
fn text_is_written_unescaped_and_without_spaces() {
    let line = line(entry("1.0.0", features(&[("größe", &["日本"])])), false);
    assert!(line.contains(r#""features":{"größe":["日本"]},"yanked""#), "{line}");
}

#[test]
fn s46_features_with_new_syntax_move_to_features2_with_all_that_refer_to_them() {
    let entry = entry(
        "1.0.0",
        features(&[
            ("default", &["all"]),
            ("all", &["plain", "weak"]),
            ("weak", &["bar?/x"]),
            ("explicit", &["plain", "dep:bar"]),
            ("plain", &["bar/x", "bar"]),
            ("bystander", &["plain"]),
            ("z-refers-to-early", &["default"]),
            ("a-refers-to-late", &["z-refers-to-early"]),
            ("empty", &[]),
        ]),
    );
    let json = json(entry);
    let keys = |member: &str| json[member].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys("features"), ["bystander", "empty", "plain"]);
    assert_eq!(keys("features2"), ["a-refers-to-late", "all", "default", "explicit", "weak", "z-refers-to-early"]);
    assert_eq!(json["features2"]["explicit"], serde_json::json!(["plain", "dep:bar"]), "values keep their order");
    assert_eq!(json["v"], 2);
}

#[test]
fn s46_old_syntax_alone_moves_nothing() {
    // None of these says `dep:` at its start or `?/` anywhere.
    let table = features(&[("a", &["b/c", "d"]), ("d", &["adep:x"]), ("missing", &["nowhere"]), ("self", &["self"])]);
    let json = json(entry("1.0.0", table));
    assert_eq!(json["features"].as_object().unwrap().len(), 4);
    assert_eq!((json.get("features2"), json.get("v")), (None, None));
}

#[test]
fn s46_the_schema_number_follows_the_features_and_not_the_caller() {
    let json_of = |v, table| json(IndexEntry { v, ..entry("1.0.0", table) });
    assert_eq!(json_of(Some(1), BTreeMap::new()).get("v"), None);
    assert_eq!(json_of(Some(2), BTreeMap::new()).get("v"), None);
    assert_eq!(json_of(Some(1), features(&[("a", &["dep:b"])]))["v"], 2);
}

#[test]
fn a_line_that_was_read_is_written_as_it_was() {
    let table = features(&[("a", &["dep:b"]), ("c", &["a"]), ("d", &[])]);
    let original = IndexEntry { deps: vec![dependency("b"), dependency("a")], ..entry("1.0.0", table) };
    let written = line(original, false);
    let read: IndexEntry = serde_json::from_str(&written).unwrap();
    assert_eq!(line(read, false), written);
}

#[test]
fn dependencies_are_ordered_by_name_kind_requirement_and_on() {
    let base = || dependency("m");
    let some = |text: &str| Some(text.to_owned());
    let ascending = vec![
        IndexDependency { kind: DependencyKind::Dev, ..dependency("a") },
        IndexDependency { req: "9".to_owned(), ..dependency("a-b") },
        base(),
        IndexDependency { features: vec!["a".to_owned()], ..base() },
        IndexDependency { features: vec!["a".to_owned(), "b".to_owned()], ..base() },
        IndexDependency { features: vec!["b".to_owned()], ..base() },
        IndexDependency { package: some("p"), ..base() },
        IndexDependency { package: some("q"), features: vec!["a".to_owned()], ..base() },
        IndexDependency { target: some("cfg(unix)"), ..base() },
        IndexDependency { target: some("cfg(windows)"), ..base() },
        IndexDependency { optional: true, default_features: false, ..base() },
        IndexDependency { optional: true, ..base() },
        IndexDependency { req: "^2".to_owned(), ..base() },
        IndexDependency { kind: DependencyKind::Build, ..base() },
        IndexDependency { kind: DependencyKind::Dev, req: "0".to_owned(), ..base() },
        dependency("m_a"),
        dependency("z"),
    ];
    let expected = serde_json::to_value(&ascending).unwrap();
    let mut deps = ascending;
    for _ in 0..deps.len() {
        assert_eq!(json(IndexEntry { deps: deps.clone(), ..entry("1.0.0", BTreeMap::new()) })["deps"], expected);
        deps.rotate_left(5);
    }
    deps.reverse();
    assert_eq!(json(IndexEntry { deps, ..entry("1.0.0", BTreeMap::new()) })["deps"], expected);
}

#[test]
fn yanking_changes_one_value_even_if_other_texts_look_like_it() {
    let looks_alike = r#""yanked":false"#;
    let entry = IndexEntry {
        deps: vec![IndexDependency {
            target: Some(format!("cfg({looks_alike})")),
            features: vec![looks_alike.to_owned()],
            ..dependency(looks_alike)
        }],
        links: Some(format!("{looks_alike},\"yanked\":true")),
        ..entry("1.0.0", features(&[(looks_alike, &[looks_alike, "dep:x"]), ("false", &["true"])]))
    };
    let (not_yanked, yanked) = (line(entry.clone(), false), line(entry, true));
    let (mut left, right): (Value, Value) =
        (serde_json::from_str(&not_yanked).unwrap(), serde_json::from_str(&yanked).unwrap());
    assert_eq!((&left["yanked"], &right["yanked"]), (&Value::Bool(false), &Value::Bool(true)));
    left["yanked"] = Value::Bool(true);
    assert_eq!(left, right);
    assert_eq!(not_yanked.len(), yanked.len() + 1);
}

/// The features that reach `dep:` or `?/` over any number of plain references.
fn reach_new_syntax(table: &Features) -> BTreeSet<&String> {
    fn reaches<'t>(table: &'t Features, name: &'t String, seen: &mut BTreeSet<&'t String>) -> bool {
        seen.insert(name)
            && table.get(name).is_some_and(|values| {
                values.iter().any(|v| v.starts_with("dep:") || v.contains("?/") || reaches(table, v, seen))
            })
    }
    table.keys().filter(|name| reaches(table, name, &mut BTreeSet::new())).collect()
}

fn any_features() -> impl Strategy<Value = Features> {
    let value = prop_oneof![8 => "[a-h]", 1 => "dep:[x-z]", 1 => "[x-z]\\?/[a-c]", 1 => "[x-z]/[a-c]"];
    prop::collection::btree_map("[a-h]", prop::collection::vec(value, 0..4), 0..8)
}

fn any_dependency() -> impl Strategy<Value = IndexDependency> {
    let kind = prop::sample::select(vec![DependencyKind::Normal, DependencyKind::Build, DependencyKind::Dev]);
    let text = || prop::option::of("[ab]");
    ("[a-c]", "[12]", prop::collection::vec("[ab]", 0..3), any::<(bool, bool)>(), text(), kind, text(), text())
        .prop_map(|(name, req, features, (optional, default_features), target, kind, registry, package)| {
            IndexDependency { name, req, features, optional, default_features, target, kind, registry, package }
        })
}

proptest! {
    #![proptest_config(crate::seeded(512))]

    #[test]
    fn s46_features2_holds_exactly_what_reaches_new_syntax(table in any_features()) {
        let json = json(entry("1.0.0", table.clone()));
        let moved = reach_new_syntax(&table);
        let member = |name: &str| -> Features {
            json.get(name).map(|features| serde_json::from_value(features.clone()).unwrap()).unwrap_or_default()
        };
        let (old, new) = (member("features"), member("features2"));
        prop_assert_eq!(new.keys().collect::<BTreeSet<_>>(), moved);
        prop_assert_eq!(json.get("v").is_some(), !new.is_empty());
        prop_assert_eq!(json.get("features2").is_some(), !new.is_empty());
        let mut all = old;
        all.extend(new);
        prop_assert_eq!(all, table);
    }

    #[test]
    fn the_line_does_not_depend_on_the_order_of_dependencies(
        deps in prop::collection::vec(any_dependency(), 0..8).prop_shuffle(),
        rotation: prop::sample::Index,
    ) {
        let of = |deps: &[IndexDependency]| line(IndexEntry { deps: deps.to_vec(), ..entry("1.0.0", BTreeMap::new()) }, false);
        let mut other = deps.clone();
        other.reverse();
        let len = other.len().max(1);
        other.rotate_left(rotation.index(len).min(deps.len()));
        prop_assert_eq!(of(&deps), of(&other));
    }

    #[test]
    fn a_line_differs_in_the_value_of_yanked_only(
        table in prop::collection::btree_map(".{0,10}", prop::collection::vec(".{0,10}", 0..3), 0..4),
        deps in prop::collection::vec(any_dependency(), 0..3),
        links in prop::option::of(".{0,20}"),
        was_yanked: bool,
    ) {
        let entry = IndexEntry { deps, links, yanked: was_yanked, ..entry("1.0.0", table) };
        let parts = entry.clone().into_line().unwrap();
        prop_assert!(parts.head.ends_with(r#","yanked":"#));
        let (not_yanked, yanked) = (line(entry.clone(), false), line(entry, true));
        prop_assert_eq!(&not_yanked, &format!("{}false{}\n", parts.head, parts.tail));
        prop_assert_eq!(&yanked, &format!("{}true{}\n", parts.head, parts.tail));
        // One line of JSON each, whatever the texts contain, and it reads back.
        for text in [not_yanked, yanked] {
            prop_assert_eq!(text.matches('\n').count(), 1);
            prop_assert!(serde_json::from_str::<IndexEntry>(&text).is_ok());
        }
    }
}
