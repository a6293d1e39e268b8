//! The real crates this project is made of, published here and built from here alone.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Cargo, Shape, TestServer, frame, on_both_shapes};

on_both_shapes!(our_own_dependency_tree_is_published_resolved_and_built);

/// A crate of our lock file.
struct Locked {
    name: String,
    version: String,
    checksum: String,
}

/// All crates from a registry in our lock file.
fn locked() -> Vec<Locked> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock")).unwrap();
    let lock: toml::Table = text.parse().unwrap();
    let field = |package: &toml::Value, key: &str| package.get(key).and_then(|value| value.as_str()).map(str::to_owned);
    let packages = lock["package"].as_array().unwrap().iter();
    packages
        .filter_map(|package| {
            let checksum = field(package, "checksum")?;
            Some(Locked { name: field(package, "name")?, version: field(package, "version")?, checksum })
        })
        .collect()
}

/// The crate files that the cargo which runs this test has in its cache, by name.
fn cached() -> HashMap<String, PathBuf> {
    let output = Command::new("cargo").args(["metadata", "--format-version", "1", "--locked"]).output().unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut files = HashMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        // …/registry/src/HOST/NAME-VERSION/Cargo.toml has its crate file at …/registry/cache/HOST/NAME-VERSION.crate.
        let manifest = Path::new(package["manifest_path"].as_str().unwrap());
        let unpacked = manifest.parent().unwrap();
        let (name, host) = (unpacked.file_name().unwrap(), unpacked.parent().unwrap());
        if package["source"].is_string() {
            let cache = host.parent().unwrap().with_file_name("cache").join(host.file_name().unwrap());
            let name = name.to_str().unwrap();
            files.insert(name.to_owned(), cache.join(format!("{name}.crate")));
        }
    }
    files
}

async fn our_own_dependency_tree_is_published_resolved_and_built(shape: Shape) {
    // Dev-dependencies were never fetched; some crates have more features than crates.io allows without asking.
    let relaxed = [("CARGOHOLD_POLICY__KNOWN_DEPENDENCIES_ONLY", "false"), ("CARGOHOLD_LIMITS__MAX_FEATURES", "5000")];
    let server = TestServer::start_with(shape, &relaxed);
    let files = cached();
    let locked = locked();
    for krate in &locked {
        let file = &files[&format!("{}-{}", krate.name, krate.version)];
        let metadata = json!({ "name": krate.name, "vers": krate.version }).to_string();
        let body = frame(metadata.as_bytes(), &std::fs::read(file).unwrap());
        let answer = server.put_publish(&server.admin, body).await;
        let status = answer.status();
        assert_eq!(status, 200, "{} {}: {}", krate.name, krate.version, answer.text().await.unwrap());
    }
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
