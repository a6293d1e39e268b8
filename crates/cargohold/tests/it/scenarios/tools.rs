//! Scenarios 39 and 82 to 100: yank, owners, search, info, add, install, source replacement.

use super::{LOGGED, Requests, scenarios};
use crate::support::{Cargo, Shape, TestServer, krate};

scenarios!(
    yank_and_its_refusals: [82, 83, 84, 85, 100],
    owners: [86, 87, 88],
    search_add_info_install: [89, 90, 91, 92, 93, 94],
    source_replacement: [95, 96, 97, 98],
    https: [39],
);

async fn with_bar(shape: Shape) -> TestServer {
    let server = TestServer::start_with(shape, &LOGGED);
    server.publish_ok(&krate("baz")).await;
    server.publish_ok(&krate("bar").dependency("baz", "1")).await;
    server
}

async fn yank_and_its_refusals(shape: Shape) {
    let server = with_bar(shape).await;
    let cargo = Cargo::new(&server, &server.admin);
    let app = cargo.app("app", &[]);
    let yank = ["yank", "bar@1.0.0", "--registry", "alt"];
    let requests = Requests::from_now(&server);
    cargo.run(&app, &yank).ok();
    assert_eq!(
        requests.seen(),
        ["GET /index/config.json 200", "DELETE /api/v1/crates/bar/1.0.0/yank 200"],
        "scenario 82"
    );
    assert_eq!(server.index_lines("bar").await[0]["yanked"], true);
    cargo.run(&app, &yank).ok();
    for _ in 0..2 {
        cargo.run(&app, &["yank", "bar@1.0.0", "--undo", "--registry", "alt"]).ok();
    }
    assert_eq!(server.index_lines("bar").await[0]["yanked"], false);
    cargo.run(&app, &["yank", "bar@9.9.9", "--registry", "alt"]).fails_with("does not have a version `9.9.9`");

    let narrow = server.token("admin", &["--scope", "publish-new"]);
    let narrow = Cargo::new(&server, &narrow);
    narrow.run(&app, &yank).fails_with("403 Forbidden").says("scope `yank`");
    assert_eq!(server.index_lines("bar").await[0]["yanked"], false, "scenario 85");

    cargo.configure("[registry]\ndefault = \"alt\"");
    cargo.run(&app, &["yank", "bar@1.0.0"]).ok();
    assert_eq!(server.index_lines("bar").await[0]["yanked"], true, "scenario 100");
}

async fn owners(shape: Shape) {
    let server = with_bar(shape).await;
    let invited = ["u1", "u2"].map(|login| server.user(login));
    let cargo = Cargo::new(&server, &server.admin);
    let app = cargo.app("app", &[]);
    let requests = Requests::from_now(&server);
    let ran = cargo.run(&app, &["owner", "--add", "u1", "--add", "u2", "bar", "--registry", "alt"]).ok();
    ran.says("user u1 has been invited to own bar").says("u2");
    assert_eq!(requests.below("/api"), ["/api/v1/crates/bar/owners 200"], "scenario 86: one request");
    for user in &invited {
        assert_eq!(server.answer_invitation(user, "bar", true).await.status(), 200);
    }
    cargo.run(&app, &["owner", "--remove", "u1", "bar", "--registry", "alt"]).ok();
    let listed = cargo.run(&app, &["owner", "--list", "bar", "--registry", "alt"]).ok();
    assert_eq!(listed.stdout, "admin\nu2\n", "scenario 88");
}

async fn search_add_info_install(shape: Shape) {
    let server = with_bar(shape).await;
    for n in 0..101 {
        server.publish_ok(&krate(&format!("flock-{n}")).package("description = \"One\\nof many\"")).await;
    }
    let tool = krate("tool").file("src/main.rs", b"fn main() {}\n");
    server.publish_ok(&tool).await;
    server.search("tool").await;
    let cargo = Cargo::new(&server, &server.admin);
    let app = cargo.app("app", &[]);
    cargo.run(&app, &["search", "flock", "100", "--registry", "alt"]).ok().says("flock-100");
    let all = cargo.run(&app, &["search", "flock", "--limit", "500", "--registry", "alt"]).ok();
    assert_eq!(all.stdout.lines().filter(|line| line.starts_with("flock-")).count(), 100, "scenario 90");
    all.says("and 1 crates more");
    let none = cargo.run(&app, &["search", "nothing-of-the-kind", "--registry", "alt"]).ok();
    assert_eq!(none.stdout, "", "scenario 91");

    let fresh = Cargo::new(&server, &server.admin);
    let app = fresh.app("app", &[]);
    let requests = Requests::from_now(&server);
    fresh.run(&app, &["info", "bar", "--registry", "alt"]).ok();
    assert!(requests.below("/api").is_empty() && requests.below("/crates").len() == 1, "scenario 92");
    fresh.run(&app, &["add", "bar", "--registry", "alt"]).ok();
    fresh.run(&app, &["build"]).ok();
    fresh.run(&app, &["install", "tool", "--registry", "alt"]).ok().says("Installed package `tool v1.0.0");
}

fn replace_crates_io(cargo: &Cargo, server: &TestServer) {
    cargo.configure(&format!(
        "[source.crates-io]\nreplace-with = \"m\"\n[source.m]\nregistry = \"sparse+{}/index/\"",
        server.url
    ));
}

fn plain_app(cargo: &Cargo) -> std::path::PathBuf {
    let manifest =
        "[package]\nname = \"plain\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nbar = \"1\"\n";
    cargo.package("plain", manifest, &[("src/lib.rs", "")])
}

async fn source_replacement(shape: Shape) {
    let server = with_bar(shape).await;
    let cargo = Cargo::without_token(&server);
    replace_crates_io(&cargo, &server);
    let app = plain_app(&cargo);
    cargo.run(&app, &["fetch"]).ok();
    let lock = std::fs::read_to_string(app.join("Cargo.lock")).unwrap();
    assert!(lock.contains("crates.io-index") && !lock.contains(&server.url), "scenario 95");
    for verb in [&["search", "x"][..], &["yank", "bar@1.0.0"], &["owner", "--list", "bar"]] {
        cargo.run(&app, verb).fails_with("crates-io is replaced with");
    }

    let other = TestServer::start(Shape::Small);
    other.publish_ok(&krate("baz").file("other.txt", b"other bytes")).await;
    other.publish_ok(&krate("bar").dependency("baz", "1").file("other.txt", b"other bytes")).await;
    let cargo = Cargo::without_token(&other);
    replace_crates_io(&cargo, &other);
    let app = plain_app(&cargo);
    std::fs::write(app.join("Cargo.lock"), lock).unwrap();
    cargo.run(&app, &["update"]).fails_with("changed between lock files");

    let private = TestServer::start_with(shape, &[("CARGOHOLD_REGISTRY__AUTH_REQUIRED", "true")]);
    for published in [krate("baz"), krate("bar").dependency("baz", "1")] {
        assert_eq!(private.publish(&private.admin, &published).await.status(), 200);
    }
    let named = Cargo::new(&private, &private.admin);
    named.configure("[source.crates-io]\nreplace-with = \"alt\"");
    let app = plain_app(&named);
    named.run(&app, &["fetch"]).ok();
    let unnamed = Cargo::without_token(&private);
    std::fs::write(unnamed.home().join("config.toml"), "").unwrap();
    replace_crates_io(&unnamed, &private);
    let app = plain_app(&unnamed);
    unnamed.run(&app, &["fetch"]).fails_with("no token found");
}

async fn https(shape: Shape) {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let file = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (certificate, key) = (file("cert.pem", made.cert.pem()), file("key.pem", made.signing_key.serialize_pem()));
    let tls = [("CARGOHOLD_SERVER__TLS__CERTIFICATE", &*certificate), ("CARGOHOLD_SERVER__TLS__KEY", &*key)];
    let server = TestServer::start_with(shape, &[&LOGGED[..], &tls].concat()).trusting(&made.cert.pem());
    let cargo = Cargo::new(&server, &server.admin).with("CARGO_HTTP_CAINFO", &certificate);
    let package = cargo.library("sealed", "1.0.0", "");
    let requests = Requests::from_now(&server);
    cargo.run(&package, &["publish", "--registry", "alt", "--allow-dirty"]).ok();
    let app = cargo.app("app", &[("sealed", "1")]);
    cargo.run(&app, &["build"]).ok();
    assert_eq!(requests.versions(), ["HTTP/2.0"], "scenario 39");
}
