//! When a provider is asked about itself, and when it is not (S30).

use cargohold_providers::ProviderError;
use hyper::StatusCode;
use jsonwebtoken::Algorithm;
use serde_json::json;

use crate::fake_provider::{FakeProvider, NOON, Signer, flow, in_seconds, noon};

const DISCOVERY: &str = "/.well-known/openid-configuration";

#[tokio::test]
async fn many_who_sign_in_at_once_cause_one_discovery() {
    let provider = FakeProvider::start().await;
    let oidc = std::sync::Arc::new(provider.oidc());
    let mut browsers = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let oidc = std::sync::Arc::clone(&oidc);
        browsers.spawn(async move { oidc.authorize_url(&flow(), noon()).await.is_ok() });
    }
    assert!(browsers.join_all().await.into_iter().all(|is_ok| is_ok));
    assert_eq!((provider.hits(DISCOVERY), provider.hits("/jwks")), (1, 1));
}

#[tokio::test]
async fn s30_a_new_key_is_fetched_at_most_once_a_minute() {
    let provider = FakeProvider::start().await;
    let oidc = provider.oidc();
    provider.sign_in(&oidc, noon()).await.unwrap();
    provider.state().signer = Signer::new("second", Algorithm::ES256);
    for second in [1, 59] {
        let error = provider.sign_in(&oidc, in_seconds(second)).await.unwrap_err();
        assert!(matches!(error, ProviderError::Untrustworthy { .. }), "{error:?}");
    }
    assert_eq!(provider.hits("/jwks"), 1);
    provider.sign_in(&oidc, in_seconds(60)).await.unwrap();
    provider.sign_in(&oidc, in_seconds(61)).await.unwrap();
    assert_eq!(provider.hits("/jwks"), 2);
}

#[tokio::test]
async fn a_new_key_under_an_old_id_is_found_too() {
    let provider = FakeProvider::start().await;
    let oidc = provider.oidc();
    provider.sign_in(&oidc, noon()).await.unwrap();
    provider.state().signer = Signer::new("first", Algorithm::ES256);
    provider.sign_in(&oidc, in_seconds(59)).await.unwrap_err();
    provider.sign_in(&oidc, in_seconds(60)).await.unwrap();
    assert_eq!(provider.hits("/jwks"), 2);
}

#[tokio::test]
async fn s30_keys_nobody_published_do_not_make_us_ask_again_and_again() {
    let provider = FakeProvider::start().await;
    let oidc = provider.oidc();
    provider.sign_in(&oidc, noon()).await.unwrap();
    let foreign = Signer::new("unknown", Algorithm::ES256);
    provider.state().mint = Some(Box::new(move |claims| foreign.sign(claims)));
    for second in 100..150 {
        provider.sign_in(&oidc, in_seconds(second)).await.unwrap_err();
    }
    assert_eq!(provider.hits("/jwks"), 2);
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_not_asked_again_for_a_minute() {
    let provider = FakeProvider::start().await;
    let oidc = provider.oidc();
    provider.state().is_down = true;
    for second in [0, 1, 59] {
        let error = oidc.authorize_url(&flow(), in_seconds(second)).await.unwrap_err();
        assert!(matches!(error, ProviderError::Unreachable { .. }), "{error:?}");
    }
    assert_eq!(provider.hits(DISCOVERY), 1);
    provider.state().is_down = false;
    oidc.authorize_url(&flow(), in_seconds(60)).await.unwrap();
    assert_eq!(provider.hits(DISCOVERY), 2);
}

#[tokio::test]
async fn what_is_known_of_a_provider_is_renewed_hourly_and_kept_while_it_is_away() {
    let provider = FakeProvider::start().await;
    let oidc = provider.oidc();
    for second in [0, 3599] {
        oidc.authorize_url(&flow(), in_seconds(second)).await.unwrap();
    }
    assert_eq!(provider.hits(DISCOVERY), 1);
    provider.state().is_down = true;
    oidc.authorize_url(&flow(), in_seconds(3600)).await.unwrap();
    oidc.authorize_url(&flow(), in_seconds(3601)).await.unwrap();
    assert_eq!(provider.hits(DISCOVERY), 2);
    provider.state().is_down = false;
    provider.state().discovery = json!({"authorization_endpoint": format!("{}/moved", provider.url)});
    let url = oidc.authorize_url(&flow(), in_seconds(3660)).await.unwrap();
    assert_eq!((url.path(), provider.hits(DISCOVERY)), ("/moved", 3));
}

#[tokio::test]
async fn a_key_that_was_withdrawn_is_forgotten_within_the_hour() {
    let provider = FakeProvider::start().await;
    let oidc = provider.oidc();
    provider.sign_in(&oidc, noon()).await.unwrap();
    let withdrawn = provider.state().signer.clone();
    provider.state().signer = Signer::new("second", Algorithm::ES256);
    provider.state().mint = Some(Box::new(move |claims| withdrawn.sign(claims)));
    provider.state().claims = json!({"exp": NOON + 9000});
    provider.sign_in(&oidc, in_seconds(3599)).await.unwrap();
    provider.sign_in(&oidc, in_seconds(3600)).await.unwrap_err();
}

#[tokio::test]
async fn a_discovery_document_of_somebody_else_is_refused() {
    let provider = FakeProvider::start().await;
    provider.state().discovery = json!({"issuer": "https://login.example"});
    let error = provider.oidc().check().await.unwrap_err();
    assert!(matches!(error, ProviderError::Untrustworthy { .. }), "{error:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_a_long_answer_not_read() {
    let provider = FakeProvider::start().await;
    let elsewhere = format!("{}/elsewhere", provider.url);
    provider.state().replies.insert(DISCOVERY, (StatusCode::FOUND, elsewhere));
    provider.oidc().check().await.unwrap_err();
    assert_eq!(provider.hits("/elsewhere"), 0);
    provider.state().replies.insert(DISCOVERY, (StatusCode::OK, " ".repeat(1024 * 1024 + 1)));
    let error = provider.oidc().check().await.unwrap_err();
    assert!(matches!(error, ProviderError::Unreachable { .. }), "{error:?}");
    // Even a client that follows redirects does not get an answer from elsewhere accepted.
    let moved = FakeProvider::start().await;
    provider.state().replies.insert(DISCOVERY, (StatusCode::FOUND, format!("{}{DISCOVERY}", moved.url)));
    let lax = reqwest::Client::builder().no_proxy().build().unwrap();
    let error = cargohold_providers::Oidc::new(provider.config(), lax).check().await.unwrap_err();
    assert!(matches!(error, ProviderError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn settings_that_are_no_addresses_are_told_as_such() {
    let provider = FakeProvider::start().await;
    let mut config = provider.config();
    config.redirect_url = "nowhere".to_owned();
    let error = crate::fake_provider::oidc(config).check().await.unwrap_err();
    assert_eq!(error.to_string(), "`login` is not set up correctly: the address to lead back to is not an address");
    let mut config = provider.config();
    config.issuer = "nowhere".to_owned();
    let error = crate::fake_provider::oidc(config).authorize_url(&flow(), noon()).await.unwrap_err();
    assert!(matches!(error, ProviderError::Misconfigured { .. }), "{error:?}");
}
