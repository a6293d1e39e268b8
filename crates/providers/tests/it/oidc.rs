//! Sign-in at a real `OpenID` Connect provider.

use std::time::{Duration, SystemTime};

use cargohold_providers::{Flow, Oidc, OidcConfig, ProviderError};

use crate::fake_provider::oidc;
use crate::provider_server::{ProviderServer, query_value};

const ALICE: &str = r#"{
    "preferred_username": "alice", "name": "Alice A.", "email": "alice@login.example", "email_verified": true,
    "picture": "https://login.example/alice.png", "groups": ["staff", "rust"]
}"#;

fn config(provider: &ProviderServer) -> OidcConfig {
    OidcConfig {
        name: "login".to_owned(),
        issuer: provider.issuer.clone(),
        client_id: "cargohold".to_owned(),
        client_secret: Some("secret".to_owned()),
        scopes: vec!["profile".to_owned(), "email".to_owned()],
        login_claim: "preferred_username".to_owned(),
        groups_claim: Some("groups".to_owned()),
        redirect_url: "https://registry.example/callback?provider=login".to_owned(),
    }
}

fn flow(name: &str) -> Flow {
    Flow { state: format!("state {name}"), nonce: format!("nonce {name}"), pkce_verifier: format!("{name:-<43}") }
}

/// The provider signs with the time of the machine.
fn now() -> SystemTime {
    #[expect(clippy::disallowed_methods, reason = "the provider reads the clock of the machine, so this must, too")]
    SystemTime::now()
}

/// Sends the browser through the sign-in form and returns the code it comes back with.
async fn obtain_code(provider: &ProviderServer, oidc: &Oidc, flow: &Flow, subject: &str) -> String {
    let url = oidc.authorize_url(flow, now()).await.unwrap();
    let back = provider.sign_in(url.as_str(), subject).await;
    assert!(back.as_str().starts_with("https://registry.example/callback?provider=login&"), "{back}");
    assert!(flow.is_answered_by(&query_value(&back, "state").unwrap()));
    query_value(&back, "code").unwrap()
}

#[tokio::test]
async fn somebody_signs_in_at_a_real_provider() {
    let provider = ProviderServer::start().await;
    provider.put_user("alice-4711", ALICE).await;
    let oidc = oidc(config(&provider));
    oidc.check().await.unwrap();
    let code = obtain_code(&provider, &oidc, &flow("one"), "alice-4711").await;
    let person = oidc.exchange(&code, &flow("one"), now()).await.unwrap();
    assert_eq!((person.issuer.as_str(), person.subject.as_str()), (provider.issuer.as_str(), "alice-4711"));
    assert_eq!((person.login.as_deref(), person.name.as_deref()), (Some("alice"), Some("Alice A.")));
    assert_eq!((person.email.as_deref(), person.is_email_verified), (Some("alice@login.example"), true));
    assert_eq!(person.avatar.as_deref(), Some("https://login.example/alice.png"));
    assert_eq!(person.groups, ["staff", "rust"]);
}

#[tokio::test]
async fn what_a_real_provider_does_not_know_stays_empty() {
    let provider = ProviderServer::start().await;
    let oidc = oidc(OidcConfig { scopes: vec![], ..config(&provider) });
    let code = obtain_code(&provider, &oidc, &flow("one"), "bob@login.example").await;
    // Neither the id token nor the user info, which is asked here, knows a login or groups.
    let person = oidc.exchange(&code, &flow("one"), now()).await.unwrap();
    assert_eq!(person.subject, "bob@login.example");
    assert_eq!((person.login, person.email, person.is_email_verified), (None, None, false));
    assert_eq!(person.groups, [""; 0]);
}

#[tokio::test]
async fn s39_a_real_provider_accepts_a_code_once_and_no_made_up_one() {
    let provider = ProviderServer::start().await;
    let oidc = oidc(config(&provider));
    let code = obtain_code(&provider, &oidc, &flow("one"), "alice").await;
    oidc.exchange(&code, &flow("one"), now()).await.unwrap();
    let again = oidc.exchange(&code, &flow("one"), now()).await.unwrap_err();
    assert!(matches!(again, ProviderError::CodeRefused { .. }), "{again:?}");
    let made_up = oidc.exchange("made-up", &flow("one"), now()).await.unwrap_err();
    assert!(matches!(made_up, ProviderError::CodeRefused { .. }), "{made_up:?}");
}

#[tokio::test]
async fn s39_a_code_of_another_browser_is_not_accepted() {
    let provider = ProviderServer::start().await;
    let oidc = oidc(config(&provider));
    let code = obtain_code(&provider, &oidc, &flow("theirs"), "mallory").await;
    let error = oidc.exchange(&code, &flow("ours"), now()).await.unwrap_err();
    assert!(matches!(error, ProviderError::Untrustworthy { .. }), "{error:?}");
    assert!(!flow("ours").is_answered_by("state theirs"));
    assert!(!flow("ours").is_answered_by("state our"));
    assert!(!Flow { state: String::new(), ..flow("ours") }.is_answered_by(""));
}

#[tokio::test]
async fn an_id_token_expires() {
    let provider = ProviderServer::start().await;
    let oidc = oidc(config(&provider));
    let code = obtain_code(&provider, &oidc, &flow("one"), "alice").await;
    let late = now() + Duration::from_hours(2);
    let error = oidc.exchange(&code, &flow("one"), late).await.unwrap_err();
    assert!(matches!(error, ProviderError::Untrustworthy { .. }), "{error:?}");
}

#[tokio::test]
async fn who_says_no_comes_back_without_a_code() {
    let provider = ProviderServer::start().await;
    let url = oidc(config(&provider)).authorize_url(&flow("one"), now()).await.unwrap();
    let back = provider.deny(url.as_str()).await;
    assert_eq!(query_value(&back, "error").as_deref(), Some("access_denied"));
    assert_eq!(query_value(&back, "code"), None);
}

#[tokio::test]
async fn a_provider_that_is_gone_is_unreachable() {
    let provider = ProviderServer::start().await;
    let oidc = oidc(config(&provider));
    drop(provider);
    let error = oidc.check().await.unwrap_err();
    assert!(matches!(error, ProviderError::Unreachable { .. }), "{error:?}");
}
