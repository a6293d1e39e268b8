//! Yank and unyank over HTTP.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Shape, TestServer, User, krate, on_both_shapes, refusal};

on_both_shapes!(yank_and_unyank_are_idempotent_and_need_an_owner, a_yanked_version_still_downloads,);

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
