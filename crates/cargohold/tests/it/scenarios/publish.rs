//! Scenarios 61 to 81: publish.

use super::{LOGGED, Requests, scenarios};
use crate::support::{Cargo, Shape, TestServer, krate};

scenarios!(
    a_publish_and_its_repetition: [61, 62, 63, 65, 73, 81],
    what_stops_before_the_upload: [64, 66, 79],
    warnings_and_refusals_are_shown: [70, 71],
    dependencies_on_crates_io_and_on_another_registry: [72, 99],
    a_workspace: [74, 76],
);

const PUBLISH: [&str; 5] = ["publish", "--registry", "alt", "--no-verify", "--allow-dirty"];

async fn a_publish_and_its_repetition(shape: Shape) {
    let server = TestServer::start_with(shape, &LOGGED);
    server.publish_ok(&krate("baz")).await;
    let cargo = Cargo::new(&server, &server.admin);
    let everything = "readme = \"README.md\"\nkeywords = [\"Sea\"]\ncategories = [\"parsing\"]\nlinks = \"full\"\n\
                      build = \"build.rs\"\n[badges.maintenance]\nstatus = \"as-is\"\n\
                      [dependencies.alias]\npackage = \"baz\"\nversion = \"1\"\nregistry = \"alt\"\n\
                      [build-dependencies.baz]\nversion = \"1\"\nregistry = \"alt\"\n\
                      [dev-dependencies]\nlocal = { path = \"../local\" }\n\
                      [target.'cfg(windows)'.dependencies.baz]\nversion = \"1.0\"\nregistry = \"alt\"\n\
                      [target.'cfg(any( target_os=\"hermit\",not(unix), ))'.dependencies.odd]\npackage = \"baz\"\n\
                      version = \"1\"\nregistry = \"alt\"";
    cargo.library("local", "0.1.0", "");
    let full = cargo.library("full", "1.0.0", everything);
    std::fs::write(full.join("build.rs"), "fn main() {}\n").unwrap();
    std::fs::write(full.join("README.md"), "# Full\n").unwrap();

    let dry = Requests::from_now(&server);
    cargo.run(&full, &[&PUBLISH[..], &["--dry-run"]].concat()).ok();
    assert!(dry.below("/api").is_empty(), "scenario 65");

    let first = Requests::from_now(&server);
    cargo.run(&full, &PUBLISH).ok().says("Published");
    let seen = first.seen();
    let of_full: Vec<_> = seen.iter().filter(|line| line.contains("full") || line.starts_with("PUT")).collect();
    assert_eq!(
        of_full,
        ["GET /index/fu/ll/full 404", "PUT /api/v1/crates/new 200", "GET /index/fu/ll/full 200"],
        "scenario 61: {seen:?}"
    );
    let line = server.index_lines("full").await.remove(0);
    let deps: Vec<_> = line["deps"].as_array().unwrap().iter().collect();
    let named: Vec<_> = deps.iter().map(|dep| (dep["name"].as_str().unwrap(), dep["kind"].as_str().unwrap())).collect();
    assert_eq!(
        named,
        [("alias", "normal"), ("baz", "normal"), ("baz", "build"), ("odd", "normal")],
        "scenarios 73 and 81"
    );
    assert_eq!(deps[3]["target"], "cfg(any( target_os=\"hermit\",not(unix), ))", "a target stays as it is written");
    assert!(deps.iter().all(|dep| dep["registry"].is_null()), "our own index is not another registry");
    assert_eq!(line["links"], "full");

    let again = Requests::from_now(&server);
    cargo.run(&full, &PUBLISH).fails_with("already exists");
    assert!(again.below("/api").is_empty(), "scenario 62");

    server.yank(&server.admin, "full", "1.0.0").await;
    let yanked = cargo.run(&full, &PUBLISH).fails_with("already");
    assert!(yanked.stderr.contains("already uploaded") || yanked.stderr.contains("already exists"), "scenario 63");
}

async fn what_stops_before_the_upload(shape: Shape) {
    let server = TestServer::start_with(shape, &LOGGED);
    let cargo = Cargo::without_token(&server);
    let package = cargo.library("early", "1.0.0", "");
    let requests = Requests::from_now(&server);
    cargo.run(&package, &["publish", "--registry", "alt", "--allow-dirty"]).fails_with("no token found");
    assert!(requests.below("/api").is_empty(), "scenario 64");

    let index = format!("sparse+{}/index/", server.url);
    let requests = Requests::from_now(&server);
    cargo.run(&package, &["publish", "--index", &index, "--allow-dirty"]).fails_with("--token");
    assert!(requests.seen().is_empty(), "scenario 66");

    let cargo = Cargo::new(&server, &server.admin);
    let chosen = cargo.library("chosen", "1.0.0", "publish = [\"alt\"]");
    cargo.run(&chosen, &["publish", "--no-verify", "--allow-dirty"]).ok().says("Published");
    let never = cargo.library("never", "1.0.0", "publish = []");
    cargo.run(&never, &["publish", "--no-verify", "--allow-dirty"]).fails_with("cannot be published");
}

async fn warnings_and_refusals_are_shown(shape: Shape) {
    let settings = [
        &LOGGED[..],
        &[("CARGOHOLD_POLICY__KNOWN_CATEGORIES_ONLY", "false"), ("CARGOHOLD_LIMITS__MAX_UPLOAD", "20 KiB")],
    ];
    let server = TestServer::start_with(shape, &settings.concat());
    server.publish_ok(&krate("plain-name")).await;
    server.search("plain-name").await;
    let cargo = Cargo::new(&server, &server.admin);
    let package = cargo.library("plain-nam", "1.0.0", "categories = [\"no-such-thing\"]");
    let ran = cargo.run(&package, &PUBLISH).ok();
    ran.says("no-such-thing").says("one letter away from `plain-name`");

    let large = cargo.library("large", "1.0.0", "");
    std::fs::write(large.join("noise"), noise(100_000)).unwrap();
    cargo.run(&large, &PUBLISH).fails_with("413 Payload Too Large").says("the limit is 20480 bytes");
    assert!(server.index("large").await.is_none());
}

/// Bytes that do not compress.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1u64;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// One server stands for crates.io, by source replacement; a private crate depends on both it and a third registry.
async fn dependencies_on_crates_io_and_on_another_registry(shape: Shape) {
    let server = TestServer::start_with(shape, &LOGGED);
    let (mirror, third) = (TestServer::start(Shape::Small), TestServer::start(Shape::Small));
    mirror.publish_ok(&krate("common")).await;
    third.publish_ok(&krate("special")).await;
    let cargo = Cargo::new(&server, &server.admin);
    cargo.configure(&format!(
        "[source.crates-io]\nreplace-with = \"mirror\"\n[source.mirror]\nregistry = \"sparse+{}/index/\"\n\
         [registries.third]\nindex = \"sparse+{}/index/\"",
        mirror.url, third.url
    ));
    let dependencies = "[dependencies]\ncommon = \"1\"\nspecial = { version = \"1\", registry = \"third\" }";
    let private = cargo.library("private", "1.0.0", dependencies);
    cargo.run(&private, &["publish", "--registry", "alt", "--allow-dirty"]).ok();
    let line = server.index_lines("private").await.remove(0);
    assert_eq!(line["deps"][0]["registry"], "https://github.com/rust-lang/crates.io-index", "scenario 72");
    assert_eq!(line["deps"][1]["registry"], format!("sparse+{}/index/", third.url));

    let app = cargo.app("app", &[("private", "1")]);
    let manifest = std::fs::read_to_string(app.join("Cargo.toml")).unwrap();
    std::fs::write(app.join("Cargo.toml"), format!("{manifest}common = \"1\"\n")).unwrap();
    cargo.run(&app, &["build"]).ok();
    let lock = std::fs::read_to_string(app.join("Cargo.lock")).unwrap();
    assert_eq!(lock.matches("name = \"common\"").count(), 1, "scenario 99: one source for it\n{lock}");
}

async fn a_workspace(shape: Shape) {
    let settings = [&LOGGED[..], &[("CARGOHOLD_LIMITS__PUBLISH_NEW__BURST", "4")]].concat();
    let server = TestServer::start_with(shape, &settings);
    let cargo = Cargo::new(&server, &server.admin);
    let make = |name: &str| {
        let (a, b, c) = (format!("{name}-a"), format!("{name}-b"), format!("{name}-c"));
        let on = |other: &str| {
            format!("[dependencies]\n{other} = {{ path = \"../{other}\", version = \"1\", registry = \"alt\" }}")
        };
        cargo.library_in(name, &a, "1.0.0", "");
        cargo.library_in(name, &b, "1.0.0", &on(&a));
        cargo.library_in(name, &c, "1.0.0", &on(&b));
        cargo.package(name, "[workspace]\nmembers = [\"*\"]\nexclude = [\"target\"]\nresolver = \"2\"\n", &[])
    };
    let publish = ["publish", "--workspace", "--registry", "alt", "--no-verify", "--allow-dirty"];
    let work = make("whole");
    let requests = Requests::from_now(&server);
    cargo.run(&work, &publish).ok();
    let seen = requests.seen();
    let puts: Vec<_> = seen.iter().filter(|line| line.starts_with("PUT")).collect();
    assert_eq!(puts, ["PUT /api/v1/crates/new 200"; 3], "scenario 74");
    let missing: Vec<_> = seen[1..4].iter().map(|line| line.rsplit('/').next().unwrap()).collect();
    assert_eq!(
        missing,
        ["whole-a 404", "whole-b 404", "whole-c 404"],
        "scenario 74: all are asked for first: {seen:?}"
    );

    let work = make("part");
    let ran = cargo.run(&work, &publish).fails_with("429 Too Many Requests");
    ran.says("publish new crates too often");
    assert!(server.index("part-a").await.is_some() && server.index("part-b").await.is_none(), "scenario 76");
    let other = Cargo::new(&server, &server.user("patient"))
        .with("CARGO_REGISTRIES_ALT_INDEX", &format!("sparse+{}/index/", server.url));
    let rest = ["publish", "-p", "part-b", "-p", "part-c", "--registry", "alt", "--no-verify", "--allow-dirty"];
    other.run(&work, &rest).ok();
}
