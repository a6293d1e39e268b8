//! Teams that are managed here: who makes them, who is in them, and what they may do with a crate (contract part 2, §2.8, §4.9).

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::support::{Cargo, Shape, TestServer, User, krate, on_both_shapes, refusal};

on_both_shapes!(
    a_team_is_made_shown_renamed_and_deleted,
    maintainers_and_administrators_decide_who_is_in_a_team,
    only_members_make_a_team_an_owner,
    s28_each_role_may_do_what_it_may_and_nothing_else,
    s28_a_team_has_no_rights_on_the_crates_of_others,
    rights_end_with_membership_and_with_ownership,
    cargo_publishes_for_a_team,
    crates_of_a_team_are_listed,
    a_team_counts_where_a_crate_is_deleted,
    operators_manage_teams_on_the_command_line,
);

const POOL: &str = "local:tide:pool";

async fn ask(server: &TestServer, user: &User, method: Method, path: &str, body: Value) -> Response {
    let request = server.request(method, &format!("/api/v1/teams{path}")).header("authorization", &user.token);
    request.json(&body).send().await.unwrap()
}

async fn members(server: &TestServer) -> Vec<(String, bool)> {
    let list = server.json(&format!("/api/v1/teams/{POOL}/members")).await;
    let member = |member: &Value| (member["login"].as_str().unwrap().to_owned(), member["is_maintainer"] == true);
    list["members"].as_array().unwrap().iter().map(member).collect()
}

/// The keys of an object, sorted.
fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// A team with these people in it; those with a `*` are maintainers.
fn make_pool(server: &TestServer, people: &[&str]) {
    server.cli(&["admin", "team", "create", "Tide", "Pool"]);
    for person in people {
        match person.strip_prefix('*') {
            Some(maintainer) => server.cli(&["admin", "team", "add", POOL, maintainer, "--maintainer"]),
            None => server.cli(&["admin", "team", "add", POOL, person]),
        };
    }
}

/// Publishes a crate as the administrator, who adds the team as an owner.
async fn publish_for_pool(server: &TestServer, name: &str) {
    server.publish_ok(&krate(name)).await;
    assert_eq!(server.change_owners(Method::PUT, &server.admin, name, &[POOL]).await.status(), 200);
}

async fn a_team_is_made_shown_renamed_and_deleted(shape: Shape) {
    let server = TestServer::start(shape);
    let alice = server.user("alice");
    let new = |org: &str, team: &str, name: Value| json!({ "team": { "org": org, "team": team, "name": name } });
    let made = ask(&server, &server.admin, Method::POST, "", new("Tide", "Pool", "The pool".into())).await;
    assert_eq!(made.status(), 200);
    let made: Value = made.json().await.unwrap();
    assert_eq!(keys(&made["team"]), ["avatar", "id", "login", "name", "url"]);
    assert_eq!((&made["team"]["login"], &made["team"]["name"]), (&json!(POOL), &json!("The pool")));
    assert_eq!(server.json(&format!("/api/v1/teams/{POOL}")).await, made);
    for login in ["local:Tide:Pool", "local:tide", "local:tide:pool:more", "%00", "x"] {
        let text = refusal(server.get(&format!("/api/v1/teams/{login}")).await, 404).await;
        assert!(text.contains("no team"), "{text}");
    }
    for (user, org, team, name, status, words) in [
        (&server.admin, "tide", "POOL", json!(null), 400, "there is a team"),
        (&server.admin, "", "pool", json!(null), 400, "cannot be part"),
        (&server.admin, "ti de", "pool", json!(null), 400, "cannot be part"),
        (&server.admin, "tide", "po:ol", json!(null), 400, "cannot be part"),
        (&server.admin, "tide", "po\0l", json!(null), 400, "cannot be part"),
        (&server.admin, "tide", &"x".repeat(40), json!(null), 400, "cannot be part"),
        (&server.admin, "tide", "other", json!(" "), 400, "display name"),
        (&server.admin, "tide", "other", json!("a\nb"), 400, "display name"),
        (&server.admin, "tide", "other", json!("x".repeat(101)), 400, "display name"),
        (&alice, "tide", "other", json!(null), 403, "administrators"),
    ] {
        let text = refusal(ask(&server, user, Method::POST, "", new(org, team, name)).await, status).await;
        assert!(text.contains(words), "{text}");
    }
    let limited = server.token("admin", &["--scope", "change-owners"]);
    refusal(ask(&server, &limited, Method::POST, "", new("tide", "other", Value::Null)).await, 403).await;

    let path = format!("/{POOL}");
    let renamed = ask(&server, &server.admin, Method::PATCH, &path, json!({ "team": { "name": "Pool" } })).await;
    assert_eq!(renamed.json::<Value>().await.unwrap()["team"]["name"], "Pool");
    refusal(ask(&server, &alice, Method::PATCH, &path, json!({ "team": { "name": "Mine" } })).await, 403).await;
    refusal(ask(&server, &alice, Method::DELETE, &path, Value::Null).await, 403).await;
    publish_for_pool(&server, "shared").await;
    let text = refusal(ask(&server, &server.admin, Method::DELETE, &path, Value::Null).await, 422).await;
    assert!(text.contains("`shared`"), "{text}");
    assert_eq!(server.change_owners(Method::DELETE, &server.admin, "shared", &[POOL]).await.status(), 200);
    assert_eq!(ask(&server, &server.admin, Method::DELETE, &path, Value::Null).await.status(), 204);
    refusal(server.get(&format!("/api/v1/teams/{POOL}")).await, 404).await;
    refusal(ask(&server, &server.admin, Method::DELETE, &path, Value::Null).await, 404).await;
}

async fn maintainers_and_administrators_decide_who_is_in_a_team(shape: Shape) {
    let server = TestServer::start(shape);
    let [keeper, swimmer, stranger] = ["keeper", "swimmer", "stranger"].map(|login| server.user(login));
    make_pool(&server, &["*keeper", "swimmer"]);
    let path = format!("/{POOL}/members");
    let before = members(&server).await;
    assert_eq!(before, [("keeper".to_owned(), true), ("swimmer".to_owned(), false)]);
    let one =
        |login: &str, is_maintainer: bool| json!({ "members": [{ "login": login, "is_maintainer": is_maintainer }] });
    for user in [&swimmer, &stranger] {
        for (method, body) in [
            (Method::PUT, one("stranger", false)),
            (Method::PUT, one("swimmer", true)),
            (Method::DELETE, one("keeper", true)),
            (Method::DELETE, one("swimmer", true)),
        ] {
            let text = refusal(ask(&server, user, method, &path, body).await, 403).await;
            assert!(text.contains("not a maintainer"), "{text}");
        }
    }
    assert_eq!(members(&server).await, before);
    let limited = server.token("keeper", &["--scope", "change-owners"]);
    refusal(ask(&server, &limited, Method::PUT, &path, one("stranger", false)).await, 403).await;

    let both = json!({ "members": [{ "login": "stranger" }, { "login": "nobody" }] });
    refusal(ask(&server, &keeper, Method::PUT, &path, both).await, 400).await;
    let many: Vec<Value> = (0..101).map(|n| json!({ "login": format!("x{n}") })).collect();
    refusal(ask(&server, &keeper, Method::PUT, &path, json!({ "members": many })).await, 400).await;
    refusal(ask(&server, &keeper, Method::PUT, &path, one("a\0b", false)).await, 400).await;
    refusal(ask(&server, &keeper, Method::DELETE, &path, one("stranger", false)).await, 400).await;
    assert_eq!(members(&server).await, before, "all or nothing");

    let answer = ask(&server, &keeper, Method::PUT, &path, one("SWIMMER", true)).await;
    let shown: Value = answer.json().await.unwrap();
    assert_eq!(keys(&shown["members"][0]), ["avatar", "id", "is_maintainer", "login", "name", "url"]);
    assert_eq!(ask(&server, &swimmer, Method::DELETE, &path, one("keeper", false)).await.status(), 200);
    assert_eq!(members(&server).await, [("swimmer".to_owned(), true)]);
    assert_eq!(ask(&server, &server.admin, Method::DELETE, &path, one("swimmer", false)).await.status(), 200);
    assert_eq!(members(&server).await, []);
    refusal(ask(&server, &swimmer, Method::PUT, &path, one("swimmer", true)).await, 403).await;
    server.execute_sql("INSERT INTO teams (login, provider, created_at) VALUES ('github:tide:core', 'github', 0)");
    let elsewhere = ask(&server, &server.admin, Method::PUT, "/github:tide:core/members", one("keeper", true)).await;
    let text = refusal(elsewhere, 400).await;
    assert!(text.contains("not managed here"), "{text}");
    let team = server.json("/api/v1/teams/github:tide:core").await;
    assert_eq!(team["team"]["url"], "https://github.com/tide");
    let done = "SELECT COUNT(*) FROM audit WHERE action LIKE 'team.%' AND subject = 'local:tide:pool'";
    assert_eq!(server.execute_sql(done), "6");
}

async fn only_members_make_a_team_an_owner(shape: Shape) {
    let server = TestServer::start(shape);
    let [alice, swimmer] = ["alice", "swimmer"].map(|login| server.user(login));
    make_pool(&server, &["swimmer"]);
    assert_eq!(server.publish(&alice, &krate("hers")).await.status(), 200);
    assert_eq!(server.publish(&swimmer, &krate("his")).await.status(), 200);
    let text = refusal(server.change_owners(Method::PUT, &alice, "hers", &[POOL]).await, 403).await;
    assert!(text.contains("only members of the team"), "{text}");
    refusal(server.change_owners(Method::PUT, &swimmer, "hers", &[POOL]).await, 403).await;
    let answer = server.change_owners(Method::PUT, &swimmer, "his", &["local:Tide:POOL"]).await;
    let expected = json!({ "msg": "team local:tide:pool is now an owner of his", "ok": true });
    assert_eq!(answer.json::<Value>().await.unwrap(), expected);
    let owners = server.json("/api/v1/crates/his/owners").await;
    assert_eq!(keys(&owners["users"][1]), ["avatar", "id", "kind", "login", "name", "url"]);
    assert_eq!(owners["users"][1]["kind"], "team");
    let teams = server.json("/api/v1/crates/his/owner_team").await;
    assert_eq!(teams["teams"][0], owners["users"][1]);
    let text = refusal(server.change_owners(Method::PUT, &swimmer, "his", &["local:TIDE:pool"]).await, 400).await;
    assert!(text.contains("`local:TIDE:pool` is an owner already"), "{text}");
}

/// What somebody gets when they try everything that changes a crate: publish, yank, unyank, message, rebuild of documentation,
/// adding and removing owners, settings, list of invitations, deletion.
async fn try_everything(server: &TestServer, login: &str, cookie: &str, version: &str) -> [StatusCode; 10] {
    let user = &server.token(login, &[]);
    let named = &server.token(login, &["--scope", "trusted-publishing"]);
    let crates = "/api/v1/crates/shared";
    let send = async |method: Method, path: String, user: &User, body: Value| {
        let request = server.request(method, &path).header("authorization", &user.token);
        request.json(&body).send().await.unwrap().status()
    };
    let by_cookie = async |method: Method, path: &str| {
        server.request(method, path).header("cookie", cookie).send().await.unwrap().status()
    };
    let message = json!({ "version": { "yanked": true, "yank_message": "why" } });
    let invitations = "/api/private/crate_owner_invitations?crate_name=shared";
    [
        server.publish(user, &krate("shared").version(version)).await.status(),
        server.yank(user, "shared", "1.0.0").await.status(),
        send(Method::PUT, format!("{crates}/1.0.0/unyank"), user, Value::Null).await,
        send(Method::PATCH, format!("{crates}/1.0.0"), user, message).await,
        by_cookie(Method::POST, &format!("{crates}/1.0.0/rebuild_docs")).await,
        server.change_owners(Method::PUT, user, "shared", &["guest"]).await.status(),
        server.change_owners(Method::DELETE, user, "shared", &["extra"]).await.status(),
        send(Method::PATCH, crates.to_owned(), named, json!({ "crate": { "trustpub_only": false } })).await,
        by_cookie(Method::GET, invitations).await,
        by_cookie(Method::DELETE, crates).await,
    ]
}

async fn s28_each_role_may_do_what_it_may_and_nothing_else(shape: Shape) {
    let settings = [("CARGOHOLD_DOCS__REBUILD_URL", "http://127.0.0.1:9/{name}/{version}")];
    let server = TestServer::start_with(shape, &settings);
    let mut cookies = Vec::new();
    for login in ["stranger", "swimmer", "keeper", "chief", "owner"] {
        cookies.push((login, server.sign_up(login).await));
    }
    server.execute_sql("UPDATE users SET is_admin = TRUE WHERE login = 'chief'");
    server.user("guest");
    server.user("extra");
    make_pool(&server, &["swimmer", "*keeper"]);
    publish_for_pool(&server, "shared").await;
    server.make_owner(&server.admin, "shared", "owner").await;
    server.make_owner(&server.admin, "shared", "extra").await;
    let expected: [(&str, [u16; 10]); 5] = [
        ("stranger", [403; 10]),
        ("swimmer", [200, 200, 200, 200, 201, 403, 403, 403, 403, 403]),
        ("keeper", [200, 200, 200, 200, 201, 403, 403, 403, 403, 403]),
        ("chief", [403, 200, 200, 200, 403, 403, 403, 403, 403, 403]),
        ("owner", [200, 200, 200, 200, 201, 200, 200, 200, 200, 204]),
    ];
    for (patch, ((login, cookie), (role, expected))) in cookies.iter().zip(expected).enumerate() {
        assert_eq!(*login, role);
        let found = try_everything(&server, login, cookie, &format!("1.1.{patch}")).await;
        assert_eq!(found.map(|status| status.as_u16()), expected, "{login}");
        if role == "swimmer" {
            let swimmer = server.token("swimmer", &[]);
            let text = refusal(server.change_owners(Method::PUT, &swimmer, "shared", &["guest"]).await, 403).await;
            assert!(text.contains("your team may publish and yank `shared`"), "{text}");
        }
    }
}

async fn s28_a_team_has_no_rights_on_the_crates_of_others(shape: Shape) {
    let server = TestServer::start(shape);
    let [swimmer, diver] = ["swimmer", "diver"].map(|login| server.user(login));
    make_pool(&server, &["swimmer"]);
    for (org, team) in [("tide", "poo"), ("tid", "e-pool"), ("tide", "pool2")] {
        server.cli(&["admin", "team", "create", org, team]);
        server.cli(&["admin", "team", "add", &format!("local:{org}:{team}"), "diver", "--maintainer"]);
    }
    publish_for_pool(&server, "shared").await;
    server.publish_ok(&krate("shared-2")).await;
    refusal(server.publish(&diver, &krate("shared").version("1.0.1")).await, 403).await;
    refusal(server.yank(&diver, "shared", "1.0.0").await, 403).await;
    refusal(server.publish(&swimmer, &krate("shared-2").version("1.0.1")).await, 403).await;
    refusal(server.yank(&swimmer, "shared-2", "1.0.0").await, 403).await;
    let path = format!("/{POOL}/members");
    let body = json!({ "members": [{ "login": "diver", "is_maintainer": true }] });
    refusal(ask(&server, &diver, Method::PUT, &path, body).await, 403).await;
    assert_eq!(server.publish(&swimmer, &krate("shared").version("1.0.1")).await.status(), 200);
}

async fn rights_end_with_membership_and_with_ownership(shape: Shape) {
    let server = TestServer::start(shape);
    let [swimmer, diver] = ["swimmer", "diver"].map(|login| server.user(login));
    make_pool(&server, &["swimmer", "diver"]);
    publish_for_pool(&server, "shared").await;
    assert_eq!(server.publish(&swimmer, &krate("shared").version("1.0.1")).await.status(), 200);
    server.cli(&["admin", "team", "remove", POOL, "swimmer"]);
    refusal(server.publish(&swimmer, &krate("shared").version("1.0.2")).await, 403).await;
    assert_eq!(server.yank(&diver, "shared", "1.0.1").await.status(), 200);
    assert_eq!(server.change_owners(Method::DELETE, &server.admin, "shared", &[POOL]).await.status(), 200);
    refusal(server.yank(&diver, "shared", "1.0.0").await, 403).await;
    assert_eq!(server.owner_logins("shared").await, ["admin"]);
    // A member who owns the crate as well keeps all rights.
    server.make_owner(&server.admin, "shared", "diver").await;
    assert_eq!(server.change_owners(Method::PUT, &diver, "shared", &[POOL]).await.status(), 200);
    assert_eq!(server.change_owners(Method::DELETE, &diver, "shared", &[POOL]).await.status(), 200);
}

async fn cargo_publishes_for_a_team(shape: Shape) {
    let server = TestServer::start(shape);
    let swimmer = server.user("swimmer");
    make_pool(&server, &["swimmer"]);
    publish_for_pool(&server, "shared").await;
    let cargo = Cargo::new(&server, &swimmer);
    let library = cargo.library("shared", "1.1.0", "");
    cargo.run(&library, &["publish", "--registry", "alt", "--no-verify", "--allow-dirty"]).ok();
    assert_eq!(server.index_lines("shared").await.len(), 2);
    cargo.run(&library, &["yank", "shared@1.1.0", "--registry", "alt"]).ok();
    cargo.run(&library, &["yank", "shared@1.1.0", "--undo", "--registry", "alt"]).ok();
    let ran = cargo.run(&library, &["owner", "--add", "swimmer", "shared", "--registry", "alt"]);
    ran.fails_with("your team may publish and yank `shared`");
}

async fn crates_of_a_team_are_listed(shape: Shape) {
    let server = TestServer::start(shape);
    make_pool(&server, &[]);
    publish_for_pool(&server, "shared").await;
    publish_for_pool(&server, "also").await;
    server.publish_ok(&krate("other")).await;
    let id = server.json(&format!("/api/v1/teams/{POOL}")).await["team"]["id"].clone();
    let names = async || -> Vec<String> {
        let list = server.json(&format!("/api/v1/crates?team_id={id}")).await;
        let crates = list["crates"].as_array().unwrap().iter();
        crates.map(|krate| krate["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names().await, ["also", "shared"]);
    assert_eq!(server.change_owners(Method::DELETE, &server.admin, "also", &[POOL]).await.status(), 200);
    assert_eq!(names().await, ["shared"]);
}

async fn a_team_counts_where_a_crate_is_deleted(shape: Shape) {
    let server = TestServer::start(shape);
    let cookie = server.sign_up("alice").await;
    let alice = server.token("alice", &[]);
    make_pool(&server, &["alice"]);
    assert_eq!(server.publish(&alice, &krate("old")).await.status(), 200);
    assert_eq!(server.change_owners(Method::PUT, &alice, "old", &[POOL]).await.status(), 200);
    server.execute_sql("UPDATE crates SET created_at = created_at - 73 * 3600000000, downloads = 0");
    let delete =
        async || server.request(Method::DELETE, "/api/v1/crates/old").header("cookie", &cookie).send().await.unwrap();
    let text = refusal(delete().await, 422).await;
    assert!(text.contains("several owners"), "{text}");
    server.execute_sql("UPDATE crates SET created_at = created_at + 73 * 3600000000");
    assert_eq!(delete().await.status(), 204);
    assert_eq!(server.execute_sql("SELECT COUNT(*) FROM crate_teams"), "0");
    assert_eq!(server.cli(&["admin", "team", "list"]), format!("{POOL}\n"));
}

async fn operators_manage_teams_on_the_command_line(shape: Shape) {
    let server = TestServer::start(shape);
    let run = |arguments: &[&str]| server.cli(&[&["admin", "team"], arguments].concat());
    let refused = |arguments: &[&str]| server.cli_fails(&[&["admin", "team"], arguments].concat(), 1);
    assert_eq!(run(&["create", "Tide", "Pool", "--name", "The pool"]), "local:tide:pool \"The pool\"\n");
    let made: Value = serde_json::from_str(&run(&["create", "tide", "core", "--json"])).unwrap();
    assert_eq!((&made["login"], &made["name"]), (&json!("local:tide:core"), &Value::Null));
    assert_eq!(run(&["list"]), "local:tide:core\nlocal:tide:pool \"The pool\"\n");
    assert!(refused(&["create", "tide", "pool"]).contains("there is a team"));
    server.user("alice");
    server.user("bob");
    assert!(refused(&["add", POOL, "alice", "nobody"]).contains("no user `nobody`"));
    assert_eq!(members(&server).await, []);
    assert_eq!(
        run(&["add", POOL, "alice", "bob", "--maintainer"]),
        format!("now maintainers of the team {POOL}: alice, bob\n")
    );
    run(&["add", POOL, "bob"]);
    assert_eq!(members(&server).await, [("alice".to_owned(), true), ("bob".to_owned(), false)]);
    assert!(refused(&["add", "local:no:team", "alice"]).contains("no team"));
    run(&["remove", POOL, "alice"]);
    assert!(refused(&["remove", POOL, "alice"]).contains("not in the team"));
    publish_for_pool(&server, "shared").await;
    assert!(refused(&["delete", POOL]).contains("owns crates"));
    assert_eq!(run(&["delete", "local:tide:core"]), "the team local:tide:core is deleted\n");
    assert!(refused(&["delete", "local:tide:core"]).contains("no team"));
    let actors = "SELECT COUNT(*) FROM audit WHERE action LIKE 'team.%' AND actor = '(command line)'";
    assert_eq!(server.execute_sql(actors), "6");
}
