//! Teams whose members GitHub knows, and groups of other providers (contract part 2, §2.8 and §7.2).

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::github_server::{CLIENT_ID, CLIENT_SECRET, GitHubServer, Org, Team};
use crate::provider_server::{ProviderServer, query_value};
use crate::support::{Browser, Shape, TestServer, User, krate, on_both_shapes, refusal};

on_both_shapes!(
    members_of_a_team_at_github_publish_and_yank,
    a_team_at_github_is_added_by_its_members_and_the_owners_of_its_organisation,
    what_github_refuses_is_told,
    a_team_follows_its_number_and_not_its_name,
    a_group_is_a_team_for_those_who_were_in_it_when_they_signed_in,
    a_group_gives_no_rights_at_another_provider,
);

/// A server that knows this GitHub.
fn server_with(shape: Shape, github: &GitHubServer) -> TestServer {
    let api = github.api_url();
    let settings = [
        ("CARGOHOLD_SIGN_IN__GITHUB__CLIENT_ID", CLIENT_ID),
        ("CARGOHOLD_SIGN_IN__GITHUB__CLIENT_SECRET", CLIENT_SECRET),
        ("CARGOHOLD_SIGN_IN__GITHUB__WEB_URL", &github.url),
        ("CARGOHOLD_SIGN_IN__GITHUB__API_URL", &api),
        ("CARGOHOLD_SIGN_UP__MODE", "open"),
        ("CARGOHOLD_POLICY__REQUIRE_VERIFIED_EMAIL", "false"),
    ];
    TestServer::start_with(shape, &settings)
}

/// Signs people in at GitHub for the first time, and answers a token for each.
async fn people<const N: usize>(server: &TestServer, github: &GitHubServer, logins: [&str; N]) -> [User; N] {
    for (number, login) in logins.into_iter().enumerate() {
        github.put_user(100 + i64::try_from(number).unwrap(), login);
        sign_in_at_github(server, github, login).await;
    }
    logins.map(|login| server.token(login, &[]))
}

async fn sign_in_at_github(server: &TestServer, github: &GitHubServer, login: &str) {
    let browser = Browser::new(server);
    let begun = browser.json(Method::POST, "/api/private/session/begin", None).await;
    let back = github.sign_in(begun["url"].as_str().unwrap(), login).await;
    let back = json!({ "code": query_value(&back, "code"), "state": query_value(&back, "state") });
    let state = browser.json(Method::POST, "/api/private/session/authorize", Some(back)).await;
    assert_eq!(state["status"], "signed_in", "{state}");
}

/// An organisation `Tide` with the team `core`, in which `swimmer` is; `boss` administrates it, and `pending` has yet to answer.
fn put_tide(github: &GitHubServer) {
    let member = |login: &str, state, role| (login.to_owned(), state, role);
    github.state().orgs.push(Org {
        id: 70,
        login: "Tide".to_owned(),
        members: vec![
            member("swimmer", "active", "member"),
            member("boss", "active", "admin"),
            member("pending", "active", "member"),
        ],
        teams: vec![Team {
            id: 7,
            slug: "core".to_owned(),
            members: vec![("swimmer".to_owned(), "active"), ("pending".to_owned(), "pending")],
        }],
        is_restricted: false,
    });
}

/// How often GitHub was asked who is in a team.
fn membership_questions(github: &GitHubServer) -> usize {
    github.state().hits.iter().filter(|(path, _)| path.contains("/team/7/memberships/")).map(|(_, hits)| hits).sum()
}

async fn publish(server: &TestServer, user: &User, name: &str, version: &str) -> StatusCode {
    server.publish(user, &krate(name).version(version)).await.status()
}

async fn members_of_a_team_at_github_publish_and_yank(shape: Shape) {
    let github = GitHubServer::start().await;
    put_tide(&github);
    let server = server_with(shape, &github);
    let [owner, swimmer, pending, boss] = people(&server, &github, ["owner", "swimmer", "pending", "boss"]).await;
    let unlinked = server.user("unlinked");
    assert_eq!(publish(&server, &owner, "shared", "1.0.0").await, 200);
    server.make_owner(&owner, "shared", "swimmer").await;
    let answer = server.change_owners(Method::PUT, &swimmer, "shared", &["github:Tide:Core"]).await;
    refusal(answer, 400).await;
    let answer = server.change_owners(Method::PUT, &swimmer, "shared", &["github:TIDE:core"]).await;
    let msg = "team github:tide:core is now an owner of shared";
    assert_eq!(answer.json::<Value>().await.unwrap()["msg"], msg);
    assert_eq!(server.change_owners(Method::DELETE, &owner, "shared", &["swimmer"]).await.status(), 200);
    let team = server.json("/api/v1/teams/github:tide:core").await;
    assert_eq!(
        (&team["team"]["name"], &team["team"]["url"], &team["team"]["avatar"]),
        (&json!("CORE"), &json!("https://github.com/tide"), &json!("https://avatars.example/u/70"))
    );

    let before = membership_questions(&github);
    assert_eq!(publish(&server, &owner, "shared", "1.0.1").await, 200);
    assert_eq!(server.yank(&owner, "shared", "1.0.1").await.status(), 200);
    assert_eq!(membership_questions(&github), before, "nobody is asked about whoever owns the crate");
    assert_eq!(publish(&server, &swimmer, "shared", "1.0.2").await, 200);
    assert_eq!(server.yank(&swimmer, "shared", "1.0.2").await.status(), 200);
    assert_eq!(membership_questions(&github), before + 2, "GitHub is asked every time");
    let text = refusal(server.change_owners(Method::PUT, &swimmer, "shared", &["swimmer"]).await, 403).await;
    assert!(text.contains("your team may publish and yank"), "{text}");
    for user in [&pending, &boss, &unlinked] {
        assert_eq!(publish(&server, user, "shared", "1.0.3").await, 403);
        assert_eq!(server.yank(user, "shared", "1.0.0").await.status(), 403);
    }

    github.state().orgs[0].teams[0].members.clear();
    assert_eq!(publish(&server, &swimmer, "shared", "1.0.3").await, 403, "membership ends at once");
}

async fn a_team_at_github_is_added_by_its_members_and_the_owners_of_its_organisation(shape: Shape) {
    let github = GitHubServer::start().await;
    put_tide(&github);
    let server = server_with(shape, &github);
    let logins = ["swimmer", "boss", "pending", "stranger"];
    let [swimmer, boss, pending, stranger] = people(&server, &github, logins).await;
    let unlinked = server.user("unlinked");
    for (user, name, status, words) in [
        (&swimmer, "one", 200, ""),
        (&boss, "two", 200, ""),
        (&pending, "three", 403, "only members of the team `github:tide:core`"),
        (&stranger, "four", 400, "does not show you a team"),
        (&unlinked, "five", 400, "sign in to this registry with your account"),
    ] {
        assert_eq!(publish(&server, user, name, "1.0.0").await, 200);
        let answer = server.change_owners(Method::PUT, user, name, &["github:tide:core"]).await;
        if status == 200 {
            assert_eq!(answer.status(), 200, "{name}");
        } else {
            let text = refusal(answer, status).await;
            assert!(text.contains(words), "{text}");
        }
    }
    assert_eq!(server.execute_sql("SELECT COUNT(*) FROM teams"), "1");
    for (text, status) in [
        ("github:tide:none", 400),
        ("github:none:core", 400),
        ("github:tide:../core", 400),
        ("github:ti/de:core", 400),
        ("github:tide:", 400),
        ("github:TIDE:core", 400),
    ] {
        refusal(server.change_owners(Method::PUT, &swimmer, "one", &[text]).await, status).await;
    }
    assert_eq!(server.owner_logins("one").await, ["swimmer", "github:tide:core"]);
}

async fn what_github_refuses_is_told(shape: Shape) {
    let github = GitHubServer::start().await;
    put_tide(&github);
    let server = server_with(shape, &github);
    let [owner, swimmer] = people(&server, &github, ["owner", "swimmer"]).await;
    let unlinked = server.user("unlinked");
    assert_eq!(publish(&server, &swimmer, "shared", "1.0.0").await, 200);
    assert_eq!(server.change_owners(Method::PUT, &swimmer, "shared", &["github:tide:core"]).await.status(), 200);
    server.make_owner(&swimmer, "shared", "owner").await;
    assert_eq!(server.change_owners(Method::DELETE, &owner, "shared", &["swimmer"]).await.status(), 200);

    github.state().orgs[0].is_restricted = true;
    let text = refusal(server.yank(&swimmer, "shared", "1.0.0").await, 403).await;
    assert!(text.contains("organisation `tide` does not let this registry see its teams"), "{text}");
    github.state().orgs[0].is_restricted = false;

    github.state().is_down = true;
    for user in [&swimmer, &server.token("admin", &[])] {
        let status = server.yank(user, "shared", "1.0.0").await.status();
        let is_linked = user.token == swimmer.token;
        assert_eq!(
            status,
            if is_linked { 500 } else { 200 },
            "an administrator without an account there needs no answer"
        );
    }
    server.execute_sql("UPDATE users SET is_admin = TRUE WHERE login = 'swimmer'");
    assert_eq!(server.yank(&swimmer, "shared", "1.0.0").await.status(), 500);
    server.execute_sql("UPDATE users SET is_admin = FALSE WHERE login = 'swimmer'");
    assert_eq!(publish(&server, &unlinked, "shared", "1.0.1").await, 403);
    assert_eq!(publish(&server, &owner, "shared", "1.0.1").await, 200, "owners need nobody's answer");
    let secrets = server.log();
    github.state().is_down = false;

    let tokens = std::mem::take(&mut github.state().tokens);
    assert!(tokens.keys().all(|token| !secrets.contains(token)));
    let text = refusal(server.yank(&swimmer, "shared", "1.0.1").await, 401).await;
    assert!(text.contains("sign in again"), "{text}");
    sign_in_at_github(&server, &github, "swimmer").await;
    assert_eq!(server.yank(&swimmer, "shared", "1.0.1").await.status(), 200);
    let swimmer_account = "(SELECT id FROM users WHERE login = 'swimmer')";
    server.execute_sql(&format!("UPDATE identities SET sealed_access_token = NULL WHERE user_id = {swimmer_account}"));
    refusal(server.yank(&swimmer, "shared", "1.0.0").await, 401).await;
    let garbage = format!(
        "UPDATE identities SET sealed_access_token = {} WHERE user_id = {swimmer_account}",
        server.sql_bytes(&"00".repeat(40))
    );
    server.execute_sql(&garbage);
    refusal(server.yank(&swimmer, "shared", "1.0.0").await, 500).await;
}

async fn a_team_follows_its_number_and_not_its_name(shape: Shape) {
    let github = GitHubServer::start().await;
    put_tide(&github);
    let server = server_with(shape, &github);
    let [owner, swimmer] = people(&server, &github, ["owner", "swimmer"]).await;
    assert_eq!(publish(&server, &swimmer, "shared", "1.0.0").await, 200);
    assert_eq!(server.change_owners(Method::PUT, &swimmer, "shared", &["github:tide:core"]).await.status(), 200);
    server.make_owner(&swimmer, "shared", "owner").await;
    assert_eq!(server.change_owners(Method::DELETE, &owner, "shared", &["swimmer"]).await.status(), 200);

    "shore".clone_into(&mut github.state().orgs[0].teams[0].slug);
    assert_eq!(publish(&server, &swimmer, "shared", "1.0.1").await, 200, "it has another name, but is the same");
    // Somebody makes another team of the old name: it has no rights, and takes the name over when it is added.
    let team = Team { id: 8, slug: "core".to_owned(), members: vec![("swimmer".to_owned(), "active")] };
    github.state().orgs[0].teams = vec![team];
    assert_eq!(publish(&server, &swimmer, "shared", "1.0.2").await, 403);
    assert_eq!(publish(&server, &swimmer, "other", "1.0.0").await, 200);
    assert_eq!(server.change_owners(Method::PUT, &swimmer, "other", &["github:tide:core"]).await.status(), 200);
    assert_eq!(server.owner_logins("other").await, ["swimmer", "github:tide:core"]);
    assert_eq!(server.owner_logins("shared").await, ["owner", "github:tide:core#7"]);
    assert_eq!(publish(&server, &swimmer, "shared", "1.0.2").await, 403);
    assert_eq!(server.change_owners(Method::DELETE, &owner, "shared", &["github:tide:core#7"]).await.status(), 200);
}

/// A server that knows this provider under two names.
fn server_with_groups(shape: Shape, corp: &ProviderServer, other: &ProviderServer) -> TestServer {
    let settings = [
        ("CARGOHOLD_SIGN_IN__OIDC__CORP__ISSUER", corp.issuer.as_str()),
        ("CARGOHOLD_SIGN_IN__OIDC__CORP__CLIENT_ID", "cargohold"),
        ("CARGOHOLD_SIGN_IN__OIDC__CORP__CLIENT_SECRET", "oidc client secret"),
        ("CARGOHOLD_SIGN_IN__OIDC__CORP__GROUPS_CLAIM", "groups"),
        ("CARGOHOLD_SIGN_IN__OIDC__OTHER__ISSUER", other.issuer.as_str()),
        ("CARGOHOLD_SIGN_IN__OIDC__OTHER__CLIENT_ID", "cargohold"),
        ("CARGOHOLD_SIGN_IN__OIDC__OTHER__CLIENT_SECRET", "oidc client secret"),
        ("CARGOHOLD_SIGN_IN__OIDC__OTHER__GROUPS_CLAIM", "groups"),
    ];
    TestServer::start_with(shape, &settings)
}

/// Signs somebody in who is in these groups, and answers a token of theirs.
async fn sign_in(server: &TestServer, name: &str, provider: &ProviderServer, login: &str, groups: &[&str]) -> User {
    let email = format!("{login}@corp.example");
    let claims =
        json!({ "preferred_username": login, "email": email, "email_verified": true, "groups": groups }).to_string();
    provider.put_user(login, claims).await;
    let browser = Browser::new(server);
    let begun = browser.json(Method::POST, &format!("/api/private/session/begin?provider={name}"), None).await;
    let back = provider.sign_in(begun["url"].as_str().unwrap(), login).await;
    let back = json!({ "code": query_value(&back, "code"), "state": query_value(&back, "state") });
    let state = browser.json(Method::POST, "/api/private/session/authorize", Some(back)).await;
    assert_eq!(state["status"], "signed_in", "{state}");
    server.token(login, &[])
}

async fn a_group_is_a_team_for_those_who_were_in_it_when_they_signed_in(shape: Shape) {
    let (corp, other) = (ProviderServer::start().await, ProviderServer::start().await);
    let server = server_with_groups(shape, &corp, &other);
    let owner = sign_in(&server, "corp", &corp, "owner", &["Devs", "platform/Build", "a:b:c"]).await;
    let dev = sign_in(&server, "corp", &corp, "dev", &["devs"]).await;
    let builder = sign_in(&server, "corp", &corp, "builder", &["platform:build"]).await;
    let stranger =
        sign_in(&server, "corp", &corp, "stranger", &["dev", "devs2", "groups/devs", "corp:groups:devs"]).await;
    assert_eq!(publish(&server, &owner, "shared", "1.0.0").await, 200);
    for (team, status, words) in [
        ("corp:groups:ops", 403, "only members of the team `corp:groups:ops`"),
        ("corp:platform:devs", 403, "only members"),
        ("corp:groups", 400, "names no team"),
        ("Corp:groups:devs", 400, "no teams of `Corp`"),
        ("none:groups:devs", 400, "`local:…`, `github:…`, `corp:…`, `other:…`"),
    ] {
        let text = refusal(server.change_owners(Method::PUT, &owner, "shared", &[team]).await, status).await;
        assert!(text.contains(words), "{text}");
    }
    let answer =
        server.change_owners(Method::PUT, &owner, "shared", &["corp:groups:DEVS", "corp:Platform:build"]).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(server.owner_logins("shared").await, ["owner", "corp:groups:devs", "corp:platform:build"]);
    let team = server.json("/api/v1/teams/corp:groups:devs").await;
    assert_eq!((&team["team"]["name"], &team["team"]["url"]), (&json!("devs"), &Value::Null));
    assert_eq!(publish(&server, &dev, "shared", "1.0.1").await, 200);
    assert_eq!(publish(&server, &builder, "shared", "1.0.2").await, 200);
    assert_eq!(publish(&server, &stranger, "shared", "1.0.3").await, 403);
    refusal(server.change_owners(Method::PUT, &dev, "shared", &["dev"]).await, 403).await;

    sign_in(&server, "corp", &corp, "dev", &["ops"]).await;
    assert_eq!(publish(&server, &dev, "shared", "1.0.3").await, 403, "the next sign-in tells that they left");
    sign_in(&server, "corp", &corp, "stranger", &["devs"]).await;
    assert_eq!(publish(&server, &stranger, "shared", "1.0.3").await, 200);
}

async fn a_group_gives_no_rights_at_another_provider(shape: Shape) {
    let (corp, other) = (ProviderServer::start().await, ProviderServer::start().await);
    let server = server_with_groups(shape, &corp, &other);
    let owner = sign_in(&server, "corp", &corp, "owner", &["devs"]).await;
    let foreigner = sign_in(&server, "other", &other, "foreigner", &["devs"]).await;
    assert_eq!(publish(&server, &owner, "shared", "1.0.0").await, 200);
    assert_eq!(server.change_owners(Method::PUT, &owner, "shared", &["corp:groups:devs"]).await.status(), 200);
    assert_eq!(publish(&server, &foreigner, "shared", "1.0.1").await, 403);
    assert_eq!(publish(&server, &foreigner, "theirs", "1.0.0").await, 200);
    let text = refusal(server.change_owners(Method::PUT, &foreigner, "theirs", &["corp:groups:devs"]).await, 403).await;
    assert!(text.contains("only members"), "{text}");
    // A person at GitHub or here is in no group because of what they are called.
    let local = server.user("devs");
    assert_eq!(publish(&server, &local, "shared", "1.0.1").await, 403);
}
