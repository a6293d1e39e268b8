//! Lists of configurations, page by page.

use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::desk::{Desk, pipeline, workflow};
use crate::support::{Shape, User, krate, on_both_shapes, refusal};

on_both_shapes!(lists_have_pages, lists_are_for_owners, a_list_of_a_user_shows_what_a_token_covers);

async fn list(desk: &Desk, user: &User, query: &str) -> Response {
    let path = format!("/api/v1/trusted_publishing/github_configs{query}");
    desk.request(user, Method::GET, &path).send().await.unwrap()
}

fn ids(list: &Value) -> Vec<i64> {
    list["github_configs"].as_array().unwrap().iter().map(|config| config["id"].as_i64().unwrap()).collect()
}

async fn lists_have_pages(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    let mut made = Vec::new();
    for _ in 0..4 {
        made.push(desk.trust(&alice, "github", workflow("tide", json!({}))).await["id"].as_i64().unwrap());
    }
    desk.trust(&alice, "gitlab", pipeline("tide", json!({}))).await;
    let whole = list(&desk, &alice, "?crate=TIDE").await;
    assert_eq!(whole.headers()["cache-control"], "no-store");
    let whole: Value = whole.json().await.unwrap();
    assert_eq!((ids(&whole), &whole["meta"]), (made.clone(), &json!({ "total": 4, "next_page": null })));

    let mut query = "?crate=tide&per_page=2".to_owned();
    for (expected, has_next) in [(&made[..2], true), (&made[2..], true), (&[], false)] {
        let page: Value = list(&desk, &alice, &query).await.json().await.unwrap();
        assert_eq!((&ids(&page)[..], &page["meta"]["total"]), (expected, &json!(4)));
        assert_eq!(page["meta"]["next_page"].is_string(), has_next, "a full page always has a next one");
        query = page["meta"]["next_page"].as_str().unwrap_or_default().to_owned();
    }
    for (query, status) in [
        ("", 400),
        ("?crate=tide&user_id=1", 400),
        ("?crate=tide&crate=tide", 400),
        ("?user_id=x", 400),
        ("?user_id=", 400),
        ("?user_id=99999999999", 400),
        ("?crate=", 404),
        ("?crate=nothing&per_page=0", 404),
        ("?crate=%00", 404),
        ("?crate=tide&per_page=0", 400),
        ("?crate=tide&per_page=101", 400),
        ("?crate=tide&page=1", 400),
        ("?crate=tide&seek=x", 400),
        ("?crate=tide&seek=MTA", 200),
    ] {
        assert_eq!(list(&desk, &alice, query).await.status(), status, "{query}");
    }
    let unasked = desk.server.get("/api/v1/trusted_publishing/github_configs").await;
    refusal(unasked, 400).await;
}

async fn lists_are_for_owners(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    let bob = desk.server.user("bob");
    desk.server.execute_sql("UPDATE users SET email = '' WHERE login = 'alice'");
    assert_eq!(list(&desk, &alice, "?crate=tide").await.status(), 200, "an address is not needed");
    let text = refusal(list(&desk, &bob, "?crate=tide&per_page=0").await, 400).await;
    assert!(text.contains("not an owner of `tide`"), "{text}");
    refusal(desk.server.get("/api/v1/trusted_publishing/github_configs?crate=tide").await, 403).await;
}

async fn a_list_of_a_user_shows_what_a_token_covers(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    assert_eq!(desk.server.publish(&alice, &krate("ebb")).await.status(), 200);
    let id = desk.server.execute_sql("SELECT id FROM users WHERE login = 'alice'");
    let tide = desk.trust(&alice, "github", workflow("tide", json!({}))).await["id"].as_i64().unwrap();
    let ebb = desk.trust(&alice, "github", workflow("ebb", json!({}))).await["id"].as_i64().unwrap();
    let pending = desk.trust(&alice, "github", workflow("ebb-too", json!({ "pending": true }))).await;
    assert_eq!(pending["pending"], true);
    let pending = pending["id"].as_i64().unwrap();
    let of_user = format!("?user_id={id}");
    for (flags, expected) in [
        (vec!["--scope", "trusted-publishing"], vec![tide, ebb, pending]),
        (vec!["--scope", "trusted-publishing", "--crate", "ebb*"], vec![ebb, pending]),
        (vec!["--scope", "trusted-publishing", "--crate", "other"], vec![]),
    ] {
        let token = desk.server.token("alice", &flags);
        let found: Value = list(&desk, &token, &of_user).await.json().await.unwrap();
        assert_eq!((ids(&found), found["meta"]["total"].as_u64()), (expected.clone(), Some(expected.len() as u64)));
    }
    refusal(list(&desk, &alice, &of_user).await, 403).await;
    desk.server.user("bob");
    let bob = desk.server.token("bob", &["--scope", "trusted-publishing"]);
    assert!(refusal(list(&desk, &bob, &of_user).await, 403).await.contains("somebody else"));
    let by_crate: Value = list(&desk, &alice, "?crate=ebb").await.json().await.unwrap();
    assert_eq!(ids(&by_crate), [ebb], "what is pending is no crate's");
    refusal(list(&desk, &alice, "?crate=ebb-too").await, 404).await;
}
