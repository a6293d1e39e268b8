//! The first version of a crate, published by a pipeline that somebody has waiting for it.

use reqwest::Method;
use serde_json::{Value, json};

use super::desk::{Desk, pipeline, workflow};
use crate::support::{Cargo, Shape, krate, on_both_shapes, refusal};

on_both_shapes!(
    a_pipeline_publishes_the_first_version,
    names_that_cannot_be_published_cannot_be_waited_for,
    nobody_waits_for_more_than_five_crates,
    a_name_that_was_taken_meanwhile_is_not_given_away,
    of_two_who_wait_for_one_name_neither_gets_it,
    a_pipeline_does_nothing_for_a_locked_account,
    who_publishes_by_hand_keeps_what_was_pending,
    nobody_waits_for_a_crate_from_a_pipeline_that_others_crates_trust,
);

fn pending(name: &str) -> Value {
    workflow(name, json!({ "pending": true }))
}

async fn a_pipeline_does_nothing_for_a_locked_account(shape: Shape) {
    let desk = Desk::open(shape);
    let alice = desk.server.user("alice");
    desk.trust(&alice, "github", pending("to-be")).await;
    let token = desk.run_token().await;
    desk.server.cli(&["admin", "user", "lock", "alice", "--reason", "stolen"]);
    let text = refusal(desk.server.publish(&token, &krate("to-be")).await, 400).await;
    assert!(text.contains("the account of `alice`, who would own `to-be`, is locked"), "{text}");
    desk.server.cli(&["admin", "user", "unlock", "alice"]);
    assert_eq!(desk.server.publish(&token, &krate("to-be")).await.status(), 200);
}

async fn a_pipeline_publishes_the_first_version(shape: Shape) {
    let desk = Desk::open(shape);
    let alice = desk.server.user("alice");
    refusal(desk.create(&alice, "github", workflow("To-Be", json!({}))).await, 404).await;
    desk.take_mails("");
    let config = desk.trust(&alice, "github", pending("To-Be")).await;
    assert_eq!((&config["crate"], &config["pending"]), (&json!("To-Be"), &json!(true)));
    assert_eq!(desk.take_mails("To-Be"), ["alice@registry.example"]);
    desk.trust(&alice, "gitlab", pipeline("to_be", json!({ "pending": true }))).await;
    let token = desk.run_token().await;
    refusal(desk.server.publish(&token, &krate("other")).await, 403).await;
    let text = refusal(desk.server.publish(&token, &krate("to_be")).await, 400).await;
    assert!(text.contains("`To-Be`, not `to_be`"), "{text}");

    let cargo = Cargo::new(&desk.server, &token);
    let folder = cargo.library("To-Be", "0.1.0", "");
    cargo.run(&folder, &["publish", "--registry", "alt", "--allow-dirty"]).ok().says("Published To-Be");
    let owners = desk.server.json("/api/v1/crates/to-be/owners").await;
    assert_eq!((owners["users"].as_array().unwrap().len(), &owners["users"][0]["login"]), (1, &json!("alice")));
    let version = desk.server.json("/api/v1/crates/to-be/0.1.0").await["version"].clone();
    assert_eq!(
        (&version["trustpub_data"]["repository"], &version["published_by"]),
        (&json!("octo-org/tide"), &Value::Null)
    );
    refusal(desk.server.publish(&token, &krate("To-Be").version("0.2.0")).await, 403).await;

    for kind in ["github", "gitlab"] {
        let path = format!("/api/v1/trusted_publishing/{kind}_configs?crate=to-be");
        let list: Value = desk.request(&alice, Method::GET, &path).send().await.unwrap().json().await.unwrap();
        let config = &list[format!("{kind}_configs")][0];
        assert_eq!((&config["crate"], config.get("pending")), (&json!("To-Be"), None), "it is a normal one now");
    }
    let token = desk.run_token().await;
    assert_eq!(desk.server.publish(&token, &krate("To-Be").version("0.2.0")).await.status(), 200);
}

/// Somebody who knows what others are about to publish waits for it in their place.
async fn nobody_waits_for_a_crate_from_a_pipeline_that_others_crates_trust(shape: Shape) {
    let desk = Desk::open(shape);
    let (alice, eve) = (desk.server.user("alice"), desk.server.user("eve"));
    assert_eq!(desk.server.publish(&alice, &krate("tide")).await.status(), 200);
    desk.trust(&alice, "github", workflow("tide", json!({}))).await;
    desk.trust(&eve, "github", pending("to-be")).await;
    let token = desk.run_token().await;
    refusal(desk.server.publish(&token, &krate("to-be")).await, 403).await;
    assert_eq!(desk.server.publish(&token, &krate("tide").version("1.1.0")).await.status(), 200);

    desk.server.execute_sql("DELETE FROM trusted_publishers WHERE crate_id IS NULL");
    desk.trust(&alice, "github", pending("to-be")).await;
    let token = desk.run_token().await;
    assert_eq!(desk.server.publish(&token, &krate("to-be")).await.status(), 200, "it is their own pipeline");
}

async fn names_that_cannot_be_published_cannot_be_waited_for(shape: Shape) {
    let desk = Desk::open(shape);
    let alice = desk.server.user("alice");
    for (name, words) in [("1nvalid", "1nvalid"), ("std", "reserved"), ("", "name"), ("a\0", "name")] {
        let text = refusal(desk.create(&alice, "github", pending(name)).await, 400).await;
        assert!(text.contains(words), "{name:?}: {text}");
    }
    desk.server.execute_sql(
        "INSERT INTO tombstones (name, canonical_name, created_at, deleted_at, available_at) \
         VALUES ('gone', 'gone', 0, 0, 9000000000000000)",
    );
    let text = refusal(desk.create(&alice, "github", pending("gone")).await, 400).await;
    assert!(text.contains("deleted"), "{text}");
    desk.server.execute_sql("UPDATE users SET is_email_verified = FALSE WHERE login = 'alice'");
    refusal(desk.create(&alice, "github", pending("to-be")).await, 403).await;
}

async fn nobody_waits_for_more_than_five_crates(shape: Shape) {
    let desk = Desk::open_with(shape, &[("CARGOHOLD_LIMITS__PUBLISH_NEW__BURST", "7")]);
    let (alice, bob) = (desk.server.user("alice"), desk.server.user("bob"));
    let mut first = Value::Null;
    for number in 0..5 {
        first = desk.trust(&alice, "github", pending(&format!("to-be-{number}"))).await;
    }
    let text = refusal(desk.create(&alice, "gitlab", pipeline("more", json!({ "pending": true }))).await, 409).await;
    assert!(text.contains('5'), "{text}");
    let of_bob = desk.trust(&bob, "github", pending("to-be-0")).await;
    let text = refusal(desk.remove(&alice, "github", &of_bob["id"]).await, 400).await;
    assert!(text.contains("`to-be-0`"), "{text}");
    for _ in 0..2 {
        assert_eq!(desk.remove(&alice, "github", &first["id"]).await.status(), 204);
        first = desk.trust(&alice, "github", pending("again")).await;
    }
    assert_eq!(desk.remove(&alice, "github", &first["id"]).await.status(), 204);
    let answer = desk.create(&alice, "github", pending("once-more")).await;
    assert!(answer.headers().contains_key("retry-after"));
    refusal(answer, 429).await;
}

async fn a_name_that_was_taken_meanwhile_is_not_given_away(shape: Shape) {
    let desk = Desk::open(shape);
    let (alice, bob) = (desk.server.user("alice"), desk.server.user("bob"));
    let config = desk.trust(&alice, "github", pending("to-be")).await;
    let token = desk.run_token().await;
    assert_eq!(desk.server.publish(&bob, &krate("to-be")).await.status(), 200);
    let text = refusal(desk.server.publish(&token, &krate("to-be").version("2.0.0")).await, 403).await;
    assert!(text.contains("`to-be`"), "{text}");
    assert_eq!(desk.remove(&alice, "github", &config["id"]).await.status(), 204);

    let config = desk.trust(&alice, "github", pending("free")).await;
    let token = desk.run_token().await;
    assert_eq!(desk.remove(&alice, "github", &config["id"]).await.status(), 204);
    refusal(desk.server.publish(&token, &krate("free")).await, 403).await;
    assert_eq!(desk.server.get("/api/v1/crates/free").await.status(), 404);
}

async fn of_two_who_wait_for_one_name_neither_gets_it(shape: Shape) {
    let desk = Desk::open(shape);
    let (alice, mallory) = (desk.server.user("alice"), desk.server.user("mallory"));
    let early = desk.trust(&mallory, "github", pending("to-be")).await;
    desk.trust(&alice, "github", pending("to-be")).await;
    let token = desk.run_token().await;
    let text = refusal(desk.server.publish(&token, &krate("to-be")).await, 400).await;
    assert!(text.contains("several people"), "{text}");
    assert_eq!(desk.remove(&mallory, "github", &early["id"]).await.status(), 204);
    assert_eq!(desk.server.publish(&token, &krate("to-be")).await.status(), 200);
    let owners = desk.server.json("/api/v1/crates/to-be/owners").await;
    assert_eq!(owners["users"][0]["login"], "alice");
}

async fn who_publishes_by_hand_keeps_what_was_pending(shape: Shape) {
    let desk = Desk::open(shape);
    let alice = desk.server.user("alice");
    desk.trust(&alice, "github", pending("to-be")).await;
    assert_eq!(desk.server.publish(&alice, &krate("To_Be")).await.status(), 200);
    let token = desk.run_token().await;
    assert_eq!(desk.server.publish(&token, &krate("To_Be").version("1.1.0")).await.status(), 200);
}
