//! Publishing with the token of a pipeline, and its end.

use reqwest::Method;
use serde_json::{Value, json};

use super::desk::{Desk, pipeline, workflow};
use crate::support::{Cargo, Shape, TestServer, User, krate, on_both_shapes, refusal};

on_both_shapes!(
    cargo_publishes_with_the_token_of_a_pipeline,
    cargo_publishes_to_a_private_registry,
    a_version_says_where_it_comes_from,
    what_a_token_does_not_cover_is_refused,
    a_pipelines_token_goes_before_everything_else,
    a_pipelines_token_is_good_for_nothing_else,
    a_crate_can_insist_on_pipelines,
    a_revoked_or_expired_token_is_refused,
);

async fn cargo_publishes_with_the_token_of_a_pipeline(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    desk.trust(&alice, "github", workflow("tide", json!({}))).await;
    let cargo = Cargo::new(&desk.server, &desk.run_token().await);
    for version in ["1.1.0", "1.2.0"] {
        let folder = cargo.library("tide", version, "");
        cargo.run(&folder, &["publish", "--registry", "alt", "--allow-dirty"]).ok().says("Published tide");
    }
    assert_eq!(desk.server.index_lines("tide").await.len(), 3);
    let folder = cargo.library("ebb", "1.0.0", "");
    let arguments = ["publish", "--registry", "alt", "--allow-dirty", "--no-verify"];
    cargo.run(&folder, &arguments).fails_with("first version must be published by a user");
}

async fn cargo_publishes_to_a_private_registry(shape: Shape) {
    let desk = Desk::open_with(shape, &[("CARGOHOLD_REGISTRY__AUTH_REQUIRED", "true")]);
    let alice = desk.server.user("alice");
    assert_eq!(desk.server.publish(&alice, &krate("tide")).await.status(), 200);
    desk.trust(&alice, "github", workflow("tide", json!({}))).await;
    let token = desk.run_token().await;
    let cargo = Cargo::new(&desk.server, &token);
    let folder = cargo.library("tide", "1.1.0", "");
    cargo.run(&folder, &["publish", "--registry", "alt", "--allow-dirty"]).ok().says("Published tide");
    for (token, status) in [(&*token.token, 200), (&format!("{}x", token.token), 401), ("cio_tp_", 401)] {
        let request = desk.server.request(Method::GET, "/index/config.json").header("authorization", token);
        assert_eq!(request.send().await.unwrap().status(), status, "{token}");
    }
    assert_eq!(desk.revoke(&token.token).await.status(), 204);
}

async fn version(server: &TestServer, version: &str) -> Value {
    server.json(&format!("/api/v1/crates/tide/{version}")).await["version"].clone()
}

async fn a_version_says_where_it_comes_from(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    desk.trust(&alice, "github", workflow("tide", json!({}))).await;
    desk.trust(&alice, "gitlab", pipeline("tide", json!({}))).await;
    let run = desk.run_token().await;
    let job = desk.token(&desk.gitlab, &desk.job(json!({}))).await;
    desk.server.execute_sql("UPDATE users SET lock_reason = 'gone', is_email_verified = FALSE WHERE login = 'alice'");
    for (token, num) in [(&run, "1.1.0"), (&job, "1.2.0")] {
        assert_eq!(desk.server.publish(token, &krate("tide").version(num)).await.status(), 200);
    }
    let sha = "0123456789abcdef0123456789abcdef01234567";
    for (num, data, actor) in [
        (
            "1.1.0",
            json!({ "provider": "github", "repository": "octo-org/tide", "run_id": "1122334455", "sha": sha }),
            "github:octo-org/tide",
        ),
        (
            "1.2.0",
            json!({ "provider": "gitlab", "project_path": "sea/shore/tide", "job_id": "302", "sha": sha }),
            "gitlab:sea/shore/tide",
        ),
    ] {
        let version = version(&desk.server, num).await;
        assert_eq!(version["trustpub_data"], data);
        assert_eq!((&version["published_by"], &version["audit_actions"]), (&Value::Null, &json!([])));
        assert_eq!(desk.audited("version.publish", actor), "1");
    }
    let by_hand = version(&desk.server, "1.0.0").await;
    assert_eq!((&by_hand["trustpub_data"], &by_hand["published_by"]["login"]), (&Value::Null, &json!("alice")));
    let log = desk.server.log();
    assert!(!log.contains(&run.token) && !log.contains(&run.token[7..38]));
}

async fn what_a_token_does_not_cover_is_refused(shape: Shape) {
    let settings =
        [("CARGOHOLD_LIMITS__MAX_NEW_VERSIONS_DAILY", "4"), ("CARGOHOLD_LIMITS__PUBLISH_UPDATE__BURST", "1")];
    let desk = Desk::open_with(shape, &settings);
    let alice = desk.server.user("alice");
    for name in ["tide", "ebb", "other"] {
        assert_eq!(desk.server.publish(&alice, &krate(name)).await.status(), 200);
    }
    for name in ["tide", "ebb"] {
        desk.trust(&alice, "github", workflow(name, json!({}))).await;
    }
    let token = desk.run_token().await;
    let publish = async |name: &str, version: &str| desk.server.publish(&token, &krate(name).version(version)).await;
    let text = refusal(publish("other", "1.1.0").await, 403).await;
    assert!(text.contains("crate `other`"), "{text}");
    let text = refusal(publish("new-one", "1.0.0").await, 403).await;
    assert!(text.contains("`new-one`") && text.contains("by a user"), "{text}");
    let text = refusal(publish("Tide", "1.1.0").await, 400).await;
    assert!(text.contains("`tide`, not `Tide`"), "{text}");
    refusal(publish("tide", "1.0.0").await, 400).await;
    refusal(publish("tide", "1.0").await, 400).await;
    for version in ["1.1.0", "1.2.0", "1.3.0"] {
        assert_eq!(publish("tide", version).await.status(), 200, "no rate is anybody's");
    }
    refusal(publish("tide", "1.4.0").await, 429).await;
    assert_eq!(publish("ebb", "1.1.0").await.status(), 200, "one token covers all that trust the run");
    for (value, name, status) in [
        ("cio_tp_", "tide", 401),
        ("cio_tp_gGK6jurSwKyl9V3Az19z7YEFQI9aoOOe", "tide", 401),
        ("cio_tp_gGK6jurSwKyl9V3Az19z7YEFQI9aoOOe", "new-one", 401),
        ("Basic cio_tp_gGK6jurSwKyl9V3Az19z7YEFQI9aoOOd", "tide", 401),
        ("Bearer cio_tp_gGK6jurSwKyl9V3Az19z7YEFQI9aoOOd", "tide", 403),
        ("cio_tp_gGK6jurSwKyl9V3Az19z7YEFQI9aoOOd", "tide", 403),
        ("cio_tp_gGK6jurSwKyl9V3Az19z7YEFQI9aoOOd", "new-one", 403),
    ] {
        let user = User { token: value.to_owned() };
        refusal(desk.server.publish(&user, &krate(name).version("3.0.0")).await, status).await;
    }
}

async fn a_pipelines_token_goes_before_everything_else(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    desk.trust(&alice, "github", workflow("tide", json!({}))).await;
    let token = desk.run_token().await;
    let request = desk.server.request(Method::PUT, "/api/v1/crates/new");
    let request = request.header("origin", "https://evil.example").header("cookie", "cargo_session=nonsense");
    let request = request.header("authorization", format!("bearer {}", token.token));
    let answer = request.body(krate("tide").version("1.1.0").publish_body()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(version(&desk.server, "1.1.0").await["published_by"], Value::Null);
}

async fn a_pipelines_token_is_good_for_nothing_else(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    desk.trust(&alice, "github", workflow("tide", json!({}))).await;
    let token = desk.run_token().await;
    refusal(desk.server.yank(&token, "tide", "1.0.0").await, 403).await;
    refusal(desk.create(&token, "github", workflow("tide", json!({}))).await, 403).await;
    let body = json!({ "owners": ["alice"] });
    let owners = desk.request(&token, Method::PUT, "/api/v1/crates/tide/owners").json(&body);
    refusal(owners.send().await.unwrap(), 403).await;
}

async fn a_crate_can_insist_on_pipelines(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    desk.trust(&alice, "github", workflow("tide", json!({}))).await;
    let settings = desk.server.token("alice", &["--scope", "trusted-publishing"]);
    let body = json!({ "crate": { "trustpub_only": true } });
    let answer = desk.request(&settings, Method::PATCH, "/api/v1/crates/tide").json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    refusal(desk.server.publish(&alice, &krate("tide").version("1.1.0")).await, 403).await;
    let token = desk.run_token().await;
    assert_eq!(desk.server.publish(&token, &krate("tide").version("1.1.0")).await.status(), 200);
    assert_eq!(desk.server.yank(&alice, "tide", "1.1.0").await.status(), 200);
}

async fn a_revoked_or_expired_token_is_refused(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    desk.trust(&alice, "github", workflow("tide", json!({}))).await;
    let (revoked, expired, removed) = (desk.run_token().await, desk.run_token().await, desk.run_token().await);
    let bare = desk.server.request(Method::DELETE, "/api/v1/trusted_publishing/tokens").send().await.unwrap();
    refusal(bare, 401).await;
    for value in [&*alice.token, "cio_tp_", "Basic x", "nonsense"] {
        refusal(desk.revoke(value).await, 401).await;
    }
    for _ in 0..2 {
        let answer = desk.revoke(&format!("Bearer {}", revoked.token)).await;
        assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (204, ""));
    }
    assert_eq!(desk.audited("trustpub_token.revoke", "github:octo-org/tide"), "1");
    refusal(desk.server.publish(&revoked, &krate("tide").version("1.1.0")).await, 403).await;

    let left = desk.server.execute_sql("SELECT MIN(expires_at - created_at) FROM trustpub_tokens");
    assert_eq!(left, (30 * 60 * 1_000_000_i64).to_string());
    assert_eq!(desk.server.publish(&expired, &krate("tide").version("1.1.0")).await.status(), 200);
    desk.server
        .execute_sql("UPDATE trustpub_tokens SET expires_at = 1 WHERE id = (SELECT MIN(id) FROM trustpub_tokens)");
    let text = refusal(desk.server.publish(&expired, &krate("tide").version("1.2.0")).await, 403).await;
    assert!(text.contains("expired"), "{text}");
    assert_eq!(desk.revoke(&expired.token).await.status(), 204, "expired or not");

    let path = "/api/v1/trusted_publishing/github_configs?crate=tide";
    let list: Value = desk.request(&alice, Method::GET, path).send().await.unwrap().json().await.unwrap();
    assert_eq!(desk.remove(&alice, "github", &list["github_configs"][0]["id"]).await.status(), 204);
    assert_eq!(desk.server.publish(&removed, &krate("tide").version("1.2.0")).await.status(), 200, "until it expires");
}
