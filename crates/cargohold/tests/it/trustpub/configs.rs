//! Configurations: fields, who may make and remove them, mails.

use reqwest::Method;
use serde_json::{Value, json};

use super::desk::{Desk, pipeline, workflow};
use crate::support::{Shape, krate, on_both_shapes, refusal};

on_both_shapes!(
    a_configuration_is_shown_as_the_contract_says,
    fields_are_judged_before_anything_else,
    a_configuration_needs_a_crate_an_owner_and_a_verified_address,
    a_crate_has_at_most_five_of_each_kind,
    a_configuration_is_removed_by_an_owner,
    tokens_need_the_scope_and_the_crate,
    owners_are_told,
    a_deleted_crate_takes_its_configurations_along,
);

async fn a_configuration_is_shown_as_the_contract_says(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "Tide").await;
    let answer = desk.create(&alice, "github", workflow("tide", json!({ "environment": "release" }))).await;
    assert_eq!((answer.status().as_u16(), answer.headers().get("cache-control")), (200, None));
    let text = answer.text().await.unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    let config = &json["github_config"];
    let expected = format!(
        r#"{{"github_config":{{"id":{},"crate":"Tide","repository_owner":"Octo-Org","repository_owner_id":null,"repository_name":"Tide","workflow_filename":"release.yml","environment":"release","created_at":{}}}}}"#,
        config["id"], config["created_at"]
    );
    assert_eq!(text, expected);
    let config = desk.trust(&alice, "gitlab", pipeline("TIDE", json!({}))).await;
    let expected = json!({
        "id": config["id"], "crate": "Tide", "namespace": "Sea/Shore", "namespace_id": null, "project": "Tide",
        "workflow_filepath": ".gitlab-ci.yml", "environment": null, "created_at": config["created_at"],
    });
    assert_eq!(config, expected);
    assert_eq!(desk.audited("trustpub_config.create", "alice"), "2");
    assert_ne!(desk.trust(&alice, "gitlab", pipeline("tide", json!({}))).await["id"], config["id"], "none is unique");
}

async fn fields_are_judged_before_anything_else(shape: Shape) {
    let desk = Desk::open(shape);
    let stranger = crate::support::User { token: "cioUnknown".to_owned() };
    let long = "a".repeat(256);
    let good = "a".repeat(251);
    for (kind, field, bad, fine) in [
        (
            "github",
            "repository_owner",
            vec!["", "-a", "a_b", "a.b", "ö", "a b", "a\0", &*long],
            vec!["a", "A-", "0--0", &good],
        ),
        ("github", "repository_name", vec!["", "a/b", "a b", "é", "\0", &long], vec![".", "-", "_a.B-9", &good]),
        (
            "github",
            "workflow_filename",
            vec!["", "ci", "ci.yml ", "ci.YML", "a/ci.yml", "\0.yml", &long],
            vec![".yml", "ci.yaml", "c i@x.yml"],
        ),
        (
            "github",
            "environment",
            vec!["", " a", "a ", "a\tb", "a\u{7f}", "a'b", "a\"b", "a`b", "a,b", "a;b", "a\\b", "\0", &long],
            vec!["a b", "prod/eu", "ö\u{a0}"],
        ),
        (
            "gitlab",
            "namespace",
            vec!["", "/a", "a/", "-a", "a.", "a.atom", "a.git", "a b", "ö", "a\0b", &long],
            vec!["a", "a/b", "a..b--c//d", "a.GIT", &good],
        ),
        ("gitlab", "project", vec!["", "a/b", "_a", "a_", "a.git", "\0", &long], vec!["a", "a.b_c-d", "9"]),
        (
            "gitlab",
            "workflow_filepath",
            vec!["", "/a.yml", "a.yml/", "a.YAML", "\0.yml", &long],
            vec![".gitlab-ci.yml", "a/b c.yaml", ".yml"],
        ),
        ("gitlab", "environment", vec!["", "a,b", "ö", "a\0", &long], vec![" a ", "${a}/b_c-d"]),
    ] {
        let base = if kind == "github" { workflow("1nvalid", json!({})) } else { pipeline("1nvalid", json!({})) };
        for (values, is_bad) in [(bad, true), (fine, false)] {
            for value in values {
                let mut config = base.clone();
                config[field] = value.into();
                let answer = desk.create(&stranger, kind, config).await;
                let text = refusal(answer, if is_bad { 400 } else { 403 }).await;
                assert_eq!(text.contains(&format!("`{field}`")), is_bad, "{field} {value:?}: {text}");
            }
        }
    }
    let both = workflow("x", json!({ "repository_owner": "", "repository_name": "" }));
    assert!(refusal(desk.create(&stranger, "github", both).await, 400).await.contains("`repository_owner`"));
    refusal(desk.create(&stranger, "github", json!({ "crate": "tide" })).await, 422).await;
    let null = workflow("tide", json!({}));
    let mut null_environment = null;
    null_environment["environment"] = Value::Null;
    refusal(desk.create(&stranger, "github", null_environment).await, 403).await;
}

async fn a_configuration_needs_a_crate_an_owner_and_a_verified_address(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    let bob = desk.server.user("bob");
    for kind in ["github", "gitlab"] {
        let config = |name: &str| if kind == "github" { workflow(name, json!({})) } else { pipeline(name, json!({})) };
        let text = refusal(desk.create(&alice, kind, config("nothing")).await, 404).await;
        assert!(text.contains("`nothing` does not exist"), "{text}");
        refusal(desk.create(&alice, kind, config("1nvalid")).await, 404).await;
        refusal(desk.create(&alice, kind, config("a\0b")).await, 404).await;
        let text = refusal(desk.create(&bob, kind, config("tide")).await, 400).await;
        assert!(text.contains("not an owner of `tide`"), "{text}");
        desk.server.execute_sql("UPDATE users SET is_email_verified = FALSE WHERE login = 'alice'");
        let text = refusal(desk.create(&alice, kind, config("tide")).await, 403).await;
        assert!(text.contains("not verified"), "{text}");
        desk.server.execute_sql("UPDATE users SET email = '' WHERE login = 'alice'");
        let text = refusal(desk.create(&alice, kind, config("tide")).await, 400).await;
        assert!(text.contains("not an owner"), "{text}");
        desk.server
            .execute_sql("UPDATE users SET email = 'a@x.example', is_email_verified = TRUE WHERE login = 'alice'");
        desk.trust(&alice, kind, config("tide")).await;
    }
    let anonymous = desk.server.request(Method::POST, "/api/v1/trusted_publishing/github_configs");
    let body = json!({ "github_config": workflow("tide", json!({})) });
    refusal(anonymous.json(&body).send().await.unwrap(), 403).await;
    let foreign = desk.request(&alice, Method::POST, "/api/v1/trusted_publishing/github_configs");
    refusal(foreign.header("origin", "https://evil.example").json(&body).send().await.unwrap(), 403).await;
    let plain = desk.request(&alice, Method::POST, "/api/v1/trusted_publishing/github_configs").body("{}");
    refusal(plain.send().await.unwrap(), 415).await;
}

async fn a_crate_has_at_most_five_of_each_kind(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    let bob = desk.server.user("bob");
    let first = desk.trust(&alice, "github", workflow("tide", json!({}))).await;
    let others = (0..8).map(|_| desk.create(&alice, "github", workflow("tide", json!({}))));
    let mut statuses: Vec<u16> =
        futures_util::future::join_all(others).await.iter().map(|answer| answer.status().as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 200, 409, 409, 409, 409], "all at once");
    let text = refusal(desk.create(&bob, "github", workflow("tide", json!({}))).await, 409).await;
    assert!(text.contains("`tide`") && text.contains('5'), "counted before the owner is looked at: {text}");
    desk.trust(&alice, "gitlab", pipeline("tide", json!({}))).await;
    assert_eq!(desk.remove(&alice, "github", &first["id"]).await.status(), 204);
    desk.trust(&alice, "github", workflow("tide", json!({}))).await;
}

async fn a_configuration_is_removed_by_an_owner(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    let bob = desk.server.user("bob");
    let config = desk.trust(&alice, "github", workflow("tide", json!({}))).await;
    let id = &config["id"];
    let path = format!("/api/v1/trusted_publishing/github_configs/{id}");
    let anonymous = async |path: &str| desk.server.request(Method::DELETE, path).send().await.unwrap();
    refusal(anonymous("/api/v1/trusted_publishing/github_configs/99999").await, 404).await;
    refusal(anonymous("/api/v1/trusted_publishing/github_configs/99999999999").await, 400).await;
    refusal(anonymous(&path).await, 403).await;
    refusal(desk.remove(&alice, "gitlab", id).await, 404).await;
    let text = refusal(desk.remove(&bob, "github", id).await, 400).await;
    assert!(text.contains("not an owner of `tide`"), "{text}");
    desk.server.execute_sql("UPDATE users SET is_email_verified = FALSE WHERE login = 'alice'");
    let answer = desk.remove(&alice, "github", id).await;
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (204, ""));
    refusal(desk.remove(&alice, "github", id).await, 404).await;
    assert_eq!(desk.audited("trustpub_config.delete", "alice"), "1");
}

async fn tokens_need_the_scope_and_the_crate(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    for (flags, status) in [
        (vec![], 200),
        (vec!["--scope", "trusted-publishing"], 200),
        (vec!["--scope", "publish-update"], 403),
        (vec!["--scope", "trusted-publishing", "--crate", "tide"], 200),
        (vec!["--scope", "trusted-publishing", "--crate", "ti*"], 200),
        (vec!["--scope", "trusted-publishing", "--crate", "ebb"], 403),
    ] {
        let token = desk.server.token("alice", &flags);
        let answer = desk.create(&token, "github", workflow("tide", json!({}))).await;
        assert_eq!(answer.status(), status, "{flags:?}");
        let list = desk.request(&token, Method::GET, "/api/v1/trusted_publishing/github_configs?crate=tide");
        assert_eq!(list.send().await.unwrap().status(), status, "{flags:?}");
        let id = match status {
            200 => answer.json::<Value>().await.unwrap()["github_config"]["id"].clone(),
            _ => desk.trust(&alice, "github", workflow("tide", json!({}))).await["id"].clone(),
        };
        assert_eq!(desk.remove(&token, "github", &id).await.status().as_u16(), if status == 200 { 204 } else { 403 });
        desk.remove(&alice, "github", &id).await;
    }
}

async fn owners_are_told(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    for login in ["bob", "unverified", "stranger"] {
        desk.server.user(login);
    }
    let body = json!({ "owners": ["bob", "unverified"] });
    let added = desk.request(&alice, Method::PUT, "/api/v1/crates/tide/owners").json(&body).send().await.unwrap();
    assert_eq!(added.status(), 200);
    desk.server.execute_sql("UPDATE users SET is_email_verified = FALSE WHERE login = 'unverified'");
    desk.take_mails("");
    let both = ["alice@registry.example", "bob@registry.example"];
    let config = desk.trust(&alice, "github", workflow("tide", json!({}))).await;
    assert_eq!(desk.take_mails("tide"), both);
    assert_eq!(desk.remove(&alice, "github", &config["id"]).await.status(), 204);
    assert_eq!(desk.take_mails("tide"), both);
    for (wanted, readers) in [(true, &both[..]), (true, &[]), (false, &both)] {
        let token = desk.server.token("alice", &["--scope", "trusted-publishing"]);
        let body = json!({ "crate": { "trustpub_only": wanted } });
        let answer = desk.request(&token, Method::PATCH, "/api/v1/crates/tide").json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(desk.take_mails("tide"), readers, "{wanted}");
    }
}

async fn a_deleted_crate_takes_its_configurations_along(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    desk.server.publish_ok(&krate("ebb")).await;
    let config = desk.trust(&alice, "github", workflow("tide", json!({}))).await;
    let token = desk.run_token().await;
    let made = desk.server.cli(&["admin", "user", "create", "carol", "--email", "c@registry.example", "--json"]);
    let made: Value = serde_json::from_str(&made).unwrap();
    let body = json!({ "owners": ["carol"] });
    desk.request(&alice, Method::PUT, "/api/v1/crates/tide/owners").json(&body).send().await.unwrap();
    desk.server.execute_sql("UPDATE users SET must_change_password = FALSE WHERE login = 'carol'");
    let cookie = desk.server.sign_in("carol", made["password"].as_str().unwrap()).await;
    let deleted = desk.server.request(Method::DELETE, "/api/v1/crates/tide").header("cookie", cookie).send().await;
    assert_eq!(deleted.unwrap().status(), 204);
    refusal(desk.remove(&alice, "github", &config["id"]).await, 404).await;
    refusal(desk.server.publish(&token, &krate("tide").version("2.0.0")).await, 400).await;
    desk.server.execute_sql("DELETE FROM tombstones");
    assert_eq!(desk.server.publish(&alice, &krate("tide")).await.status(), 200);
    let text = refusal(desk.server.publish(&token, &krate("tide").version("2.0.0")).await, 403).await;
    assert!(text.contains("crate `tide`"), "a crate that came after is another crate: {text}");
    assert!(
        refusal(desk.exchange(&desk.github.sign(&desk.run(json!({})))).await, 400).await.contains("no crate trusts")
    );
}
