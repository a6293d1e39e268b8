//! What a good publish does.

use serde_json::json;

use crate::support::{Shape, TestServer, krate, on_both_shapes, refusal};

on_both_shapes!(
    a_publish_answers_with_the_crate_and_is_in_the_index_at_once,
    the_index_line_follows_the_manifest,
    dependencies_on_other_registries_keep_their_index,
    the_default_version_is_the_highest_stable_one,
    a_crate_shows_the_texts_of_its_last_publish,
    policies_can_be_relaxed,
    the_metadata_says_what_comes_from_crates_io,
);

async fn a_publish_answers_with_the_crate_and_is_in_the_index_at_once(shape: Shape) {
    let server = TestServer::start(shape);
    let answer = server.publish_ok(&krate("Tide-Pool").version("0.3.0+build.7")).await;
    assert_eq!(answer["crate"]["id"], "Tide-Pool");
    assert_eq!(answer["crate"]["max_version"], "0.3.0+build.7");
    assert_eq!(answer["crate"]["num_versions"], 1);
    assert_eq!(answer["crate"]["created_at"], answer["crate"]["updated_at"]);
    assert_eq!(answer["warnings"], json!({ "invalid_categories": [], "invalid_badges": [], "other": [] }));
    let lines = server.index_lines("tide-pool").await;
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["vers"], "0.3.0+build.7");
    assert_eq!(lines[0]["name"], "Tide-Pool");
    assert!(server.index("tide_pool").await.is_none(), "`-` and `_` are two files to cargo");
}

async fn the_index_line_follows_the_manifest(shape: Shape) {
    let server = TestServer::start(shape);
    server.publish_ok(&krate("bar")).await;
    let full = krate("full")
        .package("links = \"z\"")
        .package("rust-version = \"1.70\"")
        .toml("[features]\ndefault = [\"old\"]\nold = []\nnew = [\"dep:my-bar\"]\nuses-new = [\"new\"]")
        .toml("[dependencies.my-bar]\npackage = \"bar\"\nversion = \"1.0\"\noptional = true")
        .toml("[target.'cfg(windows)'.dev-dependencies.bar]\nversion = \">= 1, <2\"\ndefault-features = false");
    server.publish_ok(&full).await;
    let text = server.index("full").await.unwrap();
    let line: serde_json::Value = serde_json::from_str(&text).unwrap();
    let cksum = line["cksum"].as_str().unwrap();
    let pubtime = line["pubtime"].as_str().unwrap();
    assert_eq!((pubtime.len(), &pubtime[19..]), (20, "Z"));
    let expected = format!(
        concat!(
            r#"{{"name":"full","vers":"1.0.0","deps":["#,
            r#"{{"name":"bar","req":">=1, <2","features":[],"optional":false,"default_features":false,"#,
            r#""target":"cfg(windows)","kind":"dev"}},"#,
            r#"{{"name":"my-bar","req":"^1.0","features":[],"optional":true,"default_features":true,"#,
            r#""target":null,"kind":"normal","package":"bar"}}],"#,
            r#""cksum":"{}","features":{{"default":["old"],"old":[]}},"#,
            r#""features2":{{"new":["dep:my-bar"],"uses-new":["new"]}},"#,
            r#""yanked":false,"links":"z","rust_version":"1.70","pubtime":"{}","v":2}}"#,
            "\n"
        ),
        cksum, pubtime
    );
    assert_eq!(text, expected);
}

async fn dependencies_on_other_registries_keep_their_index(shape: Shape) {
    let server = TestServer::start_with(shape, &[("CARGOHOLD_SERVER__OTHER_URLS", "https://old.registry.example")]);
    server.publish_ok(&krate("own")).await;
    let own = format!("sparse+{}/index/", server.url);
    let port = server.url.rsplit(':').next().unwrap();
    let dependency = |name: &str, index: &str| {
        format!("[dependencies.{name}]\nversion = \"1\"\npackage = \"own\"\nregistry-index = \"{index}\"")
    };
    let mixed = krate("mixed")
        .toml(&dependency("a-own", &own))
        .toml(&dependency("b-loopback", &format!("sparse+http://localhost:{port}/index/")))
        .toml(&dependency("c-old", "sparse+https://old.registry.example/index/"))
        .toml(&dependency("d-crates-io", "https://github.com/rust-lang/crates.io-index"))
        .toml(&dependency("e-git", "https://github.com/rust-lang/crates.io-index.git"))
        .toml(&dependency("f-other", "sparse+https://third.registry.example/index/"));
    server.publish_ok(&mixed).await;
    let line = server.index_lines("mixed").await.remove(0);
    let registries: Vec<_> = line["deps"].as_array().unwrap().iter().map(|dep| dep["registry"].as_str()).collect();
    let crates_io = Some("https://github.com/rust-lang/crates.io-index");
    let third = Some("sparse+https://third.registry.example/index/");
    assert_eq!(registries, [None, None, None, crates_io, crates_io, third]);
}

async fn the_default_version_is_the_highest_stable_one(shape: Shape) {
    let server = TestServer::start(shape);
    let mut last = json!(null);
    for version in ["1.0.0", "2.0.0-beta.1", "1.5.0", "0.9.9"] {
        last = server.publish_ok(&krate("many").version(version)).await;
    }
    let krate = &last["crate"];
    assert_eq!(krate["default_version"], "0.9.9", "the answer to a publish names itself, as the reference does");
    assert_eq!(krate["max_version"], "2.0.0-beta.1");
    assert_eq!(krate["max_stable_version"], "1.5.0");
    assert_eq!(krate["newest_version"], "0.9.9");
    assert_eq!(krate["num_versions"], 4);
    let list: serde_json::Value = server.search("many").await;
    assert_eq!(list["crates"][0]["default_version"], "1.5.0");
    let published: Vec<_> = server.index_lines("many").await.iter().map(|line| line["vers"].clone()).collect();
    assert_eq!(published, ["1.0.0", "2.0.0-beta.1", "1.5.0", "0.9.9"], "lines stand in the order of publishing");
}

async fn a_crate_shows_the_texts_of_its_last_publish(shape: Shape) {
    let server = TestServer::start(shape);
    server.publish_ok(&krate("texts").package("homepage = \"https://a.example\"")).await;
    let back_port = krate("texts").version("0.1.0").package("description = \"Older\"");
    let answer = server.publish_ok(&back_port).await;
    assert_eq!(answer["crate"]["description"], "Older");
    assert_eq!(answer["crate"]["homepage"], json!(null));
}

async fn policies_can_be_relaxed(shape: Shape) {
    let bare = krate("bare")
        .without("description")
        .without("license")
        .package("categories = [\"no-such-thing\", \"parsing\"]")
        .dependency("never-seen", "1");
    let strict = TestServer::start(shape);
    refusal(strict.publish(&strict.admin, &bare).await, 400).await;
    let settings = [
        ("CARGOHOLD_POLICY__REQUIRE_DESCRIPTION", "false"),
        ("CARGOHOLD_POLICY__REQUIRE_LICENSE", "false"),
        ("CARGOHOLD_POLICY__KNOWN_CATEGORIES_ONLY", "false"),
        ("CARGOHOLD_POLICY__KNOWN_DEPENDENCIES_ONLY", "false"),
        ("CARGOHOLD_POLICY__RESERVE_NAMES", "false"),
    ];
    let relaxed = TestServer::start_with(shape, &settings);
    let answer = relaxed.publish_ok(&bare).await;
    assert_eq!(answer["warnings"]["invalid_categories"], json!(["no-such-thing"]));
    relaxed.publish_ok(&krate("std")).await;
}

/// cargo writes no `registry-index` for crates.io into a manifest; the metadata alone tells it from this registry.
async fn the_metadata_says_what_comes_from_crates_io(shape: Shape) {
    let server = TestServer::start(shape);
    let claim = |registry: serde_json::Value| json!([{ "name": "common", "version_req": "^1", "kind": "normal", "registry": registry }]);
    let private = krate("private").dependency("common", "1");
    let crates_io = "https://github.com/rust-lang/crates.io-index";
    server.publish_ok(&private.clone().metadata("deps", claim(json!(crates_io)))).await;
    assert_eq!(server.index_lines("private").await[0]["deps"][0]["registry"], crates_io);
    for unknown in [json!(null), json!("https://other.registry.example/index")] {
        let text =
            server.publish_refused(&private.clone().version("2.0.0").metadata("deps", claim(unknown)), 400).await;
        assert!(text.contains("`common`"), "the manifest names no other registry: {text}");
    }
}
