//! Owners: who may add and remove whom (contract part 2, §2.8 and §7).

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Cargo, Shape, TestServer, krate, on_both_shapes, refusal};

on_both_shapes!(
    an_operator_hands_an_abandoned_crate_over,
    cargo_invites_lists_and_removes_owners,
    owners_are_invited_and_removed,
    owner_changes_are_all_or_nothing,
    people_are_found_by_their_login_at_github,
    owner_bodies_are_judged_before_anything_else,
    scopes_are_compared_with_the_stored_name,
    s28_the_last_person_stays,
    s22_names_that_run_into_each_other_are_different_crates,
    s37_a_crate_without_owners_is_nobodys_to_take,
    invitations_are_not_a_way_to_flood_people,
);

async fn cargo_invites_lists_and_removes_owners(shape: Shape) {
    let server = TestServer::start(shape);
    let bob = server.user("bob");
    server.publish_ok(&krate("shared")).await;
    let cargo = Cargo::new(&server, &server.admin);
    let app = cargo.app("app", &[]);
    let owner = |arguments: &[&str]| cargo.run(&app, &[&["owner", "shared", "--registry", "alt"], arguments].concat());
    owner(&["--add", "bob"]).ok().says("user bob has been invited to own shared");
    assert_eq!(owner(&["--list"]).ok().stdout, "admin\n");
    assert_eq!(server.answer_invitation(&bob, "shared", true).await.status(), 200);
    assert_eq!(owner(&["--list"]).ok().stdout, "admin\nbob\n");
    owner(&["--add", "bob"]).fails_with("`bob` is an owner already");
    server.cli(&["admin", "team", "create", "tide", "pool", "--name", "The pool"]);
    owner(&["--add", "local:tide:pool"]).ok().says("team local:tide:pool is now an owner of shared");
    assert_eq!(owner(&["--list"]).ok().stdout, "admin\nbob\nlocal:tide:pool (The pool)\n");
    owner(&["--remove", "local:tide:pool", "--remove", "bob"]).ok();
    assert_eq!(owner(&["--list"]).ok().stdout, "admin\n");
    owner(&["--remove", "admin"]).fails_with("at least one person");
}

async fn owners_are_invited_and_removed(shape: Shape) {
    let server = TestServer::start(shape);
    let (alice, bob) = (server.user("Alice"), server.user("bob"));
    assert_eq!(server.publish(&alice, &krate("Shared")).await.status(), 200);
    let request = server.request(Method::PUT, "/api/v1/crates/shared/owners").header("authorization", &alice.token);
    let answer: Value = request.json(&json!({ "users": ["BOB"] })).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer, json!({ "msg": "user bob has been invited to own Shared", "ok": true }));
    assert_eq!(server.owner_logins("shared").await, ["Alice"]);
    refusal(server.publish(&bob, &krate("Shared").version("1.0.1")).await, 403).await;

    let again = server.change_owners(Method::PUT, &alice, "shared", &["bob", "bob"]).await;
    let waiting = "user bob has yet to answer an invitation to own Shared";
    assert_eq!(again.json::<Value>().await.unwrap()["msg"], format!("{waiting},{waiting}"));
    assert_eq!(server.answer_invitation(&bob, "Shared", true).await.status(), 200);
    assert_eq!(server.owner_logins("shared").await, ["Alice", "bob"]);
    let users: Value = server.json("/api/v1/crates/shared/owner_user").await;
    let element = &users["users"][1];
    assert_eq!((&element["kind"], &element["github_username_matches"]), (&json!("user"), &json!(false)));
    assert_eq!(server.json("/api/v1/crates/shared/owner_team").await, json!({ "teams": [] }));
    assert_eq!(server.publish(&bob, &krate("Shared").version("1.0.1")).await.status(), 200);

    let gone = server.change_owners(Method::DELETE, &bob, "shared", &["aLICE"]).await;
    assert_eq!(gone.json::<Value>().await.unwrap(), json!({ "msg": "owners removed", "ok": true }));
    assert_eq!(server.owner_logins("shared").await, ["bob"]);
    let text = refusal(server.change_owners(Method::PUT, &alice, "shared", &["alice"]).await, 403).await;
    assert!(text.contains("not an owner"), "{text}");
    refusal(server.publish(&alice, &krate("Shared").version("1.0.2")).await, 403).await;
    server.make_owner(&bob, "Shared", "Alice").await;
    assert_eq!(server.owner_logins("shared").await, ["Alice", "bob"], "whoever was an owner becomes one again");
    let nothing = server.change_owners(Method::PUT, &bob, "shared", &[]).await;
    assert_eq!(nothing.json::<Value>().await.unwrap(), json!({ "msg": "", "ok": true }));
    let found = server.json("/api/v1/crates?user_id=2").await;
    assert_eq!(found["meta"]["total"], 1, "search knows the new owner");
}

async fn owner_changes_are_all_or_nothing(shape: Shape) {
    let server = TestServer::start(shape);
    let alice = server.user("alice");
    let bob = server.user("bob");
    assert_eq!(server.publish(&alice, &krate("shared")).await.status(), 200);
    for (method, people, words) in [
        (Method::PUT, vec!["bob", "nobody"], "no user `nobody`"),
        (Method::PUT, vec!["bob", "ALICE"], "`ALICE` is an owner already"),
        (Method::PUT, vec!["bob", "local:no:team"], "no team `local:no:team`"),
        (Method::PUT, vec!["bob", "local:no"], "`local:no` names no team"),
        (Method::PUT, vec!["bob", "local:no:team:more"], "names no team"),
        (Method::PUT, vec!["bob", "local:n o:team"], "` ` cannot be"),
        (Method::PUT, vec!["bob", "GitHub:org:team"], "no teams of `GitHub`"),
        (Method::PUT, vec!["bob", "github:org:team"], "sign in to this registry with your account"),
        (Method::PUT, vec!["bob", "a\0b"], "no user"),
        (Method::PUT, vec!["bob", " bob"], "no user ` bob`"),
        (Method::DELETE, vec!["bob"], "`bob` is not an owner"),
        (Method::DELETE, vec!["alice", "alice"], "`alice` is not an owner"),
        (Method::DELETE, vec!["local:no:team"], "`local:no:team` is not an owner"),
        (Method::DELETE, vec!["alice"], "at least one person"),
        (Method::PUT, vec!["x"; 11], "at most 10"),
    ] {
        let text = refusal(server.change_owners(method, &alice, "shared", &people).await, 400).await;
        assert!(text.contains(words), "{people:?}: {text}");
        assert_eq!(server.owner_logins("shared").await, ["alice"]);
    }
    refusal(server.answer_invitation(&bob, "shared", true).await, 404).await;
}

async fn people_are_found_by_their_login_at_github(shape: Shape) {
    let server = TestServer::start(shape);
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    server.execute_sql("UPDATE users SET github_login = 'Octo-Bob' WHERE login = 'bob'");
    server.user("carol");
    server.execute_sql("UPDATE users SET github_login = 'alice' WHERE login = 'carol'");
    assert_eq!(server.publish(&alice, &krate("shared")).await.status(), 200);
    let text = refusal(server.change_owners(Method::PUT, &alice, "shared", &["alice"]).await, 400).await;
    assert!(text.contains("`alice` is an owner already"), "a login here goes before one at GitHub: {text}");
    let answer = server.change_owners(Method::PUT, &alice, "shared", &["octo-bob"]).await;
    assert!(answer.text().await.unwrap().contains("user bob has been invited"));
    assert_eq!(server.answer_invitation(&bob, "shared", true).await.status(), 200);
    let text = refusal(server.change_owners(Method::PUT, &alice, "shared", &["OCTO-BOB"]).await, 400).await;
    assert!(text.contains("`OCTO-BOB` is an owner already"), "{text}");
    assert_eq!(server.change_owners(Method::DELETE, &alice, "shared", &["Octo-bob"]).await.status(), 200);
    assert_eq!(server.owner_logins("shared").await, ["alice"]);
}

async fn owner_bodies_are_judged_before_anything_else(shape: Shape) {
    let server = TestServer::start(shape);
    let ask = async |path: &str, content_type: &str, body: &str| {
        let request = server.request(Method::PUT, path).header("content-type", content_type).body(body.to_owned());
        request.send().await.unwrap()
    };
    let owners = "/api/v1/crates/none/owners";
    refusal(ask(owners, "text/plain", "{}").await, 415).await;
    refusal(ask(owners, "application/json", "{").await, 400).await;
    refusal(ask(owners, "application/json", "{}").await, 422).await;
    refusal(ask(owners, "application/json", r#"{"owners":[],"users":[]}"#).await, 422).await;
    refusal(ask(owners, "application/json", &" ".repeat(2 * 1024 * 1024 + 1)).await, 413).await;
    refusal(ask(owners, "application/vnd.x+json; charset=utf-8", r#"{"owners":[],"is_admin":true}"#).await, 403).await;
    refusal(ask("/api/v1/crates/1nvalid/owners", "text/plain", "").await, 415).await;
}

async fn scopes_are_compared_with_the_stored_name(shape: Shape) {
    let server = TestServer::start(shape);
    server.publish_ok(&krate("Plank-It")).await;
    server.user("bob");
    let stored = server.token("admin", &["--scope", "change-owners", "--crate", "Plank-It"]);
    let other = server.token("admin", &["--scope", "change-owners", "--crate", "plank_it"]);
    let wrong = server.token("admin", &["--scope", "publish-update", "--crate", "Plank-It"]);
    assert_eq!(server.change_owners(Method::PUT, &stored, "plank_it", &["bob"]).await.status(), 200);
    let text = refusal(server.change_owners(Method::PUT, &other, "plank_it", &["bob"]).await, 403).await;
    assert!(text.contains("crate `Plank-It`"), "{text}");
    let text = refusal(server.change_owners(Method::PUT, &wrong, "Plank-It", &["bob"]).await, 403).await;
    assert!(text.contains("scope `change-owners`"), "{text}");
    // Of a crate that is not there, the name as it was given decides, so that nothing is learnt of others.
    refusal(server.change_owners(Method::PUT, &other, "plankton", &["bob"]).await, 403).await;
    let text = refusal(server.change_owners(Method::PUT, &server.admin, "plankton", &["bob"]).await, 404).await;
    assert!(text.contains("`plankton` does not exist"), "{text}");
}

async fn s28_the_last_person_stays(shape: Shape) {
    let server = TestServer::start(shape);
    let alice = server.user("alice");
    assert_eq!(server.publish(&alice, &krate("shared")).await.status(), 200);
    server.cli(&["admin", "team", "create", "tide", "pool"]);
    server.cli(&["admin", "team", "add", "local:tide:pool", "alice", "--maintainer"]);
    assert_eq!(server.change_owners(Method::PUT, &alice, "shared", &["local:tide:pool"]).await.status(), 200);
    for people in [&["alice"][..], &["local:tide:pool", "alice"]] {
        let text = refusal(server.change_owners(Method::DELETE, &alice, "shared", people).await, 400).await;
        assert!(text.contains("teams do not count"), "{text}");
        assert_eq!(server.owner_logins("shared").await, ["alice", "local:tide:pool"]);
    }
    server.make_owner(&alice, "shared", "admin").await;
    // Both want to leave at once: one of them stays.
    let [one, other] = [(&alice, "alice"), (&server.admin, "admin")]
        .map(|(user, login)| async { server.change_owners(Method::DELETE, user, "shared", &[login]).await.status() });
    let left = tokio::join!(one, other);
    assert!(
        left == (200.try_into().unwrap(), 400.try_into().unwrap())
            || left == (400.try_into().unwrap(), 200.try_into().unwrap()),
        "{left:?}"
    );
    assert_eq!(server.owner_logins("shared").await.len(), 2);
}

async fn s22_names_that_run_into_each_other_are_different_crates(shape: Shape) {
    let server = TestServer::start(shape);
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    assert_eq!(server.publish(&alice, &krate("rails-html").version("1.4.2")).await.status(), 200);
    assert_eq!(server.publish(&bob, &krate("rails-html-sanitizer").version("1.4.2")).await.status(), 200);
    for name in ["rails-html-sanitizer", "Rails_Html_Sanitizer", "rails_html-sanitizer"] {
        refusal(server.yank(&alice, name, "1.4.2").await, 403).await;
        refusal(server.change_owners(Method::PUT, &alice, name, &["alice"]).await, 403).await;
    }
    assert_eq!(server.yank(&alice, "rails_html", "1.4.2").await.status(), 200);
    assert_eq!(server.index_lines("rails-html-sanitizer").await[0]["yanked"], false);
    for path in ["rails-html/sanitizer-1.4.2", "rails-html/-sanitizer/1.4.2", "rails/html-sanitizer-1.4.2"] {
        let request = server.request(Method::DELETE, &format!("/api/v1/crates/{path}/yank"));
        let status = request.header("authorization", &alice.token).send().await.unwrap().status();
        assert!(status == 404 || status == 400, "{path}: {status}");
    }
    assert_eq!(server.index_lines("rails-html-sanitizer").await[0]["yanked"], false);
}

async fn s37_a_crate_without_owners_is_nobodys_to_take(shape: Shape) {
    let server = TestServer::start(shape);
    let alice = server.user("alice");
    server.publish_ok(&krate("orphan")).await;
    server.execute_sql("DELETE FROM crate_owners");
    refusal(server.publish(&alice, &krate("orphan").version("1.0.1")).await, 403).await;
    refusal(server.publish(&alice, &krate("Orphan").version("1.0.1")).await, 403).await;
    refusal(server.change_owners(Method::PUT, &alice, "orphan", &["alice"]).await, 403).await;
    refusal(server.change_owners(Method::PUT, &server.admin, "orphan", &["admin"]).await, 403).await;
    assert_eq!(server.index_lines("orphan").await.len(), 1);
    // Another crate's invitation is none of this one's.
    assert_eq!(server.publish(&alice, &krate("other")).await.status(), 200);
    let body = json!({ "crate_owner_invite": { "crate_id": server.crate_id("orphan"), "accepted": true } });
    let request = server.request(Method::PUT, "/api/v1/me/crate_owner_invitations/1");
    refusal(request.header("authorization", &alice.token).json(&body).send().await.unwrap(), 404).await;
}

async fn invitations_are_not_a_way_to_flood_people(shape: Shape) {
    let server = TestServer::start_with(shape, &[("CARGOHOLD_LIMITS__MAIL__BURST", "2")]);
    for name in ["one", "two", "three"] {
        server.publish_ok(&krate(name)).await;
    }
    server.user("bob");
    for name in ["one", "two", "one", "two"] {
        let answer = server.change_owners(Method::PUT, &server.admin, name, &["bob"]).await;
        assert_eq!(answer.status(), 200, "an invitation that is open costs nothing");
    }
    let answer = server.change_owners(Method::PUT, &server.admin, "three", &["bob"]).await;
    assert!(answer.headers().contains_key("retry-after"));
    let text = refusal(answer, 429).await;
    assert!(text.contains("too often"), "{text}");
}

async fn an_operator_hands_an_abandoned_crate_over(shape: Shape) {
    let server = TestServer::start(shape);
    let alice = server.user("alice");
    server.user("bob");
    assert_eq!(server.publish(&alice, &krate("Left-Behind")).await.status(), 200);
    server.cli(&["admin", "user", "lock", "alice", "--reason", "has left"]);
    assert!(server.cli(&["admin", "hand-over", "left_behind", "bob"]).contains("bob is an owner"));
    assert_eq!(server.owner_logins("left-behind").await, ["alice", "bob"]);
    let bob = server.token("bob", &[]);
    assert_eq!(server.yank(&bob, "Left-Behind", "1.0.0").await.status(), 200);
    for (name, login, words) in [
        ("left-behind", "bob", "is an owner already"),
        ("left-behind", "nobody", "there is no user"),
        ("none", "bob", "does not exist"),
    ] {
        let text = server.cli_fails(&["admin", "hand-over", name, login], 1);
        assert!(text.contains(words), "{text}");
    }
    assert!(server.cli(&["admin", "audit"]).contains("owner.hand_over"));
}
