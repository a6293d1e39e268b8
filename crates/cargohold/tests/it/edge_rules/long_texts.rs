//! E5: small crates that become large answers.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Krate, Shape, TestServer, krate, on_both_shapes};

on_both_shapes!(
    e5_every_text_of_a_manifest_has_a_bound_that_its_refusal_names,
    e5_all_texts_of_a_manifest_have_a_bound_together_that_grows_with_the_allowed_features,
    e5_lists_of_long_versions_are_whole_and_nobody_waits_for_them,
);

async fn e5_every_text_of_a_manifest_has_a_bound_that_its_refusal_names(shape: Shape) {
    let server = TestServer::start(shape);
    let address = |len: usize| format!("https://registry.example/{}", "a".repeat(len - 25));
    let line = |key: &str, text: &str| krate("long").package(&format!("{key} = \"{text}\""));
    let x = |len: usize| "x".repeat(len);
    let feature = |name: &str, value: &str| krate("long").toml(&format!("[features]\n{name} = [{value}]"));
    let dependency = |lines: &str| krate("long").toml(&format!("[target.{lines}"));
    let cases: [(Krate, &str); 14] = [
        (line("homepage", &address(2049)), "`homepage` is 2049 bytes long, the limit is 2048; shorten it"),
        (line("documentation", &address(660_000)), "`documentation` is 660000 bytes long"),
        (line("repository", &address(2049)), "`repository` is 2049"),
        (line("license", &vec!["MIT"; 400].join(" OR ")), "`license` is 2796"),
        (line("license-file", &x(1025)), "`license-file` is 1025"),
        (line("rust-version", &format!("1.{}", "1".repeat(99))), "`rust-version` is 101"),
        (line("links", &x(257)), "`links` is 257"),
        (krate("long").package(&format!("categories = [\"{}\"]", x(129))), "a category is 129"),
        (
            krate("long").toml(&format!("[[bin]]\nname = \"{}\"\npath = \"src/lib.rs\"", x(257))),
            "name of a binary is 257",
        ),
        (krate("long").toml(&format!("[lib]\nname = \"{}\"", x(257))), "the name of the library is 257"),
        (feature(&x(257), ""), "the name of a feature is 257"),
        (feature("f", &format!("\"{}\"", x(513))), "a value of a feature is 513"),
        (
            dependency(&format!("'cfg({})'.dependencies]\nlong = \"1\"", x(4096))),
            "the `target` of the dependency `long` is 4101",
        ),
        (krate("long").metadata("readme_file", json!(x(1025))), "`readme_file` is 1025"),
    ];
    for (krate, sentence) in cases {
        let text = server.publish_refused(&krate, 400).await;
        assert!(text.contains(sentence), "{text}");
    }
    let features: Vec<String> = (0..40).map(|n| format!("\"{}{n:02}\"", x(500))).collect();
    let lines = format!("[dependencies.long]\nversion = \"1\"\nfeatures = [{}]", features.join(","));
    let text = server.publish_refused(&krate("long").toml(&lines), 400).await;
    assert!(text.contains("the `features` of the dependency `long` is 20080 bytes long"), "{text}");
    assert!(server.index("long").await.is_none());
    server.publish_ok(&line("homepage", &address(2048)).package("links = \"long\"")).await;
}

async fn e5_all_texts_of_a_manifest_have_a_bound_together_that_grows_with_the_allowed_features(shape: Shape) {
    let server = TestServer::start(shape);
    let values: Vec<String> = (0..140).map(|n| format!("\"f{n}\"")).collect();
    let features: String = (0..150).map(|n| format!("f{n} = [{}]\n", values.join(","))).collect();
    let rich = krate("rich").version("1.1.0").toml(&format!("[features]\n{features}"));
    let text = server.publish_refused(&rich, 400).await;
    assert!(text.contains("bytes together, the limit is 65536"), "{text}");
    server.publish_ok(&krate("rich")).await;
    server.execute_sql("UPDATE crates SET max_features = 1000 WHERE name = 'rich'");
    server.publish_ok(&rich).await;
}

const VERSIONS: usize = 40;

/// A crate whose versions are as long as they could once be: 2 MB each.
async fn publish_heavy(server: &TestServer) {
    for n in 0..VERSIONS {
        server.publish_ok(&krate("heavy").version(&format!("1.0.{n}")).package("keywords = [\"big\"]")).await;
    }
    let long = if server.is_fleet() { "repeat('x', 660000)" } else { "replace(hex(zeroblob(330000)), '0', 'x')" };
    server.execute_sql(&format!("UPDATE versions SET links = {long}, license = {long}, description = {long}"));
}

async fn e5_lists_of_long_versions_are_whole_and_nobody_waits_for_them(shape: Shape) {
    let server = TestServer::start(shape);
    publish_heavy(&server).await;
    server.take_peak_kib();

    let heads = ["/api/v1/crates/heavy/versions", "/api/v1/crates/heavy"].repeat(20);
    let heads = heads.into_iter().map(|path| server.request(Method::HEAD, path).send());
    let mut heads = std::pin::pin!(futures_util::future::join_all(heads));
    let mut longest = Duration::ZERO;
    let answers = loop {
        let started = Instant::now();
        tokio::select! {
            biased;
            answer = server.get("/healthz") => assert_eq!(answer.status(), 200),
            answers = &mut heads => break answers,
        }
        longest = longest.max(started.elapsed());
    };
    for answer in answers {
        let answer = answer.unwrap();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["content-type"]),
            (200, &"application/json".parse().unwrap())
        );
    }
    assert!(longest < Duration::from_millis(500), "somebody waited {longest:?} for lists that nobody reads");

    let whole = server.json("/api/v1/crates/heavy/versions?include=release_tracks").await;
    assert_eq!(whole["versions"].as_array().unwrap().len(), VERSIONS);
    assert_eq!(whole["versions"][0]["num"], "1.0.39");
    let meta = json!({ "total": VERSIONS, "next_page": null, "release_tracks": { "1": { "highest": "1.0.39" } } });
    assert_eq!(whole["meta"], meta);

    let krate = server.json("/api/v1/crates/heavy").await;
    let listed: Vec<&Value> = krate["versions"].as_array().unwrap().iter().map(|version| &version["id"]).collect();
    assert_eq!(listed, krate["crate"]["versions"].as_array().unwrap().iter().collect::<Vec<_>>());
    assert_eq!((listed.len(), &krate["keywords"][0]["id"]), (VERSIONS, &json!("big")));

    let mut path = "?per_page=100".to_owned();
    let mut paged = Vec::new();
    let mut pages = 0;
    while path != "null" {
        let page = server.json(&format!("/api/v1/crates/heavy/versions{path}")).await;
        let nums = page["versions"].as_array().unwrap().iter().map(|version| version["num"].clone());
        paged.extend(nums);
        page["meta"]["next_page"].as_str().unwrap_or("null").clone_into(&mut path);
        pages += 1;
    }
    let all: Vec<Value> = whole["versions"].as_array().unwrap().iter().map(|version| version["num"].clone()).collect();
    assert_eq!(paged, all);
    assert!(pages >= 10, "{pages} pages of 80 MB");
    let peak_mib = server.take_peak_kib() / 1024;
    assert!(peak_mib < 250, "{peak_mib} MiB at the peak");
}
