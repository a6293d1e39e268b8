//! E7: strangers whose requests are refused keep nobody who writes waiting.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response};
use serde_json::json;

use crate::support::{Shape, TestServer};

/// The one place of SQLite's from which anybody writes, taken until this is dropped.
struct WriteLock(Child);

impl WriteLock {
    fn take(server: &TestServer) -> Self {
        let script = "import sqlite3, sys\n\
                      db = sqlite3.connect(sys.argv[1], isolation_level=None)\n\
                      db.execute('PRAGMA busy_timeout = 10000')\n\
                      db.execute('BEGIN IMMEDIATE')\n\
                      print('locked', flush=True)\n\
                      sys.stdin.readline()\n\
                      db.execute('ROLLBACK')";
        let mut python = Command::new("python3");
        python.args(["-c", script]).arg(server.data_dir().join("cargohold.db"));
        let mut child = python.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "locked\n");
        Self(child)
    }
}

impl Drop for WriteLock {
    fn drop(&mut self) {
        _ = self.0.stdin.take().unwrap().write_all(b"\n");
        _ = self.0.wait();
    }
}

/// The answer, which must come although nobody can write.
async fn answered(request: RequestBuilder, status: u16) -> String {
    let answer = tokio::time::timeout(Duration::from_secs(3), request.send()).await;
    let answer: Response = answer.expect("the refusal waits for a writer").unwrap();
    let found = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    assert_eq!(found, status, "{text}");
    text
}

#[tokio::test]
async fn e7_whoever_tries_to_sign_in_too_often_is_refused_without_a_write() {
    let settings = [("CARGOHOLD_LIMITS__SIGN_IN__BURST", "3"), ("CARGOHOLD_LIMITS__SIGN_IN__INTERVAL", "1h")];
    let server = TestServer::start_with(Shape::Small, &settings);
    let sign_in = || {
        let request = server.request(Method::POST, "/api/private/session");
        request.json(&json!({ "login": "nobody", "password": "wrong horse battery staple" }))
    };
    for _ in 0..3 {
        answered(sign_in(), 403).await;
    }
    let held = WriteLock::take(&server);
    assert!(answered(sign_in(), 429).await.contains("try to sign in too often"));
    drop(held);
    assert!(answered(sign_in(), 429).await.contains("try to sign in too often"), "the count is still the same");
}

#[tokio::test]
async fn e7_whoever_yanks_too_often_is_refused_without_a_write() {
    let server = TestServer::start_with(Shape::Small, &[("CARGOHOLD_LIMITS__YANK_UNYANK__BURST", "1")]);
    server.publish_ok(&crate::support::krate("often")).await;
    assert_eq!(server.yank(&server.admin, "often", "1.0.0").await.status(), 200);
    let held = WriteLock::take(&server);
    let again = server.request(Method::DELETE, "/api/v1/crates/often/1.0.0/yank");
    answered(again.header("authorization", &server.admin.token), 429).await;
    drop(held);
}

#[tokio::test]
async fn e7_strangers_with_secrets_that_are_good_for_nothing_are_refused_without_a_write() {
    let server = TestServer::start_with(Shape::Small, &[("CARGOHOLD_SIGN_UP__MODE", "invite")]);
    let held = WriteLock::take(&server);
    answered(server.request(Method::PUT, "/api/v1/confirm/nothing"), 400).await;
    let cookie = format!("cargo_session={}; cargo_sign_in={0}", "a".repeat(43));
    let sign_out = server.request(Method::DELETE, "/api/private/session").header("cookie", &cookie);
    answered(sign_out, 200).await;
    let back = server.request(Method::POST, "/api/private/session/authorize").header("cookie", &cookie);
    answered(back.json(&json!({ "code": "a", "state": "b" })), 400).await;
    let forget = server.request(Method::DELETE, "/api/private/session/signup").header("cookie", &cookie);
    answered(forget, 200).await;
    let wanted =
        json!({ "login": "stranger", "email": "stranger@registry.example", "password": "wrong horse battery staple" });
    answered(server.request(Method::POST, "/api/private/account").json(&wanted), 403).await;
    let mut invited = wanted;
    invited["invitation"] = json!("nothing");
    answered(server.request(Method::POST, "/api/private/account").json(&invited), 403).await;
    let pipeline = server.request(Method::DELETE, "/api/v1/trusted_publishing/tokens");
    answered(pipeline.header("authorization", format!("Bearer cio_tp_{}j", "a".repeat(31))), 204).await;
    drop(held);
}
