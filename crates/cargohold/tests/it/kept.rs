//! The front page and lists come from memory, and are never older than what happened.

use reqwest::Method;
use serde_json::Value;

use crate::support::{Person, Shape, TestServer, eventually, krate, on_both_shapes};

on_both_shapes!(
    what_is_kept_is_never_older_than_what_this_process_did,
    a_page_that_two_addresses_ask_for_links_as_each_of_them_does,
    who_follows_what_is_told_to_nobody_else,
    downloads_reach_what_is_kept,
);

/// Everything that lists crates, for people and for programs.
const LISTS: [&str; 6] =
    ["/", "/crates?sort=new", "/search?q=tide", "/api/v1/summary", "/api/v1/crates?sort=new", "/api/v1/crates?q=tide"];

async fn started(shape: Shape, settings: &[(&str, &str)]) -> TestServer {
    let server = TestServer::start_with(shape, settings);
    eventually("the first search index is built", async || server.get("/readyz").await.status() == 200).await;
    server
}

async fn text(server: &TestServer, path: &str) -> String {
    let answer = server.get(path).await;
    assert_eq!(answer.status(), 200, "{path}");
    answer.text().await.unwrap()
}

/// Every list shows one of the words and not the other; looked at twice, so that it is kept at the latest by then.
async fn all_show(server: &TestServer, shown: &str, hidden: &str) {
    for path in LISTS.into_iter().chain(LISTS) {
        let text = text(server, path).await;
        assert!(text.contains(shown) && !text.contains(hidden), "{path} must show {shown} and not {hidden}: {text}");
    }
}

async fn what_is_kept_is_never_older_than_what_this_process_did(shape: Shape) {
    let server = started(shape, &[]).await;
    let owner = Person::new(&server, "owner").await;
    let token = server.token("owner", &[]);
    assert_eq!(server.publish(&server.admin, &krate("tide-pool")).await.status(), 200);
    all_show(&server, "tide-pool", "tide-gate").await;
    for version in ["8.1.0", "8.2.0"] {
        assert_eq!(server.publish(&token, &krate("tide-gate").version(version)).await.status(), 200);
        all_show(&server, version, "8.0.0").await;
    }
    assert_eq!(server.yank(&token, "tide-gate", "8.2.0").await.status(), 200);
    all_show(&server, "8.1.0", "\"default_version\":\"8.2.0\"").await;
    assert_eq!(owner.ask(&server, Method::DELETE, "/api/v1/crates/tide-gate", None).await.status(), 204);
    all_show(&server, "tide-pool", "tide-gate").await;
}

async fn a_page_that_two_addresses_ask_for_links_as_each_of_them_does(shape: Shape) {
    let server = started(shape, &[]).await;
    for name in ["tide-pool", "tide-gate"] {
        server.publish_ok(&krate(name)).await;
    }
    for _ in 0..2 {
        for (query, next) in [
            ("?per_page=1&page=1", "?per_page=1&page=2"),
            ("?page=1&per_page=1", "?per_page=1&page=2"),
            ("?x=y&per_page=1&page=1", "?x=y&per_page=1&page=2"),
        ] {
            let list = server.json(&format!("/api/v1/crates{query}")).await;
            assert_eq!(list["meta"]["next_page"], next, "{query}");
        }
        let list = server.json("/api/v1/crates?per_page=1").await;
        assert!(list["meta"]["next_page"].as_str().unwrap().contains("seek="), "{list}");
    }
}

async fn who_follows_what_is_told_to_nobody_else(shape: Shape) {
    let server = started(shape, &[]).await;
    for name in ["tide-pool", "tide-gate"] {
        server.publish_ok(&krate(name)).await;
    }
    let (alice, bob) = (Person::new(&server, "alice").await, Person::new(&server, "bob").await);
    let followed = async |person: &Person| {
        let answer = person.ask(&server, Method::GET, "/api/v1/crates?following=1&page=1", None).await;
        assert_eq!((answer.status().as_u16(), &answer.headers()["cache-control"]), (200, &"no-store".parse().unwrap()));
        let list: Value = answer.json().await.unwrap();
        list["crates"].as_array().unwrap().iter().map(|krate| krate["name"].as_str().unwrap().to_owned()).collect()
    };
    for (person, name) in [(&alice, "tide-pool"), (&bob, "tide-gate"), (&alice, "tide-gate")] {
        let before: Vec<String> = followed(person).await;
        assert!(!before.iter().any(|followed| followed == name), "{before:?}");
        let path = format!("/api/v1/crates/{name}/follow");
        assert_eq!(person.ask(&server, Method::PUT, &path, None).await.status(), 200);
        let after: Vec<String> = followed(person).await;
        assert!(after.len() == before.len() + 1 && after.iter().any(|followed| followed == name), "{after:?}");
    }
    assert_eq!(server.get("/api/v1/crates?following=1&page=1").await.status(), 403);
}

async fn downloads_reach_what_is_kept(shape: Shape) {
    let server = started(shape, &[("CARGOHOLD_DOWNLOADS__ROLL_UP_EVERY", "1s")]).await;
    server.publish_ok(&krate("tide")).await;
    all_show(&server, "tide", "4\u{202f}321").await;
    server.execute_sql(
        "INSERT INTO version_downloads (version_id, day, downloads, counted) \
         SELECT default_version_id, (SELECT CAST(MAX(created_at) / 86400000000 AS BIGINT) FROM versions), 4321, 0 FROM crates",
    );
    for path in ["/api/v1/summary", "/api/v1/crates?sort=new", "/api/v1/crates?q=tide"] {
        eventually(path, async || text(&server, path).await.contains(":4321")).await;
    }
    eventually("the front page", async || text(&server, "/").await.contains("4\u{202f}321")).await;
}

#[tokio::test]
async fn what_another_process_does_comes_into_every_list() {
    let first = started(Shape::Fleet, &[]).await;
    let second = first.start_beside();
    eventually("the other search index is built", async || second.get("/readyz").await.status() == 200).await;
    first.publish_ok(&krate("tide")).await;
    let all_say = async |word: &str| {
        for path in LISTS {
            eventually(&format!("{path} shows {word}"), async || text(&second, path).await.contains(word)).await;
        }
    };
    all_say("tide").await;
    first.publish_ok(&krate("tide").version("8.1.0")).await;
    all_say("8.1.0").await;
    assert_eq!(first.yank(&first.admin, "tide", "8.1.0").await.status(), 200);
    all_say("1.0.0").await;
}
