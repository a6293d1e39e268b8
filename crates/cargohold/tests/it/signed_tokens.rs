//! Tokens that cargo signs with a key of its own (RFC 3231).

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Browser, Cargo, Shape, TestServer, on_both_shapes};

on_both_shapes!(a_real_cargo_signs_its_requests_with_a_registered_key);

const KEYS: &str = "/api/v1/me/public_keys";

/// A cargo that signs. Stable ones do it only when they are told that they may.
fn signing_cargo(server: &TestServer) -> Cargo {
    let cargo = Cargo::without_token(server).unset("CARGO_REGISTRY_GLOBAL_CREDENTIAL_PROVIDERS");
    let cargo = cargo.with("CARGO_REGISTRIES_ALT_CREDENTIAL_PROVIDER", "cargo:paseto");
    cargo.with("CARGO_UNSTABLE_ASYMMETRIC_TOKEN", "true").with("RUSTC_BOOTSTRAP", "1")
}

async fn a_real_cargo_signs_its_requests_with_a_registered_key(shape: Shape) {
    let server = TestServer::start_with(shape, &[("CARGOHOLD_REGISTRY__AUTH_REQUIRED", "true")]);
    let made = server.cli(&["admin", "user", "create", "signer", "--email", "signer@registry.example", "--json"]);
    let made: Value = serde_json::from_str(&made).unwrap();
    let cookie = server.sign_in("signer", made["password"].as_str().unwrap()).await;
    let browser = Browser::new(&server);
    browser.set_cookie("cargo_session", cookie.strip_prefix("cargo_session=").unwrap());

    let cargo = signing_cargo(&server);
    let home = cargo.home();
    let login = cargo.run(&home, &["login", "--registry", "alt"]).ok();
    let printed = format!("{}{}", login.stdout, login.stderr);
    let key = printed.lines().find(|line| line.trim().starts_with("k3.public.")).expect("cargo prints its key").trim();

    let library = cargo.library("signed", "1.0.0", "");
    let publish = ["publish", "--registry", "alt", "--no-verify", "--allow-dirty"];
    cargo.run(&library, &publish).fails_with("is not accepted");
    let wanted = json!({ "public_key": { "name": "laptop", "key": key } });
    let registered = browser.json(Method::PUT, KEYS, Some(wanted.clone())).await;
    assert!(registered["public_key"]["key_id"].as_str().unwrap().starts_with("k3.pid."), "{registered}");
    browser.refused(Method::PUT, KEYS, Some(wanted), 400).await;
    for key in ["", "k3.secret.AAAA", "k3.public.AAAA", "v3.public.x"] {
        let wanted = json!({ "public_key": { "name": "bad", "key": key } });
        browser.refused(Method::PUT, KEYS, Some(wanted), 400).await;
    }

    cargo.run(&library, &publish).ok();
    let yank = ["yank", "--registry", "alt", "--version", "1.0.0", "signed"];
    cargo.run(&library, &yank).ok();
    cargo.run(&library, &[&yank[..], &["--undo"]].concat()).ok();
    let app = cargo.app("app", &[("signed", "1")]);
    cargo.run(&app, &["fetch"]).ok();
    let text = cargo.run(&library, &["owner", "--registry", "alt", "--add", "nobody-here", "signed"]).stderr;
    assert!(text.contains("there is no user"), "the signature was accepted: {text}");

    let audited = server.cli(&["admin", "audit", "--json"]);
    let publishes = audited.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let publish_entry = publishes.into_iter().find(|entry| entry["action"] == "version.publish").unwrap();
    assert_eq!(publish_entry["details"]["signed_with_key"], registered["public_key"]["id"]);
    let listed = browser.json(Method::GET, KEYS, None).await;
    assert!(listed["public_keys"][0]["last_used_at"].is_string(), "{listed}");

    let id = &registered["public_key"]["id"];
    browser.json(Method::DELETE, &format!("{KEYS}/{id}"), None).await;
    assert_eq!(browser.json(Method::GET, KEYS, None).await, json!({ "public_keys": [] }));
    let next = cargo.library("signed", "1.1.0", "");
    cargo.run(&next, &publish).fails_with("is not accepted");
}
