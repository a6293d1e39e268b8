//! What people change of themselves on the pages of settings.

use reqwest::Method;
use serde_json::Value;

use super::{PASSWORD, between, sign_in, signed_in};
use crate::support::{Browser, Mailbox, Person, Shape, TestServer, html, leads_to, on_both_shapes};

on_both_shapes!(
    a_password_is_changed_and_ends_other_sessions,
    sessions_are_shown_and_ended,
    an_address_is_changed_and_mails_are_chosen,
    a_name_is_changed_unless_a_provider_brings_it,
    without_mail_an_administrator_confirms_addresses,
    colors_are_chosen_by_anybody,
    keys_are_registered_and_revoked,
    settings_are_for_whoever_is_signed_in,
);

/// A public key of nobody.
const KEY: &str = "k3.public.A5RiqpxSa4f63qJ49dbD9iQ0k9Z1a8qwwkt82DCY6b1tiYZ_yFAkiggLurw4oTsgyA";

async fn a_password_is_changed_and_ends_other_sessions(shape: Shape) {
    let server = TestServer::start(shape);
    let browser = signed_in(&server, "anna").await;
    let other = Browser::new(&server);
    leads_to(&sign_in(&other, "anna", PASSWORD).await, "/dashboard");
    let (page, change) = ("/settings/security", "/settings/security/password");
    let next = "another good pass phrase";
    for (old, new, again, status, problem) in [
        ("wrong", next, next, 403, "old-problem"),
        (PASSWORD, "anna", "anna", 400, "new-problem"),
        (PASSWORD, next, "", 400, "again-problem"),
    ] {
        let answer = browser.submit(page, change, &[("old", old), ("new", new), ("again", again)]).await;
        let shown = html(answer, status).await;
        assert!(shown.contains(&format!("id=\"{problem}\"")) && !shown.contains(next), "{problem}: {shown}");
    }
    leads_to(&browser.ask(Method::GET, change, None).await, page);
    let fields = [("old", PASSWORD), ("new", next), ("again", next)];
    leads_to(&browser.submit(page, change, &fields).await, "/settings/security?done=password-changed");
    assert!(browser.is_signed_in().await && !other.is_signed_in().await);
    html(sign_in(&other, "anna", PASSWORD).await, 403).await;
    leads_to(&sign_in(&other, "anna", next).await, "/dashboard");
}

async fn sessions_are_shown_and_ended(shape: Shape) {
    let server = TestServer::start(shape);
    let here = signed_in(&server, "anna").await;
    let there = Browser::new(&server);
    sign_in(&there, "anna", PASSWORD).await;
    let shown = here.page("/settings/security", 200).await;
    assert_eq!(shown.matches("this one").count(), 1);
    let rest = between(&shown, "/settings/security/sessions/", "\"");
    let end = format!("/settings/security/sessions/{rest}");
    leads_to(&here.submit("/settings/security", &end, &[]).await, "/settings/security?done=session-ended");
    assert!(here.is_signed_in().await && !there.is_signed_in().await);
    sign_in(&there, "anna", PASSWORD).await;
    let all = "/settings/security/sessions/end";
    leads_to(&here.submit("/settings/security", all, &[]).await, "/sign-in?done=signed-out-everywhere");
    assert!(here.cookie("cargo_session").is_none() && !there.is_signed_in().await);
    assert!(here.page("/sign-in?done=signed-out-everywhere", 200).await.contains("signed out in all browsers"));
}

async fn an_address_is_changed_and_mails_are_chosen(shape: Shape) {
    let mailbox = Mailbox::new();
    let server = TestServer::start_with(shape, &[("CARGOHOLD_MAIL__TRANSPORT", &mailbox.transport())]);
    let anna = Person::new(&server, "anna").await;
    let browser = Browser::of(&server, &anna);
    let page = "/settings/email";
    assert!(browser.page(page, 200).await.contains(">confirmed<"));
    let shown = html(browser.submit(page, page, &[("email", "no \"address")]).await, 400).await;
    assert!(shown.contains("id=\"email-problem\"") && shown.contains("value=\"no &#34;address\""), "{shown}");
    let changed = browser.submit(page, page, &[("email", "new@registry.example")]).await;
    leads_to(&changed, "/settings/email?done=confirmation-sent");
    let first = mailbox.latest("new@registry.example").link("/confirm/");
    assert!(browser.page(page, 200).await.contains(">not confirmed<"));
    let resent = browser.submit(page, "/settings/email/resend", &[]).await;
    leads_to(&resent, "/settings/email?done=confirmation-sent");
    assert_ne!(mailbox.latest("new@registry.example").link("/confirm/"), first);

    let notifications = "/settings/email/notifications";
    let off = browser.submit(page, notifications, &[]).await;
    leads_to(&off, "/settings/email?done=notifications-set");
    assert_eq!(anna.me(&server).await["publish_notifications"], false);
    browser.submit(page, notifications, &[("publish_notifications", "on")]).await;
    assert_eq!(anna.me(&server).await["publish_notifications"], true);
    let profile = browser.page("/settings/profile", 200).await;
    assert!(profile.contains("new@registry.example") && profile.contains("Member since"), "{profile}");
}

async fn a_name_is_changed_unless_a_provider_brings_it(shape: Shape) {
    let server = TestServer::start(shape);
    let anna = Person::new(&server, "anna").await;
    let browser = Browser::of(&server, &anna);
    let page = "/settings/profile";
    leads_to(&browser.submit(page, page, &[("name", " Anna <A> ")]).await, "/settings/profile?done=name-changed");
    assert!(browser.page("/users/anna", 200).await.contains("<h1>Anna &#60;A&#62;</h1>"));
    let long = "x".repeat(101);
    let shown = html(browser.submit(page, page, &[("name", &long)]).await, 400).await;
    assert!(shown.contains("id=\"name-problem\"") && shown.contains(&long), "{shown}");
    browser.submit(page, page, &[("name", "")]).await;
    assert_eq!(anna.me(&server).await["name"], Value::Null);
    server.execute_sql(&format!(
        "INSERT INTO identities (user_id, provider, issuer, subject, groups, created_at, last_used_at) \
         VALUES ({}, 'corp', 'https://corp.example', '1', '[]', 0, 0)",
        anna.id
    ));
    assert!(!browser.page(page, 200).await.contains("name=\"name\""));
    let shown = html(browser.submit(page, page, &[("name", "B")]).await, 400).await;
    assert!(shown.contains("Your name comes from your account at `corp`; change it there."), "{shown}");
}

async fn without_mail_an_administrator_confirms_addresses(shape: Shape) {
    let server = TestServer::start(shape);
    let anna = Person::new(&server, "anna").await;
    let browser = Browser::of(&server, &anna);
    let page = "/settings/email";
    let changed = browser.submit(page, page, &[("email", "new@registry.example")]).await;
    leads_to(&changed, "/settings/email?done=address-saved");
    let shown = browser.page("/settings/email?done=address-saved", 200).await;
    assert!(shown.contains("This registry sends no mail") && !shown.contains("We wrote"), "{shown}");
    assert!(!shown.contains("/settings/email/resend"), "{shown}");
}

async fn colors_are_chosen_by_anybody(shape: Shape) {
    let server = TestServer::start(shape);
    let browser = Browser::new(&server);
    let shown = browser.page("/help?x=1", 200).await;
    assert!(shown.contains("content=\"light dark\"") && shown.contains("name=\"to\" value=\"/help?x=1\""), "{shown}");
    let choose = async |colors: &str, to: &str| {
        browser.ask(Method::GET, &format!("/colors?colors={colors}&to={to}"), None).await
    };
    leads_to(&choose("dark", "/help").await, "/help");
    let shown = browser.page("/help", 200).await;
    assert!(shown.contains("data-colors=\"dark\"") && shown.contains("content=\"dark\""), "{shown}");
    html(choose("pink", "/help").await, 400).await;
    leads_to(&choose("light", "//evil.example").await, "/dashboard");
    leads_to(&choose("system", "/help").await, "/help");
    assert_eq!(browser.cookie("cargo_colors"), None);
}

async fn keys_are_registered_and_revoked(shape: Shape) {
    let server = TestServer::start(shape);
    let anna = Person::new(&server, "anna").await;
    let browser = Browser::of(&server, &anna);
    let page = "/settings/keys";
    for (name, key, problem) in [(" ", KEY, "name"), ("laptop", "k3.secret.AAAA", "key")] {
        let shown = html(browser.submit(page, page, &[("name", name), ("key", key)]).await, 400).await;
        assert!(shown.contains(&format!("id=\"{problem}-problem\"")), "{problem}: {shown}");
    }
    let fields = [("name", "laptop"), ("key", KEY)];
    leads_to(&browser.submit(page, page, &fields).await, "/settings/keys?done=key-registered");
    let shown = browser.page(page, 200).await;
    assert!(shown.contains("laptop") && shown.contains("k3.pid."), "{shown}");
    let revoke = format!("/settings/keys/{}/revoke", between(&shown, "action=\"/settings/keys/", "/revoke\""));
    leads_to(&browser.submit(page, &revoke, &[]).await, "/settings/keys?done=key-revoked");
    assert!(browser.page(page, 200).await.contains("You have registered no key"));
}

async fn settings_are_for_whoever_is_signed_in(shape: Shape) {
    let server = TestServer::start(shape);
    for path in [
        "/dashboard",
        "/me/following",
        "/me/crates",
        "/me/pending-invites",
        "/settings/profile",
        "/settings/email",
        "/settings/security",
        "/settings/security/second-factor",
        "/settings/accounts",
        "/settings/keys",
        "/settings/tokens",
        "/settings/tokens/new",
    ] {
        let answer = Browser::new(&server).ask(Method::GET, path, None).await;
        leads_to(&answer, &format!("/sign-in?to={}", path.replace('/', "%2F").replace('-', "%2D")));
    }
    // Whose session has ended signs in again, and then sends the form again.
    let browser = signed_in(&server, "anna").await;
    let token = between(&browser.page("/settings/keys", 200).await, "name=\"form_token\" value=\"", "\"").to_owned();
    server.execute_sql("DELETE FROM sessions");
    leads_to(&browser.submit_with("/settings/tokens/revoke", &token, &[]).await, "/sign-in?to=%2Fdashboard");
}
