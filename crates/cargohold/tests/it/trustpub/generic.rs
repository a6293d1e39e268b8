//! Issuers that are neither GitHub nor GitLab: rules on claims decide.

use jsonwebtoken::Algorithm;
use reqwest::Method;
use serde_json::{Value, json};

use super::desk::Desk;
use crate::support::{Shape, krate, on_both_shapes, refusal};

on_both_shapes!(rules_are_judged, a_pipeline_that_satisfies_all_rules_publishes);

fn rules(rules: &[(&str, &str)]) -> Value {
    let rules: Vec<Value> =
        rules.iter().map(|(claim, pattern)| json!({ "claim": claim, "pattern": pattern })).collect();
    json!({ "crate": "tide", "provider": "forge", "rules": rules })
}

async fn rules_are_judged(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    let long = "a".repeat(256);
    for (given, words) in [
        (rules(&[]), "`sub`"),
        (rules(&[("branch", "main")]), "`sub`"),
        (rules(&[("sub", "*")]), "`sub`"),
        (rules(&[("sub", "*:main")]), "`sub`"),
        (rules(&[("sub", "repo:sea/tide"), ("", "x")]), "`claim`"),
        (rules(&[("sub", "")]), "`pattern`"),
        (rules(&[("sub", "a\0")]), "`pattern`"),
        (rules(&[("sub", &*long)]), "`pattern`"),
        (rules(&[("sub", "repo:sea/tide:*"); 11]), "at most 10"),
        (json!({ "crate": "tide", "provider": "github", "rules": [] }), "`sub`"),
        (json!({ "crate": "tide", "provider": "smithy", "rules": [{ "claim": "sub", "pattern": "x" }] }), "`forge`"),
        (json!({ "crate": "tide", "provider": "", "rules": [{ "claim": "sub", "pattern": "x" }] }), "`provider`"),
    ] {
        let text = refusal(desk.create(&alice, "oidc", given.clone()).await, 400).await;
        assert!(text.contains(words), "{given}: {text}");
    }
    let given = [("sub", "repo:sea/tide:*"), ("actor.login", "octopus")];
    let config = desk.trust(&alice, "oidc", rules(&given)).await;
    let expected = json!({
        "id": config["id"], "crate": "tide", "provider": "forge", "rules": rules(&given)["rules"],
        "created_at": config["created_at"],
    });
    assert_eq!(config, expected);
    let path = "/api/v1/trusted_publishing/oidc_configs?crate=tide";
    let list: Value = desk.request(&alice, Method::GET, path).send().await.unwrap().json().await.unwrap();
    assert_eq!(list, json!({ "oidc_configs": [expected], "meta": { "total": 1, "next_page": null } }));
    assert_eq!(desk.remove(&alice, "oidc", &config["id"]).await.status(), 204);
}

async fn a_pipeline_that_satisfies_all_rules_publishes(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    desk.forge.add_key("second", Algorithm::ES256);
    desk.trust(&alice, "oidc", rules(&[("sub", "repo:sea/tide:*"), ("branch", "main")])).await;
    for (changes, words) in [
        (json!({ "branch": "feature" }), "no crate trusts the pipeline `repo:sea/tide:branch:main` of `forge`"),
        (json!({ "branch": null }), "no crate trusts"),
        (json!({ "sub": "repo:sea/tides:branch:main" }), "no crate trusts"),
        (json!({ "sub": null }), "`sub`"),
        (json!({ "sub": "repo:sea/tide:\0" }), "`sub`"),
    ] {
        let text = refusal(desk.exchange(&desk.forge.sign(&desk.build(changes.clone()))).await, 400).await;
        assert!(text.contains(words), "{changes}: {text}");
    }
    let token = desk.token(&desk.forge, &desk.build(json!({}))).await;
    assert_eq!(desk.server.publish(&token, &krate("tide").version("1.1.0")).await.status(), 200);
    let version = desk.server.json("/api/v1/crates/tide/1.1.0").await;
    let expected = json!({ "provider": "oidc", "issuer": "forge", "subject": "repo:sea/tide:branch:main" });
    assert_eq!(version["version"]["trustpub_data"], expected);
    assert_eq!(desk.audited("version.publish", "forge:repo:sea/tide:branch:main"), "1");
    // What GitHub says counts only from GitHub.
    let borrowed = desk.build(json!({ "repository": "octo-org/tide", "sub": "repo:octo-org/tide" }));
    refusal(desk.exchange(&desk.forge.sign(&borrowed)).await, 400).await;
}
