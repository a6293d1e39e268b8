//! Dependencies of versions, which go in as one JSON batch.

use cargohold_protocol::DependencyKind;
use cargohold_store::Tx;
use cargohold_store::dependencies::{self, NewDependency};

use crate::engines::Database;
use crate::fixtures::{at, dependency, krate, name, user, version};

on_both_engines!(
    every_column_of_a_dependency_arrives,
    dependencies_keep_their_order,
    no_dependencies_are_fine,
    dependencies_of_an_unknown_version_are_refused,
    the_dependencies_of_a_version_are_listed_by_need_and_name,
    dependencies_are_listed_by_their_ids,
    a_dependent_is_another_crate_of_this_registry,
);

async fn a_version(tx: &mut Tx) -> i64 {
    let alice = user(tx, "alice").await;
    let tide = krate(tx, "tide").await;
    version(tx, tide, alice, "1.0.0", at(0)).await
}

#[derive(Debug, PartialEq, Eq, sqlx::FromRow)]
struct DependencyRow {
    version_id: i64,
    name: String,
    explicit_name: Option<String>,
    req: String,
    kind: String,
    is_optional: bool,
    default_features: bool,
    features: String,
    target: Option<String>,
    registry: Option<String>,
}

async fn stored(tx: &mut Tx) -> Vec<DependencyRow> {
    tx.query(
        "SELECT version_id, name, explicit_name, req, kind, is_optional, default_features, features, target, registry \
         FROM dependencies ORDER BY id",
    )
    .fetch_all()
    .await
    .unwrap()
}

/// What a dependency becomes. The engines space JSON lists differently, so those are compared by what they say.
fn assert_is_stored(row: &DependencyRow, given: &NewDependency, version_id: i64) {
    let features: Vec<String> = serde_json::from_str(&row.features).unwrap();
    assert_eq!(features, given.features);
    let expected = DependencyRow {
        version_id,
        name: given.name.clone(),
        explicit_name: given.explicit_name.clone(),
        req: given.req.clone(),
        kind: given.kind.to_string(),
        is_optional: given.is_optional,
        default_features: given.default_features,
        features: row.features.clone(),
        target: given.target.clone(),
        registry: given.registry.clone(),
    };
    assert_eq!(row, &expected);
}

async fn every_column_of_a_dependency_arrives(db: &Database) {
    let mut tx = db.write().await;
    let version_id = a_version(&mut tx).await;
    let given = [
        dependency("plain"),
        NewDependency {
            explicit_name: Some("alias".to_owned()),
            req: "1".to_owned(),
            kind: DependencyKind::Dev,
            is_optional: true,
            default_features: false,
            features: vec!["zweite".to_owned(), "erste".to_owned(), "größe".to_owned(), "🦀\"'\\".to_owned()],
            target: Some("cfg(target_env = \"μ\\n'sgx\")".to_owned()),
            registry: Some("sparse+https://example.org/index/?a=\u{1F980}".to_owned()),
            ..dependency("every_column")
        },
        NewDependency {
            explicit_name: Some("null".to_owned()),
            kind: DependencyKind::Build,
            features: vec!["null".to_owned(), String::new()],
            target: Some("true".to_owned()),
            registry: Some("0".to_owned()),
            ..dependency("null")
        },
    ];
    dependencies::insert_all(&mut tx, version_id, &given).await.unwrap();
    tx.commit().await.unwrap();

    let rows = stored(&mut db.read().await).await;
    assert_eq!(rows.len(), given.len());
    for (row, given) in rows.iter().zip(&given) {
        assert_is_stored(row, given, version_id);
    }
}

async fn dependencies_keep_their_order(db: &Database) {
    let mut tx = db.write().await;
    let version_id = a_version(&mut tx).await;
    // More than ten, in no order of their own, so that neither names nor `1 < 10 < 2` sort them by accident.
    let names: Vec<_> = (0..120).map(|number| format!("d{}", number * 37 % 120)).collect();
    let given: Vec<_> = names.iter().map(|name| dependency(name)).collect();
    dependencies::insert_all(&mut tx, version_id, &given).await.unwrap();
    let stored: Vec<_> = stored(&mut tx).await.into_iter().map(|row| row.name).collect();
    assert_eq!(stored, names);
}

async fn no_dependencies_are_fine(db: &Database) {
    let mut tx = db.write().await;
    let version_id = a_version(&mut tx).await;
    dependencies::insert_all(&mut tx, version_id, &[]).await.unwrap();
    assert_eq!(stored(&mut tx).await, []);
}

async fn dependencies_of_an_unknown_version_are_refused(db: &Database) {
    let mut tx = db.write().await;
    let version_id = a_version(&mut tx).await;
    dependencies::insert_all(&mut tx, version_id + 1, &[dependency("plain")]).await.unwrap_err();
}

async fn the_dependencies_of_a_version_are_listed_by_need_and_name(db: &Database) {
    let mut tx = db.write().await;
    let version_id = a_version(&mut tx).await;
    let given = [
        NewDependency { is_optional: true, ..dependency("apple") },
        NewDependency { kind: DependencyKind::Dev, features: vec!["f".to_owned()], ..dependency("cherry") },
        dependency("banana"),
        NewDependency { kind: DependencyKind::Build, target: Some("cfg(unix)".to_owned()), ..dependency("banana") },
    ];
    dependencies::insert_all(&mut tx, version_id, &given).await.unwrap();
    let listed = dependencies::list(&mut tx, version_id).await.unwrap();
    let found: Vec<_> = listed.iter().map(|it| (it.name.as_str(), it.kind.as_str(), it.is_optional)).collect();
    let expected =
        [("banana", "normal", false), ("banana", "build", false), ("cherry", "dev", false), ("apple", "normal", true)];
    assert_eq!(found, expected);
    assert_eq!((listed[1].target.as_deref(), listed[1].req.as_str()), (Some("cfg(unix)"), "^1"));
    assert_eq!((listed[2].features.as_str(), listed[2].version_id), (r#"["f"]"#, version_id));
    assert!(dependencies::list(&mut tx, version_id + 1).await.unwrap().is_empty());
}

async fn dependencies_are_listed_by_their_ids(db: &Database) {
    let mut tx = db.write().await;
    let version_id = a_version(&mut tx).await;
    dependencies::insert_all(&mut tx, version_id, &["a", "b", "c"].map(dependency)).await.unwrap();
    let ids: Vec<_> = dependencies::list(&mut tx, version_id).await.unwrap().iter().map(|it| it.id).collect();
    let found = dependencies::list_by_ids(&mut tx, &[ids[2], ids[0], ids[2], -1]).await.unwrap();
    let mut names: Vec<_> = found.into_iter().map(|it| it.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["a", "c"]);
    assert!(dependencies::list_by_ids(&mut tx, &[]).await.unwrap().is_empty());
}

async fn a_dependent_is_another_crate_of_this_registry(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let (tide, ebb, flow) = (krate(&mut tx, "tide").await, krate(&mut tx, "ebb").await, krate(&mut tx, "flow").await);
    let elsewhere = NewDependency { registry: Some("https://example.org".to_owned()), ..dependency("tide") };
    for (crate_id, number, dependency) in
        [(tide, "1.0.0", dependency("tide")), (flow, "1.0.0", elsewhere), (flow, "2.0.0", dependency("Tide"))]
    {
        let version_id = version(&mut tx, crate_id, alice, number, at(0)).await;
        dependencies::insert_all(&mut tx, version_id, &[dependency]).await.unwrap();
    }
    assert_eq!(dependencies::find_dependent(&mut tx, &name("tide"), tide).await.unwrap(), None);

    for number in ["1.0.0", "2.0.0", "3.0.0"] {
        let version_id = version(&mut tx, ebb, alice, number, at(0)).await;
        if number != "3.0.0" {
            dependencies::insert_all(&mut tx, version_id, &[dependency("tide")]).await.unwrap();
        }
    }
    let found = dependencies::find_dependent(&mut tx, &name("tide"), tide).await.unwrap();
    assert_eq!(found, Some(("ebb".to_owned(), "2.0.0".to_owned())));
}
