//! From a JWT to a token: what is refused, what is pinned, and that it works once.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::desk::{Desk, now, pipeline, workflow};
use crate::issuer_server::Mood;
use crate::support::{Shape, on_both_shapes, refusal};

on_both_shapes!(
    a_jwt_that_proves_nothing_is_refused,
    s30_forged_signatures_are_refused,
    s31_a_run_that_fits_no_configuration_is_refused,
    a_configuration_fits_in_any_casing_but_the_workflows,
    s31_a_repository_that_was_registered_again_is_another,
    a_groups_id_is_learned_and_kept,
    s29_of_a_hundred_exchanges_of_one_jwt_one_works,
    a_jwt_that_failed_may_be_tried_again,
    keys_that_cannot_be_loaded_are_our_fault,
);

async fn a_jwt_that_proves_nothing_is_refused(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    desk.trust(&alice, "github", workflow("tide", json!({}))).await;
    let stranger = "https://stranger.example";
    for (changes, words) in [
        (json!({ "iss": stranger }), "stranger.example"),
        (json!({ "iss": format!("{}/", desk.github.url) }), "not enabled"),
        (json!({ "iss": null }), "JWT"),
        (json!({ "aud": "elsewhere.example" }), "audience `127.0.0.1`"),
        (json!({ "aud": ["127.0.0.1"] }), "audience `127.0.0.1`"),
        (json!({ "aud": null }), "cannot be used"),
        (json!({ "exp": now() - 61 }), "cannot be used"),
        (json!({ "exp": null }), "cannot be used"),
        (json!({ "iat": now() + 120 }), "cannot be used"),
        (json!({ "iat": null }), "cannot be used"),
        (json!({ "nbf": now() + 120 }), "cannot be used"),
        (json!({ "jti": null }), "cannot be used"),
        (json!({ "jti": "a\0b" }), "cannot be used"),
        (json!({ "repository": null }), "`repository`"),
        (json!({ "repository": "tide" }), "`repository`"),
        (json!({ "workflow_ref": "octo-org/tide/.github/workflows/release@main" }), "`workflow_ref`"),
        (json!({ "repository_owner_id": "99999999999" }), "`repository_owner_id`"),
    ] {
        let text = refusal(desk.exchange(&desk.github.sign(&desk.run(changes.clone()))).await, 400).await;
        assert!(text.contains(words), "{changes}: {text}");
    }
    for text in ["", "x", "a.b.c", "\0"] {
        refusal(desk.exchange(text).await, 400).await;
    }
    let request = desk.server.request(reqwest::Method::POST, "/api/v1/trusted_publishing/tokens");
    refusal(request.json(&json!({ "jwt": 1 })).send().await.unwrap(), 422).await;
    assert_eq!(desk.server.execute_sql("SELECT COUNT(*) FROM trustpub_tokens"), "0");
    desk.run_token().await;
}

async fn s30_forged_signatures_are_refused(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    desk.trust(&alice, "github", workflow("tide", json!({}))).await;
    let claims = desk.run(json!({}));
    let good = desk.github.sign(&claims);
    let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let payload = encode(&claims);
    let none = format!("{}.{payload}.", encode(&json!({ "alg": "none", "kid": "first" })));
    let (_, signature) = good.rsplit_once('.').unwrap();
    let (head, _) = good.split_once('.').unwrap();
    let other = format!("{head}.{}.{signature}", encode(&desk.run(json!({ "repository": "octo-org/ebb" }))));
    // The public key as a shared secret: what fooled libraries that believe the header.
    let modulus = desk.github.jwk("first")["n"].as_str().unwrap().to_owned();
    let header = Header { kid: Some("first".to_owned()), ..Header::new(Algorithm::HS256) };
    let secret = EncodingKey::from_secret(modulus.as_bytes());
    let confused = jsonwebtoken::encode(&header, &claims, &secret).unwrap();
    let foreign = desk.gitlab.sign(&claims);
    for (what, jwt) in [("none", none), ("other claims", other), ("HS256", confused), ("another issuer's key", foreign)]
    {
        let text = refusal(desk.exchange(&jwt).await, 400).await;
        assert!(text.contains("JWT"), "{what}: {text}");
    }
    assert_eq!(desk.exchange(&good).await.status(), 200);
}

async fn s31_a_run_that_fits_no_configuration_is_refused(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    desk.trust(&alice, "github", workflow("tide", json!({ "environment": "release" }))).await;
    desk.trust(&alice, "github", workflow("tide", json!({ "workflow_filename": "nightly.yml" }))).await;
    let at = |file: &str| format!("octo-org/tide/.github/workflows/{file}@refs/heads/main");
    for (changes, words) in [
        (json!({ "event_name": "pull_request_target" }), "`pull_request_target`"),
        (json!({ "event_name": "workflow_run" }), "`workflow_run`"),
        (json!({ "repository": "octo-org/tides" }), "no crate trusts the repository `octo-org/tides`"),
        (json!({ "repository": "octo-orgs/tide" }), "`octo-orgs/tide`"),
        (json!({ "repository": "octo-org/ti%e" }), "no crate trusts"),
        (json!({ "repository": "octo-org/tide\0" }), "no crate trusts"),
        (json!({ "workflow_ref": at("ci.yml") }), "`release.yml` or `nightly.yml`"),
        (json!({ "workflow_ref": at("Release.yml") }), "`Release.yml`"),
        (json!({ "environment": "staging" }), "`release`"),
        (json!({ "environment": null }), "`none`"),
    ] {
        let text = refusal(desk.exchange(&desk.github.sign(&desk.run(changes.clone()))).await, 400).await;
        assert!(text.contains(words), "{changes}: {text}");
    }
    assert_eq!(desk.server.execute_sql("SELECT COUNT(*) FROM trusted_publishers WHERE owner_id IS NOT NULL"), "0");
    desk.run_token().await;
    desk.token(&desk.github, &desk.run(json!({ "workflow_ref": at("nightly.yml"), "environment": null }))).await;
}

async fn a_configuration_fits_in_any_casing_but_the_workflows(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    desk.trust(&alice, "github", workflow("tide", json!({ "environment": "Öl Release" }))).await;
    let claims = desk.run(json!({ "repository": "OCTO-org/tIDE", "environment": "ÖL RELEASE" }));
    desk.token(&desk.github, &claims).await;
    desk.trust(&alice, "gitlab", pipeline("tide", json!({}))).await;
    let claims = desk.job(json!({ "project_path": "SEA/shore/TIDE", "environment": null }));
    desk.token(&desk.gitlab, &claims).await;
}

async fn s31_a_repository_that_was_registered_again_is_another(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    desk.trust(&alice, "github", workflow("tide", json!({}))).await;
    desk.trust(&alice, "github", workflow("tide", json!({ "workflow_filename": "nightly.yml" }))).await;
    desk.run_token().await;
    let squatter = |changes: Value| {
        let mut claims = desk.run(changes);
        claims["repository_owner_id"] = "666".into();
        desk.github.sign(&claims)
    };
    let text = refusal(desk.exchange(&squatter(json!({}))).await, 400).await;
    assert!(text.contains("`666`") && text.contains("`4321`"), "{text}");
    let nightly = json!({ "workflow_ref": "octo-org/tide/.github/workflows/nightly.yml@refs/heads/main" });
    refusal(desk.exchange(&squatter(nightly)).await, 400).await;
    desk.run_token().await;
    let id = desk.server.execute_sql("SELECT id FROM users WHERE login = 'alice'");
    let token = desk.server.token("alice", &["--scope", "trusted-publishing"]);
    let path = format!("/api/v1/trusted_publishing/github_configs?user_id={id}");
    let list: Value = desk.request(&token, reqwest::Method::GET, &path).send().await.unwrap().json().await.unwrap();
    assert_eq!(list["github_configs"][0]["repository_owner_id"], 4321);
}

async fn a_groups_id_is_learned_and_kept(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    desk.trust(&alice, "gitlab", pipeline("tide", json!({}))).await;
    let wrong =
        json!({ "ci_config_ref_uri": "gitlab.example/sea/shore/tide//other.yml@refs/heads/main", "namespace_id": "1" });
    let text = refusal(desk.exchange(&desk.gitlab.sign(&desk.job(wrong))).await, 400).await;
    assert!(text.contains("`.gitlab-ci.yml`"), "{text}");
    let known = "SELECT COUNT(*) FROM trusted_publishers WHERE owner_id IS NOT NULL";
    assert_eq!(desk.server.execute_sql(known), "0", "a failure teaches nothing");
    desk.token(&desk.gitlab, &desk.job(json!({}))).await;
    let text = refusal(desk.exchange(&desk.gitlab.sign(&desk.job(json!({ "namespace_id": "1" })))).await, 400).await;
    assert!(text.contains("`5150`"), "{text}");
    refusal(desk.exchange(&desk.gitlab.sign(&desk.job(json!({ "namespace_id": null })))).await, 400).await;
    desk.token(&desk.gitlab, &desk.job(json!({}))).await;
}

async fn s29_of_a_hundred_exchanges_of_one_jwt_one_works(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    desk.trust(&alice, "github", workflow("tide", json!({}))).await;
    let jwt = desk.github.sign(&desk.run(json!({})));
    let answers = futures_util::future::join_all((0..100).map(|_| desk.exchange(&jwt))).await;
    let mut minted = 0;
    for answer in answers {
        if answer.status() == 200 {
            minted += 1;
        } else {
            assert!(refusal(answer, 400).await.contains("exchanged already"));
        }
    }
    assert_eq!((minted, &*desk.server.execute_sql("SELECT COUNT(*) FROM trustpub_tokens")), (1, "1"));
    assert_eq!(desk.audited("trustpub_token.create", "github:octo-org/tide"), "1");
    let same_jti = desk.run(json!({ "jti": "jti-0" }));
    refusal(desk.exchange(&desk.github.sign(&same_jti)).await, 400).await;
    let elsewhere = desk.job(json!({ "jti": "jti-0" }));
    desk.trust(&alice, "gitlab", pipeline("tide", json!({}))).await;
    desk.token(&desk.gitlab, &elsewhere).await;
}

async fn a_jwt_that_failed_may_be_tried_again(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    let jwt = desk.github.sign(&desk.run(json!({})));
    refusal(desk.exchange(&jwt).await, 400).await;
    desk.trust(&alice, "github", workflow("tide", json!({}))).await;
    assert_eq!(desk.exchange(&jwt).await.status(), 200);
    refusal(desk.exchange(&jwt).await, 400).await;
}

async fn keys_that_cannot_be_loaded_are_our_fault(shape: Shape) {
    let (desk, alice) = Desk::with_crate(shape, "tide").await;
    desk.trust(&alice, "github", workflow("tide", json!({}))).await;
    desk.github.set_mood(Mood::Failing);
    let text = refusal(desk.exchange(&desk.github.sign(&desk.run(json!({})))).await, 500).await;
    assert!(!text.contains(&desk.github.url), "{text}");
}
