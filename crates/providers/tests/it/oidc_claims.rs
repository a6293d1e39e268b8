//! What becomes of the claims of an id token and of the user info.

use cargohold_providers::{OidcConfig, Person, ProviderError};
use serde_json::{Value, json};

use crate::fake_provider::{FakeProvider, noon, oidc};

/// Who signs in with these claims over the usual ones, this user info and this setting for groups.
async fn sign_in(claims: Value, user_info: Value, groups: Option<&str>) -> (Person, usize) {
    let provider = FakeProvider::start().await;
    provider.state().claims = claims;
    provider.state().user_info = user_info;
    let oidc = oidc(OidcConfig { groups_claim: groups.map(str::to_owned), ..provider.config() });
    let person = provider.sign_in(&oidc, noon()).await.unwrap();
    (person, provider.hits("/userinfo"))
}

#[tokio::test]
async fn the_user_info_is_asked_only_for_what_the_id_token_lacks() {
    let info = json!({"sub": "4711", "preferred_username": "other", "name": "Alice", "groups": ["staff"]});
    let (person, asked) = sign_in(json!({}), info.clone(), None).await;
    assert_eq!((person.login.as_deref(), person.name, asked), (Some("alice"), None, 0));
    let (person, asked) = sign_in(json!({}), info.clone(), Some("groups")).await;
    assert_eq!((person.login.as_deref(), person.name.as_deref(), asked), (Some("alice"), Some("Alice"), 1));
    assert_eq!(person.groups, ["staff"]);
    let (person, asked) = sign_in(json!({"groups": []}), info.clone(), Some("groups")).await;
    assert_eq!((person.groups.len(), asked), (0, 0), "no groups is an answer");
    let (person, asked) = sign_in(json!({"preferred_username": "<none>"}), info, None).await;
    assert_eq!((person.login.as_deref(), asked), (Some("other"), 1));
}

#[tokio::test]
async fn the_user_info_of_somebody_else_is_not_believed() {
    let provider = FakeProvider::start().await;
    provider.state().claims = json!({"preferred_username": "<none>"});
    provider.state().user_info = json!({"sub": "4712", "preferred_username": "admin"});
    let error = provider.sign_in(&provider.oidc(), noon()).await.unwrap_err();
    assert!(matches!(error, ProviderError::Untrustworthy { .. }), "{error:?}");
}

#[tokio::test]
async fn s38_an_address_is_verified_only_by_the_document_that_names_it() {
    let claims = json!({"email_verified": true, "preferred_username": "<none>"});
    let info = json!({"sub": "4711", "email": "alice@login.example"});
    let (person, _) = sign_in(claims, info, None).await;
    assert_eq!((person.email.as_deref(), person.is_email_verified), (Some("alice@login.example"), false));
}

#[tokio::test]
async fn an_address_can_be_verified_in_words() {
    for (said, expected) in [(json!("true"), true), (json!(true), true), (json!("false"), false), (json!(null), false)]
    {
        let claims = json!({"email": "alice@login.example", "email_verified": said});
        let (person, _) = sign_in(claims, json!({}), None).await;
        assert_eq!(
            (person.email.as_deref(), person.is_email_verified),
            (Some("alice@login.example"), expected),
            "{said}"
        );
    }
}

#[tokio::test]
async fn groups_are_found_wherever_a_provider_puts_them() {
    let places = [
        ("groups", json!({"groups": ["a", "b"]})),
        ("realm_access.roles", json!({"realm_access": {"roles": ["a", "b", 3]}})),
        ("https://login.example/groups", json!({"https://login.example/groups": ["a", "b"]})),
        ("https://login.example/x.y", json!({"https://login.example/x": {"y": ["a", "b"]}})),
    ];
    for (path, claims) in places {
        assert_eq!(sign_in(claims, json!({}), Some(path)).await.0.groups, ["a", "b"], "{path}");
    }
    assert_eq!(sign_in(json!({"groups": "a"}), json!({}), Some("groups")).await.0.groups, ["a"]);
}

#[tokio::test]
async fn empty_and_odd_claims_do_not_get_in_the_way() {
    let odd = json!({
        "name": null, "email": "", "picture": null, "groups": null, "updated_at": "2026-01-01T00:00:00Z",
        "preferred_username": "", "x": 1.5,
    });
    let (person, asked) = sign_in(odd, json!({"sub": "4711"}), Some("groups")).await;
    assert_eq!((person.login, person.name, person.email, person.avatar, asked), (None, None, None, None, 1));
}

#[tokio::test]
async fn the_login_can_be_another_claim() {
    let provider = FakeProvider::start().await;
    provider.state().claims = json!({"profile_of": {"nick": "al"}});
    let oidc = oidc(OidcConfig { login_claim: "profile_of.nick".to_owned(), ..provider.config() });
    assert_eq!(provider.sign_in(&oidc, noon()).await.unwrap().login.as_deref(), Some("al"));
    assert_eq!(provider.hits("/userinfo"), 0);
}

#[tokio::test]
async fn a_provider_without_user_info_is_fine() {
    let provider = FakeProvider::start().await;
    provider.state().claims = json!({"preferred_username": "<none>"});
    provider.state().discovery = json!({"userinfo_endpoint": null});
    assert_eq!(provider.sign_in(&provider.oidc(), noon()).await.unwrap().login, None);
}

#[tokio::test]
async fn only_web_addresses_are_pictures() {
    for (picture, expected) in [
        ("https://login.example/alice.png", Some("https://login.example/alice.png")),
        ("javascript:alert(1)", None),
        ("alice.png", None),
    ] {
        assert_eq!(sign_in(json!({"picture": picture}), json!({}), None).await.0.avatar.as_deref(), expected);
    }
}
