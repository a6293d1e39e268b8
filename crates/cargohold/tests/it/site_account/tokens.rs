//! API tokens on the pages of their owner.

use reqwest::Method;

use super::between;
use crate::support::{Browser, Person, Shape, TestServer, User, html, krate, leads_to, on_both_shapes};

on_both_shapes!(
    a_token_is_shown_once_and_works,
    a_token_that_says_too_little_is_asked_for_again,
    a_token_is_made_again_and_revoked,
    operators_decide_about_tokens,
);

const NEW: &str = "/settings/tokens/new";

/// The secret on the page of a token that was just made.
async fn secret_of(answer: reqwest::Response) -> String {
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let shown = html(answer, 200).await;
    between(&shown, "<code id=\"token\">", "</code>").to_owned()
}

async fn a_token_is_shown_once_and_works(shape: Shape) {
    let server = TestServer::start(shape);
    let anna = Person::new(&server, "anna").await;
    let browser = Browser::of(&server, &anna);
    let fields = [
        ("name", "<laptop>"),
        ("lifetime", "30"),
        ("last_day", ""),
        ("scope", "publish-new"),
        ("scope", "yank"),
        ("patterns", "tide-*\r\nebb\r\n"),
    ];
    let token = secret_of(browser.submit(NEW, NEW, &fields).await).await;
    assert!(token.starts_with("cio"));
    let user = User { token: token.clone() };
    assert_eq!(server.publish(&user, &krate("tide-pool")).await.status(), 200);
    assert_eq!(server.publish(&user, &krate("ebb")).await.status(), 200);
    assert_eq!(server.publish(&user, &krate("other")).await.status(), 403);
    assert_eq!(server.publish(&user, &krate("ebb").version("1.0.1")).await.status(), 403);

    let listed = browser.page("/settings/tokens", 200).await;
    for words in ["&#60;laptop&#62;", "publish-new", "<code>tide-*</code>", "last used", "expires", "cargo login"] {
        assert!(listed.contains(words), "{words}: {listed}");
    }
    assert!(!listed.contains(&token));
    let stranger = browser.ask(Method::GET, NEW, None).await;
    assert!(!html(stranger, 200).await.contains(&token));
}

async fn a_token_that_says_too_little_is_asked_for_again(shape: Shape) {
    let server = TestServer::start(shape);
    let anna = Person::new(&server, "anna").await;
    let browser = Browser::of(&server, &anna);
    let good =
        [("name", "ci"), ("lifetime", "custom"), ("last_day", "2999-12-31"), ("scope", "read"), ("patterns", "tide-*")];
    for (field, value, problem, words) in [
        ("name", " ", "name", "A token needs a name"),
        ("scope", "fly", "", "There is no scope `fly`"),
        ("scope", "", "scope", "tick one or more"),
        ("lifetime", "soon", "lifetime", "Choose how long"),
        ("last_day", "2020-01-01", "last_day", "This day has passed"),
        ("patterns", "tide-*\n*x", "patterns", "`*x` is no crate pattern"),
    ] {
        let mut fields: Vec<(&str, &str)> = good.into_iter().filter(|(name, _)| *name != field).collect();
        if !value.is_empty() {
            fields.push((field, value));
        }
        let shown = html(browser.submit(NEW, NEW, &fields).await, 400).await;
        assert!(shown.contains(words), "{words}: {shown}");
        assert!(problem.is_empty() || shown.contains(&format!("id=\"{problem}-problem\"")), "{problem}: {shown}");
        assert!(shown.contains("all crates whose names begin with tide-"), "patterns are explained: {shown}");
        assert!(field == "last_day" || shown.contains("value=\"2999-12-31\""), "what was typed stays: {shown}");
    }
    let explained = [&good[..], &[("explain", "on")]].concat();
    let shown = html(browser.submit(NEW, NEW, &explained).await, 200).await;
    assert!(shown.contains("names begin with tide-") && shown.contains("value=\"read\" checked"), "{shown}");
    assert!(browser.page("/settings/tokens", 200).await.contains("You have no tokens"));
    secret_of(browser.submit(NEW, NEW, &good).await).await;
    assert!(browser.page("/settings/tokens", 200).await.contains("2999-12-31 23:59 UTC"));
}

async fn a_token_is_made_again_and_revoked(shape: Shape) {
    let server = TestServer::start(shape);
    let anna = Person::new(&server, "anna").await;
    let (browser, other) = (Browser::of(&server, &anna), Person::new(&server, "bert").await);
    let fields = [("name", "ci"), ("lifetime", "none"), ("scope", "yank"), ("patterns", "ebb")];
    let token = secret_of(browser.submit(NEW, NEW, &fields).await).await;
    let listed = browser.page("/settings/tokens", 200).await;
    let id = between(&listed, "/settings/tokens/new?from=", "\"").to_owned();
    let again = browser.page(&format!("{NEW}?from={id}"), 200).await;
    for words in ["value=\"ci\"", "value=\"yank\" checked", "the crate ebb and no other"] {
        assert!(again.contains(words), "{words}: {again}");
    }
    let theirs = super::Browser::of(&server, &other);
    theirs.page(&format!("{NEW}?from={id}"), 404).await;
    let revoke = format!("/settings/tokens/{id}/revoke");
    leads_to(&theirs.submit(NEW, &revoke, &[]).await, "/settings/tokens?done=token-revoked");
    server.publish_ok(&krate("ebb")).await;
    let uses = async || {
        let request = server.request(Method::DELETE, "/api/v1/crates/ebb/1.0.0/yank").header("authorization", &token);
        request.send().await.unwrap().text().await.unwrap()
    };
    let answer = uses().await;
    assert!(answer.contains("you are not an owner"), "nobody revokes the token of another: {answer}");
    leads_to(&browser.submit(NEW, &revoke, &[]).await, "/settings/tokens?done=token-revoked");
    let answer = uses().await;
    assert!(answer.contains("is not accepted"), "{answer}");
    for name in ["one", "two"] {
        let fields = [("name", name), ("lifetime", "7"), ("scope", "read")];
        secret_of(browser.submit(NEW, NEW, &fields).await).await;
    }
    leads_to(&browser.submit(NEW, "/settings/tokens/revoke", &[]).await, "/settings/tokens?done=tokens-revoked");
    let listed = browser.page("/settings/tokens?done=tokens-revoked", 200).await;
    assert!(listed.contains("You have no tokens") && listed.contains("All your tokens are revoked"), "{listed}");
}

async fn operators_decide_about_tokens(shape: Shape) {
    let settings = [("CARGOHOLD_POLICY__LEGACY_TOKENS", "true")];
    let server = TestServer::start_with(shape, &settings);
    let anna = Person::new(&server, "anna").await;
    let fields = [("name", "old"), ("lifetime", "7"), ("everything", "on")];
    let token = secret_of(Browser::of(&server, &anna).submit(NEW, NEW, &fields).await).await;
    assert_eq!(server.publish(&User { token }, &krate("tide")).await.status(), 200);

    let strict = TestServer::start(shape);
    let bert = Person::new(&strict, "bert").await;
    let browser = Browser::of(&strict, &bert);
    assert!(!browser.page(NEW, 200).await.contains("name=\"everything\""));
    let shown = html(browser.submit(NEW, NEW, &fields).await, 400).await;
    assert!(shown.contains("what the token is for"), "{shown}");

    let settings = [("CARGOHOLD_TOKENS__CREATION_DISABLED", "No <new> tokens this week")];
    let closed = TestServer::start_with(shape, &settings);
    let carl = Person::new(&closed, "carl").await;
    for path in ["/settings/tokens", NEW] {
        let shown = Browser::of(&closed, &carl).page(path, 200).await;
        assert!(shown.contains("No &#60;new&#62; tokens this week") && !shown.contains("name=\"lifetime\""), "{shown}");
    }
}
