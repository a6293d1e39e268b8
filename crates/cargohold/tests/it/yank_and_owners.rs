//! Yank, unyank and owners over HTTP.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Shape, TestServer, User, krate, on_both_shapes, refusal};

on_both_shapes!(
    yank_and_unyank_are_idempotent_and_need_an_owner,
    a_yanked_version_still_downloads,
    owners_are_added_removed_and_listed,
    owner_changes_are_all_or_nothing,
    owner_bodies_are_judged_before_anything_else,
);

async fn unyank(server: &TestServer, user: &User, name: &str, version: &str) -> reqwest::Response {
    let request = server.request(Method::PUT, &format!("/api/v1/crates/{name}/{version}/unyank"));
    request.header("authorization", &user.token).header("content-type", "application/json").send().await.unwrap()
}

async fn yank_and_unyank_are_idempotent_and_need_an_owner(shape: Shape) {
    let server = TestServer::start(shape);
    let (owner, stranger) = (server.user("owner"), server.user("stranger"));
    assert_eq!(server.publish(&owner, &krate("Plank-It")).await.status(), 200);
    for _ in 0..2 {
        let answer = server.yank(&owner, "plank_it", "1.0.0").await;
        assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "ok": true }));
        assert_eq!(server.index_lines("plank-it").await[0]["yanked"], true);
    }
    for _ in 0..2 {
        let answer = unyank(&server, &owner, "Plank-It", "1.0.0").await;
        assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "ok": true }));
        assert_eq!(server.index_lines("plank-it").await[0]["yanked"], false);
    }
    let text = refusal(server.yank(&stranger, "plank-it", "1.0.0").await, 403).await;
    assert!(text.contains("not an owner of `Plank-It`"), "{text}");
    assert_eq!(server.yank(&server.admin, "plank-it", "1.0.0").await.status(), 200, "administrators may");
    assert!(server.log().contains("an administrator yanks"));
    let text = refusal(server.yank(&owner, "plank-it", "9.9.9").await, 404).await;
    assert!(text.contains("`Plank-It`") && text.contains("`9.9.9`"), "{text}");
    let text = refusal(server.yank(&owner, "nothing", "1.0.0").await, 404).await;
    assert!(text.contains("`nothing` does not exist"), "{text}");
    refusal(server.yank(&owner, "1nvalid", "1.0.0").await, 404).await;
    refusal(server.yank(&owner, "1nvalid", "1.0").await, 400).await;
    let anonymous = server.request(Method::DELETE, "/api/v1/crates/plank-it/1.0.0/yank").send().await.unwrap();
    refusal(anonymous, 403).await;
}

async fn a_yanked_version_still_downloads(shape: Shape) {
    let server = TestServer::start(shape);
    server.publish_ok(&krate("tide")).await;
    assert_eq!(server.yank(&server.admin, "tide", "1.0.0").await.status(), 200);
    assert_eq!(server.download("tide", "1.0.0").await.status(), 200);
    let list = server.search("tide").await;
    assert_eq!((&list["crates"][0]["yanked"], &list["crates"][0]["max_version"]), (&json!(true), &json!("0.0.0")));
}

async fn change(server: &TestServer, method: Method, user: &User, body: Value) -> reqwest::Response {
    let request = server.request(method, "/api/v1/crates/shared/owners").header("authorization", &user.token);
    request.json(&body).send().await.unwrap()
}

async fn logins(server: &TestServer) -> Vec<String> {
    let owners: Value = server.get("/api/v1/crates/shared/owners").await.json().await.unwrap();
    let users = owners["users"].as_array().unwrap();
    assert!(users.iter().all(|user| u32::try_from(user["id"].as_u64().unwrap()).is_ok() && user["kind"] == "user"));
    users.iter().map(|user| user["login"].as_str().unwrap().to_owned()).collect()
}

async fn owners_are_added_removed_and_listed(shape: Shape) {
    let server = TestServer::start(shape);
    let alice = server.user("Alice");
    server.user("bob");
    assert_eq!(server.publish(&alice, &krate("shared")).await.status(), 200);
    let answer: Value = change(&server, Method::PUT, &alice, json!({ "users": ["BOB"] })).await.json().await.unwrap();
    assert_eq!(answer, json!({ "msg": "user bob is now an owner of shared", "ok": true }));
    assert_eq!(logins(&server).await, ["Alice", "bob"]);
    let answer: Value =
        change(&server, Method::DELETE, &alice, json!({ "owners": ["alice"] })).await.json().await.unwrap();
    assert_eq!(answer, json!({ "msg": "owners removed", "ok": true }));
    assert_eq!(logins(&server).await, ["bob"]);
    let text = refusal(change(&server, Method::PUT, &alice, json!({ "owners": ["alice"] })).await, 403).await;
    assert!(text.contains("not an owner"), "{text}");
}

async fn owner_changes_are_all_or_nothing(shape: Shape) {
    let server = TestServer::start(shape);
    let alice = server.user("alice");
    server.user("bob");
    assert_eq!(server.publish(&alice, &krate("shared")).await.status(), 200);
    for (method, people, words) in [
        (Method::PUT, json!(["bob", "nobody"]), "no user `nobody`"),
        (Method::PUT, json!(["bob", "alice"]), "`alice` is an owner already"),
        (Method::PUT, json!(["bob", "bob"]), "`bob` is an owner already"),
        (Method::DELETE, json!(["bob"]), "`bob` is not an owner"),
        (Method::DELETE, json!(["alice"]), "at least one owner"),
        (Method::PUT, json!(vec!["x"; 11]), "at most 10"),
    ] {
        let text = refusal(change(&server, method, &alice, json!({ "owners": people })).await, 400).await;
        assert!(text.contains(words), "{text}");
        assert_eq!(logins(&server).await, ["alice"]);
    }
}

async fn owner_bodies_are_judged_before_anything_else(shape: Shape) {
    let server = TestServer::start(shape);
    let ask = async |path: &str, content_type: &str, body: &str| {
        let request = server.request(Method::PUT, path).header("content-type", content_type).body(body.to_owned());
        request.send().await.unwrap()
    };
    let owners = "/api/v1/crates/none/owners";
    refusal(ask(owners, "text/plain", "{}").await, 415).await;
    refusal(ask(owners, "application/json", "{").await, 400).await;
    refusal(ask(owners, "application/json", "{}").await, 422).await;
    refusal(ask(owners, "application/json", r#"{"owners":[],"users":[]}"#).await, 422).await;
    refusal(ask(owners, "application/json", &" ".repeat(2 * 1024 * 1024 + 1)).await, 413).await;
    refusal(ask(owners, "application/vnd.x+json; charset=utf-8", r#"{"owners":[],"is_admin":true}"#).await, 403).await;
    refusal(ask("/api/v1/crates/1nvalid/owners", "text/plain", "").await, 415).await;
}
