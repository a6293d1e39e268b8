//! Which crates' default versions depend on a crate (contract §5.5).

use cargohold_store::Tx;
use cargohold_store::crates::{self, DerivedValues};
use cargohold_store::dependencies::{self, NewDependency};
use cargohold_store::reverse_dependencies::{self, Dependent};

use crate::engines::Database;
use crate::fixtures::{at, dependency, krate, show, user, version};

on_both_engines!(
    a_crate_depends_by_the_first_of_its_dependencies,
    only_an_unyanked_default_version_depends,
    dependents_come_in_pages_with_the_most_downloaded_first,
    dependents_are_found_by_what_they_require,
);

/// A version with these dependencies, which its crate shows.
async fn shown(tx: &mut Tx, crate_id: i64, by: i64, number: &str, on: &[NewDependency]) -> i64 {
    let id = version(tx, crate_id, by, number, at(0)).await;
    dependencies::insert_all(tx, id, on).await.unwrap();
    show(tx, crate_id, id, at(0)).await;
    reverse_dependencies::refresh(tx, crate_id).await.unwrap();
    id
}

async fn a_crate_depends_by_the_first_of_its_dependencies(db: &Database) {
    let mut tx = db.write().await;
    let (alice, ebb) = (user(&mut tx, "alice").await, krate(&mut tx, "ebb").await);
    let elsewhere = NewDependency { registry: Some("https://example.org".to_owned()), ..dependency("flow") };
    let optional = NewDependency { is_optional: true, ..dependency("tide") };
    let on = [dependency("moon"), optional, dependency("tide"), dependency("ebb"), elsewhere];
    let id = shown(&mut tx, ebb, alice, "1.0.0", &on).await;
    let of_ebb = dependencies::list(&mut tx, id).await.unwrap();
    let first = of_ebb.iter().filter(|it| it.name == "tide").map(|it| it.id).min().unwrap();
    let found = reverse_dependencies::list(&mut tx, "tide", 0, 9).await.unwrap();
    assert_eq!(found, [Dependent { dependency_id: first, version_id: id, downloads: 0 }]);
    for (name, count) in [("tide", 1), ("moon", 1), ("ebb", 1), ("flow", 0), ("Tide", 0)] {
        assert_eq!(reverse_dependencies::count(&mut tx, name).await.unwrap(), count, "{name}");
    }
}

async fn only_an_unyanked_default_version_depends(db: &Database) {
    let mut tx = db.write().await;
    let (alice, ebb) = (user(&mut tx, "alice").await, krate(&mut tx, "ebb").await);
    shown(&mut tx, ebb, alice, "1.0.0", &[dependency("tide"), dependency("moon")]).await;
    let second = shown(&mut tx, ebb, alice, "2.0.0", &[dependency("tide")]).await;
    assert_eq!(reverse_dependencies::list(&mut tx, "tide", 0, 9).await.unwrap()[0].version_id, second);
    assert_eq!(reverse_dependencies::count(&mut tx, "moon").await.unwrap(), 0);

    let yanked = DerivedValues { is_yanked: true, default_version_id: Some(second), ..DerivedValues::default() };
    crates::set_derived(&mut tx, ebb, &yanked, at(1)).await.unwrap();
    reverse_dependencies::refresh(&mut tx, ebb).await.unwrap();
    assert_eq!(reverse_dependencies::count(&mut tx, "tide").await.unwrap(), 0);
    show(&mut tx, ebb, second, at(2)).await;
    for _ in 0..2 {
        reverse_dependencies::refresh(&mut tx, ebb).await.unwrap();
        assert_eq!(reverse_dependencies::count(&mut tx, "tide").await.unwrap(), 1);
    }
}

async fn dependents_come_in_pages_with_the_most_downloaded_first(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let mut ids = Vec::new();
    for (text, downloads) in [("alpha", 5), ("bravo", 9), ("charlie", 5), ("delta", 0)] {
        let id = krate(&mut tx, text).await;
        let set = "UPDATE crates SET downloads = $1 WHERE id = $2";
        tx.query(set).bind(downloads).bind(id).execute().await.unwrap();
        ids.push(shown(&mut tx, id, alice, "1.0.0", &[dependency("tide")]).await);
    }
    let mut page = async |offset, limit| {
        let found = reverse_dependencies::list(&mut tx, "tide", offset, limit).await.unwrap();
        found.into_iter().map(|it| (it.version_id, it.downloads)).collect::<Vec<_>>()
    };
    assert_eq!(page(0, 2).await, [(ids[1], 9), (ids[2], 5)]);
    assert_eq!(page(2, 9).await, [(ids[0], 5), (ids[3], 0)]);
    assert_eq!(page(4, 9).await, []);
    assert_eq!(reverse_dependencies::count(&mut tx, "tide").await.unwrap(), 4);
}

async fn dependents_are_found_by_what_they_require(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let requiring = |req: &str| NewDependency { req: req.to_owned(), ..dependency("tide") };
    let elsewhere = NewDependency { registry: Some("https://example.org".to_owned()), ..requiring("^9") };
    let (ebb, flow) = (krate(&mut tx, "ebb").await, krate(&mut tx, "flow").await);
    shown(&mut tx, ebb, alice, "1.0.0", &[requiring("^1"), requiring("=1.2.3"), elsewhere, dependency("moon")]).await;
    shown(&mut tx, flow, alice, "2.0.0", &[requiring("^1"), requiring("^1")]).await;
    let mut stored = reverse_dependencies::list_requirements(&mut tx, "tide").await.unwrap();
    stored.sort();
    assert_eq!(stored, ["=1.2.3", "^1"]);
    for (requirements, count) in [(&["^1", "=1.2.3"][..], 2), (&["=1.2.3"], 1), (&["^9"], 0), (&[], 0)] {
        let counted = reverse_dependencies::count_requiring(&mut tx, "tide", requirements).await.unwrap();
        assert_eq!(counted, count, "{requirements:?}");
    }
    let found = reverse_dependencies::list_requiring(&mut tx, "tide", &["^1", "=1.2.3"], 9).await.unwrap();
    let mut found: Vec<_> = found.iter().map(|it| (it.krate.as_str(), it.version.as_str(), it.req.as_str())).collect();
    assert_eq!(found[0].0, "flow");
    found.sort_unstable();
    assert_eq!(found, [("ebb", "1.0.0", "=1.2.3"), ("ebb", "1.0.0", "^1"), ("flow", "2.0.0", "^1")]);
    assert_eq!(reverse_dependencies::list_requiring(&mut tx, "tide", &["^1"], 1).await.unwrap().len(), 1);
}
