//! What is read from `Cargo.toml` (contract §7.4 and §7.5).

use cargohold_package::{ManifestDependency, PackageError, PackageManifest};
use cargohold_protocol::DependencyKind;

use crate::build::{MANIFEST, Tar, open};

fn krate(manifest: &str, files: &[&str]) -> Vec<u8> {
    let tar = Tar::empty().file("foo-1.0.0/Cargo.toml", manifest);
    files.iter().fold(tar, |tar, file| tar.file(&format!("foo-1.0.0/{file}"), "")).krate()
}

#[track_caller]
fn read(manifest: &str, files: &[&str]) -> PackageManifest {
    open(&krate(manifest, files)).unwrap().manifest
}

/// Reads a manifest that starts with the least `[package]`.
#[track_caller]
fn more(manifest: &str, files: &[&str]) -> PackageManifest {
    read(&format!("{MANIFEST}{manifest}"), files)
}

#[track_caller]
fn refusal(manifest: &str) -> String {
    refusal_with(manifest, &[])
}

#[track_caller]
fn refusal_with(manifest: &str, files: &[&str]) -> String {
    match open(&krate(manifest, files)) {
        Err(PackageError::BadManifest(why)) => why,
        other => panic!("{manifest}\ngave {other:?}"),
    }
}

#[test]
fn every_field_is_kept_as_its_author_wrote_it() {
    let manifest = more(
        r#"edition = "2021"
rust-version = "1.70"
links = "z"
description = "  Twice  the  space "
homepage = "https://example.org/a"
documentation = "https://example.org/b"
repository = "https://example.org/c"
license = " MIT "
license-file = "LICENSE"
keywords = ["B", "a"]
categories = ["x::y", "no-such"]
[features]
z = ["y", "x"]
default = []
"#,
        &[],
    );
    assert_eq!((manifest.name.as_str(), manifest.version.as_str()), ("foo", "1.0.0"));
    assert_eq!(manifest.edition.as_deref(), Some("2021"));
    assert_eq!(manifest.rust_version.as_deref(), Some("1.70"));
    assert_eq!(manifest.links.as_deref(), Some("z"));
    assert_eq!(manifest.description.as_deref(), Some("  Twice  the  space "));
    assert_eq!(manifest.homepage.as_deref(), Some("https://example.org/a"));
    assert_eq!(manifest.documentation.as_deref(), Some("https://example.org/b"));
    assert_eq!(manifest.repository.as_deref(), Some("https://example.org/c"));
    assert_eq!(manifest.license.as_deref(), Some(" MIT "));
    assert_eq!(manifest.license_file.as_deref(), Some("LICENSE"));
    assert_eq!(manifest.keywords, ["B", "a"]);
    assert_eq!(manifest.categories, ["x::y", "no-such"]);
    assert_eq!(manifest.features["z"], ["y", "x"]);
    assert_eq!(manifest.features.len(), 2);
}

#[test]
fn nothing_but_name_and_version_is_needed() {
    let manifest = read(MANIFEST, &[]);
    assert_eq!((manifest.description, manifest.license, manifest.edition), (None, None, None));
    assert!(manifest.dependencies.is_empty() && manifest.features.is_empty() && manifest.keywords.is_empty());
    assert!(!manifest.has_lib && manifest.bin_names.is_empty());
}

#[test]
fn the_checksum_is_the_sha256_of_the_whole_file() {
    let krate = krate(MANIFEST, &["src/lib.rs"]);
    let mut sum = std::process::Command::new("sha256sum")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut sum.stdin.take().unwrap(), &krate).unwrap();
    let printed = String::from_utf8(sum.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(open(&krate).unwrap().cksum.to_string(), printed[..64]);
}

fn summary(dependency: &ManifestDependency) -> String {
    let target = dependency.target.as_deref().unwrap_or("everywhere");
    format!("{} {} {target}", dependency.key, dependency.kind)
}

#[test]
fn dependencies_come_by_kind_then_target_and_sorted_by_key() {
    let manifest = more(
        r#"
[target.'cfg(windows)'.dependencies]
w = "1"
[target.'cfg(unix)'.build-dependencies]
u-build = "1"
[target.'cfg(unix)'.dev-dependencies]
u-dev = "1"
[target.'cfg(unix)'.dependencies]
u2 = "1"
u1 = "1"
[build-dependencies]
build = "1"
[dev-dependencies]
dev = "1"
[dependencies]
b = "1"
a = "1"
B = "1"
"#,
        &[],
    );
    let order: Vec<_> = manifest.dependencies.iter().map(summary).collect();
    assert_eq!(
        order,
        [
            "B normal everywhere",
            "a normal everywhere",
            "b normal everywhere",
            "dev dev everywhere",
            "build build everywhere",
            "u1 normal cfg(unix)",
            "u2 normal cfg(unix)",
            "u-dev dev cfg(unix)",
            "u-build build cfg(unix)",
            "w normal cfg(windows)",
        ]
    );
}

#[test]
fn a_dependency_is_read_with_its_defaults() {
    let manifest = more("[dependencies]\nplain = \"1.0\"\nbare = {}\n", &[]);
    let [bare, plain] = manifest.dependencies.as_slice() else { panic!("{manifest:?}") };
    let expected = ManifestDependency {
        key: "plain".to_owned(),
        package: None,
        req: "1.0".to_owned(),
        features: Vec::new(),
        optional: false,
        default_features: true,
        target: None,
        kind: DependencyKind::Normal,
        registry: None,
        registry_index: None,
    };
    assert_eq!(plain, &expected);
    assert_eq!((bare.req.as_str(), bare.crate_name(), bare.default_features), ("*", "bare", true));
}

#[test]
fn a_dependency_is_read_with_all_it_says() {
    let manifest = more(
        r#"[target.'cfg(all(unix, target_arch = "x86_64"))'.dependencies.alias]
package = "Real-Name"
version = ">= 1, <2"
features = ["b", "a"]
optional = true
default-features = false
registry = "other"
registry-index = "sparse+https://example.org/"
"#,
        &[],
    );
    let expected = ManifestDependency {
        key: "alias".to_owned(),
        package: Some("Real-Name".to_owned()),
        req: ">= 1, <2".to_owned(),
        features: vec!["b".to_owned(), "a".to_owned()],
        optional: true,
        default_features: false,
        target: Some("cfg(all(unix, target_arch = \"x86_64\"))".to_owned()),
        kind: DependencyKind::Normal,
        registry: Some("other".to_owned()),
        registry_index: Some("sparse+https://example.org/".to_owned()),
    };
    assert_eq!(manifest.dependencies, [expected]);
    assert_eq!(manifest.dependencies[0].crate_name(), "Real-Name");
}

#[test]
fn a_package_that_repeats_the_key_is_still_named() {
    let manifest = more("[dependencies]\nbar = { package = \"bar\", version = \"1\" }\n", &[]);
    assert_eq!(manifest.dependencies[0].package.as_deref(), Some("bar"));
}

#[test]
fn inheriting_from_a_workspace_is_refused() {
    for field in [
        "edition",
        "rust-version",
        "authors",
        "description",
        "homepage",
        "documentation",
        "readme",
        "keywords",
        "categories",
        "license",
        "license-file",
        "repository",
    ] {
        let why = refusal(&format!("{MANIFEST}{field}.workspace = true\n"));
        assert!(why.contains("inherits from a workspace"), "{field}: {why}");
    }
    let why = refusal("[package]\nname = \"foo\"\nversion.workspace = true\n");
    assert!(why.contains("inherits from a workspace"), "{why}");
    for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let why = refusal(&format!("{MANIFEST}[{table}]\na = \"1\"\nb = {{ workspace = true }}\n"));
        assert!(why.contains("inherits from a workspace"), "{table}: {why}");
    }
}

#[test]
fn what_no_client_reads_may_be_inherited() {
    let manifest = more(
        "include.workspace = true\nexclude.workspace = true\npublish.workspace = true\n[lints]\nworkspace = true\n",
        &[],
    );
    assert_eq!(manifest.name, "foo");
}

#[test]
fn an_inherited_dependency_of_a_target_is_read_as_a_wildcard() {
    let manifest = more("[target.'cfg(unix)'.dependencies]\na = { workspace = true }\n", &[]);
    assert_eq!(manifest.dependencies[0].req, "*");
}

#[test]
fn a_patch_table_is_refused_unless_it_is_empty() {
    for patch in
        ["[patch.crates-io]\n", "[patch.crates-io]\na = { path = \"a\" }\n", "[patch.\"https://example.org\"]\n"]
    {
        assert!(refusal(&format!("{MANIFEST}{patch}")).contains("[patch]"), "{patch}");
    }
    assert_eq!(more("[patch]\n", &[]).name, "foo");
}

#[test]
fn a_manifest_without_package_name_or_version_is_refused() {
    for manifest in [
        "",
        "[dependencies]\na = \"1\"\n",
        "[workspace]\nmembers = []\n",
        "[package]\nname = \"foo\"\n",
        "[package]\nversion = \"1.0.0\"\n",
    ] {
        assert!(!refusal(manifest).is_empty(), "{manifest}");
    }
}

#[test]
fn toml_that_does_not_parse_or_has_wrong_types_is_refused() {
    for manifest in [
        "[package\n",
        "[package]\nname = 1\nversion = \"1.0.0\"\n",
        "[package]\nname = \"foo\"\nname = \"foo\"\nversion = \"1.0.0\"\n",
        &format!("{MANIFEST}edition = \"2019\"\n"),
        &format!("{MANIFEST}edition = 2021\n"),
        &format!("{MANIFEST}keywords = \"a\"\n"),
        &format!("{MANIFEST}description = []\n"),
        &format!("{MANIFEST}[features]\na = \"b\"\n"),
        &format!("{MANIFEST}[dependencies]\na = 1\n"),
        &format!("{MANIFEST}[[dependencies]]\na = \"1\"\n"),
        &format!("{MANIFEST}[lib]\nedition = \"1999\"\npath = \"a.rs\"\n"),
    ] {
        refusal(manifest);
    }
}

#[test]
fn a_manifest_that_is_not_utf8_is_refused() {
    let latin1 = [MANIFEST.as_bytes(), b"description = \"\xe4\"\n"].concat();
    let opened = open(&Tar::empty().file("foo-1.0.0/Cargo.toml", latin1).krate());
    assert!(matches!(opened, Err(PackageError::BadManifest(_))), "{opened:?}");
}

#[test]
fn unknown_keys_are_ignored() {
    let manifest = more("new-key = 7\n[package.metadata.docs.rs]\nall-features = true\n[new-table]\nx = []\n", &[]);
    assert_eq!(manifest.name, "foo");
}

#[test]
fn underscore_spellings_count_as_the_dashed_ones() {
    let manifest = more(
        r#"[dev_dependencies]
a = { version = "1", default_features = false }
[build_dependencies]
b = "1"
[target.x.dev_dependencies]
c = "1"
[lib]
path = "a.rs"
proc_macro = true
crate_type = ["lib"]
[[bin]]
name = "tool"
path = "tool.rs"
required_features = ["x"]
"#,
        &[],
    );
    let order: Vec<_> = manifest.dependencies.iter().map(summary).collect();
    assert_eq!(order, ["a dev everywhere", "b build everywhere", "c dev x"]);
    assert!(!manifest.dependencies[0].default_features);
    assert_eq!(manifest.bin_names, ["tool"]);
}

#[test]
fn both_spellings_of_one_table_are_refused() {
    for kind in ["dev", "build"] {
        refusal(&format!("{MANIFEST}[{kind}-dependencies]\na = \"1\"\n[{kind}_dependencies]\nb = \"1\"\n"));
    }
}

#[test]
fn the_legacy_project_table_is_a_package_table() {
    assert_eq!(read("[project]\nname = \"foo\"\nversion = \"1.0.0\"\n", &[]).name, "foo");
}

#[test]
fn a_readme_may_be_named_or_switched_off() {
    for readme in ["\"README.txt\"", "true", "false"] {
        assert_eq!(more(&format!("readme = {readme}\n"), &[]).name, "foo");
    }
}

#[test]
fn a_library_is_found_by_its_file_or_its_table() {
    for (manifest, files, has_lib) in [
        ("", ["src/lib.rs"].as_slice(), true),
        ("", &["src/main.rs"], false),
        ("", &["lib.rs"], false),
        ("", &["src/lib.rs/x"], true),
        ("autolib = false\n", &["src/lib.rs"], false),
        ("autolib = true\n", &["src/lib.rs"], true),
        ("autolib = false\n[lib]\n", &["src/lib.rs"], true),
        ("[lib]\npath = \"odd/place.rs\"\n", &[], true),
        ("[lib]\n", &["src/foo.rs"], true),
        ("edition = \"2015\"\n[lib]\n", &["src/foo.rs"], true),
        ("[lib]\nname = \"bar\"\n", &["src/bar.rs"], true),
    ] {
        assert_eq!(more(manifest, files).has_lib, has_lib, "{manifest:?} with {files:?}");
    }
}

#[test]
fn a_lib_table_without_its_file_is_refused() {
    for (manifest, files) in [
        ("[lib]\n", [].as_slice()),
        ("[lib]\n", &["src/main.rs"]),
        ("[lib]\nname = \"bar\"\n", &["src/foo.rs"]),
        ("edition = \"2018\"\n[lib]\n", &["src/foo.rs"]),
        ("edition = \"2021\"\n[lib]\nname = \"bar\"\n", &["src/bar.rs"]),
    ] {
        refusal_with(&format!("{MANIFEST}{manifest}"), files);
    }
}

#[test]
fn the_library_is_called_as_it_says_or_like_the_package() {
    assert_eq!(more("[lib]\nname = \"other\"\n", &["src/lib.rs"]).lib_name, "other");
    assert_eq!(more("", &["src/lib.rs"]).lib_name, "foo");
    let dashed = "[package]\nname = \"foo-bar-baz\"\nversion = \"1.0.0\"\n";
    for (manifest, files) in [(dashed.to_owned(), ["src/lib.rs"].as_slice()), (dashed.to_owned(), &[])] {
        assert_eq!(read(&manifest, files).lib_name, "foo_bar_baz");
    }
    assert_eq!(read(&format!("{dashed}[lib]\npath = \"x.rs\"\n"), &[]).lib_name, "foo_bar_baz");
}

#[test]
fn binaries_are_listed_explicit_ones_first_then_found_ones_then_main() {
    let files =
        ["src/main.rs", "src/bin/z.rs", "src/bin/b/main.rs", "src/bin/a.rs", "src/bin/c/other.rs", "src/bin/x.txt"];
    for edition in ["2018", "2021", "2024"] {
        let manifest = format!("edition = \"{edition}\"\n[[bin]]\nname = \"tool\"\npath = \"t.rs\"\n");
        assert_eq!(more(&manifest, &files).bin_names, ["tool", "a", "b", "z", "foo"], "{edition}");
    }
    assert_eq!(more("", &files).bin_names, ["a", "b", "z", "foo"]);
    assert_eq!(more("edition = \"2021\"\n", &["src/bin/.h.rs"]).bin_names, [".h"]);
}

#[test]
fn a_found_binary_that_is_listed_already_is_not_repeated() {
    let manifest = r#"edition = "2021"
[[bin]]
name = "z"
[[bin]]
name = "renamed"
path = "src/bin/a.rs"
[[bin]]
name = "foo"
[[bin]]
path = "nameless.rs"
"#;
    let files = ["src/main.rs", "src/bin/a.rs", "src/bin/z.rs", "src/bin/b.rs"];
    assert_eq!(more(manifest, &files).bin_names, ["z", "renamed", "foo", "b"]);
}

#[test]
fn binaries_are_searched_as_autobins_and_the_edition_say() {
    let explicit = "[[bin]]\nname = \"tool\"\npath = \"t.rs\"\n";
    for (head, with_explicit, without) in [
        ("", ["tool"].as_slice(), ["a", "foo"].as_slice()),
        ("edition = \"2015\"\n", &["tool"], &["a", "foo"]),
        ("edition = \"2018\"\n", &["tool", "a", "foo"], &["a", "foo"]),
        ("autobins = true\n", &["tool", "a", "foo"], &["a", "foo"]),
        ("autobins = false\n", &["tool"], &[]),
        ("edition = \"2021\"\nautobins = false\n", &["tool"], &[]),
    ] {
        let files = ["src/main.rs", "src/bin/a.rs"];
        assert_eq!(more(&format!("{head}{explicit}"), &files).bin_names, with_explicit, "{head:?} with [[bin]]");
        assert_eq!(more(head, &files).bin_names, without, "{head:?} without");
    }
}

#[test]
fn directories_in_the_archive_do_not_disturb_the_search_for_targets() {
    let directory = |path: &str| crate::build::header(tar::EntryType::Directory, path, 0);
    let krate = Tar::with_manifest()
        .entry(&directory("foo-1.0.0/src/bin/empty/"), b"")
        .entry(&directory("foo-1.0.0/src/bin/"), b"")
        .file("foo-1.0.0/src/bin/tool/main.rs", "")
        .entry(&directory("foo-1.0.0/src/"), b"")
        .file("foo-1.0.0/src/lib.rs", "")
        .krate();
    let manifest = open(&krate).unwrap().manifest;
    assert!(manifest.has_lib);
    assert_eq!(manifest.bin_names, ["tool"]);
}

#[test]
fn deep_nesting_in_a_manifest_is_an_error_and_not_a_stack_overflow() {
    for deep in [
        format!("a = {}", "[".repeat(200_000)),
        format!("a = {}", "{b=".repeat(200_000)),
        format!("[a{}]\n", ".a".repeat(200_000)),
        format!("a{} = 1\n", ".a".repeat(200_000)),
    ] {
        drop(open(&krate(&format!("{MANIFEST}[package.metadata]\n{deep}\n"), &[])));
    }
}
