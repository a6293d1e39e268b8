//! Invitations to own a crate, from the mail to the owner (contract part 2, §6).

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{Mailbox, Shape, TestServer, User, krate, on_both_shapes, refusal};

on_both_shapes!(
    the_link_in_the_mail_makes_an_owner,
    mails_go_to_verified_addresses_after_the_change_alone,
    an_invitation_is_accepted_or_declined_by_whom_it_is_for,
    s54_whoever_is_locked_accepts_nothing_and_brings_nobody_in,
    an_expired_invitation_is_gone_until_the_next_one,
    an_owner_needs_a_verified_address,
    invitations_are_listed_for_owners_and_for_whom_they_are_for,
    lists_have_pages,
    old_clients_see_their_invitations_as_ever,
    answers_are_judged_in_order,
    a_deleted_crate_invites_nobody,
);

const MINE: &str = "/api/v1/me/crate_owner_invitations";
const LIST: &str = "/api/private/crate_owner_invitations";

/// A server that writes its mails into a folder.
fn start(shape: Shape, mailbox: &Mailbox) -> TestServer {
    TestServer::start_with(shape, &[("CARGOHOLD_MAIL__TRANSPORT", &mailbox.transport())])
}

/// The secret in the latest invitation to somebody.
#[track_caller]
fn secret_for(mailbox: &Mailbox, login: &str) -> String {
    mailbox.latest(&format!("{login}@registry.example")).link("/accept-invite/")
}

/// How many people were invited by mail.
fn count_invited(mailbox: &Mailbox) -> usize {
    mailbox.mails().iter().filter(|mail| mail.subject.contains("invites you to own")).count()
}

/// The keys of an object, sorted.
fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

async fn accept(server: &TestServer, secret: &str) -> Response {
    server.request(Method::PUT, &format!("{MINE}/accept/{secret}")).send().await.unwrap()
}

async fn invite(server: &TestServer, by: &User, name: &str, login: &str) -> Value {
    let answer = server.change_owners(Method::PUT, by, name, &[login]).await;
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

async fn get(server: &TestServer, cookie: &str, path: &str) -> Response {
    server.request(Method::GET, path).header("cookie", cookie).send().await.unwrap()
}

async fn the_link_in_the_mail_makes_an_owner(shape: Shape) {
    let mailbox = Mailbox::new();
    let server = start(shape, &mailbox);
    server.publish_ok(&krate("Shared")).await;
    let bob = server.user("bob");
    invite(&server, &server.admin, "shared", "bob").await;
    let mail = mailbox.latest("bob@registry.example");
    assert!(mail.subject.contains("Shared") && mail.text.contains("admin"), "{mail:?}");
    let secret = secret_for(&mailbox, "bob");
    assert_eq!(secret.len(), 26);
    let stored = server.execute_sql("SELECT COUNT(*) FROM owner_invitations WHERE length(hash) = 32");
    assert_eq!(stored, "1", "only the hash is kept");
    refusal(accept(&server, &secret.to_lowercase()).await, 404).await;
    refusal(accept(&server, "%00").await, 404).await;
    assert_eq!(server.owner_logins("shared").await, ["admin"]);

    let answer = accept(&server, &secret).await;
    assert_eq!(answer.status(), 200);
    let crate_id = server.crate_id("Shared");
    let expected = json!({ "crate_owner_invitation": { "crate_id": crate_id, "accepted": true } });
    assert_eq!(answer.json::<Value>().await.unwrap(), expected);
    assert_eq!(server.owner_logins("shared").await, ["admin", "bob"]);
    refusal(accept(&server, &secret).await, 404).await;
    assert_eq!(server.publish(&bob, &krate("Shared").version("1.0.1")).await.status(), 200);
    let actors = "SELECT actor FROM audit WHERE action = 'invitation.accept'";
    assert_eq!(server.execute_sql(actors), "(invitation link)");
    let log = server.log();
    assert!(!log.contains(&secret), "secrets are not logged");
}

async fn mails_go_to_verified_addresses_after_the_change_alone(shape: Shape) {
    let mailbox = Mailbox::new();
    let server = start(shape, &mailbox);
    server.publish_ok(&krate("shared")).await;
    server.user("bob");
    server.user("carol");
    server.execute_sql("UPDATE users SET is_email_verified = FALSE WHERE login = 'carol'");
    refusal(server.change_owners(Method::PUT, &server.admin, "shared", &["bob", "nobody"]).await, 400).await;
    assert_eq!(count_invited(&mailbox), 0, "nothing was changed, so nobody is told");
    invite(&server, &server.admin, "shared", "carol").await;
    assert_eq!(count_invited(&mailbox), 0, "the address may be somebody else's");
    invite(&server, &server.admin, "shared", "bob").await;
    invite(&server, &server.admin, "shared", "bob").await;
    assert_eq!(count_invited(&mailbox), 1, "an open invitation is not sent again");
    assert_eq!(server.change_owners(Method::DELETE, &server.admin, "shared", &[]).await.status(), 200);
    assert_eq!(count_invited(&mailbox), 1);
}

async fn an_invitation_is_accepted_or_declined_by_whom_it_is_for(shape: Shape) {
    let server = TestServer::start(shape);
    server.publish_ok(&krate("shared")).await;
    let (bob, carol) = (server.user("bob"), server.user("carol"));
    invite(&server, &server.admin, "shared", "bob").await;
    for (user, accepted) in [(&carol, true), (&carol, false), (&server.admin, true)] {
        let text = refusal(server.answer_invitation(user, "shared", accepted).await, 404).await;
        assert!(text.contains("no such invitation"), "{text}");
    }
    assert_eq!(server.answer_invitation(&bob, "shared", false).await.status(), 200);
    assert_eq!(server.owner_logins("shared").await, ["admin"]);
    refusal(server.answer_invitation(&bob, "shared", true).await, 404).await;
    let answer = invite(&server, &server.admin, "shared", "bob").await;
    assert_eq!(answer["msg"], "user bob has been invited to own shared");

    // Whoever invited need not be an owner any more, and whoever is one already may accept again.
    server.make_owner(&server.admin, "shared", "carol").await;
    assert_eq!(server.change_owners(Method::DELETE, &carol, "shared", &["admin"]).await.status(), 200);
    assert_eq!(server.answer_invitation(&bob, "shared", true).await.status(), 200);
    assert_eq!(server.owner_logins("shared").await, ["bob", "carol"]);
    let (bob_id, crate_id) =
        (server.execute_sql("SELECT id FROM users WHERE login = 'bob'"), server.crate_id("shared"));
    server.execute_sql(&format!(
        "INSERT INTO owner_invitations (crate_id, invitee_id, inviter_id, hash, created_at, expires_at) \
         VALUES ({crate_id}, {bob_id}, {bob_id}, {}, 0, 4000000000000000)",
        server.sql_bytes("00")
    ));
    assert_eq!(server.answer_invitation(&bob, "shared", true).await.status(), 200);
    assert_eq!(server.owner_logins("shared").await, ["bob", "carol"]);

    let limited = server.token("bob", &["--scope", "change-owners"]);
    let text = refusal(server.answer_invitation(&limited, "shared", true).await, 403).await;
    assert!(text.contains("permission"), "{text}");
    let cookie = server.sign_up("dora").await;
    invite(&server, &carol, "shared", "dora").await;
    let body = json!({ "crate_owner_invite": { "crate_id": crate_id, "accepted": true } });
    let request = server.request(Method::PUT, &format!("{MINE}/nonsense")).header("cookie", &cookie).json(&body);
    assert_eq!(request.send().await.unwrap().status(), 200, "the path is passed over");
    assert_eq!(server.owner_logins("shared").await, ["bob", "carol", "dora"]);
}

async fn s54_whoever_is_locked_accepts_nothing_and_brings_nobody_in(shape: Shape) {
    let mailbox = Mailbox::new();
    let server = start(shape, &mailbox);
    server.publish_ok(&krate("shared")).await;
    let (bob, carol, dave) = (server.user("bob"), server.user("carol"), server.user("dave"));
    server.make_owner(&server.admin, "shared", "bob").await;
    invite(&server, &bob, "shared", "carol").await;
    invite(&server, &server.admin, "shared", "dave").await;
    let secret = secret_for(&mailbox, "dave");
    server.cli(&["admin", "user", "lock", "bob", "--reason", "stolen"]);
    server.cli(&["admin", "user", "lock", "dave", "--reason", "stolen"]);
    let text = refusal(server.answer_invitation(&carol, "shared", true).await, 400).await;
    assert!(text.contains("`bob` is locked"), "{text}");
    let text = refusal(accept(&server, &secret).await, 400).await;
    assert!(text.contains("`dave` is locked") && !text.contains("stolen"), "{text}");
    server.cli(&["admin", "user", "unlock", "bob"]);
    assert_eq!(server.answer_invitation(&carol, "shared", true).await.status(), 200);
    assert_eq!(server.owner_logins("shared").await, ["admin", "bob", "carol"]);
    refusal(server.answer_invitation(&dave, "shared", true).await, 403).await;
}

async fn an_expired_invitation_is_gone_until_the_next_one(shape: Shape) {
    let mailbox = Mailbox::new();
    let server = start(shape, &mailbox);
    server.publish_ok(&krate("shared")).await;
    let bob = server.user("bob");
    invite(&server, &server.admin, "shared", "bob").await;
    let lifetime = server.execute_sql("SELECT expires_at - created_at FROM owner_invitations");
    assert_eq!(lifetime, (30_i64 * 24 * 3600 * 1_000_000).to_string());
    server.execute_sql("UPDATE owner_invitations SET expires_at = 1");
    let secret = secret_for(&mailbox, "bob");
    for answer in [server.answer_invitation(&bob, "shared", true).await, accept(&server, &secret).await] {
        let text = refusal(answer, 410).await;
        assert!(text.contains("`shared` has expired"), "{text}");
    }
    let answer = invite(&server, &server.admin, "shared", "bob").await;
    assert_eq!(answer["msg"], "user bob has been invited to own shared");
    assert_eq!(count_invited(&mailbox), 2);
    refusal(accept(&server, &secret).await, 404).await;
    server.execute_sql("UPDATE owner_invitations SET expires_at = 1");
    assert_eq!(server.answer_invitation(&bob, "shared", false).await.status(), 200, "declining is always possible");
    refusal(server.answer_invitation(&bob, "shared", true).await, 404).await;
}

async fn an_owner_needs_a_verified_address(shape: Shape) {
    let mailbox = Mailbox::new();
    let server = start(shape, &mailbox);
    server.publish_ok(&krate("shared")).await;
    let bob = server.user("bob");
    invite(&server, &server.admin, "shared", "bob").await;
    server.execute_sql("UPDATE users SET is_email_verified = FALSE WHERE login = 'bob'");
    let secret = secret_for(&mailbox, "bob");
    for answer in [server.answer_invitation(&bob, "shared", true).await, accept(&server, &secret).await] {
        let text = refusal(answer, 403).await;
        assert!(text.contains("verified email address"), "{text}");
    }
    assert_eq!(server.owner_logins("shared").await, ["admin"]);
    server.execute_sql("UPDATE users SET is_email_verified = TRUE WHERE login = 'bob'");
    assert_eq!(accept(&server, &secret).await.status(), 200, "the invitation was kept");
}

async fn invitations_are_listed_for_owners_and_for_whom_they_are_for(shape: Shape) {
    let server = TestServer::start(shape);
    let (cookie, stranger) = (server.sign_up("alice").await, server.sign_up("eve").await);
    let alice = server.token("alice", &[]);
    let bob = server.sign_up("bob").await;
    assert_eq!(server.publish(&alice, &krate("Shared")).await.status(), 200);
    invite(&server, &alice, "shared", "bob").await;
    invite(&server, &alice, "shared", "eve").await;
    let id = |login: &str| -> i64 {
        server.execute_sql(&format!("SELECT id FROM users WHERE login = '{login}'")).parse().unwrap()
    };
    let (alice_id, bob_id, eve_id) = (id("alice"), id("bob"), id("eve"));
    let list: Value = get(&server, &cookie, &format!("{LIST}?crate_name=shared")).await.json().await.unwrap();
    let expected = ["crate_id", "crate_name", "created_at", "expires_at", "invitee_id", "inviter_id"];
    assert_eq!(keys(&list["invitations"][0]), expected);
    let people = |list: &Value| -> Vec<i64> {
        list["users"].as_array().unwrap().iter().map(|user| user["id"].as_i64().unwrap()).collect()
    };
    let mut all = vec![alice_id, bob_id, eve_id];
    all.sort_unstable();
    assert_eq!((people(&list), &list["meta"]), (all, &json!({ "next_page": null })));
    let of_bob: Value = get(&server, &bob, &format!("{LIST}?invitee_id={bob_id}")).await.json().await.unwrap();
    assert_eq!(of_bob["invitations"].as_array().unwrap().len(), 1);
    assert_eq!(of_bob["invitations"][0]["crate_name"], "Shared");
    server.execute_sql("UPDATE owner_invitations SET expires_at = 1, created_at = 0");
    let list: Value = get(&server, &cookie, &format!("{LIST}?crate_name=shared")).await.json().await.unwrap();
    assert_eq!(list, json!({ "invitations": [], "users": [], "meta": { "next_page": null } }));

    for (cookie, query, status) in [
        (&stranger, "crate_name=shared".to_owned(), 403),
        (&cookie, format!("invitee_id={bob_id}"), 403),
        (&cookie, String::new(), 400),
        (&cookie, "invitee_id=".to_owned(), 400),
        (&cookie, "crate_name=shared&invitee_id=x".to_owned(), 400),
        (&cookie, "crate_name=shared&crate_name=shared".to_owned(), 400),
        (&cookie, "crate_name=shared&page=1".to_owned(), 400),
        (&cookie, "crate_name=none&per_page=101".to_owned(), 400),
        (&cookie, "crate_name=none&seek=".to_owned(), 400),
        (&cookie, "crate_name=none".to_owned(), 404),
        (&cookie, "crate_name=%00".to_owned(), 404),
        (&cookie, format!("crate_name=shared&invitee_id={bob_id}"), 200),
    ] {
        let answer = get(&server, cookie, &format!("{LIST}?{query}")).await;
        assert_eq!(answer.status(), status, "{query}");
    }
    for path in [LIST, MINE] {
        refusal(server.get(path).await, 403).await;
        let token = server.request(Method::GET, path).header("authorization", &alice.token);
        let text = refusal(token.send().await.unwrap(), 403).await;
        assert!(text.contains("web site"), "{text}");
    }
    refusal(server.get(&format!("{LIST}?invitee_id=x")).await, 400).await;
}

async fn lists_have_pages(shape: Shape) {
    let server = TestServer::start(shape);
    let cookie = server.sign_up("alice").await;
    let alice = server.token("alice", &[]);
    assert_eq!(server.publish(&alice, &krate("shared")).await.status(), 200);
    for login in ["a", "b", "c", "d"] {
        server.user(login);
    }
    assert_eq!(server.change_owners(Method::PUT, &alice, "shared", &["d", "c", "b", "a"]).await.status(), 200);
    let (mut seen, mut query) = (Vec::new(), "?crate_name=shared&per_page=2".to_owned());
    for page in 0..2 {
        let list: Value = get(&server, &cookie, &format!("{LIST}{query}")).await.json().await.unwrap();
        let ids = list["invitations"].as_array().unwrap().iter().map(|row| row["invitee_id"].as_i64().unwrap());
        seen.extend(ids);
        assert_eq!(list["meta"]["next_page"].is_string(), page == 0, "there is a next page only if it has something");
        if let Some(next) = list["meta"]["next_page"].as_str() {
            assert!(next.starts_with("?crate_name=shared&per_page=2&seek="), "{next}");
            next.clone_into(&mut query);
        }
    }
    assert!(seen.len() == 4 && seen.is_sorted(), "{seen:?}");
}

async fn old_clients_see_their_invitations_as_ever(shape: Shape) {
    let server = TestServer::start(shape);
    let bob = server.sign_up("bob").await;
    for name in ["one", "two", "three"] {
        server.publish_ok(&krate(name)).await;
        invite(&server, &server.admin, name, "bob").await;
    }
    let list: Value = get(&server, &bob, &format!("{MINE}?per_page=2")).await.json().await.unwrap();
    assert_eq!(keys(&list), ["crate_owner_invitations", "users"]);
    let invitations = list["crate_owner_invitations"].as_array().unwrap();
    let expected =
        ["crate_id", "crate_name", "created_at", "expires_at", "invited_by_username", "invitee_id", "inviter_id"];
    assert_eq!(keys(&invitations[0]), expected);
    assert_eq!(invitations.len(), 2);
    assert_eq!(invitations[0]["invited_by_username"], "admin");
}

async fn answers_are_judged_in_order(shape: Shape) {
    let server = TestServer::start(shape);
    let ask = async |content_type: &str, body: &str| {
        let request = server.request(Method::PUT, &format!("{MINE}/1")).header("content-type", content_type);
        request.body(body.to_owned()).send().await.unwrap()
    };
    refusal(ask("text/plain", "{}").await, 415).await;
    refusal(ask("application/json", "").await, 400).await;
    refusal(ask("application/json", r#"{"crate_owner_invite":{"crate_id":1}}"#).await, 422).await;
    let huge = r#"{"crate_owner_invite":{"crate_id":99999999999,"accepted":true}}"#;
    refusal(ask("application/json", huge).await, 422).await;
    let good = r#"{"crate_owner_invite":{"crate_id":1,"accepted":true}}"#;
    refusal(ask("application/json", good).await, 403).await;
}

async fn a_deleted_crate_invites_nobody(shape: Shape) {
    let mailbox = Mailbox::new();
    let server = start(shape, &mailbox);
    let cookie = server.sign_up("alice").await;
    let alice = server.token("alice", &[]);
    assert_eq!(server.publish(&alice, &krate("shared")).await.status(), 200);
    server.user("bob");
    invite(&server, &alice, "shared", "bob").await;
    let request = server.request(Method::DELETE, "/api/v1/crates/shared").header("cookie", &cookie);
    assert_eq!(request.send().await.unwrap().status(), 204);
    refusal(accept(&server, &secret_for(&mailbox, "bob")).await, 404).await;
    assert_eq!(server.execute_sql("SELECT COUNT(*) FROM owner_invitations"), "0");
}
