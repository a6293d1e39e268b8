//! The audit log.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Shape, TestServer, krate, on_both_shapes, refusal};

on_both_shapes!(
    every_change_is_written_down_with_who_made_it_and_in_which_request,
    s54_an_entry_that_somebody_changes_or_removes_breaks_the_chain,
    parallel_changes_make_one_chain,
);

fn entries(server: &TestServer) -> Vec<Value> {
    let lines = server.cli(&["admin", "audit", "--json"]);
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn every_change_is_written_down_with_who_made_it_and_in_which_request(shape: Shape) {
    let server = TestServer::start(shape);
    let answer = server.publish(&server.admin, &krate("written-down")).await;
    let request_id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(answer.status(), 200);
    server.publish(&server.user("stranger"), &krate("written-down").version("2.0.0")).await;
    server.yank(&server.admin, "written-down", "1.0.0").await;
    server.yank(&server.admin, "written-down", "1.0.0").await;

    let entries = entries(&server);
    let actions: Vec<_> = entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    let expected = ["user.create", "token.create", "version.publish", "user.create", "token.create", "version.yank"];
    assert_eq!(actions, expected, "what is refused or changes nothing is no change");
    let publish = &entries[2];
    assert_eq!((&publish["actor"], &publish["subject"]), (&json!("admin"), &json!("written-down")));
    assert_eq!((&publish["address"], &publish["request_id"]), (&json!("127.0.0.1"), &json!(request_id)));
    assert_eq!((&publish["actor_id"], &publish["token_id"]), (&json!(1), &json!(1)));
    assert_eq!(publish["details"]["version"], "1.0.0");
    assert_eq!(entries[0]["actor"], "(command line)");

    let audit = async |query: &str, token: &str| {
        let request = server.request(Method::GET, &format!("/api/private/audit{query}"));
        request.header("authorization", token).send().await.unwrap()
    };
    let found: Value = audit("?subject=written-down", &server.admin.token).await.json().await.unwrap();
    let found: Vec<_> = found["entries"].as_array().unwrap().iter().map(|it| it["action"].clone()).collect();
    assert_eq!(found, ["version.yank", "version.publish"], "the newest first");
    let before: Value = audit("?before=3&per_page=1", &server.admin.token).await.json().await.unwrap();
    assert_eq!(before["entries"], json!([entries[1]]));
    let none: Value = audit("?action=none&actor_id=1", &server.admin.token).await.json().await.unwrap();
    assert_eq!(none["entries"], json!([]));
    let text = refusal(audit("", &server.token("stranger", &[]).token).await, 403).await;
    assert!(text.contains("only administrators"), "{text}");
    refusal(audit("", &server.token("admin", &["--scope", "yank"]).token).await, 403).await;
    refusal(audit("?per_page=101", &server.admin.token).await, 400).await;
}

async fn s54_an_entry_that_somebody_changes_or_removes_breaks_the_chain(shape: Shape) {
    let server = TestServer::start(shape);
    for login in ["anna", "bert", "cleo"] {
        server.user(login);
    }
    let whole = server.cli(&["admin", "audit", "--verify"]);
    assert!(whole.contains("8 entries"), "{whole}");
    let breaks = |change: &str, undo: &str, entry: i64| {
        server.execute_sql(change);
        let text = server.cli_fails(&["admin", "audit", "--verify"], 1);
        assert!(text.contains(&format!("broken at entry {entry}")), "{change}: {text}");
        server.execute_sql(undo);
        assert_eq!(server.cli(&["admin", "audit", "--verify"]), whole);
    };
    breaks(
        "UPDATE audit SET actor = 'nobody' WHERE seq = 3",
        "UPDATE audit SET actor = '(command line)' WHERE seq = 3",
        3,
    );
    breaks("UPDATE audit SET token_id = 1 WHERE seq = 5", "UPDATE audit SET token_id = NULL WHERE seq = 5", 5);
    breaks("UPDATE audit SET seq = 99 WHERE seq = 4", "UPDATE audit SET seq = 4 WHERE seq = 99", 4);
    breaks("UPDATE audit SET seq = -8 WHERE seq = 8", "UPDATE audit SET seq = 8 WHERE seq = -8", 8);
    breaks("UPDATE audit_head SET seq = 9", "UPDATE audit_head SET seq = 8", 9);
}

async fn parallel_changes_make_one_chain(shape: Shape) {
    let server = TestServer::start(shape);
    let publishes = (0..24).map(|n| {
        let krate = krate(&format!("parallel-{n}"));
        let server = &server;
        async move { server.publish(&server.admin, &krate).await.status() }
    });
    assert!(futures_util::future::join_all(publishes).await.iter().all(|status| *status == 200));
    assert!(server.cli(&["admin", "audit", "--verify"]).contains("26 entries"));
}
