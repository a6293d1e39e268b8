//! What people do with their own API tokens (contract part 2, §5).

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{Mailbox, Person, Shape, TestServer, User, in_seconds, krate, on_both_shapes, refusal};

on_both_shapes!(
    a_token_is_created_shown_once_and_used,
    what_a_token_is_to_be_like_is_judged,
    only_who_is_signed_in_creates_tokens,
    operators_decide_whether_and_which_tokens_are_created,
    tokens_that_work_are_limited_in_number_and_rate,
    expired_tokens_are_listed_if_asked_for,
    tokens_are_shown_and_revoked_by_their_ids,
    every_token_revokes_itself,
    all_tokens_are_revoked_at_once,
    s26_tokens_of_others_are_none,
    s27_privileged_members_of_a_token_are_ignored,
    s32_secrets_are_random_and_only_their_hashes_are_stored,
    owners_hear_of_tokens_that_expire_soon,
);

const TOKENS: &str = "/api/v1/me/tokens";

async fn create(server: &TestServer, person: &Person, token: Value) -> Response {
    person.ask(server, Method::PUT, TOKENS, Some(json!({ "api_token": token }))).await
}

/// Creates a token and answers what is shown of it.
async fn create_ok(server: &TestServer, person: &Person, token: Value) -> Value {
    person.json(server, Method::PUT, TOKENS, Some(json!({ "api_token": token }))).await["api_token"].take()
}

fn secret_of(token: &Value) -> User {
    User { token: token["token"].as_str().unwrap().to_owned() }
}

async fn ids(server: &TestServer, person: &Person, query: &str) -> Vec<i64> {
    let listed = person.json(server, Method::GET, &format!("{TOKENS}{query}"), None).await;
    listed["api_tokens"].as_array().unwrap().iter().map(|token| token["id"].as_i64().unwrap()).collect()
}

fn with_token(server: &TestServer, method: Method, path: &str, token: &User) -> reqwest::RequestBuilder {
    server.request(method, path).header("authorization", &token.token)
}

async fn a_token_is_created_shown_once_and_used(shape: Shape) {
    let mailbox = Mailbox::new();
    let server = TestServer::start_with(shape, &[("CARGOHOLD_MAIL__TRANSPORT", &mailbox.transport())]);
    let alice = Person::new(&server, "alice").await;
    server.execute_sql("UPDATE users SET is_email_verified = FALSE WHERE login = 'alice'");
    let made = create_ok(
        &server,
        &alice,
        json!({
            "name": "ci", "crate_scopes": ["tide", "tide-*", "tide"], "endpoint_scopes": ["publish-new", "yank"],
            "expired_at": "2099-01-01 02:00:00.1234567+02:00",
        }),
    )
    .await;
    let expected = json!({
        "id": made["id"], "name": "ci", "created_at": made["created_at"], "last_used_at": null,
        "crate_scopes": ["tide", "tide-*", "tide"], "endpoint_scopes": ["publish-new", "yank"],
        "expired_at": "2099-01-01T00:00:00.123456Z", "token": made["token"],
    });
    assert_eq!(made, expected);
    let mail = mailbox.latest(&alice.email);
    assert!(mail.subject.contains("New API token") && mail.text.contains("ci"), "{mail:?}");
    assert!(!mail.text.contains(made["token"].as_str().unwrap()));
    server.execute_sql("UPDATE users SET is_email_verified = TRUE WHERE login = 'alice'");
    assert_eq!(server.publish(&secret_of(&made), &krate("tide-one")).await.status(), 200);
    refusal(server.publish(&secret_of(&made), &krate("ebb")).await, 403).await;

    let answer = alice.ask(&server, Method::GET, TOKENS, None).await;
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let listed: Value = answer.json().await.unwrap();
    let mut shown = expected;
    shown.as_object_mut().unwrap().remove("token");
    shown["last_used_at"] = listed["api_tokens"][0]["last_used_at"].clone();
    assert!(shown["last_used_at"].is_string());
    assert_eq!(listed, json!({ "api_tokens": [shown] }));
    let audited =
        server.execute_sql("SELECT details FROM audit WHERE action = 'token.create' ORDER BY seq DESC LIMIT 1");
    assert!(audited.contains("publish-new") && !audited.contains(made["token"].as_str().unwrap()), "{audited}");
}

async fn what_a_token_is_to_be_like_is_judged(shape: Shape) {
    let server = TestServer::start(shape);
    let alice = Person::new(&server, "alice").await;
    let scopes = json!(["yank"]);
    for (token, words) in [
        (json!({ "name": "", "endpoint_scopes": scopes }), "needs a name"),
        (json!({ "name": "a\u{0}", "endpoint_scopes": scopes }), "NUL"),
        (json!({ "name": "a" }), "`endpoint_scopes`"),
        (json!({ "name": "a", "endpoint_scopes": null }), "`endpoint_scopes`"),
        (json!({ "name": "a", "endpoint_scopes": ["yank", "all"] }), "no scope `all`"),
        (json!({ "name": "a", "endpoint_scopes": [""] }), "no scope ``"),
        (json!({ "name": "a", "endpoint_scopes": scopes, "crate_scopes": ["tide", "te*st"] }), "no crate pattern"),
        (json!({ "name": "a", "endpoint_scopes": scopes, "crate_scopes": [""] }), "no crate pattern"),
        (json!({ "name": "a", "endpoint_scopes": scopes, "crate_scopes": ["*foo"] }), "no crate pattern"),
    ] {
        let text = refusal(create(&server, &alice, token).await, 400).await;
        assert!(text.contains(words), "{text}");
    }
    let odd_times = ["2030-01-01", "2030-01-01T00:00:00", "tomorrow", ""];
    for expired_at in odd_times.map(Value::from).into_iter().chain([json!(1_900_000_000)]) {
        let token = json!({ "name": "a", "endpoint_scopes": scopes, "expired_at": expired_at });
        refusal(create(&server, &alice, token).await, 422).await;
    }
    for body in [json!({}), json!({ "api_token": null }), json!({ "api_token": { "name": null } }), json!([])] {
        refusal(alice.ask(&server, Method::PUT, TOKENS, Some(body)).await, 422).await;
    }
    refusal(alice.ask(&server, Method::PUT, TOKENS, None).await, 415).await;
    assert_eq!(ids(&server, &alice, "").await, [0; 0]);
    // What is odd but harmless is accepted as it is.
    let past = json!({ "name": " ", "endpoint_scopes": [], "crate_scopes": [], "expired_at": "2001-02-03T04:05:06Z" });
    let made = create_ok(&server, &alice, past).await;
    assert_eq!(made["expired_at"], "2001-02-03T04:05:06Z");
    assert_eq!((&made["endpoint_scopes"], &made["crate_scopes"], &made["name"]), (&json!([]), &json!([]), &json!(" ")));
    refusal(server.publish(&secret_of(&made), &krate("tide")).await, 403).await;
    let nothing = create_ok(&server, &alice, json!({ "name": "nothing", "endpoint_scopes": [] })).await;
    assert_eq!(nothing["crate_scopes"], Value::Null);
    refusal(server.publish(&secret_of(&nothing), &krate("tide")).await, 403).await;
    let reading = create_ok(&server, &alice, json!({ "name": "read", "endpoint_scopes": ["read"] })).await;
    refusal(server.publish(&secret_of(&reading), &krate("tide")).await, 403).await;
}

async fn only_who_is_signed_in_creates_tokens(shape: Shape) {
    let server = TestServer::start(shape);
    server.user("alice");
    let body = json!({ "api_token": { "name": "a", "endpoint_scopes": ["yank"], "crate_scopes": ["**"] } });
    let (whole, scoped) = (server.token("alice", &[]), server.token("alice", &["--scope", "yank"]));
    let anonymous = server.request(Method::PUT, TOKENS).json(&body).send().await.unwrap();
    refusal(anonymous, 403).await;
    let text = refusal(with_token(&server, Method::PUT, TOKENS, &whole).json(&body).send().await.unwrap(), 400).await;
    assert!(text.contains("cannot make another token"), "{text}");
    refusal(with_token(&server, Method::PUT, TOKENS, &scoped).json(&body).send().await.unwrap(), 403).await;
    let nameless = json!({ "api_token": { "name": "" } });
    let text = refusal(server.request(Method::PUT, TOKENS).json(&nameless).send().await.unwrap(), 400).await;
    assert!(text.contains("needs a name"), "the name comes first: {text}");
    refusal(with_token(&server, Method::GET, TOKENS, &whole).send().await.unwrap(), 403).await;
    refusal(with_token(&server, Method::DELETE, TOKENS, &whole).send().await.unwrap(), 403).await;
}

async fn operators_decide_whether_and_which_tokens_are_created(shape: Shape) {
    let settings = [
        ("CARGOHOLD_POLICY__LEGACY_TOKENS", "true"),
        ("CARGOHOLD_TOKENS__CREATION_DISABLED", "no tokens until Monday: we move house"),
    ];
    let closed = TestServer::start_with(shape, &settings);
    let alice = Person::new(&closed, "alice").await;
    let text = refusal(create(&closed, &alice, json!({ "name": "a", "crate_scopes": ["**"] })).await, 503).await;
    assert_eq!(text, "no tokens until Monday: we move house");
    assert!(closed.log().contains("somebody wanted a token"));
    refusal(create(&closed, &alice, json!({ "name": "" })).await, 400).await;
    assert_eq!(ids(&closed, &alice, "").await, [0; 0]);

    let open = TestServer::start_with(shape, &settings[..1]);
    let alice = Person::new(&open, "alice").await;
    let made = create_ok(&open, &alice, json!({ "name": "a" })).await;
    assert_eq!(made["endpoint_scopes"], Value::Null);
    assert_eq!(open.publish(&secret_of(&made), &krate("tide")).await.status(), 200);
}

async fn tokens_that_work_are_limited_in_number_and_rate(shape: Shape) {
    let server = TestServer::start_with(shape, &[("CARGOHOLD_LIMITS__TOKEN_CREATION__BURST", "3")]);
    let (alice, bob) = (Person::new(&server, "alice").await, Person::new(&server, "bob").await);
    let columns = "tokens (user_id, hash, name, created_at, is_revoked, expires_at)";
    let (number, hash) = match shape {
        Shape::Small => ("n.value", "CAST('h' || n.value AS BLOB)"),
        Shape::Fleet => ("n.value", "convert_to('h' || n.value, 'UTF8')"),
    };
    let rows = match shape {
        Shape::Small => "WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 700)",
        Shape::Fleet => "WITH n AS (SELECT generate_series(1, 700) AS value)",
    };
    // 700 tokens: 499 that work, the others revoked or expired.
    let select = format!(
        "SELECT {}, {hash}, 'many', 1, {number} > 600, CASE WHEN {number} > 499 THEN 2 ELSE NULL END FROM n",
        alice.id
    );
    server.execute_sql(&format!("{rows} INSERT INTO {columns} {select}"));
    let token = || json!({ "name": "a", "endpoint_scopes": ["yank"] });
    let last = create_ok(&server, &alice, token()).await;
    let text = refusal(create(&server, &alice, token()).await, 400).await;
    assert!(text.contains("500 tokens"), "{text}");
    let path = format!("{TOKENS}/{}", last["id"]);
    assert_eq!(alice.json(&server, Method::DELETE, &path, None).await, json!({}));
    create_ok(&server, &alice, token()).await;
    let answer = create(&server, &alice, token()).await;
    assert!(answer.headers().contains_key("retry-after"));
    assert!(refusal(answer, 429).await.contains("create tokens too often"));
    create_ok(&server, &bob, token()).await;
}

async fn expired_tokens_are_listed_if_asked_for(shape: Shape) {
    let server = TestServer::start(shape);
    let alice = Person::new(&server, "alice").await;
    let mut made = Vec::new();
    for (name, days_ago) in [("for ever", None), ("yesterday", Some(1)), ("long ago", Some(40)), ("soon", Some(-1))] {
        let expired_at = days_ago.map(|days: i64| in_seconds(-days * 86_400 - 60));
        let token = json!({ "name": name, "endpoint_scopes": ["yank"], "expired_at": expired_at });
        made.push(create_ok(&server, &alice, token).await["id"].as_i64().unwrap());
    }
    let [for_ever, yesterday, long_ago, soon] = made[..] else { panic!("{made:?}") };
    for query in ["", "?expired_days=0", "?expired_days=-7", "?expired_days=1", "?expired_days=-9223372036854775808"] {
        assert_eq!(ids(&server, &alice, query).await, [soon, for_ever], "{query}");
    }
    assert_eq!(ids(&server, &alice, "?expired_days=2").await, [soon, yesterday, for_ever]);
    for query in ["?expired_days=50", "?expired_days=1000000"] {
        assert_eq!(ids(&server, &alice, query).await, [soon, long_ago, yesterday, for_ever], "{query}");
    }
    for wrong in ["", "x", "1.5", "1000001", "9223372036854775807", "99999999999999999999", "%00", "1&expired_days=2"] {
        let answer = alice.ask(&server, Method::GET, &format!("{TOKENS}?expired_days={wrong}"), None).await;
        refusal(answer, 400).await;
    }
}

async fn tokens_are_shown_and_revoked_by_their_ids(shape: Shape) {
    let server = TestServer::start(shape);
    let alice = Person::new(&server, "alice").await;
    let made = create_ok(&server, &alice, json!({ "name": "a", "endpoint_scopes": ["publish-new"] })).await;
    let path = format!("{TOKENS}/{}", made["id"]);
    let answer = alice.ask(&server, Method::GET, &path, None).await;
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let shown: Value = answer.json().await.unwrap();
    assert_eq!((&shown["api_token"]["name"], shown["api_token"].get("token")), (&json!("a"), None));
    assert_eq!(shown.as_object().unwrap().len(), 1);
    let whole = server.token("alice", &[]);
    let by_token = with_token(&server, Method::GET, &path, &whole).send().await.unwrap();
    assert_eq!(by_token.json::<Value>().await.unwrap(), shown);
    let scoped = secret_of(&made);
    for method in [Method::GET, Method::DELETE] {
        refusal(with_token(&server, method.clone(), &path, &scoped).send().await.unwrap(), 403).await;
        refusal(server.request(method.clone(), &path).send().await.unwrap(), 403).await;
        refusal(alice.ask(&server, method, &format!("{TOKENS}/99999999999"), None).await, 400).await;
    }
    assert_eq!(server.publish(&scoped, &krate("one")).await.status(), 200);
    for _ in 0..2 {
        let answer = alice.ask(&server, Method::DELETE, &path, None).await;
        assert_eq!((answer.status().as_u16(), answer.text().await.unwrap()), (200, "{}".to_owned()));
        refusal(server.publish(&scoped, &krate("two")).await, 403).await;
    }
    assert!(!ids(&server, &alice, "?expired_days=99").await.contains(&made["id"].as_i64().unwrap()));
    let after = alice.json(&server, Method::GET, &path, None).await;
    assert_eq!(after["api_token"]["id"], made["id"], "a revoked one is still shown by its id");
    let audited = server.execute_sql("SELECT COUNT(*) FROM audit WHERE action = 'token.revoke'");
    assert_eq!(audited, "1", "what changes nothing is not written down");
    let by_token = with_token(&server, Method::DELETE, &format!("{TOKENS}/2147483647"), &whole).send().await.unwrap();
    assert_eq!(by_token.text().await.unwrap(), "{}", "an unknown one");
}

async fn every_token_revokes_itself(shape: Shape) {
    let server = TestServer::start(shape);
    let alice = Person::new(&server, "alice").await;
    let current = "/api/v1/tokens/current";
    for flags in [&[][..], &["--scope", "yank"], &["--scope", "read"], &["--crate", "tide"]] {
        let token = server.token("alice", flags);
        let answer = with_token(&server, Method::DELETE, current, &token).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.text().await.unwrap()), (204, String::new()));
        refusal(with_token(&server, Method::DELETE, current, &token).send().await.unwrap(), 403).await;
    }
    let kept = server.token("alice", &[]);
    let both = alice.request(&server, Method::DELETE, current).header("authorization", &kept.token);
    assert!(refusal(both.send().await.unwrap(), 400).await.contains("no token is given"));
    refusal(alice.ask(&server, Method::DELETE, current, None).await, 400).await;
    refusal(server.request(Method::DELETE, current).send().await.unwrap(), 403).await;
    let odd = server.request(Method::DELETE, current).header("authorization", "Basic eA==");
    refusal(odd.send().await.unwrap(), 401).await;
    let listed = with_token(&server, Method::PUT, "/api/v1/me/email_notifications", &kept).json(&json!([]));
    assert_eq!(listed.send().await.unwrap().status(), 200, "it still works");
}

async fn all_tokens_are_revoked_at_once(shape: Shape) {
    let server = TestServer::start(shape);
    let (alice, bob) = (Person::new(&server, "alice").await, server.user("bob"));
    let tokens = [server.token("alice", &[]), server.token("alice", &["--scope", "publish-new"])];
    assert_eq!(alice.json(&server, Method::DELETE, TOKENS, None).await, json!({ "revoked": 2 }));
    for token in &tokens {
        refusal(server.publish(token, &krate("tide")).await, 403).await;
    }
    assert_eq!(alice.json(&server, Method::DELETE, TOKENS, None).await, json!({ "revoked": 0 }));
    assert_eq!(server.publish(&bob, &krate("tide")).await.status(), 200);
    refusal(server.request(Method::DELETE, TOKENS).send().await.unwrap(), 403).await;
}

async fn s26_tokens_of_others_are_none(shape: Shape) {
    let server = TestServer::start(shape);
    let (alice, eve) = (Person::new(&server, "alice").await, Person::with(&server, "eve", &["--admin"]).await);
    let made = create_ok(&server, &alice, json!({ "name": "a", "endpoint_scopes": ["publish-new"] })).await;
    let path = format!("{TOKENS}/{}", made["id"]);
    let text = refusal(eve.ask(&server, Method::GET, &path, None).await, 404).await;
    let unknown = refusal(eve.ask(&server, Method::GET, &format!("{TOKENS}/2147483647"), None).await, 404).await;
    assert_eq!(text.replace(&made["id"].to_string(), "2147483647"), unknown, "others' are as good as none");
    assert_eq!(eve.json(&server, Method::DELETE, &path, None).await, json!({}));
    let by_token = with_token(&server, Method::DELETE, &path, &server.token("eve", &[])).send().await.unwrap();
    assert_eq!(by_token.status(), 200);
    assert_eq!(ids(&server, &eve, "").await.len(), 1);
    assert_eq!(server.publish(&secret_of(&made), &krate("tide")).await.status(), 200, "it still works");
}

async fn s27_privileged_members_of_a_token_are_ignored(shape: Shape) {
    let server = TestServer::start(shape);
    let alice = Person::new(&server, "alice").await;
    let body = json!({
        "api_token": {
            "name": "a", "endpoint_scopes": ["read"], "user_id": 1, "id": 1, "token": "cio0", "hash": "0",
            "is_admin": true, "revoked": false, "created_at": "2001-01-01T00:00:00Z", "last_used_at": "2001-01-01T00:00:00Z",
        },
        "user_id": 1, "is_admin": true,
    });
    let made = alice.json(&server, Method::PUT, TOKENS, Some(body)).await["api_token"].take();
    assert_eq!(ids(&server, &alice, "").await, [made["id"].as_i64().unwrap()]);
    assert!(made["created_at"].as_str().unwrap() > "2026" && made["last_used_at"].is_null());
    assert_ne!(made["token"], "cio0");
    let owner = server.execute_sql(&format!("SELECT user_id FROM tokens WHERE id = {}", made["id"]));
    assert_eq!(owner, alice.id.to_string());
    refusal(
        with_token(&server, Method::GET, "/api/private/admin_list/alice", &secret_of(&made)).send().await.unwrap(),
        403,
    )
    .await;
}

async fn s32_secrets_are_random_and_only_their_hashes_are_stored(shape: Shape) {
    let server = TestServer::start(shape);
    let alice = Person::new(&server, "alice").await;
    let mut secrets = std::collections::BTreeSet::new();
    for _ in 0..10 {
        let made = create_ok(&server, &alice, json!({ "name": "a", "endpoint_scopes": ["yank"] })).await;
        let secret = secret_of(&made).token;
        let random = secret.strip_prefix("cio").unwrap();
        assert!(random.len() == 32 && random.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{secret}");
        let stored = match shape {
            Shape::Small => format!("SELECT lower(hex(hash)) FROM tokens WHERE id = {}", made["id"]),
            Shape::Fleet => format!("SELECT encode(hash, 'hex') FROM tokens WHERE id = {}", made["id"]),
        };
        assert_eq!(server.execute_sql(&stored), crate::support::sha256(secret.as_bytes()));
        secrets.insert(secret);
    }
    assert_eq!(secrets.len(), 10);
    let log = server.log();
    assert!(secrets.iter().all(|secret| !log.contains(secret)));
    // What looks like a token and is none, down to the last character, is unknown.
    let secret = secrets.first().unwrap();
    let last = if secret.ends_with('a') { 'b' } else { 'a' };
    for almost in [format!("{}{last}", &secret[..34]), secret[..34].to_owned(), format!("{secret}a")] {
        let answer = server.yank(&User { token: almost }, "tide", "1.0.0").await;
        assert!(matches!(answer.status().as_u16(), 403 | 404), "{}", answer.status());
        let token = User { token: format!("{secret}x") };
        refusal(with_token(&server, Method::DELETE, "/api/v1/tokens/current", &token).send().await.unwrap(), 403).await;
    }
}

async fn owners_hear_of_tokens_that_expire_soon(shape: Shape) {
    let mailbox = Mailbox::new();
    let mut server = TestServer::start_with(shape, &[("CARGOHOLD_MAIL__TRANSPORT", &mailbox.transport())]);
    let alice = Person::new(&server, "alice").await;
    for (name, days) in [("ends-soon", 2), ("ends-later", 5), ("has-ended", -1)] {
        let token = json!({ "name": name, "endpoint_scopes": ["yank"], "expired_at": in_seconds(days * 86_400) });
        create_ok(&server, &alice, token).await;
    }
    for round in 0..2 {
        server.kill();
        server.restart();
        let mail = mailbox.wait_for(&alice.email, "expires soon").await;
        assert!(mail.text.contains("ends-soon") && mail.text.contains(" UTC"), "{}", mail.text);
        let id = server.execute_sql("SELECT id FROM tokens WHERE name = 'ends-soon'");
        assert_eq!(mail.link(&format!("{}/settings/tokens/new?from=", server.url)), id);
        let told =
            mailbox.subjects(&alice.email).into_iter().filter(|subject| subject.contains("expires soon")).count();
        assert_eq!(told, 1, "round {round}");
    }
    assert_eq!(server.execute_sql("SELECT COUNT(*) FROM tokens WHERE expiry_notified_at IS NOT NULL"), "1");
}

#[tokio::test]
async fn s60_a_revoked_token_is_refused_by_every_process_within_two_seconds() {
    let first = TestServer::start_with(Shape::Fleet, &[("CARGOHOLD_REGISTRY__AUTH_REQUIRED", "true")]);
    let second = first.start_beside();
    let alice = Person::new(&first, "alice").await;
    let made = create_ok(&first, &alice, json!({ "name": "a", "endpoint_scopes": ["read", "yank"] })).await;
    let token = secret_of(&made);
    let read = async |server: &TestServer| {
        with_token(server, Method::GET, "/index/config.json", &token).send().await.unwrap().status().as_u16()
    };
    for server in [&first, &second] {
        assert_eq!(read(server).await, 200);
    }
    let path = format!("{TOKENS}/{}", made["id"]);
    assert_eq!(alice.ask(&first, Method::DELETE, &path, None).await.status(), 200);
    let revoked = std::time::Instant::now();
    assert_eq!(read(&first).await, 401, "whoever revokes it knows at once");
    let change = with_token(&second, Method::DELETE, "/api/v1/tokens/current", &token);
    refusal(change.send().await.unwrap(), 403).await;
    while read(&second).await == 200 {
        assert!(revoked.elapsed().as_secs_f64() < 2.0, "the other process still accepts the token");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
