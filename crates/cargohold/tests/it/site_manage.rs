//! The pages on which owners manage crates, and teams are managed: forms over HTTP, without scripts.

use reqwest::Method;
use reqwest::header::LOCATION;
use serde_json::{Value, json};

use crate::support::{Browser, Person, Shape, TestServer, User, krate, leads_to, on_both_shapes, shown_again};

on_both_shapes!(
    an_invitation_is_taken_back,
    owners_are_invited_and_removed_on_the_page,
    the_last_person_stays_and_what_was_typed_is_kept,
    pipelines_are_trusted_and_no_longer,
    a_pipeline_waits_for_a_crate_that_is_yet_to_be,
    a_yank_shows_who_would_notice_and_says_why,
    members_of_a_team_and_administrators_yank_too,
    a_crate_is_deleted_by_whoever_means_it,
    a_crate_is_followed_by_a_button,
    documentation_is_built_once_more_where_there_is_a_host,
    teams_are_made_filled_renamed_and_deleted,
    strangers_are_led_to_where_they_sign_in_and_others_refused,
    s39_no_form_of_an_owner_works_without_its_token,
);

const POOL: &str = "local:tide:pool";

/// Alice with her token, who owns the crate Tide.
async fn alice_with_tide(server: &TestServer) -> (Person, User) {
    let alice = Person::new(server, "alice").await;
    let token = server.token("alice", &[]);
    let tide = krate("Tide").package("repository = \"https://github.com/sea/tide\"");
    assert_eq!(server.publish(&token, &tide).await.status(), 200);
    (alice, token)
}

async fn owners_are_invited_and_removed_on_the_page(shape: Shape) {
    let server = TestServer::start(shape);
    let (alice, _) = alice_with_tide(&server).await;
    let bob = Person::new(&server, "bob").await;
    server.cli(&["admin", "team", "create", "tide", "pool"]);
    server.cli(&["admin", "team", "add", POOL, "alice"]);
    let (browser, page) = (Browser::of(&server, &alice), "/crates/tide/settings");
    let answer = browser.submit(page, "/crates/tide/settings/owners", &[("login", " bob ")]).await;
    leads_to(&answer, "/crates/tide/settings?done=owner-invited");
    let html = browser.page("/crates/tide/settings?done=owner-invited", 200).await;
    assert!(html.contains("own the crate once they accept") && html.contains("<h3>Invited</h3>"), "{html}");
    assert_eq!(server.owner_logins("tide").await, ["alice"]);
    let accepted = json!({ "crate_owner_invite": { "crate_id": server.crate_id("Tide"), "accepted": true } });
    let path = format!("/api/v1/me/crate_owner_invitations/{}", server.crate_id("Tide"));
    bob.json(&server, Method::PUT, &path, Some(accepted)).await;
    let answer = browser.submit(page, "/crates/tide/settings/owners", &[("login", POOL)]).await;
    leads_to(&answer, "/crates/tide/settings?done=team-owns");
    assert_eq!(server.owner_logins("tide").await, ["alice", "bob", POOL]);

    for login in [POOL, "bob"] {
        let answer = browser.submit(page, "/crates/tide/settings/owners/remove", &[("owner", login)]).await;
        leads_to(&answer, "/crates/tide/settings?done=owner-removed");
    }
    assert_eq!(server.owner_logins("tide").await, ["alice"]);
    server.make_owner(&server.token("alice", &[]), "Tide", "bob").await;
    let answer = browser.submit(page, "/crates/tide/settings/owners/remove", &[("owner", "alice")]).await;
    leads_to(&answer, "/crates/tide?done=owner-left");
    assert_eq!(server.owner_logins("tide").await, ["bob"]);
    browser.page(page, 403).await;
}

async fn an_invitation_is_taken_back(shape: Shape) {
    let server = TestServer::start(shape);
    let (alice, _) = alice_with_tide(&server).await;
    let bob = Person::new(&server, "bob").await;
    let (browser, page) = (Browser::of(&server, &alice), "/crates/tide/settings");
    let action = "/crates/tide/settings/owners/withdraw";
    let answer = browser.submit(page, "/crates/tide/settings/owners", &[("login", "bob")]).await;
    leads_to(&answer, "/crates/tide/settings?done=owner-invited");
    let answer = browser.submit(page, action, &[("login", "BOB")]).await;
    leads_to(&answer, "/crates/tide/settings?done=owner-uninvited");
    assert!(!browser.page("/crates/tide/settings?done=owner-uninvited", 200).await.contains("<h3>Invited</h3>"));
    let accepted = json!({ "crate_owner_invite": { "crate_id": server.crate_id("Tide"), "accepted": true } });
    let path = format!("/api/v1/me/crate_owner_invitations/{}", server.crate_id("Tide"));
    assert_eq!(bob.ask(&server, Method::PUT, &path, Some(accepted)).await.status(), 404);
    let answer = browser.submit(page, action, &[("login", "bob")]).await;
    shown_again(answer, 404, "There is no such invitation; it may have been answered").await;
    assert_eq!(server.owner_logins("tide").await, ["alice"]);
}

async fn the_last_person_stays_and_what_was_typed_is_kept(shape: Shape) {
    let server = TestServer::start(shape);
    let (alice, _) = alice_with_tide(&server).await;
    let (browser, page) = (Browser::of(&server, &alice), "/crates/tide/settings");
    assert!(browser.page(page, 200).await.contains("the last person who owns it"));
    let answer = browser.submit(page, "/crates/tide/settings/owners/remove", &[("owner", "alice")]).await;
    shown_again(answer, 400, "A crate needs at least one person who owns it").await;
    assert_eq!(server.owner_logins("tide").await, ["alice"]);
    for (typed, kept, words) in [
        ("nobody<b>", "value=\"nobody&#60;b&#62;\"", "There is no user `nobody&#60;b&#62;`"),
        ("alice", "value=\"alice\"", "`alice` is an owner already"),
        ("local:no", "value=\"local:no\"", "names no team"),
        ("", "value=\"\"", "There is no user ``"),
    ] {
        let answer = browser.submit(page, "/crates/tide/settings/owners", &[("login", typed)]).await;
        let html = shown_again(answer, 400, words).await;
        assert!(html.contains(kept) && html.contains("aria-invalid=\"true\""), "{typed}: {html}");
    }
    let moved = browser.ask(Method::GET, "/crates/tide/owners", None).await;
    assert_eq!((moved.status().as_u16(), &moved.headers()[LOCATION]), (308, &"/crates/tide/settings".parse().unwrap()));
}

async fn pipelines_are_trusted_and_no_longer(shape: Shape) {
    let settings = [("CARGOHOLD_TRUSTPUB__GITHUB", "true"), ("CARGOHOLD_TRUSTPUB__OIDC", "forge=http://127.0.0.1:1")];
    let server = TestServer::start_with(shape, &settings);
    let (alice, token) = alice_with_tide(&server).await;
    let browser = Browser::of(&server, &alice);
    let page = "/crates/tide/settings/new-trusted-publisher";
    let html = browser.page(page, 200).await;
    assert!(html.contains("value=\"sea\"") && html.contains("value=\"tide\""), "filled in: {html}");
    assert!(!html.contains("does not believe"), "{html}");
    assert!(browser.page(&format!("{page}?provider=gitlab"), 200).await.contains("does not believe GitLab yet"));
    browser.page(&format!("{page}?provider=nobody"), 400).await;

    let mut fields = vec![("kind", "github"), ("repository_owner", "sea"), ("repository_name", "tide")];
    fields.extend([("workflow_filename", "release"), ("environment", "")]);
    let html = shown_again(browser.submit(page, page, &fields).await, 400, "id=\"workflow_filename-problem\"").await;
    assert!(html.contains("value=\"release\""), "{html}");
    fields[3].1 = "release.yml";
    leads_to(&browser.submit(page, page, &fields).await, "/crates/Tide/settings?done=publisher-added");
    let rules = [("kind", "oidc"), ("provider", "forge"), ("claim", "sub"), ("pattern", "repo:sea/tide:*")];
    let more = [&rules[..], &[("more", "1")]].concat();
    let html = browser.submit(page, page, &more).await.text().await.unwrap();
    assert!(html.contains("id=\"claim-2\"") && html.contains("value=\"repo:sea/tide:*\""), "{html}");
    let too_wide = [&rules[..3], &[("pattern", "*")]].concat();
    shown_again(browser.submit(page, page, &too_wide).await, 400, "fit pipelines of anybody").await;
    leads_to(&browser.submit(page, page, &rules).await, "/crates/Tide/settings?done=publisher-added");
    let html = browser.page("/crates/tide/settings", 200).await;
    assert!(html.contains("release.yml") && html.contains("repo:sea/tide:*"), "{html}");

    let switch = "/crates/tide/settings/trusted-only";
    let answer = browser.submit("/crates/tide/settings", switch, &[("trustpub_only", "on")]).await;
    leads_to(&answer, "/crates/tide/settings?done=trusted-only");
    assert_eq!(server.publish(&token, &krate("Tide").version("1.0.1")).await.status(), 403);
    remove_all(&server, &browser, &alice).await;
    let html = browser.page("/crates/tide/settings", 200).await;
    assert!(html.contains("Nobody can publish this crate now") && html.contains(" checked"), "{html}");
    leads_to(&browser.submit(page, switch, &[]).await, "/crates/tide/settings?done=not-trusted-only");
    assert_eq!(server.json("/api/v1/crates/tide").await["crate"]["trustpub_only"], false);
}

/// Removes all trusted publishers of Tide.
async fn remove_all(server: &TestServer, browser: &Browser<'_>, owner: &Person) {
    for kind in ["github", "oidc"] {
        let path = format!("/api/v1/trusted_publishing/{kind}_configs?crate=tide");
        let list = owner.json(server, Method::GET, &path, None).await;
        let id = list[format!("{kind}_configs")][0]["id"].to_string();
        let action = "/crates/tide/settings/publishers/remove";
        let answer = browser.submit("/crates/tide/settings", action, &[("provider", kind), ("id", &id)]).await;
        leads_to(&answer, "/crates/tide/settings?done=publisher-removed");
        assert_eq!(owner.json(server, Method::GET, &path, None).await["meta"]["total"], 0);
    }
}

async fn a_pipeline_waits_for_a_crate_that_is_yet_to_be(shape: Shape) {
    let server = TestServer::start(shape);
    let (alice, _) = alice_with_tide(&server).await;
    let (browser, page) = (Browser::of(&server, &alice), "/me/pending-publishers/new");
    assert!(
        browser.page("/me/pending-publishers", 200).await.contains("No pipeline waits to publish a crate for you.")
    );
    let mut fields = vec![("kind", "gitlab"), ("namespace", "sea"), ("project", "ebb"), ("crate", "1bb")];
    fields.push(("workflow_filepath", ".gitlab-ci.yml"));
    shown_again(browser.submit(page, page, &fields).await, 400, "id=\"crate-problem\"").await;
    fields[3].1 = "ebb";
    leads_to(&browser.submit(page, page, &fields).await, "/me/pending-publishers?done=publisher-pending");
    let html = browser.page("/me/pending-publishers", 200).await;
    assert!(html.contains("<strong>ebb</strong>") && html.contains("sea/ebb"), "{html}");
    let (_, rest) = html.split_once("name=\"id\" value=\"").unwrap();
    let id = rest.split('"').next().unwrap();
    let fields = [("provider", "gitlab"), ("id", id)];
    let answer = browser.submit("/me/pending-publishers", "/me/pending-publishers/remove", &fields).await;
    leads_to(&answer, "/me/pending-publishers?done=publisher-removed");
    assert!(
        browser.page("/me/pending-publishers", 200).await.contains("No pipeline waits to publish a crate for you.")
    );
}

async fn a_yank_shows_who_would_notice_and_says_why(shape: Shape) {
    let server = TestServer::start(shape);
    let (alice, token) = alice_with_tide(&server).await;
    assert_eq!(server.publish(&token, &krate("Tide").version("1.1.0")).await.status(), 200);
    server.publish_ok(&krate("tight").dependency("Tide", "=1.0.0")).await;
    server.publish_ok(&krate("loose").dependency("Tide", "^1")).await;
    server.publish_ok(&krate("newer").dependency("Tide", "^1.1")).await;
    let (browser, page) = (Browser::of(&server, &alice), "/crates/tide/1.0.0/yank");
    let html = browser.page(page, 200).await;
    assert!(html.contains("2 crates take this version") && html.contains("<strong>1</strong>"), "{html}");
    assert!(html.contains("/crates/tight") && html.contains("would break"), "{html}");
    assert!(html.contains("/crates/loose") && !html.contains("/crates/newer"), "{html}");

    leads_to(&browser.submit(page, page, &[("message", "loses <data>")]).await, "/crates/tide/versions?done=yanked");
    let version = server.json("/api/v1/crates/tide/1.0.0").await["version"].take();
    assert_eq!((&version["yanked"], &version["yank_message"]), (&json!(true), &json!("loses <data>")));
    assert_eq!(server.index_lines("tide").await[0]["yanked"], true);
    let html = browser.page(page, 200).await;
    assert!(html.contains("yanked already") && html.contains("loses &#60;data&#62;</textarea>"), "{html}");
    let back = "/crates/tide/1.0.0/unyank";
    assert!(browser.page(back, 200).await.contains("It was yanked because: loses &#60;data&#62;"));
    leads_to(&browser.submit(back, back, &[]).await, "/crates/tide/versions?done=unyanked");
    let version = server.json("/api/v1/crates/tide/1.0.0").await["version"].take();
    assert_eq!((&version["yanked"], &version["yank_message"]), (&json!(false), &Value::Null));
    assert!(browser.page(back, 200).await.contains("This version is not yanked."));
    browser.page("/crates/tide/9.9.9/yank", 404).await;
    browser.page("/crates/tide/newest/yank", 404).await;
}

async fn members_of_a_team_and_administrators_yank_too(shape: Shape) {
    let server = TestServer::start(shape);
    let (_, token) = alice_with_tide(&server).await;
    let bob = Person::new(&server, "bob").await;
    let root = Person::with(&server, "root", &["--admin"]).await;
    server.cli(&["admin", "team", "create", "tide", "pool"]);
    for login in ["alice", "bob"] {
        server.cli(&["admin", "team", "add", POOL, login]);
    }
    assert_eq!(server.change_owners(Method::PUT, &token, "tide", &[POOL]).await.status(), 200);
    let page = "/crates/tide/1.0.0/yank";
    for person in [&bob, &root] {
        let browser = Browser::of(&server, person);
        leads_to(&browser.submit(page, page, &[]).await, "/crates/tide/versions?done=yanked");
        assert_eq!(server.index_lines("tide").await[0]["yanked"], true, "{}", person.login);
        let back = "/crates/tide/1.0.0/unyank";
        leads_to(&browser.submit(back, back, &[]).await, "/crates/tide/versions?done=unyanked");
    }
    let html = Browser::of(&server, &bob).page("/crates/tide/settings", 403).await;
    assert!(html.contains("Your team may publish and yank `Tide`"), "{html}");
    Browser::of(&server, &bob).page("/crates/tide/delete", 403).await;
}

async fn a_crate_is_deleted_by_whoever_means_it(shape: Shape) {
    let server = TestServer::start(shape);
    let (alice, token) = alice_with_tide(&server).await;
    let (browser, page) = (Browser::of(&server, &alice), "/crates/tide/delete");
    assert_eq!(server.publish(&token, &krate("ebb").dependency("Tide", "^1")).await.status(), 200);
    let html = browser.page(page, 200).await;
    assert!(html.contains("not met") && html.contains("ebb@1.0.0"), "{html}");
    assert!(html.contains("Hand it over") && !html.contains("for good</button>"), "{html}");
    let meant = [("message", "a <mistake>"), ("confirm", "Tide")];
    shown_again(browser.submit(page, page, &meant).await, 422, "is a dependency of `ebb@1.0.0`").await;
    let other = [("message", "a mistake"), ("confirm", "ebb")];
    let answer = browser.submit("/crates/ebb/delete", "/crates/ebb/delete", &other).await;
    leads_to(&answer, "/?done=crate-deleted");

    for (fields, problem) in [
        ([("message", " "), ("confirm", "Tide")], "id=\"message-problem\""),
        ([("message", "a <mistake>"), ("confirm", "tide")], "id=\"confirm-problem\""),
    ] {
        let html = shown_again(browser.submit(page, page, &fields).await, 400, problem).await;
        assert!(html.contains(&format!("value=\"{}\"", fields[1].1)), "{html}");
    }
    assert_eq!(server.get("/api/v1/crates/tide").await.status(), 200);
    leads_to(&browser.submit(page, page, &meant).await, "/?done=crate-deleted");
    assert_eq!(server.get("/api/v1/crates/tide").await.status(), 404);
    assert!(browser.page("/?done=crate-deleted", 200).await.contains("The crate is deleted."));
    browser.page(page, 404).await;
    let said = server.execute_sql("SELECT details FROM audit WHERE action = 'crate.delete' AND subject = 'Tide'");
    assert!(said.contains("a <mistake>"), "{said}");
}

async fn a_crate_is_followed_by_a_button(shape: Shape) {
    let server = TestServer::start(shape);
    let (alice, _) = alice_with_tide(&server).await;
    let browser = Browser::of(&server, &alice);
    let follows = async || {
        let answer = alice.json(&server, Method::GET, "/api/v1/crates/tide/following", None).await;
        answer["following"].as_bool().unwrap()
    };
    leads_to(&browser.submit("/", "/crates/TIDE/follow", &[]).await, "/crates/TIDE?done=followed");
    assert!(follows().await);
    leads_to(&browser.submit("/", "/crates/tide/unfollow", &[]).await, "/crates/tide?done=unfollowed");
    assert!(!follows().await);
    assert_eq!(browser.submit("/", "/crates/nothing/follow", &[]).await.status(), 404);
}

async fn documentation_is_built_once_more_where_there_is_a_host(shape: Shape) {
    let url = "http://127.0.0.1:1/{name}/{version}";
    let server = TestServer::start_with(shape, &[("CARGOHOLD_DOCS__REBUILD_URL", url)]);
    let (alice, _) = alice_with_tide(&server).await;
    let (browser, page) = (Browser::of(&server, &alice), "/crates/tide/1.0.0/rebuild-docs");
    leads_to(&browser.submit(page, page, &[]).await, "/crates/tide/1.0.0?done=docs-asked");
    assert_eq!(server.execute_sql("SELECT COUNT(*) FROM jobs WHERE kind = 'rebuild_docs'"), "1");
    browser.page("/crates/tide/9.9.9/rebuild-docs", 404).await;
}

async fn teams_are_made_filled_renamed_and_deleted(shape: Shape) {
    let server = TestServer::start(shape);
    let root = Person::with(&server, "root", &["--admin"]).await;
    let (alice, bob) = (Person::new(&server, "alice").await, Person::new(&server, "bob").await);
    let [root, alice, bob] = [&root, &alice, &bob].map(|person| Browser::of(&server, person));
    let html = alice.page("/teams/new", 403).await;
    assert!(html.contains("Only administrators"), "{html}");
    let odd = [("org", "Tide"), ("team", "the <pool>"), ("name", "")];
    shown_again(root.submit("/teams/new", "/teams/new", &odd).await, 400, "id=\"team-problem\"").await;
    let new = [("org", "Tide"), ("team", "Pool"), ("name", "The pool")];
    leads_to(&root.submit("/teams/new", "/teams/new", &new).await, "/teams/local:tide:pool/edit?done=team-created");

    let (page, members) = (format!("/teams/{POOL}/edit"), format!("/teams/{POOL}/members"));
    let put = [("login", "alice"), ("maintainer", "1")];
    leads_to(&root.submit(&page, &members, &put).await, "/teams/local:tide:pool/edit?done=member-put");
    let html = shown_again(root.submit(&page, &members, &[("login", "nobody")]).await, 400, "no user `nobody`").await;
    assert!(html.contains("value=\"The pool\""), "the name is still there: {html}");
    bob.page(&page, 403).await;
    let answer = alice.submit(&page, &members, &[("login", "bob")]).await;
    leads_to(&answer, "/teams/local:tide:pool/edit?done=member-put");
    bob.page(&page, 403).await;
    let answer = alice.submit(&page, &page, &[("name", "A <b>pool</b>")]).await;
    leads_to(&answer, "/teams/local:tide:pool/edit?done=team-renamed");
    let html = alice.page(&page, 200).await;
    assert!(html.contains("A &#60;b&#62;pool") && !html.contains("Delete the team"), "{html}");

    let remove = format!("/teams/{POOL}/members/remove");
    shown_again(alice.submit(&page, &remove, &[("member", "root")]).await, 400, "is not in the team").await;
    let answer = alice.submit(&page, &remove, &[("member", "alice")]).await;
    leads_to(&answer, "/teams/local:tide:pool?done=member-removed");
    alice.page(&page, 403).await;
    let members = server.json(&format!("/api/v1/teams/{POOL}/members")).await;
    assert_eq!((&members["members"][0]["login"], &members["members"][1]), (&json!("bob"), &Value::Null));
    leads_to(&root.submit(&page, &format!("/teams/{POOL}/delete"), &[]).await, "/?done=team-deleted");
    root.page(&page, 404).await;
}

const PAGES: [&str; 6] = [
    "/crates/tide/settings",
    "/crates/tide/settings/new-trusted-publisher",
    "/crates/tide/delete",
    "/crates/tide/1.0.0/yank",
    "/crates/tide/1.0.0/unyank",
    "/crates/tide/1.0.0/rebuild-docs",
];

async fn strangers_are_led_to_where_they_sign_in_and_others_refused(shape: Shape) {
    let server = TestServer::start(shape);
    let (alice, _) = alice_with_tide(&server).await;
    let bob = Person::new(&server, "bob").await;
    let own = ["/me/pending-publishers", "/me/pending-publishers/new", "/teams/new", "/teams/local:tide:pool/edit"];
    for path in PAGES.iter().chain(&own) {
        let answer = Browser::new(&server).ask(Method::GET, path, None).await;
        let to = answer.headers().get(LOCATION).map(|to| to.to_str().unwrap().to_owned()).unwrap_or_default();
        assert!(answer.status() == 303 && to.starts_with("/sign-in?to=%2F"), "{path}: {} {to}", answer.status());
    }
    for path in PAGES {
        let html = Browser::of(&server, &bob).page(path, 403).await;
        assert!(html.contains("You are not an owner of `Tide`"), "{path}: {html}");
        assert_eq!(
            Browser::of(&server, &bob).ask(Method::GET, &path.replace("tide", "none"), None).await.status(),
            404
        );
    }
    let html = Browser::of(&server, &alice).page("/crates/tide/1.0.0/rebuild-docs", 422).await;
    assert!(html.contains("This registry has no documentation host"), "{html}");
    for (action, fields) in changes() {
        let answer = Browser::of(&server, &bob).submit("/", action, &fields).await;
        let is_follow = action.ends_with("follow");
        assert!(is_follow || [400, 403].contains(&answer.status().as_u16()), "{action}: {}", answer.status());
    }
    nothing_has_changed(&server).await;
}

async fn s39_no_form_of_an_owner_works_without_its_token(shape: Shape) {
    let server = TestServer::start(shape);
    let (alice, _) = alice_with_tide(&server).await;
    let bob = Person::new(&server, "bob").await;
    let html = Browser::of(&server, &bob).page("/", 200).await;
    let (_, rest) = html.split_once("name=\"form_token\" value=\"").unwrap();
    let token_of_bob = rest.split('"').next().unwrap();
    for (action, fields) in changes() {
        for token in ["", "x", token_of_bob] {
            let answer = Browser::of(&server, &alice).submit_with(action, token, &fields).await;
            assert_eq!(answer.status(), 403, "{action} with `{token}`");
            let html = answer.text().await.unwrap();
            assert!(html.contains("This form is too old or comes from elsewhere"), "{action}: {html}");
        }
        let foreign = Browser::of(&server, &alice).with("sec-fetch-site", "cross-site");
        assert_eq!(foreign.submit("/", action, &fields).await.status(), 403, "{action} from another site");
        assert_eq!(Browser::new(&server).submit_with(action, "", &fields).await.status(), 403, "{action} of nobody's");
    }
    nothing_has_changed(&server).await;
    let follows = alice.json(&server, Method::GET, "/api/v1/crates/tide/following", None).await;
    assert_eq!(follows["following"], false);
}

/// Every form, with what would be enough to change something.
fn changes() -> Vec<(&'static str, Vec<(&'static str, &'static str)>)> {
    let pipeline = vec![
        ("kind", "github"),
        ("repository_owner", "sea"),
        ("repository_name", "tide"),
        ("workflow_filename", "release.yml"),
    ];
    vec![
        ("/crates/tide/follow", vec![]),
        ("/crates/tide/unfollow", vec![]),
        ("/crates/tide/settings/owners", vec![("login", "bob")]),
        ("/crates/tide/settings/owners/remove", vec![("owner", "alice")]),
        ("/crates/tide/settings/owners/withdraw", vec![("login", "bob")]),
        ("/crates/tide/settings/trusted-only", vec![("trustpub_only", "on")]),
        ("/crates/tide/settings/new-trusted-publisher", pipeline),
        ("/crates/tide/1.0.0/yank", vec![("message", "broken")]),
        ("/crates/tide/1.0.0/unyank", vec![]),
        ("/crates/tide/1.0.0/rebuild-docs", vec![]),
        ("/crates/tide/delete", vec![("message", "gone"), ("confirm", "Tide")]),
        ("/teams/new", vec![("org", "tide"), ("team", "pool")]),
    ]
}

async fn nothing_has_changed(server: &TestServer) {
    assert_eq!(server.owner_logins("tide").await, ["alice"]);
    let krate = server.json("/api/v1/crates/tide").await["crate"].take();
    assert_eq!((&krate["trustpub_only"], &krate["yanked"]), (&json!(false), &json!(false)));
    assert_eq!(server.execute_sql("SELECT COUNT(*) FROM trusted_publishers"), "0");
    assert_eq!(server.execute_sql("SELECT COUNT(*) FROM owner_invitations"), "0");
    assert_eq!(server.get(&format!("/api/v1/teams/{POOL}")).await.status(), 404);
}
