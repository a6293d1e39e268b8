//! Reports of tokens that were found in public (contract part 2, §13; S57).

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{Mailbox, Person, Shape, TestServer, krate, on_both_shapes, refusal};

on_both_shapes!(
    leaked_tokens_are_revoked_and_their_owners_told,
    reports_need_the_secret_and_a_list,
    a_private_registry_takes_reports_too,
    without_a_secret_nobody_reports,
);

const SECRET: &str = "a-long-and-random-secret";
const VERIFY: &str = "/api/v1/secret_scanning/verify";
const GITHUB: &str = "/api/github/secret-scanning/verify";

fn found(token: &str) -> Value {
    json!({ "token": token, "type": "cargohold_token", "url": "https://evil.example/leak?<b>", "source": "commit" })
}

async fn report(server: &TestServer, body: Value) -> Response {
    let request = server.request(Method::POST, VERIFY).header("authorization", format!("Bearer {SECRET}"));
    request.json(&body).send().await.unwrap()
}

fn start(shape: Shape, mailbox: &Mailbox) -> TestServer {
    let settings =
        [("CARGOHOLD_MAIL__TRANSPORT", &*mailbox.transport()), ("CARGOHOLD_TOKENS__SCANNING_SECRET", SECRET)];
    TestServer::start_with(shape, &settings)
}

async fn leaked_tokens_are_revoked_and_their_owners_told(shape: Shape) {
    let mailbox = Mailbox::new();
    let server = start(shape, &mailbox);
    let alice = Person::new(&server, "alice").await;
    let leaked = server.token("alice", &[]);
    let expired = server.token("alice", &["--expires", "1s"]);
    let before = server.execute_sql("SELECT last_used_at IS NULL FROM tokens ORDER BY id DESC LIMIT 1");
    server.execute_sql("UPDATE tokens SET expires_at = 1 WHERE expires_at IS NOT NULL");
    let texts = [&*leaked.token, "cio00000000000000000000000000000000", &expired.token, "", "odd \u{0} text"];
    let answer = report(&server, texts.map(found).into()).await;
    assert_eq!(answer.status(), 200);
    let verdicts: Value = answer.json().await.unwrap();
    let labels = ["true_positive", "false_positive", "true_positive", "false_positive", "false_positive"];
    let expected: Vec<_> = texts
        .iter()
        .zip(labels)
        .map(|(text, label)| json!({ "token_raw": text, "token_type": "cargohold_token", "label": label }))
        .collect();
    assert_eq!(verdicts, Value::from(expected));
    refusal(server.publish(&leaked, &krate("tide")).await, 403).await;
    assert_eq!(server.execute_sql("SELECT last_used_at IS NULL FROM tokens ORDER BY id DESC LIMIT 1"), before);

    let mails = mailbox.mails();
    assert_eq!(mails.len(), 2, "one for each token: {mails:?}");
    let mail = mailbox.latest(&alice.email);
    assert!(mail.subject.contains("leaked and was revoked"), "{mail:?}");
    assert!(mail.text.contains("commit") && mail.text.contains("https://evil.example/leak"), "{}", mail.text);
    assert!(mails.iter().all(|mail| !mail.text.contains(&leaked.token)));
    // Once more: it is still one of ours, but nothing is left to do.
    let again: Value = report(&server, json!([found(&leaked.token)])).await.json().await.unwrap();
    assert_eq!(again[0]["label"], "true_positive");
    assert_eq!(mailbox.mails().len(), 2);
    let audited = server.execute_sql("SELECT COUNT(*) FROM audit WHERE action = 'token.leaked' AND subject = 'alice'");
    assert_eq!(audited, "2");
    let log = server.log();
    assert!(!log.contains(&leaked.token) && !log.contains(SECRET));
}

async fn reports_need_the_secret_and_a_list(shape: Shape) {
    let mailbox = Mailbox::new();
    let server = start(shape, &mailbox);
    let leaked = server.user("alice");
    let body = json!([found(&leaked.token)]);
    for (value, status) in [
        (None, 403),
        (Some("Bearer a-long-and-random-secreT".to_owned()), 403),
        (Some("Bearer a-long-and-random-secret-".to_owned()), 403),
        (Some("Bearer".to_owned()), 403),
        (Some(server.admin.token.clone()), 403),
        (Some(format!("Basic {SECRET}")), 401),
    ] {
        let request = server.request(Method::POST, VERIFY).json(&body);
        let request = match &value {
            Some(value) => request.header("authorization", value),
            None => request,
        };
        let text = refusal(request.send().await.unwrap(), status).await;
        assert!(!text.contains(SECRET), "{text}");
    }
    let mut lacking = found("x");
    lacking.as_object_mut().unwrap().remove("url");
    for body in
        [json!({}), json!([1]), json!([lacking]), json!([{ "token": null, "type": "", "url": "", "source": "" }])]
    {
        refusal(report(&server, body).await, 400).await;
    }
    let raw = |body: &'static str| server.request(Method::POST, VERIFY).header("authorization", SECRET).body(body);
    refusal(raw("nonsense").send().await.unwrap(), 400).await;
    assert_eq!(server.publish(&leaked, &krate("tide")).await.status(), 200, "nothing was revoked");
    let nothing = raw("[]").send().await.unwrap();
    assert_eq!((nothing.status().as_u16(), nothing.text().await.unwrap()), (200, "[]".to_owned()));
    let nobody_at_github = server.request(Method::POST, GITHUB).json(&body).send().await.unwrap();
    refusal(nobody_at_github, 404).await;
}

async fn a_private_registry_takes_reports_too(shape: Shape) {
    let settings = [("CARGOHOLD_REGISTRY__AUTH_REQUIRED", "true"), ("CARGOHOLD_TOKENS__SCANNING_SECRET", SECRET)];
    let server = TestServer::start_with(shape, &settings);
    let leaked = server.user("alice");
    let verdicts: Value = report(&server, json!([found(&leaked.token)])).await.json().await.unwrap();
    assert_eq!(verdicts[0]["label"], "true_positive");
    refusal(server.request(Method::POST, GITHUB).body("[]").send().await.unwrap(), 404).await;
    let confirmation = server.request(Method::PUT, "/api/v1/confirm/unknown").send().await.unwrap();
    refusal(confirmation, 400).await;
    refusal(server.get("/api/v1/summary").await, 403).await;
}

async fn without_a_secret_nobody_reports(shape: Shape) {
    let server = TestServer::start(shape);
    let leaked = server.user("alice");
    assert!(refusal(report(&server, json!([found(&leaked.token)])).await, 404).await.contains("scanning_secret"));
    assert_eq!(server.publish(&leaked, &krate("tide")).await.status(), 200);
}
