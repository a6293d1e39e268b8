//! The real crates this project is made of: those of our lock file, from the cache of the cargo that runs the tests.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::{Cargo, TestServer, frame};

/// Settings with which they can all be published: dev-dependencies were never fetched, and some crates have more features
/// than crates.io allows without asking.
pub(crate) const RELAXED: [(&str, &str); 2] =
    [("CARGOHOLD_POLICY__KNOWN_DEPENDENCIES_ONLY", "false"), ("CARGOHOLD_LIMITS__MAX_FEATURES", "5000")];

/// A crate of our lock file.
pub(crate) struct Locked {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) checksum: String,
    /// As the lock file spells them: a name, and a version if there are several.
    dependencies: Vec<String>,
}

impl Locked {
    fn file<'a>(&self, cached: &'a HashMap<String, PathBuf>) -> &'a PathBuf {
        &cached[&format!("{}-{}", self.name, self.version)]
    }

    fn is_called(&self, reference: &str) -> bool {
        let mut words = reference.split(' ');
        words.next() == Some(&self.name) && words.next().is_none_or(|version| version == self.version)
    }
}

/// All crates from a registry in our lock file.
pub(crate) fn locked() -> Vec<Locked> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock")).unwrap();
    let lock: toml::Table = text.parse().unwrap();
    let field = |package: &toml::Value, key: &str| package.get(key).and_then(|value| value.as_str()).map(str::to_owned);
    let dependencies = |package: &toml::Value| {
        let listed = package.get("dependencies").and_then(|list| list.as_array());
        listed.into_iter().flatten().map(|reference| reference.as_str().unwrap().to_owned()).collect()
    };
    let packages = lock["package"].as_array().unwrap().iter();
    packages
        .filter_map(|package| {
            let checksum = field(package, "checksum")?;
            let (name, version) = (field(package, "name")?, field(package, "version")?);
            Some(Locked { name, version, checksum, dependencies: dependencies(package) })
        })
        .collect()
}

/// At least so many of them, the smallest first, each with everything it depends on; all of them if there are fewer.
pub(crate) fn locked_graph(at_least: usize) -> Vec<Locked> {
    let all = locked();
    let mut chosen = HashSet::new();
    let files = cached();
    let mut smallest_first: Vec<usize> = (0..all.len()).collect();
    smallest_first.sort_by_key(|index| std::fs::metadata(all[*index].file(&files)).unwrap().len());
    for index in smallest_first {
        if chosen.len() >= at_least {
            break;
        }
        let mut waiting = vec![index];
        while let Some(index) = waiting.pop() {
            if chosen.insert(index) {
                let position = |reference: &String| all.iter().position(|krate| krate.is_called(reference)).unwrap();
                waiting.extend(all[index].dependencies.iter().map(position));
            }
        }
    }
    all.into_iter().enumerate().filter(|(index, _)| chosen.contains(index)).map(|(_, krate)| krate).collect()
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

impl TestServer {
    /// Publishes crates of our lock file to a server with [`RELAXED`] settings.
    pub(crate) async fn publish_locked(&self, crates: &[Locked]) {
        let files = cached();
        for krate in crates {
            let metadata = json!({ "name": krate.name, "vers": krate.version }).to_string();
            let body = frame(metadata.as_bytes(), &std::fs::read(krate.file(&files)).unwrap());
            let answer = self.put_publish(&self.admin, body).await;
            let status = answer.status();
            assert_eq!(status, 200, "{} {}: {}", krate.name, krate.version, answer.text().await.unwrap());
        }
    }
}

impl Cargo {
    /// Writes an application that needs exactly these crates of the registry and answers its folder. Without their default
    /// features they depend on nothing but each other.
    pub(crate) fn app_of_locked(&self, crates: &[Locked]) -> PathBuf {
        let dependency = |(number, krate): (usize, &Locked)| {
            let version = krate.version.split('+').next().unwrap();
            format!(
                "d{number} = {{ package = \"{}\", version = \"={version}\", registry = \"alt\", default-features = false }}\n",
                krate.name
            )
        };
        let lines: String = crates.iter().enumerate().map(dependency).collect();
        let head = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\n";
        self.package("app", &format!("{head}{lines}"), &[("src/lib.rs", "")])
    }
}
