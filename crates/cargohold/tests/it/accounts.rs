//! The first start, and accounts and tokens from the command line.

use std::process::Command;

use reqwest::Method;
use serde_json::Value;

use crate::support::{Shape, TestServer, krate, on_both_shapes, refusal};

on_both_shapes!(
    the_first_start_makes_one_administrator_and_the_second_none,
    scopes_and_patterns_limit_a_token,
    credentials_are_judged_as_the_contract_says,
    a_foreign_origin_is_refused_before_the_token_is_looked_at,
    a_revoked_token_is_refused_at_once,
    the_command_line_refuses_kindly,
);

async fn the_first_start_makes_one_administrator_and_the_second_none(shape: Shape) {
    let mut server = TestServer::start(shape);
    assert!(server.admin.token.starts_with("cio") && server.admin.token.len() == 35);
    server.publish_ok(&krate("kept")).await;
    server.kill();
    server.restart();
    server.publish_ok(&krate("kept").version("1.0.1")).await;
    assert_eq!(server.index_lines("kept").await.len(), 2);
    let key = std::fs::metadata(server.data_dir().join("secret.key")).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&key.permissions()) & 0o777, 0o600);
}

async fn scopes_and_patterns_limit_a_token(shape: Shape) {
    let server = TestServer::start(shape);
    server.user("alice");
    let new_only = server.token("alice", &["--scope", "publish-new"]);
    let update_only = server.token("alice", &["--scope", "publish-update", "--scope", "yank"]);
    let tide_only = server.token("alice", &["--crate", "tide-*"]);
    assert_eq!(server.publish(&new_only, &krate("tide-one")).await.status(), 200);
    let text = refusal(server.publish(&new_only, &krate("tide-one").version("1.1.0")).await, 403).await;
    assert!(text.contains("scope `publish-update`"), "{text}");
    refusal(server.publish(&update_only, &krate("tide-two")).await, 403).await;
    assert_eq!(server.publish(&update_only, &krate("tide-one").version("1.1.0")).await.status(), 200);
    assert_eq!(server.publish(&tide_only, &krate("tide-two")).await.status(), 200);
    let text = refusal(server.publish(&tide_only, &krate("other")).await, 403).await;
    assert!(text.contains("crate `other`"), "{text}");
    refusal(server.publish(&tide_only, &krate("Tide-three")).await, 403).await;
    refusal(server.yank(&new_only, "tide-one", "1.0.0").await, 403).await;
    assert_eq!(server.yank(&update_only, "tide-one", "1.0.0").await.status(), 200);
}

async fn credentials_are_judged_as_the_contract_says(shape: Shape) {
    let server = TestServer::start(shape);
    let body = krate("judged").publish_body();
    for (value, status) in [
        ("", 401),
        ("Bearer", 401),
        ("Bearer ", 401),
        ("Basic dXNlcjpwYXNz", 401),
        ("nonsense", 401),
        ("CIOabcdefghijklmnopqrstuvwxyz012345", 401),
        ("cio", 403),
        ("cioabcdefghijklmnopqrstuvwxyz0123456", 403),
        ("Bearer cioabc def", 403),
    ] {
        let request = server.request(Method::PUT, "/api/v1/crates/new").header("authorization", value);
        refusal(request.body(body.clone()).send().await.unwrap(), status).await;
    }
    let latin1 = reqwest::header::HeaderValue::from_bytes(b"cio\xe9").unwrap();
    let request = server.request(Method::PUT, "/api/v1/crates/new").header("authorization", latin1);
    refusal(request.body(body.clone()).send().await.unwrap(), 401).await;
    let bearer = server.request(Method::PUT, "/api/v1/crates/new");
    let bearer = bearer.header("authorization", format!("bEaReR {}", server.admin.token));
    assert_eq!(bearer.body(body).send().await.unwrap().status(), 200);
}

async fn a_foreign_origin_is_refused_before_the_token_is_looked_at(shape: Shape) {
    let settings = [("CARGOHOLD_SERVER__ALLOWED_ORIGINS", "https://desk.registry.example")];
    let server = TestServer::start_with(shape, &settings);
    server.publish_ok(&krate("visited")).await;
    let own = server.url.clone();
    for (origins, status) in [
        (vec!["https://evil.example"], 403),
        (vec!["null"], 403),
        (vec![""], 403),
        (vec!["https://desk.registry.example/"], 403),
        (vec!["https://desk.registry.example", "https://evil.example"], 403),
        (vec!["https://desk.registry.example"], 200),
        (vec![own.as_str()], 200),
    ] {
        let request = server.request(Method::DELETE, "/api/v1/crates/visited/1.0.0/yank");
        let request = request.header("authorization", &server.admin.token);
        let request = origins.iter().fold(request, |request, origin| request.header("origin", *origin));
        assert_eq!(request.send().await.unwrap().status(), status, "{origins:?}");
    }
    let anonymous =
        server.request(Method::DELETE, "/api/v1/crates/visited/1.0.0/yank").header("origin", "https://evil.example");
    assert!(refusal(anonymous.send().await.unwrap(), 403).await.contains("https://evil.example"));
    let reading = server.request(Method::GET, "/api/v1/crates?q=visited").header("origin", "https://evil.example");
    assert_eq!(reading.send().await.unwrap().status(), 200, "anonymous reads do not look at it");
}

async fn a_revoked_token_is_refused_at_once(shape: Shape) {
    let server = TestServer::start(shape);
    let user = server.user("leaver");
    assert_eq!(server.publish(&user, &krate("left")).await.status(), 200);
    let listed: Value =
        serde_json::from_str(&server.cli(&["admin", "token", "list", "--user", "leaver", "--json"])).unwrap();
    assert_eq!((listed["name"].as_str(), listed["expires_at"].as_str()), (Some("test"), None));
    assert!(listed["last_used_at"].is_string());
    let id = listed["id"].to_string();
    assert_eq!(server.cli(&["admin", "token", "revoke", &id]), format!("token {id} is revoked\n"));
    refusal(server.publish(&user, &krate("left").version("1.0.1")).await, 403).await;
    assert_eq!(server.cli(&["admin", "token", "list", "--user", "leaver"]), "");
    assert!(server.cli_fails(&["admin", "token", "revoke", &id], 1).contains("no token with the id"));
}

async fn the_command_line_refuses_kindly(shape: Shape) {
    let server = TestServer::start(shape);
    server.user("bob");
    for (arguments, words) in [
        (vec!["admin", "user", "create", "BOB", "--email", "b@x"], "the login `BOB` is taken"),
        (vec!["admin", "user", "create", "a b", "--email", "b@x"], "`a b` is no login"),
        (vec!["admin", "user", "create", "c", "--email", "nowhere"], "`nowhere` is no email address"),
        (vec!["admin", "token", "create", "--user", "zed", "--name", "n"], "no user `zed`"),
        (vec!["admin", "token", "create", "--user", "bob", "--name", ""], "needs a name"),
        (vec!["admin", "token", "create", "--user", "bob", "--name", "n", "--scope", "all"], "no scope `all`"),
        (
            vec!["admin", "token", "create", "--user", "bob", "--name", "n", "--crate", "a**"],
            "`a**` is no crate pattern",
        ),
        (vec!["admin", "token", "create", "--user", "bob", "--name", "n", "--expires", "soon"], "`soon` is no expiry"),
        (
            vec!["admin", "token", "create", "--user", "bob", "--name", "n", "--expires", "2020-01-01T00:00:00Z"],
            "expiry in the future",
        ),
    ] {
        let text = server.cli_fails(&arguments, 1);
        assert!(text.contains(words), "{text}");
    }
    let made: Value =
        serde_json::from_str(&server.cli(&["admin", "user", "create", "eve", "--email", "e@x.example", "--json"]))
            .unwrap();
    assert_eq!(made["login"], "eve");
    assert_eq!(made["password"].as_str().unwrap().len(), 20);
    let text = server.cli_fails(&["serve", "--no-such-flag"], 2);
    assert!(text.contains("--no-such-flag"), "{text}");
}

#[test]
fn a_mistyped_folder_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargohold"));
    command.args(["admin", "user", "create", "eve", "--email", "e@x.example", "--data-dir", "tpyo"]).env_clear();
    let output = command.current_dir(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8(output.stderr).unwrap().contains("no registry at tpyo/cargohold.db"));
}

#[test]
fn a_configuration_that_cannot_be_used_ends_with_code_2_and_a_suggestion() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("c.toml");
    std::fs::write(&file, "[limits]\nmax_uplaod = \"1 MiB\"\n").unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargohold"));
        command.args(arguments).arg("--config").arg(&file).env_clear().current_dir(folder.path()).output().unwrap()
    };
    let output = run(&["serve"]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("did you mean `limits.max_upload`?"), "{text}");
    std::fs::write(&file, "secret_key = \"hunter2\"\n[limits]\nmax_upload = \"1 MiB\"\n").unwrap();
    let output = run(&["check-config"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("limits.max_upload = \"1 MiB\"") && !text.contains("hunter2"), "{text}");
}
