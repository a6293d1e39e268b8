//! Signing in at `OpenID` Connect providers, at GitHub and in directories.

use reqwest::{Method, Url};
use serde_json::{Value, json};

use crate::github_server::{CLIENT_ID, CLIENT_SECRET, GitHubServer};
use crate::provider_server::{ProviderServer, query_value};
use crate::slapd::{BASE, READER, READER_PASSWORD, Slapd};
use crate::support::{Browser, Shape, TestServer, on_both_shapes};

on_both_shapes!(
    s38_an_account_is_found_by_issuer_and_subject_and_never_by_its_address,
    s39_what_a_provider_sends_back_is_good_in_one_browser_once,
    a_provider_is_linked_to_an_account_and_unlinked,
    whoever_a_provider_vouches_for_is_asked_where_sign_up_is_explicit,
    people_sign_in_at_github,
    people_sign_in_with_their_password_of_a_directory,
);

const BEGIN: &str = "/api/private/session/begin";
const AUTHORIZE: &str = "/api/private/session/authorize";
const SIGNUP: &str = "/api/private/session/signup";
const IDENTITIES: &str = "/api/private/identities";

/// A server that knows the provider under the name `corp`.
fn server_with(shape: Shape, provider: &ProviderServer, more: &[(&str, &str)]) -> TestServer {
    let settings = [
        ("CARGOHOLD_SIGN_IN__OIDC__CORP__ISSUER", provider.issuer.as_str()),
        ("CARGOHOLD_SIGN_IN__OIDC__CORP__TITLE", "The Corporation"),
        ("CARGOHOLD_SIGN_IN__OIDC__CORP__CLIENT_ID", "cargohold"),
        ("CARGOHOLD_SIGN_IN__OIDC__CORP__CLIENT_SECRET", "oidc client secret"),
        ("CARGOHOLD_SIGN_IN__OIDC__CORP__GROUPS_CLAIM", "groups"),
    ];
    TestServer::start_with(shape, &[&settings, more].concat())
}

async fn put_person(provider: &ProviderServer, subject: &str, login: &str, email: &str) {
    let claims = json!({ "preferred_username": login, "name": "Somebody", "email": email, "email_verified": true,
        "groups": ["staff"] });
    provider.put_user(subject, claims.to_string()).await;
}

/// Sends the browser to the provider and answers what it comes back with.
async fn visit(browser: &Browser<'_>, provider: &ProviderServer, path: &str, subject: &str) -> Value {
    let begun = browser.json(Method::POST, path, None).await;
    let back = provider.sign_in(begun["url"].as_str().unwrap(), subject).await;
    let state = query_value(&back, "state").unwrap();
    assert_eq!(begun["state"], state.as_str());
    assert_eq!(state.len(), 22);
    json!({ "code": query_value(&back, "code").unwrap(), "state": state })
}

async fn sign_in(browser: &Browser<'_>, provider: &ProviderServer, subject: &str) -> Value {
    let back = visit(browser, provider, BEGIN, subject).await;
    browser.json(Method::POST, AUTHORIZE, Some(back)).await
}

/// Who the account of a browser belongs to.
async fn subject(browser: &Browser<'_>) -> String {
    let listed = browser.json(Method::GET, IDENTITIES, None).await;
    listed["identities"][0]["subject"].as_str().unwrap().to_owned()
}

async fn s38_an_account_is_found_by_issuer_and_subject_and_never_by_its_address(shape: Shape) {
    let provider = ProviderServer::start().await;
    let server = server_with(shape, &provider, &[]);
    server.user("anna");
    put_person(&provider, "4711", "anna", "anna@registry.example").await;
    let ways = server.json("/api/private/session/providers").await;
    assert_eq!(ways["providers"], json!([{ "name": "corp", "title": "The Corporation" }]));

    let browser = Browser::new(&server).with("x-forwarded-host", "evil.example").with("x-forwarded-proto", "https");
    let begun = browser.json(Method::POST, BEGIN, None).await;
    let url = Url::parse(begun["url"].as_str().unwrap()).unwrap();
    assert!(begun["url"].as_str().unwrap().starts_with(&provider.issuer));
    let redirect = query_value(&url, "redirect_uri").unwrap();
    assert_eq!(redirect, format!("{}/sign-in/return", server.url), "S36: no header changes where people are led");
    for (key, value) in [("response_type", "code"), ("code_challenge_method", "S256"), ("client_id", "cargohold")] {
        assert_eq!(query_value(&url, key).as_deref(), Some(value));
    }

    let browser = Browser::new(&server);
    let signed_in = sign_in(&browser, &provider, "4711").await;
    assert_eq!(signed_in["status"], "signed_in");
    let me = browser.json(Method::GET, "/api/v1/me", None).await;
    assert_eq!((&signed_in["user"], &signed_in["owned_crates"]), (&me["user"], &me["owned_crates"]));
    assert_eq!(subject(&browser).await, "4711");
    let logins = "SELECT COUNT(*) FROM users";
    assert_eq!(server.execute_sql(logins), "3", "the address of an account here opens nobody's account");
    assert_eq!(server.execute_sql("SELECT login FROM users ORDER BY id DESC LIMIT 1"), "anna-2");

    // Everything about them changes but who they are.
    put_person(&provider, "4711", "renamed", "new@registry.example").await;
    let later = Browser::new(&server);
    assert_eq!(sign_in(&later, &provider, "4711").await["status"], "signed_in");
    assert_eq!(server.execute_sql(logins), "3");
    let email = "SELECT email FROM users ORDER BY id DESC LIMIT 1";
    assert_eq!(server.execute_sql(email), "anna@registry.example", "their address is theirs to change");
    // Somebody else has got their old login and address.
    put_person(&provider, "4712", "anna", "anna@registry.example").await;
    let other = Browser::new(&server);
    assert_eq!(sign_in(&other, &provider, "4712").await["status"], "signed_in");
    assert_eq!(subject(&other).await, "4712");
    assert_eq!(server.execute_sql(logins), "4");
    let listed = other.json(Method::GET, IDENTITIES, None).await;
    assert_eq!(listed["identities"][0]["groups"], json!(["staff"]));
}

async fn s39_what_a_provider_sends_back_is_good_in_one_browser_once(shape: Shape) {
    let provider = ProviderServer::start().await;
    let server = server_with(shape, &provider, &[]);
    put_person(&provider, "4711", "anna", "anna@registry.example").await;

    let victim = Browser::new(&server);
    let attacker = Browser::new(&server);
    let mine = visit(&attacker, &provider, BEGIN, "4711").await;
    let text = victim.refused(Method::POST, AUTHORIZE, Some(mine.clone()), 400).await;
    assert!(text.contains("not begun in this browser"), "nobody is signed in as somebody else: {text}");
    victim.json(Method::POST, BEGIN, None).await;
    victim.refused(Method::POST, AUTHORIZE, Some(mine.clone()), 400).await;
    assert!(!victim.is_signed_in().await);

    let changed = json!({ "code": mine["code"], "state": "A".repeat(22) });
    attacker.refused(Method::POST, AUTHORIZE, Some(changed), 400).await;
    attacker.refused(Method::POST, AUTHORIZE, Some(mine), 400).await;
    assert!(!attacker.is_signed_in().await, "a wrong state uses the sign-in up");

    let browser = Browser::new(&server);
    let begun = browser.json(Method::POST, BEGIN, None).await;
    let kept = browser.cookie("cargo_sign_in").unwrap();
    let made_up = json!({ "code": "made-up", "state": begun["state"] });
    let text = browser.refused(Method::POST, AUTHORIZE, Some(made_up.clone()), 400).await;
    assert!(text.contains("start it again"), "{text}");
    assert_eq!(browser.cookie("cargo_sign_in"), None);
    let back = visit(&browser, &provider, BEGIN, "4711").await;
    browser.json(Method::POST, AUTHORIZE, Some(back.clone())).await;
    browser.set_cookie("cargo_sign_in", &kept);
    browser.refused(Method::POST, AUTHORIZE, Some(back), 400).await;
    browser.refused(Method::POST, "/api/private/session/begin?provider=none", None, 404).await;
    let foreign = Browser::new(&server).with("origin", "https://evil.example");
    foreign.refused(Method::POST, BEGIN, None, 403).await;
    assert_eq!(server.execute_sql("SELECT COUNT(*) FROM sign_ins"), "0", "whatever came back is used up");
}

async fn a_provider_is_linked_to_an_account_and_unlinked(shape: Shape) {
    let provider = ProviderServer::start().await;
    let server = server_with(shape, &provider, &[]);
    put_person(&provider, "4711", "anna", "anna@corp.example").await;
    put_person(&provider, "4712", "bert", "bert@corp.example").await;
    let link = "/api/private/session/begin?provider=corp&link=1";
    Browser::new(&server).refused(Method::POST, link, None, 403).await;

    let made = server.cli(&["admin", "user", "create", "local", "--email", "local@registry.example", "--json"]);
    let made: Value = serde_json::from_str(&made).unwrap();
    let cookie = server.sign_in("local", made["password"].as_str().unwrap()).await;
    let local = Browser::new(&server);
    local.set_cookie("cargo_session", cookie.strip_prefix("cargo_session=").unwrap());
    let back = visit(&local, &provider, link, "4711").await;
    assert_eq!(local.json(Method::POST, AUTHORIZE, Some(back)).await, json!({ "status": "linked" }));

    let elsewhere = Browser::new(&server);
    sign_in(&elsewhere, &provider, "4711").await;
    assert_eq!(server.execute_sql("SELECT COUNT(*) FROM users"), "2", "it leads to the account it is linked to");
    let other = Browser::new(&server);
    sign_in(&other, &provider, "4712").await;
    let back = visit(&other, &provider, link, "4711").await;
    let text = other.refused(Method::POST, AUTHORIZE, Some(back), 400).await;
    assert!(text.contains("linked to another account"), "{text}");

    let own = other.json(Method::GET, IDENTITIES, None).await["identities"][0]["id"].clone();
    let text = other.refused(Method::DELETE, &format!("{IDENTITIES}/{own}"), None, 400).await;
    assert!(text.contains("only way"), "{text}");
    local.json(Method::DELETE, &format!("{IDENTITIES}/{own}"), None).await;
    assert_eq!(other.json(Method::GET, IDENTITIES, None).await["identities"].as_array().unwrap().len(), 1);
    let linked = local.json(Method::GET, IDENTITIES, None).await["identities"][0]["id"].clone();
    local.json(Method::DELETE, &format!("{IDENTITIES}/{linked}"), None).await;
    assert_eq!(local.json(Method::GET, IDENTITIES, None).await, json!({ "identities": [] }));
}

async fn whoever_a_provider_vouches_for_is_asked_where_sign_up_is_explicit(shape: Shape) {
    let provider = ProviderServer::start().await;
    put_person(&provider, "4711", "anna@corp.example", "anna@corp.example").await;
    let strict = [("CARGOHOLD_SIGN_IN__OIDC__CORP__OPENS_ACCOUNTS", "false")];
    let server = server_with(shape, &provider, &strict);
    let browser = Browser::new(&server);
    assert_eq!(sign_in(&browser, &provider, "4711").await, json!({ "status": "signup_required" }));
    assert!(!browser.is_signed_in().await);
    let pending = browser.json(Method::GET, SIGNUP, None).await;
    assert_eq!(pending, json!({ "signup": { "login": "anna", "email": "anna@corp.example" } }));
    let sign_up =
        |email: &str, invitation: Option<&str>| Some(json!({ "signup": { "email": email, "invitation": invitation } }));
    browser.refused(Method::POST, SIGNUP, sign_up("no address", None), 422).await;
    browser.refused(Method::POST, SIGNUP, sign_up("anna@home.example", None), 403).await;
    let printed = server.cli(&["admin", "user", "invite"]);
    let secret = printed.split_whitespace().nth(1).unwrap();
    let done = browser.json(Method::POST, SIGNUP, sign_up("anna@home.example", Some(secret))).await;
    assert_eq!(done["user"]["login"], "anna");
    assert_eq!(done["owned_crates"], json!([]));
    assert!(browser.is_signed_in().await);
    let verified = server.execute_sql("SELECT is_email_verified FROM users WHERE login = 'anna'");
    assert!(["0", "f"].contains(&verified.as_str()), "the provider vouched for another address");
    browser.refused(Method::GET, SIGNUP, None, 400).await;
    Browser::new(&server).refused(Method::GET, SIGNUP, None, 400).await;
    assert_eq!(sign_in(&Browser::new(&server), &provider, "4711").await["status"], "signed_in");

    let closed = server_with(shape, &provider, &[&strict[..], &[("CARGOHOLD_SIGN_UP__MODE", "closed")]].concat());
    let browser = Browser::new(&closed);
    let back = visit(&browser, &provider, BEGIN, "4711").await;
    let text = browser.refused(Method::POST, AUTHORIZE, Some(back), 403).await;
    assert!(text.contains("ask an administrator"), "{text}");
    browser.refused(Method::GET, SIGNUP, None, 404).await;
    browser.json(Method::DELETE, SIGNUP, None).await;
}

async fn people_sign_in_at_github(shape: Shape) {
    let github = GitHubServer::start().await;
    github.put_user(42, "octavia");
    let api = github.api_url();
    let settings = [
        ("CARGOHOLD_SIGN_IN__GITHUB__CLIENT_ID", CLIENT_ID),
        ("CARGOHOLD_SIGN_IN__GITHUB__CLIENT_SECRET", CLIENT_SECRET),
        ("CARGOHOLD_SIGN_IN__GITHUB__WEB_URL", &github.url),
        ("CARGOHOLD_SIGN_IN__GITHUB__API_URL", &api),
        ("CARGOHOLD_SIGN_UP__MODE", "open"),
    ];
    let server = TestServer::start_with(shape, &settings);
    let browser = Browser::new(&server);
    let begun = browser.json(Method::POST, BEGIN, None).await;
    let url = begun["url"].as_str().unwrap();
    assert!(url.contains("scope=read%3Aorg"), "{url}");
    let back = github.sign_in(url, "octavia").await;
    assert!(back.as_str().starts_with(&format!("{}/github-redirect.html?", server.url)), "{back}");
    let back = json!({ "code": query_value(&back, "code"), "state": query_value(&back, "state") });
    assert_eq!(browser.json(Method::POST, AUTHORIZE, Some(back)).await["status"], "signed_in");
    let listed = browser.json(Method::GET, IDENTITIES, None).await;
    let identity = &listed["identities"][0];
    assert_eq!((&identity["provider"], &identity["subject"]), (&json!("github"), &json!("42")));
    assert_eq!(server.execute_sql("SELECT github_login FROM users WHERE login = 'octavia'"), "octavia");
    assert_eq!(github.state().tokens.len(), 1, "it gave one token, which is stored sealed: see `secrets.rs`");

    github.state().is_down = true;
    let browser = Browser::new(&server);
    let begun = browser.json(Method::POST, BEGIN, None).await;
    let down = json!({ "code": "any", "state": begun["state"] });
    assert_eq!(browser.ask(Method::POST, AUTHORIZE, Some(down)).await.status(), 503);
}

async fn people_sign_in_with_their_password_of_a_directory(shape: Shape) {
    let slapd = Slapd::start(None).await;
    let people = format!("ou=people,{BASE}");
    slapd.add(&people, &[("objectClass", "organizationalUnit"), ("ou", "people")]).await;
    let dana = [
        ("objectClass", "inetOrgPerson"),
        ("uid", "dana"),
        ("cn", "Dana Directory"),
        ("sn", "Directory"),
        ("mail", "dana@corp.example"),
        ("userPassword", "dana's password"),
    ];
    slapd.add(&format!("uid=dana,{people}"), &dana).await;
    let url = slapd.url();
    let settings = [
        ("CARGOHOLD_SIGN_IN__LDAP__STAFF__URL", url.as_str()),
        ("CARGOHOLD_SIGN_IN__LDAP__STAFF__BIND_DN", READER),
        ("CARGOHOLD_SIGN_IN__LDAP__STAFF__BIND_PASSWORD", READER_PASSWORD),
        ("CARGOHOLD_SIGN_IN__LDAP__STAFF__USER_BASE", &people),
    ];
    let server = TestServer::start_with(shape, &settings);
    let session = "/api/private/session";
    let browser = Browser::new(&server);
    for (login, password) in [("dana", "wrong"), ("dana", ""), ("*", "dana's password"), ("nobody", "x")] {
        browser.refused(Method::POST, session, Some(json!({ "login": login, "password": password })), 403).await;
    }
    let right = json!({ "login": "dana", "password": "dana's password" });
    assert_eq!(browser.json(Method::POST, session, Some(right.clone())).await["status"], "signed_in");
    let listed = browser.json(Method::GET, IDENTITIES, None).await;
    assert_eq!(listed["identities"][0]["provider"], "staff");
    let stored = server.execute_sql("SELECT login || ' ' || email || ' ' || name FROM users WHERE login = 'dana'");
    assert_eq!(stored, "dana dana@corp.example Dana Directory");
    browser.json(Method::POST, session, Some(right.clone())).await;
    assert_eq!(server.execute_sql("SELECT COUNT(*) FROM users"), "2", "the second time it is the same account");

    let mut slapd = slapd;
    slapd.stop();
    let answer = browser.ask(Method::POST, session, Some(right)).await;
    assert_eq!(answer.status(), 503);
}
