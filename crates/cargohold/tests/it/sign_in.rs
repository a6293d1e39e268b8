//! Signing in by login and password, sessions and second factors.

use reqwest::Method;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use crate::support::{Browser, Shape, TestServer, create_account, eventually, on_both_shapes, refusal};

on_both_shapes!(
    a_one_time_password_is_good_for_choosing_another_alone,
    s39_signing_in_begins_a_new_session_and_ends_the_old_one,
    sessions_are_listed_and_ended_here_and_everywhere,
    s55_the_codes_of_a_second_factor_are_good_once,
    s33_guessing_passwords_is_limited_by_login_and_by_address,
    accounts_are_opened_as_the_rule_for_sign_up_says,
    s54_a_locked_account_is_locked_for_cookies_and_tokens_alike,
);

const SESSION: &str = "/api/private/session";
const PASSWORD: &str = "correct horse battery staple";

/// A browser of somebody who has an account with [`PASSWORD`] and is signed in.
async fn signed_in<'s>(server: &'s TestServer, login: &str) -> Browser<'s> {
    let given = create_account(server, login, &[]);
    let browser = Browser::new(server);
    browser.json(Method::POST, SESSION, Some(json!({ "login": login, "password": given }))).await;
    let change = json!({ "old": given, "new": PASSWORD });
    browser.json(Method::PUT, "/api/private/session/password", Some(change)).await;
    browser
}

/// A browser of somebody who has an account with [`PASSWORD`], after they have signed in once more.
async fn signed_in_again<'s>(server: &'s TestServer, login: &str) -> Browser<'s> {
    let browser = Browser::new(server);
    let answer = browser.json(Method::POST, SESSION, Some(json!({ "login": login, "password": PASSWORD }))).await;
    assert_eq!(answer, json!({ "ok": true, "status": "signed_in" }));
    browser
}

async fn a_one_time_password_is_good_for_choosing_another_alone(shape: Shape) {
    let server = TestServer::start(shape);
    let given = create_account(&server, "anna", &[]);
    let browser = Browser::new(&server);
    let answer = browser.ask(Method::POST, SESSION, Some(json!({ "login": "Anna", "password": given }))).await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    let (_, attributes) = cookie.split_once(';').unwrap();
    assert_eq!(attributes, " HttpOnly; SameSite=Lax; Path=/; Max-Age=7776000");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.json::<Value>().await.unwrap()["status"], "password_change_required");
    let text = browser.refused(Method::GET, "/api/private/sessions", None, 403).await;
    assert!(text.contains("choose a password of your own"), "{text}");

    let change = "/api/private/session/password";
    for (old, new, status, words) in [
        (given.as_str(), "short", 400, "fewer than 12 characters"),
        (given.as_str(), "aaaaaaaaaaaaaaaa", 400, "easy to guess"),
        (given.as_str(), "anna and more of it", 400, "easy to guess"),
        (given.as_str(), given.as_str(), 400, "is the old one"),
        ("wrong", PASSWORD, 403, "login or password are wrong"),
    ] {
        let text = browser.refused(Method::PUT, change, Some(json!({ "old": old, "new": new })), status).await;
        assert!(text.contains(words), "{new}: {text}");
    }
    let before = browser.cookie("cargo_session").unwrap();
    let done = browser.json(Method::PUT, change, Some(json!({ "old": given, "new": PASSWORD }))).await;
    assert_eq!(done["status"], "signed_in");
    assert!(browser.is_signed_in().await);
    let thief = Browser::new(&server);
    thief.set_cookie("cargo_session", &before);
    assert!(!thief.is_signed_in().await, "the session from before the change has ended");
    let old = json!({ "login": "anna", "password": given });
    Browser::new(&server).refused(Method::POST, SESSION, Some(old), 403).await;
    assert!(signed_in_again(&server, "anna").await.is_signed_in().await);
}

async fn s39_signing_in_begins_a_new_session_and_ends_the_old_one(shape: Shape) {
    let server = TestServer::start(shape);
    let browser = signed_in(&server, "anna").await;
    let first = browser.cookie("cargo_session").unwrap();
    let body = json!({ "login": "anna", "password": PASSWORD });
    browser.json(Method::POST, SESSION, Some(body.clone())).await;
    assert_ne!(browser.cookie("cargo_session").unwrap(), first);
    let fixed = Browser::new(&server);
    fixed.set_cookie("cargo_session", &first);
    assert!(!fixed.is_signed_in().await);

    // A secret that somebody else has planted is never made good by signing in with it.
    let planted = Browser::new(&server);
    planted.set_cookie("cargo_session", "planted");
    planted.json(Method::POST, SESSION, Some(body.clone())).await;
    assert_ne!(planted.cookie("cargo_session").unwrap(), "planted");
    let attacker = Browser::new(&server);
    attacker.set_cookie("cargo_session", "planted");
    assert!(!attacker.is_signed_in().await);

    let foreign = Browser::new(&server).with("origin", "https://evil.example");
    let text = foreign.refused(Method::POST, SESSION, Some(body), 403).await;
    assert!(text.contains("https://evil.example"), "another site signs nobody in: {text}");
    foreign.set_cookie("cargo_session", &browser.cookie("cargo_session").unwrap());
    assert!(!foreign.is_signed_in().await, "and acts for nobody");
}

async fn sessions_are_listed_and_ended_here_and_everywhere(shape: Shape) {
    let server = TestServer::start(shape);
    let here = signed_in(&server, "anna").await;
    let there = signed_in_again(&server, "anna").await;
    let phone = signed_in_again(&server, "anna").await;
    let other = signed_in(&server, "bert").await;

    let listed = here.json(Method::GET, "/api/private/sessions", None).await;
    let sessions = listed["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 3);
    let current: Vec<_> = sessions.iter().map(|it| it["is_current"].as_bool().unwrap()).collect();
    assert_eq!(current, [false, false, true], "the newest first");
    assert_eq!((&sessions[0]["address"], &sessions[0]["user_agent"]), (&json!("127.0.0.1"), &json!("cargohold-tests")));

    let path = format!("/api/private/sessions/{}", sessions[1]["id"]);
    other.json(Method::DELETE, &path, None).await;
    assert!(there.is_signed_in().await, "nobody ends the session of another");
    here.json(Method::DELETE, &path, None).await;
    assert!(!there.is_signed_in().await && phone.is_signed_in().await && here.is_signed_in().await);

    phone.json(Method::DELETE, "/api/private/sessions", None).await;
    assert!(!here.is_signed_in().await && other.is_signed_in().await);
    assert_eq!(phone.cookie("cargo_session"), None);
    let signed_out = signed_in_again(&server, "anna").await;
    signed_out.json(Method::DELETE, SESSION, None).await;
    assert!(!signed_out.is_signed_in().await);
    signed_out.json(Method::DELETE, SESSION, None).await;
}

/// The code that a device shows so many steps from now; that of the next step is accepted already.
pub(crate) fn code(secret: &str, steps: u64) -> String {
    let secret = Secret::try_from_base32(secret).unwrap();
    let device = Builder::new().with_secret(secret).with_account_name("any").build().unwrap();
    #[expect(clippy::disallowed_methods, reason = "a device reads its clock, as the server does")]
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    device.generate(now + 30 * steps).to_string()
}

async fn s55_the_codes_of_a_second_factor_are_good_once(shape: Shape) {
    let server = TestServer::start(shape);
    let browser = signed_in(&server, "anna").await;
    let factor = "/api/private/second_factor";
    assert_eq!(browser.json(Method::GET, factor, None).await, json!({ "is_on": false, "recovery_codes": 0 }));
    let offered = browser.json(Method::POST, factor, None).await;
    let secret = offered["secret"].as_str().unwrap();
    assert!(offered["url"].as_str().unwrap().starts_with("otpauth://totp/"), "{offered}");
    assert_eq!(browser.json(Method::GET, factor, None).await["is_on"], false, "an offer alone locks nobody out");
    browser.refused(Method::PUT, factor, Some(json!({ "code": "000000x" })), 403).await;
    let code = self::code(secret, 0);
    let confirmed = browser.json(Method::PUT, factor, Some(json!({ "code": code }))).await;
    let recovery = confirmed["recovery_codes"].as_array().unwrap().clone();
    assert_eq!(recovery.len(), 10);
    let text = browser.refused(Method::POST, factor, None, 400).await;
    assert!(text.contains("switch it off first"), "{text}");

    let fresh = Browser::new(&server);
    let body = json!({ "login": "anna", "password": PASSWORD });
    let begun = fresh.json(Method::POST, SESSION, Some(body.clone())).await;
    assert_eq!(begun["status"], "second_factor_required");
    assert!(!fresh.is_signed_in().await, "the password alone is not enough");
    let complete = "/api/private/session/second_factor";
    let spaced = format!(" {} {}\t", &code[..3], &code[3..]);
    for used in [code.clone(), spaced, "not a code".to_owned(), String::new()] {
        fresh.refused(Method::POST, complete, Some(json!({ "code": used })), 403).await;
    }
    let half = fresh.cookie("cargo_session").unwrap();
    let next = self::code(secret, 1);
    let spaced = format!("{} {}", &next[..3], &next[3..]);
    let done = fresh.json(Method::POST, complete, Some(json!({ "code": spaced }))).await;
    assert_eq!(done["status"], "signed_in");
    assert!(fresh.is_signed_in().await);
    assert_ne!(fresh.cookie("cargo_session").unwrap(), half, "another secret for another privilege");
    fresh.refused(Method::POST, complete, Some(json!({ "code": next })), 403).await;

    let lost = Browser::new(&server);
    lost.json(Method::POST, SESSION, Some(body.clone())).await;
    lost.json(Method::POST, complete, Some(json!({ "code": recovery[0] }))).await;
    assert!(lost.is_signed_in().await);
    assert_eq!(lost.json(Method::GET, factor, None).await, json!({ "is_on": true, "recovery_codes": 9 }));
    let again = Browser::new(&server);
    again.json(Method::POST, SESSION, Some(body)).await;
    again.refused(Method::POST, complete, Some(json!({ "code": recovery[0] })), 403).await;

    lost.refused(Method::DELETE, factor, Some(json!({ "code": recovery[0] })), 403).await;
    lost.json(Method::DELETE, factor, Some(json!({ "code": recovery[1] }))).await;
    assert!(signed_in_again(&server, "anna").await.is_signed_in().await);
    let stored = server.execute_sql("SELECT COUNT(*) FROM recovery_codes");
    assert_eq!(stored, "0");
}

async fn s33_guessing_passwords_is_limited_by_login_and_by_address(shape: Shape) {
    let settings = [
        ("CARGOHOLD_LIMITS__SIGN_IN__BURST", "5"),
        ("CARGOHOLD_LIMITS__SIGN_IN__INTERVAL", "1h"),
        ("CARGOHOLD_SERVER__TRUSTED_PROXIES", "127.0.0.0/8"),
    ];
    let server = TestServer::start_with(shape, &settings);
    let given = create_account(&server, "anna", &[]);
    let from = |address: &str| Browser::new(&server).with("x-forwarded-for", address);
    let try_as = async |address: &str, login: &str, password: &str| {
        let body = json!({ "login": login, "password": password });
        from(address).ask(Method::POST, SESSION, Some(body)).await
    };
    for n in 0..5 {
        assert_eq!(try_as(&format!("192.0.2.{n}"), "ANNA", "wrong").await.status(), 403);
    }
    let answer = try_as("192.0.2.77", "anna", &given).await;
    assert!(answer.headers().contains_key("retry-after"));
    let text = refusal(answer, 429).await;
    assert!(text.contains("try again after"), "not even the right password helps, wherever it comes from: {text}");
    assert_eq!(try_as("192.0.2.77", "bert", "wrong").await.status(), 403, "others are not locked out");

    // One network tries everybody's.
    for n in 0..5 {
        let address = format!("2001:db8:1:2::{n}");
        assert_eq!(try_as(&address, &format!("login{n}"), "wrong").await.status(), 403);
    }
    assert_eq!(try_as("2001:db8:1:2:ffff::1", "login9", "wrong").await.status(), 429);
    assert_eq!(try_as("2001:db8:1:3::1", "login8", "wrong").await.status(), 403);
    let hashes = server.execute_sql("SELECT password_hash FROM users WHERE login = 'anna'");
    assert!(hashes.starts_with("$argon2id$"), "{hashes}");
}

async fn accounts_are_opened_as_the_rule_for_sign_up_says(shape: Shape) {
    let account = "/api/private/account";
    let wanted = |login: &str, invitation: Option<&str>| {
        let email = format!("{login}@registry.example");
        Some(
            json!({ "login": login, "email": email, "password": PASSWORD, "invitation": invitation, "is_admin": true }),
        )
    };
    let server = TestServer::start(shape);
    let ways = server.json("/api/private/session/providers").await;
    assert_eq!(ways, json!({ "providers": [], "sign_up": "invite" }));
    let browser = Browser::new(&server);
    let text = browser.refused(Method::POST, account, wanted("anna", None), 403).await;
    assert!(text.contains("takes an invitation"), "{text}");
    browser.refused(Method::POST, account, wanted("anna", Some("made-up")), 403).await;

    let printed = server.cli(&["admin", "user", "invite"]);
    let secret = printed.split_whitespace().nth(1).unwrap();
    for (login, words) in [("no login", "is no login"), ("admin", "is taken")] {
        let text = browser.refused(Method::POST, account, wanted(login, Some(secret)), 400).await;
        assert!(text.contains(words), "{text}");
    }
    let done = browser.json(Method::POST, account, wanted("anna", Some(secret))).await;
    assert_eq!(done["status"], "signed_in");
    assert!(browser.is_signed_in().await);
    assert_eq!(server.execute_sql("SELECT COUNT(*) FROM users WHERE is_admin"), "1", "nobody makes themselves one");
    browser.refused(Method::POST, account, wanted("bert", Some(secret)), 403).await;

    let invitations = "/api/private/signup_invitations";
    browser.refused(Method::POST, invitations, Some(json!({})), 403).await;
    let admin = server.request(Method::POST, invitations).header("authorization", &server.admin.token);
    let made: Value = admin.json(&json!({})).send().await.unwrap().json().await.unwrap();
    let listed = server.request(Method::GET, invitations).header("authorization", &server.admin.token);
    let listed: Value = listed.send().await.unwrap().json().await.unwrap();
    let id = &listed["invitations"][0]["id"];
    let withdraw = server.request(Method::DELETE, &format!("{invitations}/{id}"));
    assert_eq!(withdraw.header("authorization", &server.admin.token).send().await.unwrap().status(), 200);
    browser.refused(Method::POST, account, wanted("bert", made["secret"].as_str()), 403).await;

    let closed = TestServer::start_with(shape, &[("CARGOHOLD_SIGN_UP__MODE", "closed")]);
    let text = Browser::new(&closed).refused(Method::POST, account, wanted("anna", None), 403).await;
    assert!(text.contains("ask an administrator"), "{text}");
    let open = TestServer::start_with(shape, &[("CARGOHOLD_SIGN_UP__MODE", "open")]);
    let browser = Browser::new(&open);
    browser.json(Method::POST, account, wanted("anna", None)).await;
    assert!(browser.is_signed_in().await);
}

async fn s54_a_locked_account_is_locked_for_cookies_and_tokens_alike(shape: Shape) {
    let server = TestServer::start_with(shape, &[("CARGOHOLD_REGISTRY__AUTH_REQUIRED", "true")]);
    let browser = signed_in(&server, "anna").await;
    let token = server.token("anna", &[]);
    let follow = async |token: &str| {
        let request = server.request(Method::PUT, "/api/v1/crates/none/follow");
        request.header("authorization", token).send().await.unwrap()
    };
    assert_eq!(follow(&token.token).await.status(), 404);

    let lock = "/api/private/users/anna/lock";
    browser.refused(Method::PUT, lock, Some(json!({ "reason": "me" })), 403).await;
    let as_admin =
        |method: Method, path: &str| server.request(method, path).header("authorization", server.admin.token.clone());
    let answer = as_admin(Method::PUT, lock).json(&json!({ "reason": " " })).send().await.unwrap();
    assert!(refusal(answer, 400).await.contains("needs a reason"));
    let answer = as_admin(Method::PUT, "/api/private/users/admin/lock").json(&json!({ "reason": "x" }));
    assert!(refusal(answer.send().await.unwrap(), 400).await.contains("your own account"));
    let until = "2099-01-31T12:30:00Z";
    let answer = as_admin(Method::PUT, lock).json(&json!({ "reason": "lost laptop", "until": until })).send().await;
    assert_eq!(answer.unwrap().status(), 200);

    let text = browser.refused(Method::GET, "/api/private/sessions", None, 403).await;
    assert!(text.contains("until 2099-01-31 at 12:30:00 UTC") && text.contains("lost laptop"), "{text}");
    assert!(refusal(follow(&token.token).await, 403).await.contains("lost laptop"));
    eventually("the token may not even read", async || {
        let read = server.request(Method::GET, "/index/config.json").header("authorization", &token.token);
        read.send().await.unwrap().status() == 403
    })
    .await;
    // Signing in itself works, as at the reference; nothing after it does.
    let again = signed_in_again(&server, "anna").await;
    assert!(!again.is_signed_in().await);

    assert_eq!(as_admin(Method::DELETE, lock).send().await.unwrap().status(), 200);
    assert!(browser.is_signed_in().await);
    server.cli(&["admin", "user", "lock", "anna", "--reason", "again", "--until", "2001-01-01T00:00:00Z"]);
    assert!(browser.is_signed_in().await, "a lock whose end has passed locks nobody");
    server.cli(&["admin", "user", "lock", "anna", "--reason", "for good"]);
    let text = browser.refused(Method::GET, "/api/private/sessions", None, 403).await;
    assert!(text.contains("indefinitely"), "{text}");
    server.cli(&["admin", "user", "unlock", "anna"]);
    assert!(browser.is_signed_in().await);
}
