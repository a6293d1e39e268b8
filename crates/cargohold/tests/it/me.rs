//! Whoever is signed in, people, addresses and the mails about all that (contract part 2, §4, §11, §12).

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Krate, Mailbox, Person, Shape, TestServer, User, in_seconds, krate, on_both_shapes, refusal};

on_both_shapes!(
    people_see_themselves_and_what_they_own,
    people_see_what_is_new_of_what_they_follow,
    everybody_sees_people_in_any_spelling_of_their_login,
    an_address_is_entered_and_confirmed,
    a_confirmation_is_good_for_a_week_and_until_the_next,
    wrong_addresses_change_nothing,
    odd_addresses_are_written_to,
    mails_to_addresses_are_limited,
    people_unsubscribe_and_are_told_so,
    s26_nobody_changes_another_account,
    s27_privileged_members_of_a_body_are_ignored,
    s36_links_lead_to_the_configured_address_alone,
    wishes_for_mails_are_kept_for_ones_own_crates,
    owners_hear_of_every_publish,
    whoever_deletes_a_crate_is_told_so,
    administrators_review_people,
);

fn start(shape: Shape, mailbox: &Mailbox) -> TestServer {
    TestServer::start_with(shape, &[("CARGOHOLD_MAIL__TRANSPORT", &mailbox.transport())])
}

async fn people_see_themselves_and_what_they_own(shape: Shape) {
    let server = TestServer::start(shape);
    let alice = Person::new(&server, "Alice").await;
    let token = server.token("Alice", &[]);
    for name in ["tide", "Ebb", "flow"] {
        assert_eq!(server.publish(&token, &krate(name)).await.status(), 200);
    }
    server.publish_ok(&krate("others")).await;
    let answer = alice.ask(&server, Method::GET, "/api/v1/me", None).await;
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let me: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let members: Vec<&str> = me["user"].as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "id",
        "login",
        "email_verified",
        "email_verification_sent",
        "name",
        "email",
        "avatar",
        "url",
        "is_admin",
        "publish_notifications",
        "created_at",
    ];
    assert_eq!(members, expected);
    let user = json!({
        "id": alice.id, "login": "Alice", "email_verified": true, "email_verification_sent": true, "name": null,
        "email": "Alice@registry.example", "avatar": null, "url": format!("{}/users/Alice", server.url),
        "is_admin": false, "publish_notifications": true, "created_at": me["user"]["created_at"],
    });
    assert_eq!(me["user"], user);
    assert!(me["user"]["created_at"].is_string());
    let owned = me["owned_crates"].as_array().unwrap();
    assert_eq!(owned.iter().map(|krate| &krate["name"]).collect::<Vec<_>>(), ["Ebb", "flow", "tide"]);
    assert!(owned.iter().all(|krate| krate["email_notifications"] == true && krate["id"].is_i64()));
    // A token is not enough, not even one for everything.
    for request in [server.request(Method::GET, "/api/v1/me").header("authorization", &token.token)] {
        assert!(refusal(request.send().await.unwrap(), 403).await.contains("web site"));
    }
    refusal(server.get("/api/v1/me").await, 403).await;
}

async fn people_see_what_is_new_of_what_they_follow(shape: Shape) {
    let server = TestServer::start(shape);
    let alice = Person::new(&server, "alice").await;
    for (name, version) in [("tide", "1.0.0"), ("ebb", "1.0.0"), ("tide", "2.0.0"), ("flow", "1.0.0")] {
        server.publish_ok(&krate(name).version(version)).await;
    }
    assert_eq!(server.yank(&server.admin, "tide", "1.0.0").await.status(), 200);
    let updates = async |query: &str| {
        let path = format!("/api/v1/me/updates{query}");
        let answer = alice.json(&server, Method::GET, &path, None).await;
        let versions = answer["versions"].as_array().unwrap();
        let shown =
            |version: &Value| format!("{}@{}", version["crate"].as_str().unwrap(), version["num"].as_str().unwrap());
        (versions.iter().map(shown).collect::<Vec<_>>(), answer["meta"].clone())
    };
    assert_eq!(updates("").await, (vec![], json!({ "more": false })));
    for name in ["tide", "ebb"] {
        alice.json(&server, Method::PUT, &format!("/api/v1/crates/{name}/follow"), None).await;
    }
    let all = ["tide@2.0.0", "ebb@1.0.0", "tide@1.0.0"].map(str::to_owned);
    assert_eq!(updates("").await, (all.to_vec(), json!({ "more": false })));
    assert_eq!(updates("?per_page=2").await, (all[..2].to_vec(), json!({ "more": true })));
    assert_eq!(updates("?per_page=2&page=2").await, (all[2..].to_vec(), json!({ "more": false })));
    assert_eq!(updates("?page=4294967295&per_page=100").await.0, Vec::<String>::new());
    for query in ["per_page=0", "per_page=101", "page=0", "seek=Mg", "page=x"] {
        let path = format!("/api/v1/me/updates?{query}");
        refusal(alice.ask(&server, Method::GET, &path, None).await, 400).await;
        refusal(server.get(&path).await, 403).await;
    }
}

async fn everybody_sees_people_in_any_spelling_of_their_login(shape: Shape) {
    let server = TestServer::start(shape);
    let panda = Person::new(&server, "Red-Panda").await;
    let token = server.token("Red-Panda", &[]);
    for login in ["Red-Panda", "red_panda", "RED-PANDA"] {
        let user = server.json(&format!("/api/v1/users/{login}")).await["user"].take();
        let expected = json!({
            "id": panda.id, "login": "Red-Panda", "name": null, "avatar": null,
            "url": format!("{}/users/Red-Panda", server.url), "github_username_matches": false,
            "created_at": user["created_at"],
        });
        assert_eq!(user, expected);
    }
    for login in ["redpanda", "nobody", "%00", "red%00panda", "%20"] {
        let text = refusal(server.get(&format!("/api/v1/users/{login}")).await, 404).await;
        assert!(text.starts_with("Not Found"), "{text}");
    }
    refusal(server.get("/api/v1/users/%ff").await, 400).await;
    assert_eq!(server.publish(&token, &krate("tide")).await.status(), 200);
    server.execute_sql("UPDATE crates SET downloads = 5000000000 WHERE name = 'tide'");
    for (id, total) in [(panda.id.to_string(), 5_000_000_000_i64), ("2147483647".to_owned(), 0), ("-1".to_owned(), 0)] {
        assert_eq!(server.json(&format!("/api/v1/users/{id}/stats")).await, json!({ "total_downloads": total }));
    }
    for id in ["x", "2147483648", "1.0"] {
        refusal(server.get(&format!("/api/v1/users/{id}/stats")).await, 400).await;
    }
    server.execute_sql("UPDATE users SET github_login = 'Red-Panda' WHERE login = 'Red-Panda'");
    let user = server.json("/api/v1/users/red-panda").await["user"].take();
    assert_eq!(
        (&user["github_username_matches"], &user["url"]),
        (&json!(true), &json!("https://github.com/Red-Panda"))
    );
}

/// Asks somebody's own account to be changed.
async fn change(server: &TestServer, person: &Person, user: Value) -> reqwest::Response {
    let path = format!("/api/v1/users/{}", person.id);
    person.ask(server, Method::PUT, &path, Some(json!({ "user": user }))).await
}

async fn confirm(server: &TestServer, secret: &str) -> reqwest::Response {
    server.request(Method::PUT, &format!("/api/v1/confirm/{secret}")).send().await.unwrap()
}

/// The secret in the latest mail to an address.
fn secret_to(server: &TestServer, mailbox: &Mailbox, email: &str) -> String {
    mailbox.latest(email).link(&format!("{}/confirm/", server.url))
}

async fn an_address_is_entered_and_confirmed(shape: Shape) {
    let mailbox = Mailbox::new();
    let server = start(shape, &mailbox);
    let alice = Person::new(&server, "alice").await;
    let token = server.token("alice", &[]);
    let answer = change(&server, &alice, json!({ "email": "  new@registry.example " })).await;
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap()), (200, r#"{"ok":true}"#.to_owned()));
    let me = alice.me(&server).await;
    assert_eq!((&me["email"], &me["email_verified"]), (&json!("new@registry.example"), &json!(false)));
    assert_eq!(me["email_verification_sent"], true);
    let text = refusal(server.publish(&token, &krate("tide")).await, 400).await;
    assert!(text.contains("not verified"), "{text}");

    let secret = secret_to(&server, &mailbox, "new@registry.example");
    assert!(secret.len() == 26 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{secret}");
    let stored = server.execute_sql(
        "SELECT CASE WHEN email_token_hash IS NULL THEN 'none' ELSE 'a hash' END FROM users WHERE login = 'alice'",
    );
    assert_eq!(stored, "a hash");
    for _ in 0..2 {
        let answer = confirm(&server, &secret).await;
        assert_eq!((answer.status().as_u16(), answer.text().await.unwrap()), (200, r#"{"ok":true}"#.to_owned()));
        assert_eq!(alice.me(&server).await["email_verified"], true);
    }
    assert_eq!(server.publish(&token, &krate("tide")).await.status(), 200);
    for wrong in [&secret[1..], &secret.to_lowercase(), "x", "%00", "%20"] {
        refusal(confirm(&server, wrong).await, 400).await;
    }
    refusal(confirm(&server, "%ff").await, 400).await;
    let audited = server.execute_sql("SELECT COUNT(*) FROM audit WHERE action IN ('user.email', 'user.email_confirm')");
    assert_eq!(audited, "3");
    assert!(!server.log().contains("new@registry.example") && !server.log().contains(&secret));
}

async fn a_confirmation_is_good_for_a_week_and_until_the_next(shape: Shape) {
    let mailbox = Mailbox::new();
    let server = start(shape, &mailbox);
    let alice = Person::new(&server, "alice").await;
    let email = "alice@registry.example";
    assert_eq!(change(&server, &alice, json!({ "email": email })).await.status(), 200);
    let first = secret_to(&server, &mailbox, email);
    // The same address once more: another secret, and the address is to be confirmed again.
    assert_eq!(confirm(&server, &first).await.status(), 200);
    assert_eq!(change(&server, &alice, json!({ "email": email })).await.status(), 200);
    assert_eq!(alice.me(&server).await["email_verified"], false);
    refusal(confirm(&server, &first).await, 400).await;
    let second = secret_to(&server, &mailbox, email);
    assert_ne!(first, second);
    let resend = format!("/api/v1/users/{}/resend", alice.id);
    assert_eq!(alice.json(&server, Method::PUT, &resend, None).await, json!({ "ok": true }));
    let third = secret_to(&server, &mailbox, email);
    refusal(confirm(&server, &second).await, 400).await;
    assert_eq!(confirm(&server, &third).await.status(), 200);
    // A confirmed address stays confirmed when another mail is asked for.
    assert_eq!(alice.json(&server, Method::PUT, &resend, None).await, json!({ "ok": true }));
    assert_eq!(alice.me(&server).await["email_verified"], true);
    let fourth = secret_to(&server, &mailbox, email);
    let until = server.execute_sql("SELECT email_token_expires_at - 604800000000 FROM users WHERE login = 'alice'");
    let age_seconds = (in_seconds(0).micros() - until.parse::<i64>().unwrap()) / 1_000_000;
    assert!((0..60).contains(&age_seconds), "{age_seconds}");
    server.execute_sql("UPDATE users SET email_token_expires_at = 1 WHERE login = 'alice'");
    assert!(refusal(confirm(&server, &fourth).await, 400).await.contains("too old"));
}

async fn wrong_addresses_change_nothing(shape: Shape) {
    let mailbox = Mailbox::new();
    let server = start(shape, &mailbox);
    let alice = Person::new(&server, "alice").await;
    let before = alice.me(&server).await;
    for email in ["", "  ", "nowhere", "a@b@c", "A <a@registry.example>", "a@x,b@x", "a\u{0}@x", "a@x\r\nBcc: b@x"] {
        let wanted = json!({ "email": email, "publish_notifications": false });
        refusal(change(&server, &alice, wanted).await, 400).await;
    }
    for (body, status) in [(json!({}), 422), (json!({ "user": { "email": 1 } }), 422), (json!({ "user": null }), 422)] {
        let path = format!("/api/v1/users/{}", alice.id);
        refusal(alice.ask(&server, Method::PUT, &path, Some(body)).await, status).await;
    }
    for nothing in [json!({}), json!({ "email": null, "publish_notifications": null })] {
        assert_eq!(change(&server, &alice, nothing).await.status(), 200);
    }
    assert_eq!(alice.me(&server).await, before);
    assert!(mailbox.mails().is_empty());
    server.execute_sql("UPDATE users SET email = '' WHERE login = 'alice'");
    let me = alice.me(&server).await;
    assert_eq!(json!([me["email"], me["email_verified"], me["email_verification_sent"]]), json!([null, false, false]));
    let resend = format!("/api/v1/users/{}/resend", alice.id);
    assert!(refusal(alice.ask(&server, Method::PUT, &resend, None).await, 400).await.contains("no email address"));
}

async fn odd_addresses_are_written_to(shape: Shape) {
    let mailbox = Mailbox::new();
    let server = start(shape, &mailbox);
    let alice = Person::new(&server, "alice").await;
    for email in ["alice@[192.0.2.1]", "\"a b\"@registry.example", "alice@localhost", "A+b.c@Registry.Example"] {
        assert_eq!(change(&server, &alice, json!({ "email": email })).await.status(), 200, "{email}");
        assert_eq!(alice.me(&server).await["email"], email);
        assert_eq!(confirm(&server, &secret_to(&server, &mailbox, email)).await.status(), 200, "{email}");
    }
}

async fn mails_to_addresses_are_limited(shape: Shape) {
    let mailbox = Mailbox::new();
    let settings = [("CARGOHOLD_MAIL__TRANSPORT", &*mailbox.transport()), ("CARGOHOLD_LIMITS__MAIL__BURST", "2")];
    let server = TestServer::start_with(shape, &settings);
    let alice = Person::new(&server, "alice").await;
    let resend = format!("/api/v1/users/{}/resend", alice.id);
    assert_eq!(alice.ask(&server, Method::PUT, &resend, None).await.status(), 200);
    assert_eq!(change(&server, &alice, json!({ "email": "b@registry.example" })).await.status(), 200);
    let answer = alice.ask(&server, Method::PUT, &resend, None).await;
    assert!(answer.headers().contains_key("retry-after"));
    refusal(answer, 429).await;
    refusal(change(&server, &alice, json!({ "email": "c@registry.example" })).await, 429).await;
    assert_eq!(alice.me(&server).await["email"], "b@registry.example");
    let (old, new) = (mailbox.subjects(&alice.email), mailbox.subjects("b@registry.example"));
    assert_eq!((old.len(), new.len(), mailbox.mails().len()), (2, 1, 3));
    assert!(old[1].contains("security of your account"), "whoever had the address before learns of it: {old:?}");
    assert_eq!(change(&server, &alice, json!({ "publish_notifications": false })).await.status(), 200);
}

async fn people_unsubscribe_and_are_told_so(shape: Shape) {
    let mailbox = Mailbox::new();
    let server = start(shape, &mailbox);
    let alice = Person::new(&server, "alice").await;
    let mails = || mailbox.subjects(&alice.email);
    for (are_on, expected) in [(true, 0), (false, 1), (false, 1), (true, 1)] {
        assert_eq!(change(&server, &alice, json!({ "publish_notifications": are_on })).await.status(), 200);
        assert_eq!(alice.me(&server).await["publish_notifications"], are_on);
        assert_eq!(mails().len(), expected);
    }
    assert!(mails()[0].contains("No more mails"), "{:?}", mails());
    // Nobody writes to an address that may be another's.
    server.execute_sql("UPDATE users SET is_email_verified = FALSE WHERE login = 'alice'");
    assert_eq!(change(&server, &alice, json!({ "publish_notifications": false })).await.status(), 200);
    assert_eq!(mails().len(), 1);
}

async fn s26_nobody_changes_another_account(shape: Shape) {
    let mailbox = Mailbox::new();
    let server = start(shape, &mailbox);
    let (alice, eve) = (Person::new(&server, "alice").await, Person::with(&server, "eve", &["--admin"]).await);
    let before = alice.me(&server).await;
    let (account, resend) = (format!("/api/v1/users/{}", alice.id), format!("/api/v1/users/{}/resend", alice.id));
    let body = json!({ "user": { "email": "eve@registry.example", "publish_notifications": false } });
    assert!(
        refusal(eve.ask(&server, Method::PUT, &account, Some(body.clone())).await, 400).await.contains("not your own")
    );
    refusal(eve.ask(&server, Method::PUT, &resend, None).await, 400).await;
    let by =
        |token: &User, path: &str| server.request(Method::PUT, path).header("authorization", &token.token).json(&body);
    let (whole, scoped) = (server.token("eve", &[]), server.token("alice", &["--scope", "publish-new"]));
    refusal(by(&whole, &account).send().await.unwrap(), 400).await;
    refusal(by(&scoped, &account).send().await.unwrap(), 403).await;
    refusal(by(&server.token("alice", &["--crate", "*"]), &resend).send().await.unwrap(), 403).await;
    refusal(server.request(Method::PUT, &account).json(&body).send().await.unwrap(), 403).await;
    refusal(server.request(Method::PUT, &resend).send().await.unwrap(), 403).await;
    for id in ["x", "99999999999"] {
        refusal(eve.ask(&server, Method::PUT, &format!("/api/v1/users/{id}"), Some(body.clone())).await, 400).await;
    }
    assert_eq!(alice.me(&server).await, before);
    assert!(mailbox.mails().is_empty());
    let own = by(&server.token("alice", &[]), &account).send().await.unwrap();
    assert_eq!(own.status(), 200, "a token for everything may");
}

async fn s27_privileged_members_of_a_body_are_ignored(shape: Shape) {
    let server = TestServer::start(shape);
    let alice = Person::new(&server, "alice").await;
    let before = alice.me(&server).await;
    let more = json!({
        "publish_notifications": false, "is_admin": true, "admin": true, "id": 1, "user_id": 1, "login": "root",
        "email_verified": true, "is_email_verified": true, "verified": true, "lock_reason": null, "created_at": null,
    });
    let path = format!("/api/v1/users/{}", alice.id);
    let body = json!({ "user": more, "is_admin": true, "user_id": 1, "id": 1 });
    assert_eq!(alice.ask(&server, Method::PUT, &path, Some(body)).await.status(), 200);
    let mut expected = before.clone();
    expected["publish_notifications"] = false.into();
    assert_eq!(alice.me(&server).await, expected);
    let answer = change(&server, &alice, json!({ "email": "a@registry.example", "email_verified": true })).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(alice.me(&server).await["email_verified"], false);
    refusal(alice.ask(&server, Method::GET, "/api/private/admin_list/admin", None).await, 403).await;
}

async fn s36_links_lead_to_the_configured_address_alone(shape: Shape) {
    let mailbox = Mailbox::new();
    let server = start(shape, &mailbox);
    let alice = Person::new(&server, "alice").await;
    let path = format!("/api/v1/users/{}/resend", alice.id);
    let request = alice.request(&server, Method::PUT, &path).header("host", "evil.example");
    let request = request.header("x-forwarded-host", "evil.example").header("x-forwarded-proto", "https");
    let request = request.header("forwarded", "host=evil.example").header("x-original-host", "evil.example");
    assert_eq!(request.send().await.unwrap().status(), 200);
    let mail = mailbox.latest(&alice.email);
    assert!(!mail.text.contains("evil"), "{}", mail.text);
    assert_eq!(mail.link(&format!("{}/confirm/", server.url)).len(), 26);
    let me = alice.request(&server, Method::GET, "/api/v1/me").header("host", "evil.example").send().await.unwrap();
    assert!(!me.text().await.unwrap().contains("evil"));
}

async fn wishes_for_mails_are_kept_for_ones_own_crates(shape: Shape) {
    let server = TestServer::start(shape);
    let alice = Person::new(&server, "alice").await;
    let token = server.token("alice", &[]);
    for name in ["ebb", "tide"] {
        assert_eq!(server.publish(&token, &krate(name)).await.status(), 200);
    }
    server.publish_ok(&krate("others")).await;
    let id = |name: &str| {
        server.execute_sql(&format!("SELECT id FROM crates WHERE name = '{name}'")).parse::<i64>().unwrap()
    };
    let (ebb, others) = (id("ebb"), id("others"));
    let path = "/api/v1/me/email_notifications";
    let off = |id: i64| json!({ "id": id, "email_notifications": false, "user_id": 1 });
    let wishes = json!([off(ebb), off(others), off(i64::from(i32::MAX)), off(-1)]);
    assert_eq!(alice.json(&server, Method::PUT, path, Some(wishes)).await, json!({ "ok": true }));
    let me = alice.json(&server, Method::GET, "/api/v1/me", None).await;
    let shown: Vec<_> =
        me["owned_crates"].as_array().unwrap().iter().map(|it| it["email_notifications"].clone()).collect();
    assert_eq!(shown, [false, true]);
    let others = server.execute_sql("SELECT COUNT(*) FROM crate_owners WHERE NOT email_notifications");
    assert_eq!(others, "1");
    assert_eq!(alice.json(&server, Method::PUT, path, Some(json!([]))).await, json!({ "ok": true }));
    for (body, status) in [(json!({}), 422), (json!([{ "id": 1 }]), 422), (json!([off(i64::MAX)]), 422)] {
        refusal(alice.ask(&server, Method::PUT, path, Some(body)).await, status).await;
    }
    refusal(server.request(Method::PUT, path).json(&json!([])).send().await.unwrap(), 403).await;
}

async fn owners_hear_of_every_publish(shape: Shape) {
    let mailbox = Mailbox::new();
    let server = start(shape, &mailbox);
    let mut people = Vec::new();
    for login in ["alice", "bob", "carol", "dora"] {
        people.push(Person::new(&server, login).await);
    }
    let token = server.token("alice", &[]);
    let publish = async |krate: &Krate| assert_eq!(server.publish(&token, krate).await.status(), 200);
    publish(&krate("tide")).await;
    let mail = mailbox.wait_for("alice@registry.example", "tide 1.0.0 was published").await;
    assert!(
        mail.text.contains("you") && mail.link(&format!("{}/crates/tide/", server.url)) == "1.0.0",
        "{}",
        mail.text
    );
    for person in &people[1..] {
        let sql = "INSERT INTO crate_owners (crate_id, user_id, created_at, created_by) \
                   SELECT c.id, u.id, 1, u.id FROM crates c, users u WHERE c.name = 'tide' AND u.login = ";
        server.execute_sql(&format!("{sql}'{}'", person.login));
    }
    assert_eq!(change(&server, &people[2], json!({ "publish_notifications": false })).await.status(), 200);
    server.execute_sql("UPDATE users SET is_email_verified = FALSE WHERE login = 'dora'");
    publish(&krate("tide").version("1.1.0")).await;
    let mail = mailbox.wait_for("bob@registry.example", "tide 1.1.0 was published").await;
    assert!(mail.text.contains("alice"), "{}", mail.text);
    mailbox.wait_for("alice@registry.example", "tide 1.1.0 was published").await;
    assert_eq!(mailbox.subjects("carol@registry.example").len(), 1, "only that there will be no more mails");
    assert!(mailbox.subjects("dora@registry.example").is_empty());
    assert!(mailbox.subjects("admin@localhost").is_empty());
}

async fn whoever_deletes_a_crate_is_told_so(shape: Shape) {
    let mailbox = Mailbox::new();
    let server = start(shape, &mailbox);
    let alice = Person::new(&server, "alice").await;
    let token = server.token("alice", &[]);
    assert_eq!(server.publish(&token, &krate("Brief")).await.status(), 200);
    mailbox.wait_for(&alice.email, "was published").await;
    server.execute_sql("UPDATE users SET is_email_verified = FALSE WHERE login = 'alice'");
    assert_eq!(alice.ask(&server, Method::DELETE, "/api/v1/crates/brief", None).await.status(), 204);
    let mail = mailbox.latest(&alice.email);
    assert!(mail.subject.contains("crate Brief was deleted"), "{mail:?}");
}

async fn administrators_review_people(shape: Shape) {
    let server = TestServer::start(shape);
    let (alice, boss) = (Person::new(&server, "Alice").await, Person::with(&server, "boss", &["--admin"]).await);
    let token = server.token("Alice", &[]);
    for krate in [krate("tide"), krate("tide").version("1.1.0"), krate("Ebb").dependency("tide", "^1")] {
        assert_eq!(server.publish(&token, &krate).await.status(), 200);
    }
    assert_eq!(server.yank(&token, "ebb", "1.0.0").await.status(), 200);
    let path = "/api/private/admin_list/Alice";
    let answer = boss.ask(&server, Method::GET, path, None).await;
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let review: Value = answer.json().await.unwrap();
    assert_eq!((&review["user_email"], &review["user_email_verified"]), (&json!(alice.email), &json!(true)));
    let crates = review["crates"].as_array().unwrap();
    assert_eq!(crates.iter().map(|krate| &krate["name"]).collect::<Vec<_>>(), ["Ebb", "tide"]);
    let tide = &crates[1];
    let expected = json!({
        "name": "tide", "description": tide["description"], "updated_at": tide["updated_at"], "downloads": 0,
        "num_rev_deps": 0, "num_versions": 2, "yanked": false, "default_version_num": "1.1.0",
        "crate_size": tide["crate_size"], "bin_names": [],
    });
    assert_eq!(tide, &expected);
    assert!(tide["crate_size"].as_i64().unwrap() > 0 && crates[0]["yanked"] == true);
    for login in ["alice", "nobody", "%00"] {
        let path = format!("/api/private/admin_list/{login}");
        refusal(boss.ask(&server, Method::GET, &path, None).await, 404).await;
    }
    server.execute_sql("UPDATE users SET github_login = 'octo' WHERE login = 'Alice'");
    assert_eq!(boss.json(&server, Method::GET, "/api/private/admin_list/octo", None).await, review);
    let by = |token: &User| server.request(Method::GET, path).header("authorization", &token.token).send();
    assert_eq!(by(&server.admin).await.unwrap().status(), 200, "a token for everything may");
    refusal(by(&server.token("boss", &["--scope", "yank"])).await.unwrap(), 403).await;
    refusal(by(&token).await.unwrap(), 403).await;
    refusal(alice.ask(&server, Method::GET, path, None).await, 403).await;
    refusal(server.get(path).await, 403).await;
}
