//! A private registry: nothing but set-up and health without a token.

use std::time::{Duration, Instant};

use reqwest::{Method, Response};

use crate::support::{Shape, TestServer, krate, on_both_shapes, refusal};

on_both_shapes!(
    strangers_get_a_challenge_and_learn_nothing,
    every_usable_token_reads,
    answers_are_private_to_their_caller,
    a_revoked_or_expired_token_soon_stops_reading,
);

/// An accepted token is remembered for one second; a busy machine may add to that.
const PATIENCE: Duration = Duration::from_secs(20);

const PRIVATE: [(&str, &str); 1] = [("CARGOHOLD_REGISTRY__AUTH_REQUIRED", "true")];

async fn get_with(server: &TestServer, path: &str, token: &str) -> Response {
    server.request(Method::GET, path).header("authorization", token).send().await.unwrap()
}

async fn publish_secret(server: &TestServer) {
    assert_eq!(server.publish(&server.admin, &krate("secret")).await.status(), 200);
}

async fn strangers_get_a_challenge_and_learn_nothing(shape: Shape) {
    let server = TestServer::start_with(shape, &PRIVATE);
    publish_secret(&server).await;
    let challenge = format!("Cargo login_url=\"{}/me\"", server.url);
    let mut bodies = Vec::new();
    for path in ["config.json", "se/cr/secret", "no/ne/none", "nonsense"] {
        for token in ["", "cioUnknown", "Bearer cioUnknown"] {
            let path = format!("/index/{path}");
            let answer = if token.is_empty() { server.get(&path).await } else { get_with(&server, &path, token).await };
            assert_eq!(answer.status(), 401, "{path} with {token:?}");
            assert_eq!(answer.headers()["www-authenticate"], challenge.as_str());
            assert_eq!(answer.headers()["cache-control"], "no-store");
            bodies.push((token, answer.text().await.unwrap()));
        }
    }
    bodies.sort();
    bodies.dedup();
    assert_eq!(bodies.len(), 3, "the answer is the same for what exists and what does not: {bodies:?}");
    for path in ["/crates/secret/1.0.0/download", "/crates/none/1.0.0/download", "/crates/secret/secret-1.0.0.crate"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status(), 401, "{path}");
        assert_eq!(answer.headers()["www-authenticate"], challenge.as_str());
    }
    for path in
        ["/api/v1/crates?q=secret", "/api/v1/crates/secret/owners", "/api/v1/crates/none/owners", "/api/v1/nonsense"]
    {
        refusal(server.get(path).await, 403).await;
    }
    for path in ["/sign-in", "/sign-up", "/healthz", "/favicon.svg"] {
        assert_eq!(server.get(path).await.status(), 200, "{path}");
    }
    for path in ["/", "/me", "/crates/secret", "/crates/none", "/search?q=secret"] {
        assert_eq!(server.get(path).await.status(), 401, "{path}");
        let answer = server.request(Method::GET, path).header("accept", "text/html").send().await.unwrap();
        let to = answer.headers()["location"].to_str().unwrap();
        assert!(answer.status() == 303 && to.starts_with("/sign-in?to=%2F"), "{path}: {to}");
    }
    let way_in = server.get("/sign-in").await.text().await.unwrap();
    for hidden in ["/search", "/crates", "<footer", "/categories"] {
        assert!(!way_in.contains(hidden), "{hidden}: {way_in}");
    }
}

async fn every_usable_token_reads(shape: Shape) {
    let server = TestServer::start_with(shape, &PRIVATE);
    publish_secret(&server).await;
    let narrow = server.token("admin", &["--scope", "publish-new", "--crate", "other-*"]);
    for token in [server.admin.token.clone(), format!("bearer {}", server.admin.token), narrow.token] {
        let config: serde_json::Value = get_with(&server, "/index/config.json", &token).await.json().await.unwrap();
        assert_eq!(config["auth-required"], true);
        for path in ["/index/se/cr/secret", "/crates/secret/1.0.0/download", "/api/v1/crates?q=secret"] {
            assert_eq!(get_with(&server, path, &token).await.status(), 200, "{path}");
        }
        assert_eq!(get_with(&server, "/index/no/ne/none", &token).await.status(), 404);
    }
}

async fn answers_are_private_to_their_caller(shape: Shape) {
    let server = TestServer::start_with(shape, &PRIVATE);
    publish_secret(&server).await;
    for path in ["/index/config.json", "/index/se/cr/secret", "/crates/secret/1.0.0/download"] {
        let answer = get_with(&server, path, &server.admin.token).await;
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert!(header("cache-control").starts_with("private"), "{path}");
        assert!(header("vary").contains("authorization"), "{path}");
    }
}

async fn a_revoked_or_expired_token_soon_stops_reading(shape: Shape) {
    let server = TestServer::start_with(shape, &PRIVATE);
    let user = server.user("leaver");
    assert_eq!(get_with(&server, "/index/config.json", &user.token).await.status(), 200);
    server.execute_sql("UPDATE tokens SET is_revoked = TRUE WHERE name = 'test'");
    let revoked_at = Instant::now();
    while get_with(&server, "/index/config.json", &user.token).await.status() != 401 {
        assert!(revoked_at.elapsed() < PATIENCE, "the revocation is not seen");
    }
    let short = server.token("leaver", &["--expires", "1s"]);
    let made_at = Instant::now();
    while get_with(&server, "/index/config.json", &short.token).await.status() != 401 {
        assert!(made_at.elapsed() < PATIENCE, "the expiry is not seen");
    }
}
