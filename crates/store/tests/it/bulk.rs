//! Very many rows at once.

use cargohold_protocol::{Day, IndexLine};
use cargohold_store::bulk::{
    self, ActionRow, CrateCategoryRow, CrateKeywordRow, CrateRow, DependencyRow, DownloadsRow, OwnerRow, UserRow,
    VersionRow,
};
use cargohold_store::{
    Tx, categories, changes, crates, dependencies, downloads, keywords, owners, reverse_dependencies, users, versions,
};

use crate::engines::Database;
use crate::fixtures::{at, canonical, krate, name, num, user, version};

on_both_engines!(
    rows_arrive_as_if_they_had_been_published,
    a_registry_in_use_is_not_unused,
    ids_go_on_behind_bulk_rows
);

/// More than go into one statement.
const CRATES: i64 = 1200;

fn crate_row(id: i64) -> CrateRow {
    CrateRow {
        id,
        name: format!("crate-{id}"),
        canonical_name: format!("crate_{id}"),
        created_at: at(id).micros(),
        updated_at: at(id + 1).micros(),
        description: Some("größe \u{1F980} \"'\\ null".to_owned()),
        downloads: id * 10,
        recent_downloads: (id % 2 == 0).then_some(id),
        num_versions: 1,
        default_version_id: Some(id),
        default_version: Some("1.0.0+a".to_owned()),
        is_yanked: id == 3,
        max_version: Some("1.0.0+a".to_owned()),
        newest_version: Some("1.0.0+a".to_owned()),
        ..CrateRow::default()
    }
}

fn version_row(id: i64, by: i64) -> VersionRow {
    VersionRow {
        id,
        crate_id: id,
        num: "1.0.0+a".to_owned(),
        num_no_build: "1.0.0".to_owned(),
        created_at: at(id).micros(),
        updated_at: at(id).micros(),
        is_yanked: id == 3,
        line_head: r#"{"vers":"1.0.0+a","yanked":"#.to_owned(),
        line_tail: "}".to_owned(),
        blob_key: format!("made-up/{id}"),
        cksum: "0f".repeat(32),
        size_bytes: 1234,
        published_by: Some(by),
        features: r#"{"default":["std"]}"#.to_owned(),
        keywords: "[]".to_owned(),
        categories: "[]".to_owned(),
        has_lib: true,
        bin_names: Some("[]".to_owned()),
        downloads: id * 10,
        ..VersionRow::default()
    }
}

fn dependency_row(version_id: i64) -> DependencyRow {
    DependencyRow {
        version_id,
        name: "crate-1".to_owned(),
        req: "^1".to_owned(),
        kind: "normal".to_owned(),
        is_optional: true,
        features: r#"["std"]"#.to_owned(),
        ..DependencyRow::default()
    }
}

/// Fills a registry as the generator does, and answers the id of the one person.
async fn fill(tx: &mut Tx) -> i64 {
    assert!(bulk::is_unused(tx).await.unwrap());
    bulk::use_memory(tx).await.unwrap();
    let by = bulk::next_user_id(tx).await.unwrap();
    let person = UserRow { id: by, login: "Bea".to_owned(), canonical_login: "bea".to_owned(), ..UserRow::default() };
    UserRow::insert_all(tx, &[person]).await.unwrap();
    categories::sync(tx, &[("parsing", "Parsing", "Reads.")], at(0)).await.unwrap();
    let ids = 1..=CRATES;
    let all: Vec<_> = ids.clone().map(crate_row).collect();
    CrateRow::insert_all(tx, &all).await.unwrap();
    let all: Vec<_> = ids.clone().map(|id| version_row(id, by)).collect();
    VersionRow::insert_all(tx, &all).await.unwrap();
    let all: Vec<_> = ids.clone().flat_map(|id| [dependency_row(id), dependency_row(id)]).collect();
    DependencyRow::insert_all(tx, &all).await.unwrap();
    let all: Vec<_> = ids.map(|crate_id| CrateKeywordRow { crate_id, keyword: format!("k{}", crate_id % 2) }).collect();
    CrateKeywordRow::insert_all(tx, &all).await.unwrap();
    CrateCategoryRow::insert_all(tx, &[CrateCategoryRow { crate_id: 2, slug: "parsing".to_owned() }]).await.unwrap();
    OwnerRow::insert_all(tx, &[OwnerRow { crate_id: 2, user_id: by, created_at: 5, created_by: by }]).await.unwrap();
    let action = ActionRow { version_id: 2, user_id: by, action: "publish".to_owned(), at: at(2).micros() };
    ActionRow::insert_all(tx, &[action]).await.unwrap();
    let day = DownloadsRow { version_id: 2, day: 20_000, downloads: 7, counted: 7 };
    DownloadsRow::insert_all(tx, &[day]).await.unwrap();
    bulk::count_tags(tx).await.unwrap();
    bulk::sum_downloads(tx, Day::from_number(20_000)).await.unwrap();
    bulk::make_reverse_dependencies(tx, 1, 2).await.unwrap();
    bulk::make_reverse_dependencies(tx, 3, CRATES).await.unwrap();
    bulk::settle(tx).await.unwrap();
    by
}

async fn rows_arrive_as_if_they_had_been_published(db: &Database) {
    let mut tx = db.write().await;
    let by = fill(&mut tx).await;
    tx.commit().await.unwrap();

    let tx = &mut db.read().await;
    assert_eq!(crates::count(tx).await.unwrap(), CRATES);
    let found = crates::find(tx, &canonical("crate-1200")).await.unwrap().unwrap();
    assert_eq!((found.id, found.downloads, found.recent_downloads), (1200, 12_000, Some(1200)));
    assert_eq!(found.texts.description.as_deref(), Some("größe \u{1F980} \"'\\ null"));
    assert_eq!((found.derived.is_yanked, found.texts.homepage), (false, None));
    assert!(crates::find_by_id(tx, 3).await.unwrap().unwrap().derived.is_yanked);

    let stored = versions::find(tx, 2, &num("1.0.0+a")).await.unwrap().unwrap();
    assert_eq!((stored.id, stored.published_by, stored.is_yanked), (2, Some(by), false));
    let file = versions::load_index_file(tx, &name("crate-3")).await.unwrap().unwrap();
    let line = IndexLine { head: r#"{"vers":"1.0.0+a","yanked":"#.to_owned(), tail: "}".to_owned() };
    assert_eq!(file.lines, [(line, true)]);
    assert_eq!(versions::list_actions(tx, &[2]).await.unwrap().len(), 1);

    let of_version = dependencies::list(tx, 2).await.unwrap();
    assert_eq!(of_version.len(), 2);
    assert_eq!((of_version[0].features.as_str(), of_version[0].is_optional), (r#"["std"]"#, true));
    // All but the yanked one.
    assert_eq!(reverse_dependencies::count(tx, "crate-1").await.unwrap(), CRATES - 1);
    let top = reverse_dependencies::list(tx, "crate-1", 0, 1).await.unwrap();
    assert_eq!((top[0].version_id, top[0].downloads), (CRATES, CRATES * 10));

    assert_eq!(keywords::find(tx, "k1").await.unwrap().unwrap().crates_cnt, CRATES / 2);
    assert_eq!(categories::list(tx).await.unwrap()[0].crates_cnt, 1);
    assert_eq!(owners::list(tx, 2).await.unwrap()[0].login, "Bea");
    assert_eq!(downloads::total(tx).await.unwrap(), (1..=CRATES).sum::<i64>() * 10);
    let day = Day::from_number(20_000);
    assert_eq!(downloads::list(tx, &[2], day, day).await.unwrap()[0].downloads, 7);
}

async fn a_registry_in_use_is_not_unused(db: &Database) {
    let mut tx = db.write().await;
    user(&mut tx, "alice").await;
    assert!(bulk::is_unused(&mut tx).await.unwrap());
    let tide = krate(&mut tx, "tide").await;
    assert!(!bulk::is_unused(&mut tx).await.unwrap());
    // One that is gone has used ids too.
    changes::append(&mut tx, tide, &canonical("tide"), at(0)).await.unwrap();
    crates::delete(&mut tx, tide).await.unwrap();
    assert!(!bulk::is_unused(&mut tx).await.unwrap());
}

async fn ids_go_on_behind_bulk_rows(db: &Database) {
    let mut tx = db.write().await;
    user(&mut tx, "alice").await;
    let by = fill(&mut tx).await;
    assert!(users::find_by_login(&mut tx, "bea").await.unwrap().is_some());
    assert!(user(&mut tx, "carol").await > by);
    let tide = krate(&mut tx, "tide").await;
    assert!(tide > CRATES);
    assert!(version(&mut tx, tide, by, "1.0.0", at(0)).await > CRATES);
}
