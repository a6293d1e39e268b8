//! The pages of administrators: forms over HTTP, without scripts.

mod workings;

use reqwest::Method;
use reqwest::header::CACHE_CONTROL;
use serde_json::json;

use crate::support::{
    Browser, Mailbox, Person, Shape, TestServer, krate, leads_to, on_both_shapes, sha256, shown_again,
};

on_both_shapes!(
    every_page_is_for_administrators_alone,
    an_account_is_made_by_a_form_and_its_password_shown_once,
    a_locked_person_is_out_until_they_are_unlocked,
    a_forgotten_password_and_a_lost_second_factor_are_reset,
    an_administrator_is_made_and_unmade,
    somebody_may_do_more_than_others_until_that_is_taken_back,
    an_invitation_is_made_used_and_withdrawn,
    a_crate_is_found_limited_and_handed_over,
);

const ROOM: &str = "/admin/users/bob";

/// Every page, and what each form is sent to.
const PAGES: [&str; 14] = [
    "/admin",
    "/admin/users",
    "/admin/new-user",
    "/admin/users/bob",
    "/admin/invitations",
    "/admin/crates",
    "/admin/crates/tide",
    "/admin/teams",
    "/admin/audit",
    "/admin/audit/verify",
    "/admin/jobs",
    "/admin/limits",
    "/admin/banner",
    "/admin/config",
];
const FORMS: [&str; 15] = [
    "/admin/new-user",
    "/admin/users/root/lock",
    "/admin/users/root/unlock",
    "/admin/users/root/reset-password",
    "/admin/users/root/verify-email",
    "/admin/users/bob/administrator",
    "/admin/users/root/end-sessions",
    "/admin/users/bob/rates",
    "/admin/users/bob/rates/remove",
    "/admin/invitations",
    "/admin/invitations/1/withdraw",
    "/admin/crates/tide/limits",
    "/admin/crates/tide/hand-over",
    "/admin/jobs/1/retry",
    "/admin/banner",
];

/// A browser in which an administrator is signed in.
async fn root(server: &TestServer) -> Browser<'_> {
    let root = Person::with(server, "root", &["--admin"]).await;
    Browser::of(server, &root)
}

/// What a page shows this once, to be copied.
async fn shown_once(answer: reqwest::Response) -> String {
    assert_eq!(answer.headers()[CACHE_CONTROL], "no-store");
    let html = answer.text().await.unwrap();
    let secret = html.split_once("<pre data-copy><code>").and_then(|(_, rest)| rest.split_once("</code>"));
    secret.unwrap_or_else(|| panic!("no secret: {html}")).0.to_owned()
}

async fn every_page_is_for_administrators_alone(shape: Shape) {
    let server = TestServer::start(shape);
    server.publish_ok(&krate("tide")).await;
    let root = root(&server).await;
    let bob = Person::new(&server, "bob").await;
    let (bob, stranger) = (Browser::of(&server, &bob), Browser::new(&server));
    let token = bob.form_token().await;
    for path in PAGES {
        let answer = stranger.ask(Method::GET, path, None).await;
        leads_to(&answer, &format!("/sign-in?to={}", path.replace('/', "%2F").replace('-', "%2D")));
        let html = bob.page(path, 403).await;
        assert!(html.contains("You may not do this") && !html.contains("class=\"rooms\""), "{path}: {html}");
        assert!(root.page(path, 200).await.contains("class=\"rooms\""), "{path}");
    }
    for path in FORMS {
        let fields = [("is_admin", "true"), ("login", "bob"), ("do", "hide")];
        assert_eq!(bob.submit_with(path, &token, &fields).await.status(), 403, "{path}");
        assert_eq!(root.submit_with(path, &token, &fields).await.status(), 403, "{path}: another one's token (S39)");
    }
    bob.page("/admin", 403).await;
    assert_eq!(server.owner_logins("tide").await, ["admin"]);
    assert!(!server.cli(&["admin", "audit", "--json"]).contains("\"site.banner\""));
    root.page("/admin/users/nobody", 404).await;
    root.page("/admin/crates/nothing", 404).await;
    root.page("/admin/users?filter=tall", 400).await;
}

async fn an_account_is_made_by_a_form_and_its_password_shown_once(shape: Shape) {
    let server = TestServer::start(shape);
    let root = root(&server).await;
    let page = "/admin/new-user";
    let wanted = [("login", "carol"), ("name", "<b>Carol</b>"), ("email", "carol@registry.example")];
    let password = shown_once(root.submit(page, page, &wanted).await).await;
    let answer = Browser::new(&server);
    let body = json!({ "login": "carol", "password": password });
    let state = answer.json(Method::POST, "/api/private/session", Some(body)).await;
    assert_eq!(state["status"], "password_change_required");

    let html = shown_again(root.submit(page, page, &wanted).await, 400, "The login `carol` is taken").await;
    assert!(html.contains("value=\"carol@registry.example\"") && html.contains("aria-invalid"), "{html}");
    let bad = [("login", "dora"), ("email", "nowhere")];
    shown_again(root.submit(page, page, &bad).await, 422, "id=\"email-problem\"").await;
    let html = root.page("/admin/users?q=CARO", 200).await;
    assert!(html.contains("&#60;b&#62;Carol") && html.contains("one-time password"), "{html}");
    let html = root.page("/admin/users/carol", 200).await;
    assert!(html.contains("with a password for one time") && !html.contains(&password), "{html}");
    let html = root.page("/admin/audit?actor=root&action=user.create", 200).await;
    assert!(html.contains(">carol</a>"), "{html}");
}

async fn a_locked_person_is_out_until_they_are_unlocked(shape: Shape) {
    let server = TestServer::start(shape);
    let root = root(&server).await;
    let bob = Person::new(&server, "bob").await;
    let lock = "/admin/users/bob/lock";
    shown_again(root.submit(ROOM, lock, &[("reason", " ")]).await, 400, "A lock needs a reason").await;
    let fields = [("reason", "spam & worse"), ("until", "2020-01-01")];
    let html = shown_again(root.submit(ROOM, lock, &fields).await, 400, "This day has begun already").await;
    assert!(html.contains("value=\"spam &#38; worse\""), "{html}");
    let fields = [("reason", "spam & worse"), ("until", "2999-12-31")];
    leads_to(&root.submit(ROOM, lock, &fields).await, "/admin/users/bob?done=user-locked");
    let html = root.page("/admin/users/bob?done=user-locked", 200).await;
    assert!(html.contains("The account is locked.") && html.contains("2999-12-31 00:00 UTC"), "{html}");
    let refused = bob.ask(&server, Method::GET, "/api/v1/me", None).await.text().await.unwrap();
    assert!(refused.contains("spam & worse"), "{refused}");
    assert!(root.page("/admin/users?filter=locked", 200).await.contains(">bob</a>"));
    leads_to(&root.submit(ROOM, "/admin/users/bob/unlock", &[]).await, "/admin/users/bob?done=user-unlocked");
    assert_eq!(bob.ask(&server, Method::GET, "/api/v1/me", None).await.status(), 200);
    assert!(root.page("/admin/users?filter=locked", 200).await.contains("No account is like this"));

    let html = root.page("/admin/users/root", 200).await;
    assert!(html.contains("You cannot lock yourself") && !html.contains("/lock\""), "{html}");
    let answer = root.submit(ROOM, "/admin/users/root/lock", &[("reason", "fun")]).await;
    shown_again(answer, 400, "You cannot lock your own account").await;
}

async fn a_forgotten_password_and_a_lost_second_factor_are_reset(shape: Shape) {
    let server = TestServer::start(shape);
    let root = root(&server).await;
    let bob = Person::new(&server, "bob").await;
    assert_eq!(bob.ask(&server, Method::POST, "/api/private/second_factor", None).await.status(), 200);
    let password =
        shown_once(root.submit(ROOM, "/admin/users/bob/reset-password", &[("drop_second_factor", "true")]).await);
    let password = password.await;
    assert_eq!(bob.ask(&server, Method::GET, "/api/v1/me", None).await.status(), 403, "their sessions have ended");
    let cookie = server.sign_in("bob", &password).await;
    let me = || server.request(Method::GET, "/api/v1/me").header("cookie", &cookie).send();
    assert_eq!(me().await.unwrap().status(), 200);
    leads_to(&root.submit(ROOM, "/admin/users/bob/end-sessions", &[]).await, "/admin/users/bob?done=sessions-ended");
    assert_eq!(me().await.unwrap().status(), 403);
    server.execute_sql("UPDATE users SET is_email_verified = FALSE WHERE login = 'bob'");
    assert!(root.page(ROOM, 200).await.contains("not confirmed"));
    leads_to(&root.submit(ROOM, "/admin/users/bob/verify-email", &[]).await, "/admin/users/bob?done=email-verified");
    assert!(!root.page(ROOM, 200).await.contains("not confirmed"));
    let answer = root.submit(ROOM, "/admin/users/root/reset-password", &[]).await;
    shown_again(answer, 400, "You cannot reset your own password").await;
}

async fn an_administrator_is_made_and_unmade(shape: Shape) {
    let server = TestServer::start(shape);
    let root = root(&server).await;
    let mut person = Person::new(&server, "bob").await;
    let bob = Browser::of(&server, &person);
    bob.page("/admin", 403).await;
    let form = "/admin/users/bob/administrator";
    leads_to(&root.submit(ROOM, form, &[("is_admin", "true")]).await, "/admin/users/bob?done=admin-made");
    leads_to(&bob.ask(Method::GET, "/admin", None).await, "/sign-in?to=%2Fadmin");
    let password = server.cli(&["admin", "user", "reset-password", "bob"]);
    person.cookie = server.sign_in("bob", password.split_whitespace().last().unwrap()).await;
    let bob = Browser::of(&server, &person);
    bob.page("/admin", 200).await;
    assert!(root.page("/admin/users?filter=administrators", 200).await.contains(">bob</a>"));
    let own = bob.submit(ROOM, form, &[("is_admin", "false")]).await;
    shown_again(own, 400, "You cannot decide whether you are an administrator").await;
    leads_to(&root.submit(ROOM, form, &[("is_admin", "false")]).await, "/admin/users/bob?done=admin-unmade");
    bob.page("/admin", 403).await;
}

async fn somebody_may_do_more_than_others_until_that_is_taken_back(shape: Shape) {
    let server = TestServer::start(shape);
    let root = root(&server).await;
    let bob = server.user("bob");
    let rates = "/admin/users/bob/rates";
    let set = async |action: &str, burst: &str, until: &str| {
        root.submit(ROOM, rates, &[("action", action), ("burst", burst), ("rate_until", until)]).await
    };
    leads_to(&set("publish-new", "1", "").await, "/admin/users/bob?done=rate-set");
    assert_eq!(server.publish(&bob, &krate("tide")).await.status(), 200);
    assert_eq!(server.publish(&bob, &krate("ebb")).await.status(), 429, "one is allowed at once");
    shown_again(set("publish-new", "many", "").await, 400, "This is no whole number").await;
    shown_again(set("publish-new", "3", "yesterday").await, 400, "This is no day").await;
    shown_again(set("sleep", "3", "").await, 400, "There is no limit called `sleep`").await;
    leads_to(&set("mail", "9", "2999-01-01").await, "/admin/users/bob?done=rate-set");
    let html = root.page("/admin/limits", 200).await;
    assert!(html.contains("/admin/users/bob#rates") && html.contains("2999-01-01 00:00 UTC"), "{html}");
    let removed = root.submit(ROOM, "/admin/users/bob/rates/remove", &[("action", "publish-new")]).await;
    leads_to(&removed, "/admin/users/bob?done=rate-removed");
    assert!(!root.page(ROOM, 200).await.contains("<code>publish-new</code>"));
}

async fn an_invitation_is_made_used_and_withdrawn(shape: Shape) {
    let mailbox = Mailbox::new();
    let settings = [("CARGOHOLD_SIGN_UP__MODE", "invite"), ("CARGOHOLD_MAIL__TRANSPORT", &mailbox.transport())];
    let server = TestServer::start_with(shape, &settings);
    let root = root(&server).await;
    let page = "/admin/invitations";
    let link = shown_once(root.submit(page, page, &[("email", "")]).await).await;
    let secret = link.strip_prefix(&format!("{}/sign-up/", server.url)).unwrap();
    let html = root.page(page, 200).await;
    assert!(html.contains("whoever has the link") && !html.contains(secret), "{html}");
    let wanted = json!({ "login": "erin", "email": "erin@registry.example", "password": "a long enough one",
                         "invitation": secret });
    Browser::new(&server).json(Method::POST, "/api/private/account", Some(wanted)).await;
    assert!(root.page(page, 200).await.contains("There are none"));

    let mailed = shown_once(root.submit(page, page, &[("email", "fay@registry.example")]).await).await;
    let in_mail = mailbox.latest("fay@registry.example").link("/sign-up/");
    assert!(mailed.ends_with(&in_mail), "{mailed} is not {in_mail}");
    shown_again(root.submit(page, page, &[("email", "nowhere")]).await, 422, "id=\"email-problem\"").await;
    let html = root.page(page, 200).await;
    let (_, rest) = html.split_once("action=\"/admin/invitations/").unwrap();
    let (id, _) = rest.split_once('/').unwrap();
    let withdrawn = root.submit(page, &format!("{page}/{id}/withdraw"), &[]).await;
    leads_to(&withdrawn, "/admin/invitations?done=invitation-withdrawn");
    assert!(root.page(page, 200).await.contains("There are none"));
}

async fn a_crate_is_found_limited_and_handed_over(shape: Shape) {
    let server = TestServer::start(shape);
    let root = root(&server).await;
    let alice = server.user("alice");
    server.user("bob");
    for name in ["tide-pool", "ebb"] {
        assert_eq!(server.publish(&alice, &krate(name)).await.status(), 200);
    }
    let html = root.page("/admin/crates?q=TIDE_", 200).await;
    assert!(html.contains("/admin/crates/tide-pool\"") && !html.contains("/admin/crates/ebb\""), "{html}");
    assert!(root.page("/admin/crates?owner=bob", 200).await.contains("No crate is like this"));
    let page = "/admin/crates/tide-pool";
    let limits = "/admin/crates/tide-pool/limits";
    let fields = [("max_upload", "1 KiB"), ("max_features", "7")];
    leads_to(&root.submit(page, limits, &fields).await, "/admin/crates/tide-pool?done=limits-set");
    let html = root.page(page, 200).await;
    assert!(html.contains("value=\"1 KiB\"") && html.contains("value=\"7\"") && html.contains("10 MiB"), "{html}");
    let noise: String = (0..200_u32).map(|number| sha256(&number.to_be_bytes())).collect();
    let large = krate("tide-pool").version("2.0.0").file("src/noise.txt", noise.as_bytes());
    assert_eq!(server.publish(&alice, &large).await.status(), 413);
    shown_again(root.submit(page, limits, &[("max_upload", "big")]).await, 400, "This is no size").await;
    shown_again(root.submit(page, limits, &[("max_features", "0")]).await, 400, "A limit of 0").await;
    leads_to(&root.submit(page, limits, &[]).await, "/admin/crates/tide-pool?done=limits-set");
    assert_eq!(server.publish(&alice, &large).await.status(), 200);

    let hand_over = "/admin/crates/tide-pool/hand-over";
    let html = shown_again(root.submit(page, hand_over, &[("login", "eve")]).await, 400, "id=\"login-problem\"").await;
    assert!(html.contains("value=\"eve\""), "{html}");
    leads_to(&root.submit(page, hand_over, &[("login", "bob")]).await, "/admin/crates/tide-pool?done=handed-over");
    assert_eq!(server.owner_logins("tide-pool").await, ["alice", "bob"]);
    assert!(root.page(ROOM, 200).await.contains("/admin/crates/tide-pool\""));
}
