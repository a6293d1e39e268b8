//! The real crates this project is made of, published here and built from here alone.

use crate::support::{Cargo, RELAXED, Shape, TestServer, locked, on_both_shapes};

on_both_shapes!(our_own_dependency_tree_is_published_resolved_and_built);

async fn our_own_dependency_tree_is_published_resolved_and_built(shape: Shape) {
    let server = TestServer::start_with(shape, &RELAXED);
    let locked = locked();
    server.publish_locked(&locked).await;
    assert!(locked.len() >= 60, "only {} crates", locked.len());
    for krate in &locked {
        let lines = server.index_lines(&krate.name).await;
        let line = lines.iter().find(|line| line["vers"] == krate.version.as_str()).unwrap();
        assert_eq!(line["cksum"], krate.checksum.as_str(), "{}", krate.name);
    }

    // A consumer that knows crates.io only as this server. Its proxies lead nowhere, so nothing else can be reached.
    let cargo = Cargo::without_token(&server)
        .with("HTTP_PROXY", "http://127.0.0.1:9")
        .with("HTTPS_PROXY", "http://127.0.0.1:9")
        .with("NO_PROXY", "127.0.0.1");
    cargo.configure("[source.crates-io]\nreplace-with = \"alt\"");
    let manifest = "[package]\nname = \"consumer\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\n\
                    cargo-manifest = \"*\"\nhyper-util = { version = \"*\", features = [\"server-auto\", \"tokio\"] }\n\
                    semver = \"*\"\nserde_json = \"*\"\nspdx = \"*\"\ntower = \"*\"\nurl = \"*\"\n";
    let main = "fn main() {\n    let version: semver::Version = \"1.2.3\".parse().unwrap();\n    \
                println!(\"{}\", serde_json::json!({ \"version\": version.to_string() }));\n}\n";
    let consumer = cargo.package("consumer", manifest, &[("src/main.rs", main)]);
    cargo.run(&consumer, &["build"]).ok();
    let ran = cargo.run(&consumer, &["run", "--offline", "--quiet"]).ok();
    assert_eq!(ran.stdout, "{\"version\":\"1.2.3\"}\n");
    let lock = std::fs::read_to_string(consumer.join("Cargo.lock")).unwrap();
    let resolved = lock.matches("[[package]]").count();
    assert!(resolved >= 60, "the consumer resolved only {resolved} crates");
    assert!(!lock.contains(&server.url), "a lock file does not name the mirror");
    assert!(cargo.home().join("registry/cache").read_dir().unwrap().count() == 1, "one source was used");
}
