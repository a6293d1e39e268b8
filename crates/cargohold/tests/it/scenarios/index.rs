//! Scenarios 1 to 45: index, resolution, downloads, transport.

use super::{LOGGED, Requests, scenarios};
use crate::support::{Cargo, Shape, TestServer, krate};

scenarios!(
    a_fetch_and_what_follows: [1, 2, 3, 4, 5, 6],
    names_of_every_length_and_spelling: [7, 8, 9, 10, 11],
    yanked_versions: [15, 16, 17, 18, 19],
    dependencies_of_every_kind: [20, 24, 25, 26, 28],
    build_metadata: [23, 45],
    http2: [40, 42],
);

/// A server with `bar 1.0.0`, which depends on `baz ^1`, and `baz 1.0.0`; a cargo with a token; an app that uses `bar`.
async fn prepared(shape: Shape) -> (TestServer, Cargo, std::path::PathBuf) {
    let server = TestServer::start_with(shape, &LOGGED);
    server.publish_ok(&krate("baz")).await;
    server.publish_ok(&krate("bar").dependency("baz", "1")).await;
    let cargo = Cargo::new(&server, &server.admin);
    let app = cargo.app("app", &[("bar", "1")]);
    (server, cargo, app)
}

async fn a_fetch_and_what_follows(shape: Shape) {
    let (server, cargo, app) = prepared(shape).await;
    let one = Requests::from_now(&server);
    cargo.run(&app, &["fetch"]).ok();
    assert_eq!(
        one.below("/index"),
        ["/index/config.json 200", "/index/3/b/bar 200", "/index/3/b/baz 200"],
        "scenario 1"
    );
    let mut downloads = one.below("/crates");
    downloads.sort();
    assert_eq!(downloads, ["/crates/bar/1.0.0/download 200", "/crates/baz/1.0.0/download 200"]);
    let lock = std::fs::read_to_string(app.join("Cargo.lock")).unwrap();
    assert!(lock.contains(&format!("sparse+{}/index/", server.url)));
    let cksum = server.index_lines("bar").await[0]["cksum"].as_str().unwrap().to_owned();
    assert!(lock.contains(&cksum));

    let two = Requests::from_now(&server);
    cargo.run(&app, &["fetch"]).ok();
    assert!(two.seen().is_empty(), "scenario 2: {:?}", two.seen());

    let three = Requests::from_now(&server);
    cargo.run(&app, &["update"]).ok();
    let mut seen = three.below("/index");
    seen.sort();
    assert_eq!(seen, ["/index/3/b/bar 304", "/index/3/b/baz 304", "/index/config.json 200"], "scenario 3");

    server.publish_ok(&krate("baz").version("1.1.0")).await;
    let four = Requests::from_now(&server);
    cargo.run(&app, &["update"]).ok().says("baz v1.0.0 (registry `alt`) -> v1.1.0");
    let seen = four.below("/index");
    assert!(seen.contains(&"/index/3/b/bar 304".to_owned()) && seen.contains(&"/index/3/b/baz 200".to_owned()));

    let five = Requests::from_now(&server);
    cargo.run(&app, &["update", "-p", "baz"]).ok();
    assert_eq!(five.below("/index").len(), 3, "scenario 5: the whole graph is revalidated");

    let before = std::fs::read_to_string(app.join("Cargo.lock")).unwrap();
    cargo.run(&app, &["fetch"]).ok();
    cargo.forget_downloads();
    let six = Requests::from_now(&server);
    cargo.run(&app, &["fetch", "--locked"]).ok();
    assert_eq!((six.below("/index").len(), six.below("/crates").len()), (3, 2), "scenario 6");
    assert_eq!(std::fs::read_to_string(app.join("Cargo.lock")).unwrap(), before);
}

async fn names_of_every_length_and_spelling(shape: Shape) {
    let (server, cargo, _) = prepared(shape).await;
    for name in ["a", "bb", "ccc", "dddd", "MixedCase", "mis-hyphenated"] {
        server.publish_ok(&krate(name)).await;
    }
    let all = cargo.app("seven", &[("a", "1"), ("bb", "1"), ("ccc", "1"), ("dddd", "1"), ("MixedCase", "1")]);
    let seven = Requests::from_now(&server);
    cargo.run(&all, &["fetch"]).ok();
    let mut seen = seven.below("/index");
    seen.sort();
    let paths = ["/index/1/a 200", "/index/2/bb 200", "/index/3/c/ccc 200", "/index/config.json 200"];
    assert_eq!(seen[..4], paths, "scenario 7");
    assert_eq!(seen[4..], ["/index/dd/dd/dddd 200", "/index/mi/xe/mixedcase 200"]);

    let eight = cargo.app("eight", &[("mixedcase", "1")]);
    cargo.run(&eight, &["generate-lockfile"]).fails_with("MixedCase");

    let nine = cargo.app("nine", &[("a-b_c", "1")]);
    let requests = Requests::from_now(&server);
    cargo.run(&nine, &["generate-lockfile"]).fails_with("no matching package");
    let mut seen = requests.below("/index/a");
    seen.sort();
    assert_eq!(seen, ["/index/a-/b-/a-b-c 404", "/index/a-/b_/a-b_c 404", "/index/a_/b_/a_b_c 404"], "scenario 9");

    let ten = cargo.app("ten", &[("mis_hyphenated", "1")]);
    let requests = Requests::from_now(&server);
    cargo.run(&ten, &["check"]).fails_with("mis-hyphenated");
    let seen = requests.below("/index/mi");
    assert!(seen.contains(&"/index/mi/s_/mis_hyphenated 404".to_owned()), "scenario 10: {seen:?}");
    assert!(seen.contains(&"/index/mi/s-/mis-hyphenated 200".to_owned()), "scenario 10: {seen:?}");

    let eleven = cargo.app("eleven", &[("bar", "2")]);
    cargo.run(&eleven, &["check"]).fails_with("candidate versions found which didn't match: 1.0.0");
}

async fn yanked_versions(shape: Shape) {
    let (server, cargo, app) = prepared(shape).await;
    cargo.run(&app, &["fetch"]).ok();
    let lock = app.join("Cargo.lock");
    let locked = std::fs::read_to_string(&lock).unwrap();
    server.yank(&server.admin, "bar", "1.0.0").await;

    std::fs::remove_file(&lock).unwrap();
    cargo.run(&app, &["check"]).fails_with("is yanked");

    std::fs::write(&lock, &locked).unwrap();
    cargo.run(&app, &["check"]).ok();
    cargo.forget_downloads();
    cargo.run(&app, &["fetch", "--locked"]).ok();

    let seventeen = Requests::from_now(&server);
    cargo.run(&app, &["update"]).fails_with("is yanked");
    assert!(!seventeen.below("/index/3/b/bar").is_empty());
    server.publish_ok(&krate("bar").version("1.0.1").dependency("baz", "1")).await;
    cargo.run(&app, &["update"]).ok().says("-> v1.0.1");

    let before = server.index_lines("bar").await.remove(0);
    cargo.run(&app, &["yank", "bar@1.0.0", "--undo", "--registry", "alt"]).ok();
    let after = server.index_lines("bar").await.remove(0);
    assert_eq!((&before["cksum"], &before["pubtime"]), (&after["cksum"], &after["pubtime"]), "scenario 18");
    cargo.run(&app, &["update", "-p", "bar", "--precise", "1.0.0"]).ok();

    server.publish_ok(&krate("baz").version("1.5.0")).await;
    server.yank(&server.admin, "baz", "1.5.0").await;
    cargo.run(&app, &["update", "-p", "baz", "--precise", "1.5.0"]).ok();
    cargo.run(&app, &["fetch", "--locked"]).ok();
}

async fn dependencies_of_every_kind(shape: Shape) {
    let (server, cargo, _) = prepared(shape).await;
    for name in ["opt", "dev", "win"] {
        server.publish_ok(&krate(name)).await;
    }
    let kinds = krate("kinds")
        .toml("[dependencies.opt]\nversion = \"1\"\noptional = true\n[dev-dependencies]\ndev = \"1\"")
        .toml("[target.'cfg(windows)'.dependencies]\nwin = \"1\"");
    server.publish_ok(&kinds).await;
    let app = cargo.app("twenty", &[("kinds", "1")]);
    let twenty = Requests::from_now(&server);
    cargo.run(&app, &["fetch"]).ok();
    let seen = twenty.seen().join("\n");
    assert!(seen.contains("/crates/win/1.0.0/download"), "scenario 20: {seen}");
    assert!(!seen.contains("opt") && !seen.contains("/dev"), "scenario 20: {seen}");

    let renamed = krate("renames").toml("[dependencies.ren]\npackage = \"baz\"\nversion = \"1\"");
    server.publish_ok(&renamed).await;
    let app = cargo.app("twenty-four", &[("renames", "1")]);
    let requests = Requests::from_now(&server);
    cargo.run(&app, &["check"]).ok();
    assert!(!requests.seen().join("\n").contains("ren "), "scenario 24");
    let dep = server.index_lines("renames").await[0]["deps"][0].clone();
    assert_eq!((dep["name"].as_str(), dep["package"].as_str()), (Some("ren"), Some("baz")));

    let featured = krate("featured")
        .package("edition = \"2021\"")
        .toml("[dependencies.baz]\nversion = \"1\"\noptional = true")
        .toml("[dependencies.opt]\nversion = \"1\"\noptional = true")
        .toml("[features]\non = [\"dep:baz\"]\nweak = [\"opt?/none\"]");
    server.publish_ok(&featured).await;
    let line = server.index_lines("featured").await.remove(0);
    assert_eq!((line["v"].as_u64(), line["features2"].as_object().unwrap().len()), (Some(2), 2), "scenario 25");
    let app = cargo.app("twenty-five", &[("featured", "1")]);
    let manifest = app.join("Cargo.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace("version = \"1\",", "version = \"1\", features = [\"on\"],")).unwrap();
    cargo.run(&app, &["check"]).ok();
    cargo.run(&app, &["tree", "--edges", "features"]).ok().says("featured feature \"on\"");

    server.publish_ok(&krate("msrv").package("rust-version = \"1.70\"")).await;
    cargo.run(&app, &["info", "msrv", "--registry", "alt"]).ok().says("rust-version: 1.70");

    let offline = Requests::from_now(&server);
    cargo.run(&app, &["check", "--offline"]).ok();
    cargo.forget_downloads();
    cargo.run(&app, &["check", "--offline"]).fails_with("offline");
    assert!(offline.seen().is_empty(), "scenario 28");
}

async fn build_metadata(shape: Shape) {
    let (server, cargo, _) = prepared(shape).await;
    server.publish_ok(&krate("meta").version("1.0.0+a")).await;
    let meta = cargo.library("meta", "1.0.0+b", "");
    cargo.run(&meta, &["publish", "--registry", "alt", "--no-verify", "--allow-dirty"]).fails_with("already");
    assert_eq!(server.index_lines("meta").await.len(), 1, "scenario 23");

    server.publish_ok(&krate("plus").version("1.0.0+b1")).await;
    let app = cargo.app("forty-five", &[("plus", "1")]);
    let requests = Requests::from_now(&server);
    cargo.run(&app, &["fetch"]).ok();
    cargo.run(&app, &["yank", "plus@1.0.0+b1", "--registry", "alt"]).ok();
    let seen = requests.seen();
    assert!(seen.contains(&"GET /crates/plus/1.0.0+b1/download 200".to_owned()), "scenario 45: {seen:?}");
    assert!(seen.contains(&"DELETE /api/v1/crates/plus/1.0.0+b1/yank 200".to_owned()), "scenario 45: {seen:?}");
}

/// Over plain http, cargo multiplexes only if the upgrade is accepted. The time it takes is a matter for benchmarks.
async fn http2(shape: Shape) {
    let (server, cargo, _) = prepared(shape).await;
    let names: Vec<String> = (0..60).map(|n| format!("many-{n}")).collect();
    for name in &names {
        server.publish_ok(&krate(name)).await;
    }
    let dependencies: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1")).collect();
    let app = cargo.app("forty", &dependencies);
    let requests = Requests::from_now(&server);
    cargo.run(&app, &["fetch"]).ok();
    assert_eq!((requests.seen().len(), requests.versions()), (121, vec!["HTTP/2.0".to_owned()]), "scenario 40");

    let no_slash = format!("sparse+{}/index", server.url);
    let cargo = cargo.with("CARGO_REGISTRIES_ALT_INDEX", &no_slash);
    let requests = Requests::from_now(&server);
    cargo.run(&app, &["update"]).fails_with("slash");
    assert!(requests.seen().is_empty(), "scenario 42");
}
