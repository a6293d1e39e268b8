//! Sign-in and questions at a stand-in for GitHub.

use cargohold_providers::{AccessToken, Flow, GitHub, GitHubConfig, Person, ProviderError, http_client};
use serde_json::json;

use crate::fake_provider::{flow, in_seconds, noon};
use crate::github_server::{CLIENT_ID, CLIENT_SECRET, GitHubServer, Org, Team};
use crate::provider_server::query_value;

pub(crate) fn config(server: &GitHubServer) -> GitHubConfig {
    GitHubConfig {
        client_id: CLIENT_ID.to_owned(),
        client_secret: CLIENT_SECRET.to_owned(),
        web_url: server.url.clone(),
        api_url: server.api_url(),
        redirect_url: "https://registry.example/callback".to_owned(),
    }
}

pub(crate) fn github(config: GitHubConfig) -> GitHub {
    GitHub::new(config, http_client(reqwest::Client::builder().no_proxy()).unwrap())
}

async fn sign_in(server: &GitHubServer, github: &GitHub, login: &str) -> (Person, AccessToken) {
    let back = server.sign_in(github.authorize_url(&flow()).unwrap().as_str(), login).await;
    assert!(flow().is_answered_by(&query_value(&back, "state").unwrap()));
    github.exchange(&query_value(&back, "code").unwrap(), &flow()).await.unwrap()
}

/// An organisation `Rusty` (70) with a team `core` (700): alice is in it, bob is invited, carol is the admin, dave is a
/// member of nothing but the organisation. Mallory is a stranger.
async fn start_with_org() -> GitHubServer {
    let server = GitHubServer::start().await;
    for (id, login) in [(1, "alice"), (2, "bob"), (3, "carol"), (4, "dave"), (5, "mallory")] {
        server.put_user(id, login);
    }
    let member = |login: &str, role| (login.to_owned(), "active", role);
    server.state().orgs.push(Org {
        id: 70,
        login: "Rusty".to_owned(),
        members: vec![
            member("alice", "member"),
            member("carol", "admin"),
            member("dave", "member"),
            ("bob".to_owned(), "pending", "admin"),
        ],
        teams: vec![Team {
            id: 700,
            slug: "core".to_owned(),
            members: vec![("alice".to_owned(), "active"), ("bob".to_owned(), "pending")],
        }],
        is_restricted: false,
    });
    server
}

#[tokio::test]
async fn somebody_signs_in_with_github() {
    let server = GitHubServer::start().await;
    server.put_user(583_231, "Octocat");
    server.state().users[0].name = Some("The Octocat".to_owned());
    let github = github(config(&server));
    let (person, token) = sign_in(&server, &github, "octocat").await;
    assert_eq!((person.issuer.as_str(), person.subject.as_str()), (server.url.as_str(), "583231"));
    assert_eq!((person.login.as_deref(), person.name.as_deref()), (Some("Octocat"), Some("The Octocat")));
    assert_eq!(person.avatar.as_deref(), Some("https://avatars.example/u/583231"));
    assert_eq!((person.email, person.is_email_verified), (None, false));
    assert!(server.state().tokens.contains_key(token.secret()));
    server.state().users[0].email = Some("cat@login.example".to_owned());
    let (person, _) = sign_in(&server, &github, "octocat").await;
    assert_eq!((person.email.as_deref(), person.is_email_verified), (Some("cat@login.example"), false));
}

#[tokio::test]
async fn the_issuer_has_no_slash_at_its_end() {
    let server = GitHubServer::start().await;
    server.put_user(1, "alice");
    let slashes = GitHubConfig {
        web_url: format!("{}/", server.url),
        api_url: format!("{}/", server.api_url()),
        ..config(&server)
    };
    assert_eq!(sign_in(&server, &github(slashes), "alice").await.0.issuer, server.url);
}

#[tokio::test]
async fn the_authorize_address_asks_for_teams_and_binds_the_browser() {
    let server = GitHubServer::start().await;
    let url = github(config(&server)).authorize_url(&flow()).unwrap();
    assert!(url.as_str().starts_with(&format!("{}/login/oauth/authorize?response_type=code&", server.url)), "{url}");
    assert_eq!(query_value(&url, "scope").as_deref(), Some("read:org"));
    assert_eq!(query_value(&url, "state").as_deref(), Some("canary-state"));
    let challenge = query_value(&url, "code_challenge");
    assert_eq!(challenge.as_deref(), Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
}

#[tokio::test]
async fn s39_a_code_is_good_once_and_for_the_browser_that_asked() {
    let server = GitHubServer::start().await;
    server.put_user(1, "alice");
    let github = github(config(&server));
    let url = github.authorize_url(&flow()).unwrap();
    let code = query_value(&server.sign_in(url.as_str(), "alice").await, "code").unwrap();
    github.exchange(&code, &flow()).await.unwrap();
    let error = github.exchange(&code, &flow()).await.unwrap_err();
    assert!(matches!(error, ProviderError::CodeRefused { .. }), "{error:?}");
    let code = query_value(&server.sign_in(url.as_str(), "alice").await, "code").unwrap();
    let other = Flow { pkce_verifier: "x".repeat(43), ..flow() };
    let error = github.exchange(&code, &other).await.unwrap_err();
    assert!(matches!(error, ProviderError::CodeRefused { .. }), "{error:?}");
}

#[tokio::test]
async fn wrong_client_settings_are_told_apart_from_a_wrong_code() {
    let server = GitHubServer::start().await;
    let wrong = [
        GitHubConfig { client_secret: "wrong".to_owned(), ..config(&server) },
        GitHubConfig { client_id: "wrong".to_owned(), ..config(&server) },
    ];
    for config in wrong {
        let error = github(config).exchange("code", &flow()).await.unwrap_err();
        assert!(matches!(error, ProviderError::ClientRefused { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_team_is_found_by_those_who_may_see_it() {
    let server = start_with_org().await;
    let github = github(config(&server));
    let (_, alice) = sign_in(&server, &github, "alice").await;
    let team = github.find_team(&alice, "rusty", "core").await.unwrap().unwrap();
    assert_eq!((team.id, team.org_id), (700, 70));
    assert_eq!((team.org.as_str(), team.slug.as_str(), team.name.as_deref()), ("Rusty", "core", Some("CORE")));
    assert_eq!(team.avatar.as_deref(), Some("https://avatars.example/u/70"));
    let (_, mallory) = sign_in(&server, &github, "mallory").await;
    for (token, org, slug) in [(&mallory, "rusty", "core"), (&alice, "rusty", "nope"), (&alice, "nope", "core")] {
        assert_eq!(github.find_team(token, org, slug).await.unwrap(), None);
    }
}

#[tokio::test]
async fn only_active_members_are_in_a_team_and_only_active_admins_lead_an_organisation() {
    let server = start_with_org().await;
    let github = github(config(&server));
    let expected = [
        ("alice", true, false),
        ("bob", false, false),
        ("carol", false, true),
        ("dave", false, false),
        ("mallory", false, false),
    ];
    for (login, is_member, is_admin) in expected {
        let (_, token) = sign_in(&server, &github, login).await;
        assert_eq!(github.is_team_member(&token, 70, 700, login).await.unwrap(), is_member, "{login} in the team");
        assert_eq!(github.is_org_admin(&token, "Rusty", login).await.unwrap(), is_admin, "{login} in the lead");
    }
}

#[tokio::test]
async fn an_organisation_that_hides_and_a_token_that_ended_are_told_apart() {
    let server = start_with_org().await;
    let github = github(config(&server));
    let (_, token) = sign_in(&server, &github, "alice").await;
    server.state().orgs[0].is_restricted = true;
    let error = github.is_team_member(&token, 70, 700, "alice").await.unwrap_err();
    assert!(matches!(error, ProviderError::OrganizationRestricted { .. }), "{error:?}");
    server.state().is_tired = true;
    let error = github.is_team_member(&token, 70, 700, "alice").await.unwrap_err();
    assert!(matches!(error, ProviderError::Unreachable { .. }), "{error:?}");
    server.state().is_tired = false;
    server.state().tokens.clear();
    let error = github.is_team_member(&token, 70, 700, "alice").await.unwrap_err();
    assert!(matches!(error, ProviderError::SignInAgain { .. }), "{error:?}");
    server.state().is_down = true;
    let error = github.is_team_member(&token, 70, 700, "alice").await.unwrap_err();
    assert!(matches!(error, ProviderError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn an_owner_is_found_in_any_case_and_without_climbing_out_of_the_path() {
    let server = GitHubServer::start().await;
    server.put_user(583_231, "Octocat");
    let stranger = GitHubConfig { client_id: String::new(), client_secret: String::new(), ..config(&server) };
    for github in [github(config(&server)), github(stranger)] {
        assert_eq!(github.find_owner_id("octoCAT").await.unwrap(), Some(("Octocat".to_owned(), 583_231)));
        for nobody in ["nobody", "", ".", "..", "../users/octocat", "octocat/", "octocat?x", "octocat#x"] {
            assert_eq!(github.find_owner_id(nobody).await.unwrap(), None, "{nobody}");
        }
    }
    let wrong = GitHubConfig { client_secret: "wrong".to_owned(), ..config(&server) };
    let error = github(wrong).find_owner_id("octocat").await.unwrap_err();
    assert!(matches!(error, ProviderError::ClientRefused { .. }), "{error:?}");
}

#[tokio::test]
async fn scanning_keys_are_kept_for_a_day_and_looked_up_anew_for_an_unknown_one() {
    const PATH: &str = "/api/v3/meta/public_keys/secret_scanning";
    const DAY: u64 = 24 * 60 * 60;
    let server = GitHubServer::start().await;
    let github = github(config(&server));
    let key = |name: &str, is_current: bool| json!({"key_identifier": name, "key": "PEM", "is_current": is_current});
    server.state().scanning_keys = vec![key("one", true)];
    let found = github.find_secret_scanning_key("one", noon()).await.unwrap().unwrap();
    assert_eq!((found.key_identifier.as_str(), found.pem.as_str(), found.is_current), ("one", "PEM", true));
    server.state().scanning_keys = vec![key("one", false), key("two", true)];
    assert_eq!(github.find_secret_scanning_key("two", in_seconds(59)).await.unwrap(), None);
    assert_eq!(server.state().hits[PATH], 1);
    assert!(github.find_secret_scanning_key("two", in_seconds(60)).await.unwrap().unwrap().is_current);
    assert!(!github.find_secret_scanning_key("one", in_seconds(60)).await.unwrap().unwrap().is_current);
    for second in 61..119 {
        assert_eq!(github.find_secret_scanning_key("three", in_seconds(second)).await.unwrap(), None);
    }
    assert_eq!(server.state().hits[PATH], 2);
    server.state().scanning_keys = vec![key("one", true)];
    assert!(!github.find_secret_scanning_key("one", in_seconds(DAY)).await.unwrap().unwrap().is_current);
    assert!(github.find_secret_scanning_key("one", in_seconds(DAY + 60)).await.unwrap().unwrap().is_current);
    assert_eq!(server.state().hits[PATH], 3);
}
