//! S35: no token, password, cookie, code or key of anybody is kept or said in clear: not in the log however much is logged, not
//! in what clients are told, and not in the database.

use std::process::Command;

use reqwest::Method;
use serde_json::{Value, json};

use crate::github_server::{CLIENT_ID, CLIENT_SECRET, GitHubServer};
use crate::provider_server::{ProviderServer, query_value};
use crate::slapd::{BASE, READER, READER_PASSWORD, Slapd};
use crate::support::{Browser, Mailbox, Shape, TestServer, krate, on_both_shapes, sha256};

on_both_shapes!(s35_nothing_secret_is_logged_told_or_stored_in_clear);

const OIDC_SECRET: &str = "canary-oidc-client-secret";
const SCANNING_SECRET: &str = "canary-scanning-secret-of-operators";
const PASSWORD: &str = "canary password of anna";
const LDAP_PASSWORD: &str = "canary password of dana";
const SESSION: &str = "/api/private/session";

/// Secrets, each with what it is.
#[derive(Default)]
struct Canaries(Vec<(&'static str, String)>);

impl Canaries {
    fn add(&mut self, what: &'static str, secret: impl Into<String>) -> String {
        let secret = secret.into();
        assert!(secret.len() >= 6, "{what} is too short to be looked for: {secret}");
        self.0.push((what, secret.clone()));
        secret
    }

    /// Looks for every secret, as it is and as it may be written elsewhere.
    fn are_not_in(&self, place: &str, bytes: &[u8]) {
        for (what, secret) in &self.0 {
            let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
            let forms = [secret.clone(), secret.replace(' ', "+"), secret.replace(' ', "%20"), base64(secret), hex];
            for form in forms {
                // A code of six digits is looked for as a word: it may be a part of any number.
                let is_found = bytes.windows(form.len()).any(|part| part == form.as_bytes());
                assert!(!is_found, "{what} is in {place} as `{form}`");
            }
        }
    }
}

fn base64(text: &str) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD_NO_PAD, text)
}

/// Everything that is in the database.
fn stored(server: &TestServer) -> Vec<u8> {
    let Some(url) = server.database_url() else {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(server.data_dir()).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap().to_str().unwrap().starts_with("cargohold.db") {
                all.extend(std::fs::read(path).unwrap());
            }
        }
        return all;
    };
    let dump = Command::new("pg_dump").args(["--inserts", &url]).output().unwrap();
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    // Bytes are shown as hexadecimal digits, which are looked for, too.
    dump.stdout
}

async fn s35_nothing_secret_is_logged_told_or_stored_in_clear(shape: Shape) {
    let (provider, github, slapd) = tokio::join!(ProviderServer::start(), GitHubServer::start(), Slapd::start(None));
    let claims = json!({ "preferred_username": "opal", "email": "opal@corp.example", "email_verified": true });
    provider.put_user("4711", claims.to_string()).await;
    github.put_user(42, "octavia");
    let person = [
        ("objectClass", "inetOrgPerson"),
        ("uid", "dana"),
        ("cn", "Dana"),
        ("sn", "D"),
        ("userPassword", LDAP_PASSWORD),
    ];
    slapd.add(&format!("uid=dana,{BASE}"), &person).await;
    let mailbox = Mailbox::new();
    let (api_url, ldap_url, transport) = (github.api_url(), slapd.url(), mailbox.transport());
    let settings = [
        ("CARGOHOLD_LOG__FILTER", "trace"),
        ("CARGOHOLD_SIGN_UP__MODE", "open"),
        ("CARGOHOLD_MAIL__TRANSPORT", transport.as_str()),
        ("CARGOHOLD_TOKENS__SCANNING_SECRET", SCANNING_SECRET),
        ("CARGOHOLD_SIGN_IN__OIDC__CORP__ISSUER", provider.issuer.as_str()),
        ("CARGOHOLD_SIGN_IN__OIDC__CORP__CLIENT_ID", "cargohold"),
        ("CARGOHOLD_SIGN_IN__OIDC__CORP__CLIENT_SECRET", OIDC_SECRET),
        ("CARGOHOLD_SIGN_IN__GITHUB__CLIENT_ID", CLIENT_ID),
        ("CARGOHOLD_SIGN_IN__GITHUB__CLIENT_SECRET", CLIENT_SECRET),
        ("CARGOHOLD_SIGN_IN__GITHUB__WEB_URL", &github.url),
        ("CARGOHOLD_SIGN_IN__GITHUB__API_URL", &api_url),
        ("CARGOHOLD_SIGN_IN__LDAP__STAFF__URL", ldap_url.as_str()),
        ("CARGOHOLD_SIGN_IN__LDAP__STAFF__BIND_DN", READER),
        ("CARGOHOLD_SIGN_IN__LDAP__STAFF__BIND_PASSWORD", READER_PASSWORD),
        ("CARGOHOLD_SIGN_IN__LDAP__STAFF__USER_BASE", BASE),
    ];
    let server = TestServer::start_with(shape, &settings);
    let mut canaries = Canaries::default();
    canaries
        .add("the key of the server", std::fs::read_to_string(server.data_dir().join("secret.key")).unwrap().trim());
    for (what, secret) in [
        ("a client secret", OIDC_SECRET),
        ("GitHub's client secret", CLIENT_SECRET),
        ("the scanners' secret", SCANNING_SECRET),
        ("the directory's password", READER_PASSWORD),
        ("a password", PASSWORD),
        ("a password in the directory", LDAP_PASSWORD),
        ("the first token", server.admin.token.as_str()),
    ] {
        canaries.add(what, secret);
    }
    let mut told = Vec::new();
    let browser = live(&server, &mailbox, &mut canaries).await;
    sign_in_elsewhere(&server, &provider, &github, &mut canaries, &mut told).await;
    misuse(&server, &canaries, &browser, &mut told).await;

    canaries.are_not_in("what clients are told", told.join("\n").as_bytes());
    canaries.are_not_in("the log", server.log().as_bytes());
    canaries.are_not_in("the database", &stored(&server));
    canaries.are_not_in("the audit log", server.cli(&["admin", "audit", "--json"]).as_bytes());
    canaries.are_not_in("the configuration as shown", server.cli(&["check-config"]).as_bytes());
    for (what, secret) in &canaries.0 {
        let hash = sha256(secret.as_bytes());
        assert!(!server.log().contains(&hash), "the hash of {what}, under which it is found, is in the log");
    }
}

/// What people do who have an account here.
async fn live<'s>(server: &'s TestServer, mailbox: &Mailbox, canaries: &mut Canaries) -> Browser<'s> {
    let browser = Browser::new(server);
    let account = json!({ "login": "anna", "email": "anna@registry.example", "password": PASSWORD });
    browser.json(Method::POST, "/api/private/account", Some(account)).await;
    canaries.add("a session", browser.cookie("cargo_session").unwrap());
    let confirm = canaries.add("the secret of a mail", mailbox.latest("anna@registry.example").link("/confirm/"));
    browser.json(Method::PUT, &format!("/api/v1/confirm/{confirm}"), None).await;
    browser.refused(Method::GET, &format!("/api/v1/confirm/{confirm}"), None, 405).await.clear();

    let wanted = json!({ "api_token": { "name": "ci", "endpoint_scopes": ["publish-new", "publish-update"] } });
    let made = browser.json(Method::PUT, "/api/v1/me/tokens", Some(wanted)).await;
    let token = canaries.add("a token", made["api_token"]["token"].as_str().unwrap());
    let publish = server.request(Method::PUT, "/api/v1/crates/new").header("authorization", &token);
    let published = publish.body(krate("canary").publish_body()).send().await.unwrap();
    assert_eq!(published.status(), 200);
    server.user("invited");
    let wanted = json!({ "owners": ["invited"] });
    browser.json(Method::PUT, "/api/v1/crates/canary/owners", Some(wanted)).await;
    let link = mailbox.latest("invited@registry.example").link("/accept-invite/");
    let link = canaries.add("the secret of an invitation", link);
    let accept = format!("/api/v1/me/crate_owner_invitations/accept/{link}");
    Browser::new(server).json(Method::PUT, &accept, None).await;

    let offered = browser.json(Method::POST, "/api/private/second_factor", None).await;
    let secret = canaries.add("the secret of a second factor", offered["secret"].as_str().unwrap());
    let code = crate::sign_in::code(&secret, 0);
    let confirmed = browser.json(Method::PUT, "/api/private/second_factor", Some(json!({ "code": code }))).await;
    for code in confirmed["recovery_codes"].as_array().unwrap() {
        canaries.add("a recovery code", code.as_str().unwrap());
    }
    let again = Browser::new(server);
    again.json(Method::POST, SESSION, Some(json!({ "login": "anna", "password": PASSWORD }))).await;
    canaries.add("half a session", again.cookie("cargo_session").unwrap());
    let printed = server.cli(&["admin", "user", "invite"]);
    canaries.add("the secret of an invitation to sign up", printed.split_whitespace().nth(1).unwrap());
    let reset = server.cli(&["admin", "user", "reset-password", "invited"]);
    canaries.add("a one-time password", reset.split_whitespace().nth(1).unwrap());
    browser
}

/// What people do who sign in elsewhere.
async fn sign_in_elsewhere(
    server: &TestServer,
    provider: &ProviderServer,
    github: &GitHubServer,
    canaries: &mut Canaries,
    told: &mut Vec<String>,
) {
    for name in ["corp", "github"] {
        let browser = Browser::new(server);
        let begun = browser.json(Method::POST, &format!("{SESSION}/begin?provider={name}"), None).await;
        canaries.add("what a browser keeps", browser.cookie("cargo_sign_in").unwrap());
        let url = begun["url"].as_str().unwrap();
        let back =
            if name == "corp" { provider.sign_in(url, "4711").await } else { github.sign_in(url, "octavia").await };
        let code = canaries.add("a code", query_value(&back, "code").unwrap());
        let state = canaries.add("a state", query_value(&back, "state").unwrap());
        let wrong = Browser::new(server);
        let body = json!({ "code": code, "state": state });
        told.push(wrong.refused(Method::POST, &format!("{SESSION}/authorize"), Some(body.clone()), 400).await);
        browser.json(Method::POST, &format!("{SESSION}/authorize"), Some(body)).await;
        canaries.add("a session", browser.cookie("cargo_session").unwrap());
    }
    let token = github.state().tokens.keys().next().unwrap().clone();
    canaries.add("a token of GitHub's", token);
    let browser = Browser::new(server);
    let body = json!({ "login": "dana", "password": LDAP_PASSWORD });
    browser.json(Method::POST, SESSION, Some(body)).await;
    canaries.add("a session", browser.cookie("cargo_session").unwrap());
}

/// Secrets in all the wrong places: each is refused, and no refusal repeats it.
async fn misuse(server: &TestServer, canaries: &Canaries, browser: &Browser<'_>, told: &mut Vec<String>) {
    for (_, secret) in &canaries.0 {
        let Ok(header) = reqwest::header::HeaderValue::from_str(secret) else { continue };
        let me = server.request(Method::GET, "/api/v1/me").header("authorization", &header);
        told.push(me.send().await.unwrap().text().await.unwrap());
        let publish = server.request(Method::PUT, "/api/v1/crates/new").header("authorization", header);
        told.push(publish.body(krate("misuse").publish_body()).send().await.unwrap().text().await.unwrap());
        let body: Value = json!({ "code": secret });
        let answer = browser.ask(Method::POST, "/api/private/session/second_factor", Some(body)).await;
        told.push(answer.text().await.unwrap());
    }
}
