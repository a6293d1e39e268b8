//! Id tokens that must not be believed (S30), and codes that must not be exchanged.

use cargohold_providers::{Flow, OidcConfig, ProviderError};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::fake_provider::{CLIENT_ID, CLIENT_SECRET, CODE, FakeProvider, NOON, Signer, flow, noon, oidc, raw_token};

/// Signs in with id tokens made by `mint` of the claims an honest one would have.
async fn refuse(what: &str, mint: impl Fn(&Value) -> String + Send + 'static) {
    let provider = FakeProvider::start().await;
    let oidc = provider.oidc();
    assert_eq!(provider.sign_in(&oidc, noon()).await.unwrap().subject, "4711", "an honest token is good");
    provider.state().mint = Some(Box::new(mint));
    let error = provider.sign_in(&oidc, noon()).await.expect_err(what);
    assert!(matches!(error, ProviderError::Untrustworthy { .. }), "{what}: {error:?}");
}

async fn refuse_claims(what: &str, claims: Value) {
    let provider = FakeProvider::start().await;
    provider.state().claims = claims;
    let error = provider.sign_in(&provider.oidc(), noon()).await.expect_err(what);
    assert!(matches!(error, ProviderError::Untrustworthy { .. }), "{what}: {error:?}");
}

#[tokio::test]
async fn s30_a_foreign_signature_is_refused() {
    let foreign = Signer::new("first", Algorithm::ES256);
    refuse("another key under the same id", move |claims| foreign.sign(claims)).await;
    let foreign = Signer::new("unknown", Algorithm::ES256);
    refuse("a key nobody published", move |claims| foreign.sign(claims)).await;
    let foreign = Signer::new("first", Algorithm::RS256);
    refuse("a key of another kind under the same id", move |claims| foreign.sign(claims)).await;
}

#[tokio::test]
async fn s30_nothing_but_a_signature_with_a_private_key_is_accepted() {
    refuse("no signature", |claims| raw_token(&json!({"alg": "none"}), claims, b"")).await;
    refuse("an unknown algorithm", |claims| raw_token(&json!({"alg": "XX256", "kid": "first"}), claims, b"x")).await;
    let by_secret = |claims: &Value, secret: &[u8]| {
        let header = Header { kid: Some("first".to_owned()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(secret)).unwrap()
    };
    refuse("signed with our own secret", move |claims| by_secret(claims, CLIENT_SECRET.as_bytes())).await;
    let provider = FakeProvider::start().await;
    let public_key = provider.state().signer.public_pem.clone();
    provider.state().mint = Some(Box::new(move |claims| by_secret(claims, public_key.as_bytes())));
    let error = provider.sign_in(&provider.oidc(), noon()).await.unwrap_err();
    assert!(matches!(error, ProviderError::Untrustworthy { .. }), "signed with the public key: {error:?}");
}

#[tokio::test]
async fn s30_a_token_of_another_kind_is_no_id_token() {
    let provider = FakeProvider::start().await;
    let signer = provider.state().signer.clone();
    provider.state().mint = Some(Box::new(move |claims| signer.sign_as(claims, "at+jwt")));
    let error = provider.sign_in(&provider.oidc(), noon()).await.unwrap_err();
    assert!(matches!(error, ProviderError::Untrustworthy { .. }), "{error:?}");
}

#[tokio::test]
async fn s30_claims_that_are_not_for_us_here_and_now_are_refused() {
    refuse_claims("another issuer", json!({"iss": "https://login.example"})).await;
    refuse_claims("another spelling of the issuer", json!({"iss": "http://127.0.0.1/"})).await;
    refuse_claims("another audience", json!({"aud": "somebody-else"})).await;
    refuse_claims("no audience", json!({"aud": []})).await;
    refuse_claims("one more audience", json!({"aud": [CLIENT_ID, "somebody-else"]})).await;
    refuse_claims("issued to somebody else", json!({"azp": "somebody-else"})).await;
    refuse_claims("expired this very second", json!({"exp": NOON})).await;
    refuse_claims("no expiry", json!({"exp": "<none>"})).await;
    refuse_claims("good only later", json!({"nbf": NOON + 61})).await;
    refuse_claims("issued in the future", json!({"iat": NOON + 61})).await;
    refuse_claims("another nonce", json!({"nonce": "another"})).await;
    refuse_claims("no nonce", json!({"nonce": "<none>"})).await;
    refuse_claims("nobody", json!({"sub": "<none>"})).await;
}

#[tokio::test]
async fn a_clock_that_is_a_little_ahead_and_an_audience_in_a_list_are_fine() {
    let provider = FakeProvider::start().await;
    let soon = NOON + 60;
    provider.state().claims = json!({"aud": [CLIENT_ID], "azp": CLIENT_ID, "nbf": soon, "iat": soon});
    provider.sign_in(&provider.oidc(), noon()).await.unwrap();
}

#[tokio::test]
async fn keys_of_every_usual_kind_are_accepted() {
    for algorithm in [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256] {
        let provider = FakeProvider::start().await;
        provider.state().signer = Signer::new("first", algorithm);
        let person = provider.sign_in(&provider.oidc(), noon()).await;
        assert_eq!(person.unwrap_or_else(|error| panic!("{algorithm:?}: {error:?}")).subject, "4711");
    }
}

#[tokio::test]
async fn s39_the_address_holds_the_hash_of_the_verifier_and_never_the_verifier() {
    let provider = FakeProvider::start().await;
    let url = provider.oidc().authorize_url(&flow(), noon()).await.unwrap();
    let mut query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    query.sort();
    let expected = [
        ("client_id", CLIENT_ID),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
        ("nonce", "canary-nonce"),
        ("redirect_uri", "https://registry.example/callback"),
        ("response_type", "code"),
        ("scope", "openid profile email"),
        ("state", "canary-state"),
    ];
    assert_eq!(query, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[tokio::test]
async fn s39_a_code_with_another_verifier_is_refused() {
    let provider = FakeProvider::start().await;
    let oidc = provider.oidc();
    provider.grant(&oidc.authorize_url(&flow(), noon()).await.unwrap());
    let other = Flow { pkce_verifier: "x".repeat(43), ..flow() };
    let error = oidc.exchange(CODE, &other, noon()).await.unwrap_err();
    assert!(matches!(error, ProviderError::CodeRefused { .. }), "{error:?}");
    let short = Flow { pkce_verifier: "x".repeat(42), ..flow() };
    let error = oidc.authorize_url(&short, noon()).await.unwrap_err();
    assert!(matches!(error, ProviderError::Misconfigured { .. }), "{error:?}");
}

#[tokio::test]
async fn a_wrong_client_secret_is_told_apart_from_a_wrong_code() {
    let provider = FakeProvider::start().await;
    let wrong = oidc(OidcConfig { client_secret: Some("wrong".to_owned()), ..provider.config() });
    let error = provider.sign_in(&wrong, noon()).await.unwrap_err();
    assert!(matches!(error, ProviderError::ClientRefused { .. }), "{error:?}");
    let error = provider.oidc().exchange("wrong", &flow(), noon()).await.unwrap_err();
    assert!(matches!(error, ProviderError::CodeRefused { .. }), "{error:?}");
}

#[tokio::test]
async fn a_provider_that_wants_the_secret_in_the_form_gets_it_there() {
    let provider = FakeProvider::start().await;
    provider.state().discovery = json!({"token_endpoint_auth_methods_supported": ["client_secret_post"]});
    provider.sign_in(&provider.oidc(), noon()).await.unwrap();
}

#[tokio::test]
async fn a_client_without_a_secret_sends_none() {
    let provider = FakeProvider::start().await;
    provider.state().discovery = json!({"token_endpoint_auth_methods_supported": ["none"]});
    let public = oidc(OidcConfig { client_secret: None, ..provider.config() });
    provider.sign_in(&public, noon()).await.unwrap();
}
