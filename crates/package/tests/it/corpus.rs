//! Real crates, read by two independent readers (S05).

use std::path::PathBuf;

use cargohold_package::{Package, list_files};
use cargohold_protocol::{CrateName, Version};

use crate::build::{LIMITS, gnu_tar_files};

/// Every `.crate` file that cargo has downloaded to this machine.
fn downloaded_crates() -> Vec<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "the corpus lies where cargo keeps it")]
    let home =
        std::env::var_os("CARGO_HOME").map_or_else(|| std::env::home_dir().unwrap().join(".cargo"), PathBuf::from);
    let mut crates = Vec::new();
    for registry in std::fs::read_dir(home.join("registry/cache")).unwrap() {
        let files = std::fs::read_dir(registry.unwrap().path()).unwrap().map(|file| file.unwrap().path());
        crates.extend(files.filter(|path| path.extension().is_some_and(|extension| extension == "crate")));
    }
    crates.sort();
    crates
}

/// Takes `serde-json-1.0.0-rc.1` apart at the dash before the version.
fn name_and_version(stem: &str) -> (CrateName, Version) {
    let mut dashes = stem.match_indices('-').map(|(at, _)| at);
    let parse = |at: usize| Some((stem[..at].parse().ok()?, stem[at + 1..].parse().ok()?));
    dashes.find_map(parse).unwrap()
}

#[test]
fn s05_real_crates_open_and_gnu_tar_lists_the_same_files() {
    let crates = downloaded_crates();
    assert!(crates.len() >= 60, "only {} crates: build the workspace first, it downloads hundreds", crates.len());
    let mut wrong = Vec::new();
    for path in &crates {
        let (name, version) = name_and_version(path.file_stem().unwrap().to_str().unwrap());
        let tarball = std::fs::read(path).unwrap();
        match Package::open(&tarball, &name, &version, &LIMITS) {
            Ok(package)
                if package.manifest.name == name.as_str() && package.manifest.version == version.to_string() => {}
            Ok(package) => wrong.push(format!("{name} {version} opens as {}", package.manifest.name)),
            Err(error) => wrong.push(format!("{name} {version} is refused: {error}")),
        }
        let ours: Vec<_> = list_files(&tarball, &name, &version, &LIMITS)
            .unwrap_or_default()
            .into_iter()
            .map(|file| format!("{name}-{version}/{file}"))
            .collect();
        if Ok(ours) != gnu_tar_files(&tarball) {
            wrong.push(format!("{name} {version} has other files for us than for GNU tar"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), crates.len(), wrong.join("\n"));
}
