//! What the registry keeps of lists and the front page, and who makes it.

use std::sync::Arc;
use std::time::Duration;

use cargohold_blobs::Blobs;
use cargohold_protocol::api::{CrateList, CrateListMeta};
use cargohold_registry::{CratesFound, Finished, Identity, ListFrom, ListQuery, Registry, Sort};
use cargohold_search::SearchIndex;
use cargohold_store::{Store, changes, crates};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::fixtures::{at, new_store, parts};

/// An empty registry.
async fn registry() -> (Arc<Registry>, Store, TempDir) {
    let (store, folder) = new_store().await;
    let blobs = Blobs::on_disk(&folder.path().join("blobs")).unwrap();
    let search = SearchIndex::open(&folder.path().join("search")).unwrap();
    let identity = Identity::claim(&store, &blobs).await.unwrap();
    (Arc::new(Registry::new(parts(store.clone(), blobs, search, identity))), store, folder)
}

/// Adds a crate as another process would, and waits until the registry has heard of it.
async fn hear_of_change(registry: &Arc<Registry>, store: &Store) {
    let position = registry.feed_position().await.unwrap();
    let before = registry.front_page().await.unwrap();
    let mut tx = store.write().await.unwrap();
    let name = "tide".parse().unwrap();
    let id = crates::insert(&mut tx, &name, at(0)).await.unwrap().unwrap();
    changes::append(&mut tx, id, &name.canonical(), at(0)).await.unwrap();
    tx.commit().await.unwrap();
    let (stop, told) = watch::channel(false);
    let mut following = JoinSet::new();
    following.spawn(registry.clone().drop_changed(position, told));
    let heard = async {
        while Arc::ptr_eq(&before, &registry.front_page().await.unwrap()) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), heard).await.expect("the front page changes with any crate");
    stop.send_replace(true);
    following.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_look_at_once_one_makes_the_front_page() {
    let (registry, store, _folder) = registry().await;
    let look = async |num_crates: i64| {
        let mut looks = JoinSet::new();
        for _ in 0..64 {
            let registry = registry.clone();
            looks.spawn(async move { registry.front_page().await.unwrap() });
        }
        let pages = looks.join_all().await;
        assert!(pages.iter().all(|page| Arc::ptr_eq(page, &pages[0])), "it was made more than once");
        assert_eq!(pages[0].summary.num_crates, num_crates);
    };
    look(0).await;
    hear_of_change(&registry, &store).await;
    look(1).await;
}

async fn list(registry: &Arc<Registry>) -> Arc<CratesFound> {
    let (sort, from) = (Sort::Downloads, ListFrom::Offset(0));
    let query = ListQuery { text: None, category: None, hide_yanked: false, group: None, sort, from, limit: 10 };
    registry.list_crates(query).await.unwrap()
}

#[tokio::test]
async fn a_list_is_kept_until_any_crate_changes() {
    let (registry, store, _folder) = registry().await;
    let first = list(&registry).await;
    assert!(Arc::ptr_eq(&first, &list(&registry).await), "nothing has changed");
    hear_of_change(&registry, &store).await;
    assert!(!Arc::ptr_eq(&first, &list(&registry).await), "a crate has changed");
}

/// An answer that names the query it is for.
fn answer(found: &CratesFound, query: &str) -> Arc<Finished> {
    let meta = || CrateListMeta { total: 0, next_page: Some(query.to_owned()), prev_page: None };
    found.answer(query, || CrateList { crates: Vec::new(), meta: meta() }).unwrap()
}

#[tokio::test]
async fn the_answer_for_the_latest_query_is_kept_with_the_list() {
    let (registry, _store, _folder) = registry().await;
    let found = list(&registry).await;
    let first = answer(&found, "sort=downloads");
    assert!(Arc::ptr_eq(&first, &answer(&found, "sort=downloads")));
    let other = answer(&found, "sort=downloads&x=y");
    assert!(!Arc::ptr_eq(&first, &other));
    assert!(Arc::ptr_eq(&other, &answer(&found, "sort=downloads&x=y")));
    let long = "x".repeat(2000);
    assert!(!Arc::ptr_eq(&answer(&found, &long), &answer(&found, &long)), "what is kept has a bound");
    assert!(Arc::ptr_eq(&other, &answer(&found, "sort=downloads&x=y")), "and is not driven out by what has none");
}
