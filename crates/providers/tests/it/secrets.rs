//! No error and no `Debug` output repeats a code, a token or a secret (S35), whatever the provider answers.

use std::error::Error;

use cargohold_providers::{AccessToken, OidcConfig, ProviderError};
use hyper::StatusCode;
use serde_json::json;

use crate::fake_provider::{ACCESS_TOKEN, CLIENT_SECRET, CODE, FakeProvider, Signer, flow, noon, oidc};
use crate::github::{config, github};
use crate::github_server::GitHubServer;
use crate::provider_server::query_value;

/// All that may ever be shown of an error: its text, that of its causes, and how a programmer sees it.
fn everything(error: &ProviderError) -> String {
    let mut shown = vec![format!("{error}\n{error:?}")];
    let mut cause = error.source();
    while let Some(error) = cause {
        shown.push(format!("{error}\n{error:?}"));
        cause = error.source();
    }
    shown.join("\n")
}

fn assert_silent(error: &ProviderError) {
    let shown = everything(error);
    assert!(!shown.contains("canary") && !shown.contains("dBjftJeZ4CVP"), "{shown}");
    assert!(error.to_string().starts_with(|first: char| first == '`' || first.is_lowercase()), "{error}");
    assert!(!error.to_string().ends_with('.'), "{error}");
}

#[tokio::test]
async fn s35_no_error_of_a_provider_repeats_what_is_secret() {
    let echoes = [
        (StatusCode::BAD_REQUEST, json!({"error": "invalid_grant", "error_description": CODE}).to_string()),
        (StatusCode::BAD_REQUEST, json!({"error": CODE}).to_string()),
        (StatusCode::BAD_REQUEST, json!({"error": {"canary-code": CODE}}).to_string()),
        (StatusCode::BAD_REQUEST, format!("{CODE} is bad")),
        (StatusCode::OK, format!("\"{ACCESS_TOKEN}\"")),
        (StatusCode::OK, json!({"access_token": [ACCESS_TOKEN], "token_type": "Bearer"}).to_string()),
        (StatusCode::OK, json!({"access_token": ACCESS_TOKEN, "token_type": "Bearer"}).to_string()),
        (StatusCode::OK, json!({"access_token": "x", "token_type": "Bearer", "id_token": ACCESS_TOKEN}).to_string()),
        (StatusCode::INTERNAL_SERVER_ERROR, CODE.to_owned()),
        (StatusCode::FOUND, format!("https://login.example/{CODE}")),
    ];
    for (status, body) in echoes {
        let provider = FakeProvider::start().await;
        provider.state().replies.insert("/token", (status, body.clone()));
        let error = provider.sign_in(&provider.oidc(), noon()).await.expect_err(&body);
        assert_silent(&error);
    }
}

#[tokio::test]
async fn s35_no_error_of_the_steps_around_repeats_what_is_secret() {
    let provider = FakeProvider::start().await;
    let wrong = oidc(OidcConfig { client_secret: Some("canary-wrong".to_owned()), ..provider.config() });
    assert_silent(&provider.sign_in(&wrong, noon()).await.unwrap_err());
    let error = provider.oidc().exchange("canary-made-up", &flow(), noon()).await.unwrap_err();
    assert_silent(&error);
    provider.state().claims = json!({"nonce": "another"});
    assert_silent(&provider.sign_in(&provider.oidc(), noon()).await.unwrap_err());
    let foreign = Signer::new("first", jsonwebtoken::Algorithm::ES256);
    provider.state().mint = Some(Box::new(move |claims| foreign.sign(claims)));
    assert_silent(&provider.sign_in(&provider.oidc(), noon()).await.unwrap_err());
    let provider = FakeProvider::start().await;
    provider.state().claims = json!({"preferred_username": "<none>"});
    for body in [format!("\"{ACCESS_TOKEN}\""), json!({"sub": [ACCESS_TOKEN]}).to_string()] {
        provider.state().replies.insert("/userinfo", (StatusCode::OK, body));
        assert_silent(&provider.sign_in(&provider.oidc(), noon()).await.unwrap_err());
    }
    provider.state().replies.insert("/userinfo", (StatusCode::UNAUTHORIZED, ACCESS_TOKEN.to_owned()));
    assert_silent(&provider.sign_in(&provider.oidc(), noon()).await.unwrap_err());
    let oidc = provider.oidc();
    oidc.authorize_url(&flow(), noon()).await.unwrap();
    drop(provider);
    assert_silent(&oidc.exchange(CODE, &flow(), noon()).await.unwrap_err());
}

#[tokio::test]
async fn s35_no_error_of_github_repeats_what_is_secret() {
    let server = GitHubServer::start().await;
    let github = github(config(&server));
    assert_silent(&github.exchange("canary-made-up", &flow()).await.unwrap_err());
    let back = server.sign_in(github.authorize_url(&flow()).unwrap().as_str(), "nobody").await;
    assert_silent(&github.exchange(&query_value(&back, "code").unwrap(), &flow()).await.unwrap_err());
    let token = AccessToken::new("canary-token".to_owned());
    assert_silent(&github.find_team(&token, "rusty", "core").await.unwrap_err());
    server.state().is_tired = true;
    assert_silent(&github.find_team(&token, "rusty", "core").await.unwrap_err());
    drop(server);
    assert_silent(&github.exchange("canary-code", &flow()).await.unwrap_err());
}

#[tokio::test]
async fn s35_debug_output_holds_no_secret() {
    let (provider, server) = (FakeProvider::start().await, GitHubServer::start().await);
    let shown = format!("{:?} {:?} {:?}", provider.config(), flow(), AccessToken::new("canary".to_owned()));
    assert!(!shown.contains("canary") && !shown.contains("dBjftJeZ4CVP"), "{shown}");
    let shown = format!("{:?}", config(&server));
    assert!(!shown.contains(CLIENT_SECRET), "{shown}");
}
