//! How people get in, and what administrators do with accounts.

use reqwest::Method;
use serde_json::{Value, json};

use super::Inspector;
use super::Who::{Admin, Alice, Nobody};
use crate::provider_server::{ProviderServer, query_value};
use crate::support::Browser;

const SESSION: &str = "/api/private/session";
const PASSWORD: &str = "a password for the inspector";

/// Asks as a browser, and judges the answer.
async fn ask(
    inspector: &mut Inspector<'_>,
    browser: &Browser<'_>,
    method: Method,
    path: &str,
    body: Option<Value>,
    status: u16,
) -> Value {
    let answer = browser.ask(method.clone(), path, body).await;
    inspector.judge(answer, &method, path, status).await
}

/// Signs somebody in at a provider that opens no accounts by itself, so that they are asked.
pub(super) async fn sign_in_elsewhere(inspector: &mut Inspector<'_>, provider: &ProviderServer) {
    provider.put_user("4711", json!({ "preferred_username": "opal" }).to_string()).await;
    inspector.get(&format!("{SESSION}/providers"), 200).await;
    let browser = Browser::new(inspector.server);
    for round in 0..2 {
        let begun = ask(inspector, &browser, Method::POST, &format!("{SESSION}/begin"), None, 200).await;
        let back = provider.sign_in(begun["url"].as_str().unwrap(), "4711").await;
        let body = json!({ "code": query_value(&back, "code"), "state": query_value(&back, "state") });
        let authorize = format!("{SESSION}/authorize");
        let status =
            ask(inspector, &browser, Method::POST, &authorize, Some(body.clone()), 200).await["status"].clone();
        if round > 0 {
            assert_eq!(status, "signed_in");
            break;
        }
        assert_eq!(status, "signup_required");
        ask(inspector, &browser, Method::GET, &format!("{SESSION}/signup"), None, 200).await;
        let made = inspector.ask(Admin, Method::POST, "/api/private/signup_invitations", Some(json!({})), 200).await;
        let wanted = json!({ "signup": { "email": "opal@corp.example", "invitation": made["secret"] } });
        ask(inspector, &browser, Method::POST, &format!("{SESSION}/signup"), Some(wanted), 200).await;
    }
    ask(inspector, &browser, Method::DELETE, &format!("{SESSION}/signup"), None, 200).await;
    let linked = ask(inspector, &browser, Method::GET, "/api/private/identities", None, 200).await;
    let path = format!("/api/private/identities/{}", linked["identities"][0]["id"]);
    ask(inspector, &browser, Method::DELETE, &path, None, 400).await;
    ask(inspector, &browser, Method::DELETE, "/api/private/identities/0", None, 200).await;
}

/// Everything somebody can do with their own ways in.
pub(super) async fn look_after_an_account(inspector: &mut Inspector<'_>) {
    let browser = Browser::new(inspector.server);
    let made = inspector.ask(Admin, Method::POST, "/api/private/signup_invitations", Some(json!({})), 200).await;
    let wanted = json!({ "login": "ines", "email": "ines@registry.example", "password": PASSWORD,
        "invitation": made["secret"] });
    ask(inspector, &browser, Method::POST, "/api/private/account", Some(wanted.clone()), 200).await;
    ask(inspector, &browser, Method::POST, "/api/private/account", Some(wanted), 403).await;
    let change = json!({ "old": PASSWORD, "new": "another password for it" });
    ask(inspector, &browser, Method::PUT, &format!("{SESSION}/password"), Some(change), 200).await;
    ask(inspector, &browser, Method::GET, "/api/private/sessions", None, 200).await;
    ask(inspector, &browser, Method::DELETE, "/api/private/sessions/0", None, 200).await;

    let keys = "/api/v1/me/public_keys";
    ask(inspector, &browser, Method::GET, keys, None, 200).await;
    let key = json!({ "public_key": { "name": "laptop",
        "key": "k3.public.AmvIPjJsRf77lSo9utOIpb4PLh9FY0nF5rHVRp6-2vJ_wcHBKtcrMMkPjXRbYust2g" } });
    let registered = ask(inspector, &browser, Method::PUT, keys, Some(key), 200).await;
    let path = format!("{keys}/{}", registered["public_key"]["id"]);
    ask(inspector, &browser, Method::DELETE, &path, None, 200).await;

    let factor = "/api/private/second_factor";
    ask(inspector, &browser, Method::GET, factor, None, 200).await;
    let offered = ask(inspector, &browser, Method::POST, factor, None, 200).await;
    let secret = offered["secret"].as_str().unwrap();
    let code = json!({ "code": crate::sign_in::code(secret, 0) });
    let confirmed = ask(inspector, &browser, Method::PUT, factor, Some(code), 200).await;
    let code = |index: usize| Some(json!({ "code": confirmed["recovery_codes"][index] }));
    let body = json!({ "login": "ines", "password": "another password for it" });
    ask(inspector, &browser, Method::POST, SESSION, Some(body), 200).await;
    ask(inspector, &browser, Method::POST, &format!("{SESSION}/second_factor"), code(0), 200).await;
    ask(inspector, &browser, Method::POST, &format!("{SESSION}/second_factor"), code(1), 403).await;
    ask(inspector, &browser, Method::DELETE, factor, code(1), 200).await;
    ask(inspector, &browser, Method::DELETE, "/api/private/sessions", None, 200).await;
    ask(inspector, &browser, Method::GET, "/api/private/sessions", None, 403).await;
}

/// What administrators see and do.
pub(super) async fn administrate(inspector: &mut Inspector<'_>) {
    let invitations = "/api/private/signup_invitations";
    inspector.ask(Admin, Method::POST, invitations, Some(json!({})), 200).await;
    let listed = inspector.ask(Admin, Method::GET, invitations, None, 200).await;
    let path = format!("{invitations}/{}", listed["invitations"][0]["id"]);
    inspector.ask(Admin, Method::DELETE, &path, None, 200).await;
    inspector.ask(Alice, Method::GET, invitations, None, 403).await;

    let user = "/api/private/users/alice";
    let (lock, rates) = (format!("{user}/lock"), format!("{user}/rate_limits"));
    inspector
        .ask(Admin, Method::PUT, &lock, Some(json!({ "reason": "lost", "until": "2099-01-01T00:00:00Z" })), 200)
        .await;
    inspector.ask(Alice, Method::GET, invitations, None, 403).await;
    inspector.ask(Admin, Method::DELETE, &lock, None, 200).await;
    let rate = format!("{rates}/mail");
    inspector.ask(Admin, Method::PUT, &rate, Some(json!({ "burst": 3 })), 200).await;
    inspector.ask(Admin, Method::PUT, &rate, Some(json!({ "burst": -3 })), 422).await;
    let listed = inspector.ask(Admin, Method::GET, &rates, None, 200).await;
    assert_eq!(listed, json!({ "rate_limits": [{ "action": "mail", "burst": 3, "expires_at": null }] }));
    inspector.ask(Admin, Method::DELETE, &rate, None, 200).await;
    inspector.ask(Admin, Method::GET, "/api/private/audit?subject=alice&per_page=2", None, 200).await;
    inspector.ask(Nobody, Method::GET, "/api/private/audit", None, 403).await;
}
