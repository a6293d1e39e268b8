//! What owners change of crates and versions, follows, deletion, documentation, and the counting of downloads (contract §6, §11.1).

use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Shape, TestServer, User, eventually, krate, on_both_shapes, refusal};

on_both_shapes!(
    settings_of_a_crate_need_a_named_scope,
    a_yank_message_is_judged_kept_and_erased,
    people_follow_crates,
    a_crate_is_deleted_with_everything_it_had,
    crates_that_others_may_use_are_not_deleted,
    an_upload_from_before_a_deletion_does_not_take_the_name,
    documentation_is_rebuilt_at_its_host,
    downloads_by_cargo_are_counted,
);

/// Somebody with a token and a session.
struct Person {
    token: User,
    cookie: String,
}

async fn person(server: &TestServer, login: &str) -> Person {
    let email = format!("{login}@registry.example");
    let made: Value =
        serde_json::from_str(&server.cli(&["admin", "user", "create", login, "--email", &email, "--json"])).unwrap();
    let cookie = server.sign_in(login, made["password"].as_str().unwrap()).await;
    Person { token: server.token(login, &[]), cookie }
}

/// How somebody proves who they are.
#[derive(Clone, Copy)]
enum By<'a> {
    Nothing,
    Token(&'a User),
    Cookie(&'a Person),
}

/// Asks with a JSON body, if there is one.
async fn ask(server: &TestServer, method: Method, path: &str, by: By<'_>, body: Option<Value>) -> Response {
    let mut request = server.request(method, &format!("/api/v1/crates/{path}"));
    request = match by {
        By::Nothing => request,
        By::Token(user) => request.header("authorization", &user.token),
        By::Cookie(person) => request.header("cookie", &person.cookie),
    };
    if let Some(body) = body {
        request = request.json(&body);
    }
    request.send().await.unwrap()
}

async fn settings_of_a_crate_need_a_named_scope(shape: Shape) {
    let server = TestServer::start(shape);
    let (owner, other) = (person(&server, "owner").await, person(&server, "other").await);
    assert_eq!(server.publish(&owner.token, &krate("Set-Me")).await.status(), 200);
    let scoped = server.token("owner", &["--scope", "trusted-publishing"]);
    let elsewhere = server.token("owner", &["--scope", "trusted-publishing", "--crate", "set_me"]);
    let yanker = server.token("owner", &["--scope", "yank"]);
    let others = server.token("other", &["--scope", "trusted-publishing"]);
    let on = || Some(json!({ "crate": { "trustpub_only": true } }));
    for (name, by, body, status) in [
        ("unknown", By::Nothing, None, 415),
        ("unknown", By::Nothing, Some(json!({})), 422),
        ("unknown", By::Nothing, Some(json!({ "crate": null })), 422),
        ("unknown", By::Nothing, Some(json!({ "crate": { "trustpub_only": 1 } })), 422),
        ("unknown", By::Nothing, on(), 404),
        ("1abc", By::Nothing, on(), 404),
        ("set-me", By::Nothing, on(), 403),
        ("set-me", By::Token(&owner.token), on(), 403),
        ("set-me", By::Token(&yanker), on(), 403),
        ("set-me", By::Token(&elsewhere), on(), 403),
        ("set-me", By::Token(&others), on(), 403),
        ("set-me", By::Token(&server.admin), on(), 403),
        ("set-me", By::Cookie(&other), on(), 403),
        ("set-me", By::Cookie(&other), Some(json!({ "crate": {} })), 403),
    ] {
        refusal(ask(&server, Method::PATCH, name, by, body).await, status).await;
    }
    for (content_type, body, status) in [
        ("text/plain", "{}", 415),
        ("application/json", "{", 400),
        ("application/json", "[]", 422),
        ("application/x+json; a=b", "{}", 422),
    ] {
        let request = server.request(Method::PATCH, "/api/v1/crates/set-me").header("content-type", content_type);
        refusal(request.body(body).send().await.unwrap(), status).await;
    }
    let before = server.json("/api/v1/crates/set-me").await["crate"].clone();
    assert_eq!((&before["trustpub_only"], &before["updated_at"]), (&json!(false), &before["created_at"]));
    for body in [
        json!({ "crate": {} }),
        json!({ "crate": { "trustpub_only": null, "name": 7 }, "x": 1 }),
        json!({ "crate": { "trustpub_only": false } }),
    ] {
        let answer =
            ask(&server, Method::PATCH, "SET_me", By::Token(&scoped), Some(body)).await.json::<Value>().await.unwrap();
        assert_eq!(answer["crate"]["updated_at"], before["updated_at"], "nothing changes");
    }
    let answer = ask(&server, Method::PATCH, "SET_me", By::Cookie(&owner), on()).await;
    assert_eq!(answer.status(), 200);
    let changed = answer.json::<Value>().await.unwrap();
    assert_eq!(changed.as_object().unwrap().len(), 1);
    let krate = &changed["crate"];
    let shown = [
        "name",
        "trustpub_only",
        "max_version",
        "newest_version",
        "max_stable_version",
        "versions",
        "keywords",
        "recent_downloads",
        "default_version",
    ];
    let shown: Vec<&Value> = shown.iter().map(|&member| &krate[member]).collect();
    assert_eq!(json!(shown), json!(["Set-Me", true, "0.0.0", "0.0.0", null, null, null, null, "1.0.0"]));
    let after = server.json("/api/v1/crates/set-me").await["crate"].clone();
    assert!(after["updated_at"].as_str() > before["updated_at"].as_str() && after["updated_at"] == krate["updated_at"]);
    refusal(server.publish(&owner.token, &crate::support::krate("Set-Me").version("2.0.0")).await, 403).await;
    let newest = server.json("/api/v1/crates?sort=recent-updates&per_page=1").await;
    assert_eq!(newest["crates"][0]["updated_at"], after["updated_at"]);
}

async fn a_yank_message_is_judged_kept_and_erased(shape: Shape) {
    let server = TestServer::start(shape);
    let (owner, other) = (person(&server, "owner").await, person(&server, "other").await);
    assert_eq!(server.publish(&owner.token, &krate("Yank-Me")).await.status(), 200);
    let version = |body: Value| Some(json!({ "version": body }));
    let wrong = server.token("owner", &["--scope", "publish-new"]);
    let nothing = version(json!({ "yanked": true }));
    let long = "x".repeat(10_001);
    for (path, by, body, status) in [
        ("1abc/1.0", By::Nothing, None, 400),
        ("unknown/1.0.0", By::Nothing, None, 415),
        ("unknown/1.0.0", By::Nothing, Some(json!({})), 422),
        ("unknown/1.0.0", By::Nothing, Some(json!({ "version": null })), 422),
        ("unknown/1.0.0", By::Nothing, version(json!({ "yanked": "yes" })), 422),
        ("unknown/1.0.0", By::Nothing, version(json!({})), 404),
        ("yank-me/2.0.0", By::Nothing, version(json!({})), 404),
        ("yank-me/1.0.0", By::Nothing, version(json!({ "yanked": false, "yank_message": "x" })), 400),
        ("yank-me/1.0.0", By::Nothing, version(json!({ "yanked": false, "yank_message": "" })), 400),
        ("yank-me/1.0.0", By::Nothing, version(json!({ "yank_message": "x" })), 400),
        ("yank-me/1.0.0", By::Nothing, version(json!({ "yanked": null, "yank_message": "" })), 400),
        ("yank-me/1.0.0", By::Token(&owner.token), version(json!({ "yanked": true, "yank_message": "a\u{0}" })), 400),
        ("yank-me/1.0.0", By::Token(&owner.token), version(json!({ "yanked": true, "yank_message": long })), 400),
        ("yank-me/1.0.0", By::Nothing, nothing.clone(), 403),
        ("yank-me/1.0.0", By::Token(&wrong), nothing.clone(), 403),
        ("yank-me/1.0.0", By::Cookie(&other), nothing.clone(), 403),
        ("yank-me/1.0.0", By::Token(&other.token), version(json!({})), 403),
    ] {
        refusal(ask(&server, Method::PATCH, path, by, body).await, status).await;
    }
    messages_are_kept_and_erased(&server, &owner).await;
}

async fn messages_are_kept_and_erased(server: &TestServer, owner: &Person) {
    let version = |body: Value| Some(json!({ "version": body }));
    let crate_before = server.json("/api/v1/crates/yank-me?include=").await["crate"]["updated_at"].clone();
    let mut last = server.json("/api/v1/crates/yank-me/1.0.0").await["version"].clone();
    // What is sent, and then: yanked, message, what is logged.
    let steps = [
        (json!({}), false, Value::Null, None),
        (json!({ "yanked": false }), false, Value::Null, None),
        (json!({ "yanked": true, "yank_message": "first" }), true, json!("first"), Some("yank")),
        (json!({ "yanked": true, "yank_message": "first", "x": 1 }), true, json!("first"), None),
        (json!({ "yank_message": "second" }), true, json!("second"), Some("yank")),
        (json!({ "yanked": true, "yank_message": "" }), true, json!(""), Some("yank")),
        (json!({}), true, Value::Null, Some("yank")),
        (json!({ "yanked": true, "yank_message": "x".repeat(10_000) }), true, json!("x".repeat(10_000)), Some("yank")),
        (json!({ "yanked": null, "yank_message": null }), true, Value::Null, Some("yank")),
        (json!({ "yanked": true }), true, Value::Null, None),
        (json!({ "yanked": false }), false, Value::Null, Some("unyank")),
    ];
    for (step, (body, yanked, message, action)) in steps.into_iter().enumerate() {
        let by = if step % 2 == 0 { By::Cookie(owner) } else { By::Token(&owner.token) };
        let answer = ask(server, Method::PATCH, "YANK_ME/1.0.0", by, version(body.clone())).await;
        assert_eq!(answer.status(), 200, "{body}");
        let shown = answer.json::<Value>().await.unwrap()["version"].clone();
        assert_eq!(
            (&shown["yanked"], &shown["yank_message"], &shown["crate"]),
            (&json!(yanked), &message, &json!("Yank-Me")),
            "{body}"
        );
        assert_eq!(shown["updated_at"], last["updated_at"], "{body}: from before");
        let now = server.json("/api/v1/crates/yank-me/1.0.0").await["version"].clone();
        assert_eq!(now["updated_at"] != last["updated_at"], action.is_some(), "{body}");
        assert_eq!(now["audit_actions"], shown["audit_actions"]);
        let actions = |version: &Value| version["audit_actions"].as_array().unwrap().clone();
        let new = &actions(&now)[actions(&last).len()..];
        let new: Vec<&str> = new.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
        assert_eq!(new, action.into_iter().collect::<Vec<_>>(), "{body}");
        assert_eq!(server.index_lines("yank-me").await[0]["yanked"], yanked);
        last = now;
    }
    assert_eq!(last["audit_actions"][1]["user"]["login"], "owner");
    ask(
        server,
        Method::PATCH,
        "yank-me/1.0.0",
        By::Cookie(owner),
        version(json!({ "yanked": true, "yank_message": "why" })),
    )
    .await;
    assert_eq!(ask(server, Method::DELETE, "yank-me/1.0.0/yank", By::Cookie(owner), None).await.status(), 200);
    let erased = server.json("/api/v1/crates/yank-me/1.0.0").await["version"].clone();
    assert_eq!(
        (&erased["yanked"], &erased["yank_message"]),
        (&json!(true), &Value::Null),
        "a plain yank erases the message"
    );
    assert_eq!(server.json("/api/v1/crates/yank-me?include=").await["crate"]["updated_at"], crate_before);
}

async fn people_follow_crates(shape: Shape) {
    let server = TestServer::start(shape);
    let fan = person(&server, "fan").await;
    server.publish_ok(&krate("Star-Crate")).await;
    let scoped = server.token("fan", &["--scope", "publish-new,publish-update,yank,change-owners,trusted-publishing"]);
    let of_crate = server.token("fan", &["--crate", "Star-Crate"]);
    for method in [Method::PUT, Method::DELETE] {
        for by in [By::Nothing, By::Token(&scoped), By::Token(&of_crate)] {
            refusal(ask(&server, method.clone(), "star-crate/follow", by, None).await, 403).await;
            refusal(ask(&server, method.clone(), "unknown/follow", by, None).await, 403).await;
        }
        refusal(ask(&server, method, "unknown/follow", By::Token(&fan.token), None).await, 404).await;
    }
    for by in [By::Nothing, By::Token(&fan.token)] {
        refusal(ask(&server, Method::GET, "star-crate/following", by, None).await, 403).await;
        refusal(ask(&server, Method::GET, "unknown/following", by, None).await, 403).await;
    }
    let refused = ask(&server, Method::GET, "unknown/following", By::Cookie(&fan), None).await;
    assert_eq!(refused.headers().get("cache-control"), None, "only what succeeds is not to be stored");
    refusal(refused, 404).await;
    let following = async |expected: bool| {
        let answer = ask(&server, Method::GET, "STAR_crate/following", By::Cookie(&fan), None).await;
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "following": expected }));
        let list = server
            .request(Method::GET, "/api/v1/crates?following=1")
            .header("cookie", &fan.cookie)
            .send()
            .await
            .unwrap();
        assert_eq!(list.json::<Value>().await.unwrap()["meta"]["total"], i32::from(expected));
    };
    following(false).await;
    for (method, by, expected) in [
        (Method::PUT, By::Token(&fan.token), true),
        (Method::PUT, By::Cookie(&fan), true),
        (Method::DELETE, By::Cookie(&fan), false),
        (Method::DELETE, By::Token(&fan.token), false),
        (Method::PUT, By::Cookie(&fan), true),
    ] {
        let answer = ask(&server, method, "star_crate/follow", by, None).await;
        assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "ok": true }));
        following(expected).await;
    }
    let foreign =
        server.request(Method::PUT, "/api/v1/crates/star-crate/follow").header("origin", "https://evil.example");
    let text = refusal(foreign.send().await.unwrap(), 403).await;
    assert!(text.contains("evil.example"), "also for strangers: {text}");
}

async fn a_crate_is_deleted_with_everything_it_had(shape: Shape) {
    let server = TestServer::start(shape);
    let (owner, other) = (person(&server, "owner").await, person(&server, "other").await);
    let rich = krate("Gone-Soon")
        .package("keywords = [\"brief\"]")
        .package("categories = [\"os\"]")
        .metadata("readme", json!("# Hi"));
    assert_eq!(server.publish(&owner.token, &rich).await.status(), 200);
    let again = rich.clone().version("1.1.0+x").dependency("Gone-Soon", "1");
    assert_eq!(server.publish(&owner.token, &again).await.status(), 200);
    for (name, by, status) in [
        ("gone-soon", By::Nothing, 403),
        ("unknown", By::Nothing, 403),
        ("gone-soon", By::Token(&owner.token), 403),
        ("unknown", By::Token(&owner.token), 403),
        ("unknown", By::Cookie(&other), 404),
        ("gone-soon", By::Cookie(&other), 403),
        ("gone-soon?message=%00", By::Cookie(&owner), 400),
    ] {
        refusal(ask(&server, Method::DELETE, name, by, None).await, status).await;
    }
    eventually("everything is made", async || server.execute_sql("SELECT COUNT(*) FROM jobs") == "0").await;
    let files = [
        "/crates/Gone-Soon/Gone-Soon-1.0.0.crate",
        "/crates/Gone-Soon/1.1.0+x/download",
        "/crates/Gone-Soon/Gone-Soon-1.0.0.zip",
        "/crates/Gone-Soon/Gone-Soon-1.1.0+x.zip.json",
        "/readmes/Gone-Soon/Gone-Soon-1.0.0.html",
        "/rss/crates/Gone-Soon.xml",
    ];
    for path in files {
        assert_eq!(server.get(path).await.status(), 200, "{path}");
    }
    ask(&server, Method::PUT, "gone-soon/follow", By::Token(&other.token), None).await;
    assert_eq!(server.json("/api/v1/crates?q=gone-soon").await["meta"]["total"], 1);
    let answer = ask(&server, Method::DELETE, "gone_SOON?message=a%20mistake", By::Cookie(&owner), None).await;
    assert_eq!((answer.status().as_u16(), answer.headers().get("content-type")), (204, None));
    assert!(answer.bytes().await.unwrap().is_empty());

    for path in ["", "/versions", "/1.0.0", "/1.0.0/dependencies", "/owners", "/downloads", "/reverse_dependencies"] {
        refusal(server.get(&format!("/api/v1/crates/gone-soon{path}")).await, 404).await;
    }
    assert_eq!(server.index("gone-soon").await, None);
    for path in files {
        assert_eq!(server.get(path).await.status(), 404, "{path}");
    }
    for query in ["?q=gone-soon", "?keyword=brief", "?ids[]=Gone-Soon", "?sort=new"] {
        assert_eq!(server.json(&format!("/api/v1/crates{query}")).await["meta"]["total"], 0, "{query}");
    }
    assert_eq!(server.json("/api/v1/keywords/brief").await["keyword"]["crates_cnt"], 0);
    assert_eq!(server.json("/api/v1/categories/os").await["category"]["crates_cnt"], 0);
    assert_eq!(server.json("/api/v1/summary").await["num_crates"], 0);
    eventually("the files are removed", async || server.execute_sql("SELECT COUNT(*) FROM jobs") == "0").await;
    if shape == Shape::Small {
        let left = walk(&server.data_dir().join("blobs"));
        assert!(left.iter().all(|path| !path.contains("gone") && !path.contains("Gone")), "{left:?}");
    }
    let tombstone =
        server.execute_sql("SELECT name || ' ' || message || ' ' || (available_at - deleted_at) FROM tombstones");
    assert_eq!(tombstone, "Gone-Soon a mistake 86400000000");
    for name in ["Gone-Soon", "gone_soon"] {
        let text = refusal(server.publish(&owner.token, &krate(name)).await, 400).await;
        assert!(text.contains("`Gone-Soon`") && text.contains('Z'), "{text}");
    }
    server.execute_sql("UPDATE tombstones SET available_at = deleted_at");
    assert_eq!(server.publish(&other.token, &krate("gone_soon")).await.status(), 200, "the name is free after a day");
    assert_eq!(server.json("/api/v1/crates?q=gone-soon").await["crates"][0]["name"], "gone_soon");
    assert_eq!(server.json("/api/v1/crates/gone-soon").await["crate"]["num_versions"], 1);
}

/// The paths of all files below a folder.
fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            found.extend(walk(&entry.path()));
        } else {
            found.push(entry.path().display().to_string());
        }
    }
    found
}

async fn crates_that_others_may_use_are_not_deleted(shape: Shape) {
    let server = TestServer::start(shape);
    let owner = person(&server, "owner").await;
    server.user("helper");
    for name in ["old", "young", "used", "plain"] {
        assert_eq!(server.publish(&owner.token, &krate(name)).await.status(), 200);
    }
    let delete = async |name: &str| ask(&server, Method::DELETE, name, By::Cookie(&owner), None).await;
    for name in ["old", "young"] {
        server.make_owner(&owner.token, name, "helper").await;
    }
    let hour = 3_600_000_000_i64;
    let age = |name: &str, hours: i64, downloads: i64| {
        server.execute_sql(&format!(
            "UPDATE crates SET created_at = created_at - {hours} * {hour}, downloads = {downloads} WHERE name = '{name}'"
        ))
    };
    age("old", 73, 0);
    let text = refusal(delete("old").await, 422).await;
    assert!(text.contains("72 hours"), "{text}");
    let gone =
        ask(&server, Method::DELETE, "old/owners", By::Token(&owner.token), Some(json!({ "users": ["helper"] }))).await;
    assert_eq!(gone.status(), 200);
    age("old", 0, 1001);
    assert!(refusal(delete("old").await, 422).await.contains("1000"));
    // On the 31st day the second thousand begins.
    age("old", 27 * 24, 1001);
    assert!(refusal(delete("old").await, 422).await.contains("1000"));
    age("old", 24, 2001);
    assert!(refusal(delete("old").await, 422).await.contains("2000"));
    age("old", 0, 2000);
    assert_eq!(delete("old").await.status(), 204);
    age("young", 71, 1_000_000);
    assert_eq!(delete("young").await.status(), 204, "a young crate may be popular");

    let dependents = [
        krate("first").dependency("used", "1"),
        krate("last").version("2.0.0+b").toml("[dev-dependencies]\nused = \"1\""),
    ];
    for dependent in &dependents {
        server.publish_ok(dependent).await;
    }
    server.publish_ok(&krate("last").version("3.0.0")).await;
    server.yank(&server.admin, "last", "2.0.0+b").await;
    let text = refusal(delete("used").await, 422).await;
    assert!(text.contains("`last@2.0.0+b`"), "an old, yanked version counts: {text}");
    assert_eq!(server.json("/api/v1/crates/used").await["crate"]["num_versions"], 1, "nothing was changed");
    assert_eq!(delete("plain?message=").await.status(), 204);
    assert_eq!(server.execute_sql("SELECT COUNT(*) FROM tombstones WHERE message IS NULL"), "3");
}

/// The metadata is judged while the crate is there, and the tarball arrives when it is gone.
async fn an_upload_from_before_a_deletion_does_not_take_the_name(shape: Shape) {
    let server = TestServer::start(shape);
    let (owner, stranger) = (person(&server, "owner").await, person(&server, "stranger").await);
    assert_eq!(server.publish(&owner.token, &krate("coveted")).await.status(), 200);
    let body = krate("coveted").version("2.0.0").publish_body();
    let metadata_bytes = u32::from_le_bytes(body[..4].try_into().unwrap()) as usize;
    let (metadata, tarball) = body.split_at(4 + metadata_bytes);
    let mut stream = tokio::net::TcpStream::connect(server.url.trim_start_matches("http://")).await.unwrap();
    let head = format!(
        "PUT /api/v1/crates/new HTTP/1.1\r\nHost: x\r\nUser-Agent: x\r\nConnection: close\r\nAuthorization: {}\r\n\
         Content-Length: {}\r\n\r\n",
        stranger.token.token,
        body.len()
    );
    stream.write_all(&[head.as_bytes(), metadata].concat()).await.unwrap();
    // The rate is spent when the metadata is accepted, as the last thing before the tarball is read.
    let spent = "SELECT COUNT(*) FROM rate_buckets b JOIN users u ON u.id = b.user_id WHERE u.login = 'stranger' \
                 AND b.action LIKE 'publish%'";
    eventually("the metadata is accepted", async || server.execute_sql(spent) == "1").await;
    assert_eq!(ask(&server, Method::DELETE, "coveted", By::Cookie(&owner), None).await.status(), 204);
    stream.write_all(tarball).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("was deleted a short while ago"), "{answer}");
    assert_eq!(server.execute_sql("SELECT COUNT(*) FROM crates"), "0");
    assert!(server.index("coveted").await.is_none());
}

async fn documentation_is_rebuilt_at_its_host(shape: Shape) {
    let host = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/rebuild/{{name}}?v={{version}}", host.local_addr().unwrap());
    let server = TestServer::start_with(shape, &[("CARGOHOLD_DOCS__REBUILD_URL", &url)]);
    let (owner, other) = (person(&server, "owner").await, person(&server, "other").await);
    assert_eq!(server.publish(&owner.token, &krate("Doc-Me").version("1.0.0+b")).await.status(), 200);
    for (path, by, status) in [
        ("doc-me/1.0.0+b", By::Nothing, 403),
        ("doc-me/1.0.0+b", By::Token(&owner.token), 403),
        ("unknown/1.0.0", By::Nothing, 403),
        ("unknown/1.0.0", By::Cookie(&owner), 404),
        ("doc-me/1.0.0", By::Cookie(&owner), 404),
        ("doc-me/1.0.0+b", By::Cookie(&other), 403),
        ("doc-me/1.0", By::Nothing, 400),
    ] {
        refusal(ask(&server, Method::POST, &format!("{path}/rebuild_docs"), by, None).await, status).await;
    }
    let answer = ask(&server, Method::POST, "DOC_me/1.0.0+b/rebuild_docs", By::Cookie(&owner), None).await;
    assert_eq!(answer.status(), 201);
    assert!(answer.bytes().await.unwrap().is_empty());
    let told = tokio::time::timeout(std::time::Duration::from_mins(1), host.accept()).await.unwrap();
    let (mut stream, _) = told.unwrap();
    let mut asked = vec![0; 4096];
    let len = stream.read(&mut asked).await.unwrap();
    let asked = String::from_utf8_lossy(&asked[..len]).into_owned();
    assert!(asked.starts_with("POST /rebuild/Doc-Me?v=1.0.0%2Bb HTTP/1.1\r\n"), "{asked}");
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    eventually("the job is done", async || server.execute_sql("SELECT COUNT(*) FROM jobs") == "0").await;

    let without = TestServer::start(Shape::Small);
    let owner = person(&without, "owner").await;
    assert_eq!(without.publish(&owner.token, &krate("doc-me")).await.status(), 200);
    refusal(ask(&without, Method::POST, "doc-me/1.0.0/rebuild_docs", By::Cookie(&owner), None).await, 422).await;
    refusal(ask(&without, Method::POST, "nope/1.0.0/rebuild_docs", By::Cookie(&owner), None).await, 404).await;
}

async fn downloads_by_cargo_are_counted(shape: Shape) {
    let server = TestServer::start_with(shape, &[("CARGOHOLD_DOWNLOADS__ROLL_UP_EVERY", "1s")]);
    server.publish_ok(&krate("Fetched")).await;
    let before = server.json("/api/v1/crates/fetched?include=downloads").await["crate"].clone();
    assert_eq!((&before["downloads"], &before["recent_downloads"]), (&json!(0), &Value::Null));
    let fetch = async |agent: &str, method: Method, path: &str, range: &str| {
        let request = server.request(method, path).header("user-agent", agent).header("range", range);
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        answer.bytes().await.unwrap();
        status
    };
    let (by_version, by_file) = ("/crates/Fetched/1.0.0/download", "/crates/Fetched/Fetched-1.0.0.crate");
    for (agent, method, path, range, status) in [
        ("Cargo/1.90.0", Method::GET, by_version, "", 200),
        ("curl/8 cargo/1", Method::GET, by_version, "", 200),
        ("cargo-binstall", Method::GET, by_version, "", 200),
        ("cargo/1.90.0", Method::HEAD, by_version, "", 200),
        ("cargo/1.90.0", Method::GET, by_version, "bytes=0-9", 206),
        ("cargo/1.90.0", Method::GET, "/crates/Fetched/2.0.0/download", "", 404),
        ("cargo/1.90.0", Method::GET, "/api/v1/crates/Fetched/1.0.0/download", "", 302),
        ("cargo/1.90.0", Method::GET, by_version, "", 200),
        ("cargo 1.90.0", Method::GET, by_version, "", 200),
        ("cargo/1.90.0", Method::GET, by_file, "", 200),
    ] {
        assert_eq!(fetch(agent, method, path, range).await, status, "{agent} {path}");
    }
    let days = async || server.json("/api/v1/crates/fetched/1.0.0/downloads").await["version_downloads"].clone();
    eventually("the day is counted", async || days().await[0]["downloads"] == 3).await;
    eventually("the totals are", async || {
        let krate = server.json("/api/v1/crates/fetched").await;
        krate["crate"]["recent_downloads"] == 3
            && krate["crate"]["downloads"] == 3
            && krate["versions"][0]["downloads"] == 3
    })
    .await;
    eventually("the front page and lists follow", async || {
        let summary = server.json("/api/v1/summary").await;
        let list = server.json("/api/v1/crates?sort=downloads").await;
        summary["num_downloads"] == 3
            && summary["most_recently_downloaded"][0]["recent_downloads"] == 3
            && list["crates"][0]["downloads"] == 3
    })
    .await;
    let after = server.json("/api/v1/crates/fetched").await["crate"].clone();
    assert_eq!((&after["updated_at"], days().await.as_array().unwrap().len()), (&before["updated_at"], 1));
}
