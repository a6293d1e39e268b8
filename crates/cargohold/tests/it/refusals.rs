//! Every refusal of a publish: its status, that its sentence names what is wrong, and that nothing was stored.

use reqwest::Method;
use serde_json::json;

use crate::support::{Krate, Shape, TestServer, frame, krate, on_both_shapes, refusal};

on_both_shapes!(
    bad_packages_are_refused_and_leave_nothing,
    refusals_that_depend_on_what_is_stored,
    the_order_of_the_checks_is_the_contracts,
    bad_frames_are_refused,
    a_deleted_name_is_refused_before_the_token_is_looked_at,
);

/// Crate, what its refusal says.
fn bad_packages() -> Vec<(Krate, &'static str)> {
    let long = "x".repeat(65);
    let many_keywords = "keywords = [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\"]";
    let many_categories = "categories = [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\"]";
    let features: String = (0..301).map(|n| format!("f{n} = []\n")).collect();
    let values: String = (0..301).map(|n| format!("\"f{n}\",")).collect();
    let dependencies: String = (0..501).map(|n| format!("d{n} = \"1\"\n")).collect();
    vec![
        (krate(""), "empty"),
        (krate(&long), "longer than 64"),
        (krate("1abc"), "starts with a digit"),
        (krate("-abc"), "starts with `-`"),
        (krate("a.b"), "contains `.`"),
        (krate("ünicode"), "starts with `ü`"),
        (krate("ok").version("1.0"), "semantic version"),
        (krate("ok").version(&format!("1.0.0-{}", "a".repeat(150))), "longer than 150"),
        (krate("ok").without("description"), "description;"),
        (krate("ok").without("license"), "license"),
        (krate("ok").without("description").without("license"), "description, license"),
        (krate("ok").package("description = \"\""), "description"),
        (krate("ok").package(&format!("description = \"{}\"", "ä".repeat(501))), "1002 bytes"),
        (krate("ok").package("license = \"mit\""), "SPDX"),
        (krate("ok").package("license = \"apache 2.0\""), "SPDX"),
        (krate("ok").package("license = \"\"").package("license-file = \"L\""), "SPDX"),
        (krate("ok").package("homepage = \"ftp://x\""), "`homepage`"),
        (krate("ok").package("homepage = \"http://a b\""), "`homepage`"),
        (krate("ok").package("documentation = \"HTTPS://x\""), "`documentation`"),
        (krate("ok").package("repository = \"\""), "`repository`"),
        (krate("ok").package("rust-version = \">=1.70\""), "rust-version"),
        (krate("ok").package("rust-version = \"1.70.0-beta\""), "rust-version"),
        (krate("ok").package("rust-version = \"\""), "rust-version"),
        (krate("ok").package(many_keywords), "at most 5 keywords"),
        (krate("ok").package("keywords = [\"twenty-one-bytes-long\"]"), "longer than 20"),
        (krate("ok").package("keywords = [\"a b\"]"), "`a b`"),
        (krate("ok").package(many_categories), "at most 5 categories"),
        (krate("ok").package("categories = [\"nope\", \"parsing\", \"nada\"]"), "nope, nada"),
        (krate("ok").toml(&format!("[features]\n{features}")), "301 features, the limit is 300"),
        (krate("ok").toml(&format!("[features]\na = [{values}]")), "301 others"),
        (krate("ok").toml("[features]\n\"a b\" = []"), "`a b` contains"),
        (krate("ok").toml("[features]\n\"<script>\" = []"), "starts with `<`"),
        (krate("ok").toml("[features]\na = [\"dep:x/y\"]"), "`dep:x/y`"),
        (krate("ok").toml("[features]\na = [\"x?/y z\"]"), "contains ` `"),
        (krate("ok").toml(&format!("[dependencies]\n{dependencies}")), "501 dependencies, the limit is 500"),
        (krate("ok").dependency("_x", "1"), "`_x`"),
        (krate("ok").dependency("bar", "*"), "any version"),
        (krate("ok").dependency("bar", ""), "requirement"),
        (krate("ok").dependency("bar", "1 || 2"), "requirement"),
        (krate("ok").toml("[dependencies.bar]\nfeatures = [\"a b\"]\nversion = \"1\""), "`a b`"),
        (krate("ok").toml("[dependencies.bar]\nversion = \"1\"\nregistry = \"mine\""), "`bar`"),
        (krate("ok").toml("[dependencies.\"a.b\"]\nversion = \"1\"\npackage = \"bar\""), "`a.b`"),
        (krate("ok").dependency("never-seen", "1"), "`never-seen`"),
        (krate("std"), "reserved"),
        (krate("Com1"), "reserved"),
        (krate("ok").package("description = \"a\\u0000b\""), "NUL"),
        (krate("ok").metadata("readme", json!("a\u{0}b")), "NUL"),
        (krate("ok").toml("[patch.crates-io]\n"), "[patch]"),
        (krate("ok").package("edition.workspace = true"), "inherits"),
        (krate("ok").package("edition = \"2022\""), "manifest"),
        (krate("ok").toml("not toml"), "manifest"),
    ]
}

async fn bad_packages_are_refused_and_leave_nothing(shape: Shape) {
    let server = TestServer::start(shape);
    for (bad, words) in bad_packages() {
        let text = server.publish_refused(&bad, 400).await;
        assert!(text.contains(words), "{words:?} is not in {text:?}");
    }
    assert!(server.index("ok").await.is_none());
    let list: serde_json::Value = server.get("/api/v1/crates?q=ok").await.json().await.unwrap();
    assert_eq!(list["meta"]["total"], 0);
}

async fn refusals_that_depend_on_what_is_stored(shape: Shape) {
    let server = TestServer::start(shape);
    let stranger = server.user("stranger");
    server.publish_ok(&krate("foo-bar")).await;
    let before = server.index("foo-bar").await;
    let again = server.publish_refused(&krate("foo-bar"), 400).await;
    assert!(again.contains("`1.0.0` is already uploaded"), "{again}");
    let with_build = server.publish_refused(&krate("foo-bar").version("1.0.0+x"), 400).await;
    assert!(with_build.contains("`1.0.0` is already uploaded"), "{with_build}");
    let spelling = server.publish_refused(&krate("foo_bar").version("2.0.0"), 400).await;
    assert!(spelling.contains("`foo-bar`"), "{spelling}");
    let casing = server.publish_refused(&krate("Foo-Bar").version("2.0.0"), 400).await;
    assert!(casing.contains("`foo-bar`"), "{casing}");
    let other = refusal(server.publish(&stranger, &krate("foo-bar").version("2.0.0")).await, 403).await;
    assert!(other.contains("cargo owner --add stranger foo-bar"), "{other}");
    let wrong_spelling = krate("user").dependency("foo_bar", "1");
    assert!(server.publish_refused(&wrong_spelling, 400).await.contains("`foo_bar`"));
    assert_eq!(server.index("foo-bar").await, before);
}

/// Each pair breaks two rules; the one that comes first in the contract answers.
async fn the_order_of_the_checks_is_the_contracts(shape: Shape) {
    let server = TestServer::start(shape);
    let stranger = server.user("stranger");
    server.publish_ok(&krate("taken")).await;

    let bad_token = server.request(reqwest::Method::PUT, "/api/v1/crates/new").header("authorization", "nonsense");
    let bad_name = bad_token.body(krate("1abc").publish_body()).send().await.unwrap();
    assert!(refusal(bad_name, 400).await.contains("digit"), "the name comes before the token");

    let anonymous = server.request(reqwest::Method::PUT, "/api/v1/crates/new");
    let broken_tarball = krate("fine").tarball_bytes(b"garbage".to_vec()).publish_body();
    refusal(anonymous.body(broken_tarball.clone()).send().await.unwrap(), 403).await;

    let no_license = krate("taken").without("license").tarball_bytes(b"garbage".to_vec());
    let text = refusal(server.publish(&stranger, &no_license).await, 400).await;
    assert!(text.contains("gzip"), "the tarball comes before ownership: {text}");

    let other_spelling = krate("TAKEN").version("1.0.0");
    refusal(server.publish(&stranger, &other_spelling).await, 403).await;
    let text = server.publish_refused(&other_spelling, 400).await;
    assert!(text.contains("called `taken`"), "the spelling comes before the version: {text}");

    let twice = krate("taken").dependency("never-seen", "1").package("categories = [\"nope\"]");
    let text = server.publish_refused(&twice, 400).await;
    assert!(text.contains("already uploaded"), "the version comes before dependencies: {text}");
    let text = server.publish_refused(&twice.version("2.0.0"), 400).await;
    assert!(text.contains("never-seen"), "dependencies come before categories: {text}");

    let reserved = krate("std").without("license");
    assert!(
        server.publish_refused(&reserved, 400).await.contains("license"),
        "the licence comes before reserved names"
    );
}

async fn bad_frames_are_refused(shape: Shape) {
    let server = TestServer::start(shape);
    let good = krate("framed");
    let tarball = good.tarball();
    let metadata = br#"{"name":"framed","vers":"1.0.0"}"#;
    let whole = frame(metadata, &tarball);
    let huge = [&(1024u32 * 1024 + 1).to_le_bytes()[..], b"{}"].concat();
    let too_long = [&frame(metadata, b"")[..metadata.len() + 4], &(10_485_761u32).to_le_bytes()].concat();
    let name_twice = br#"{"name":"framed","name":"framed","vers":"1.0.0"}"#;
    let cases: Vec<(Vec<u8>, u16, &str)> = vec![
        (Vec::new(), 400, "length"),
        (whole[..3].to_vec(), 400, "length"),
        (huge, 413, "1048577"),
        (whole[..10].to_vec(), 400, "32 bytes"),
        (frame(b"not json", &tarball), 400, "not what cargo sends"),
        (frame(br#"{"name":"framed"}"#, &tarball), 400, "vers"),
        (frame(br#"{"name":7,"vers":"1.0.0"}"#, &tarball), 400, "not what cargo sends"),
        (frame(name_twice, &tarball), 400, "duplicate"),
        (frame(b"{\"name\":\"framed\",\"vers\":\"1.0.0\"} x", &tarball), 400, "trailing"),
        (frame(b"\xff\xff", &tarball), 400, "not what cargo sends"),
        (whole[..metadata.len() + 6].to_vec(), 400, "length of the crate file"),
        (too_long, 413, "10485760"),
        (whole[..whole.len() - 1].to_vec(), 400, "ends before"),
        (frame(br#"{"name":"other","vers":"1.0.0"}"#, &tarball), 400, "`name-version/`"),
        (frame(br#"{"name":"framed","vers":"1.0.1"}"#, &tarball), 400, "`name-version/`"),
        (frame(metadata, b""), 400, "gzip"),
    ];
    for (body, status, words) in cases {
        let text = refusal(server.put_publish(&server.admin, body).await, status).await;
        assert!(text.contains(words), "{words:?} is not in {text:?}");
    }
    assert!(server.index("framed").await.is_none());
    let odd_types = br#" {"name":"framed","vers":"1.0.0","deps":7,"features":[],"links":{},"license":[1]} "#;
    let answer = server.put_publish(&server.admin, frame(odd_types, &tarball)).await;
    assert_eq!(answer.status(), 200, "other members are ignored, whatever their type");
}

async fn a_deleted_name_is_refused_before_the_token_is_looked_at(shape: Shape) {
    let server = TestServer::start(shape);
    server.execute_sql(
        "INSERT INTO tombstones (name, canonical_name, available_at) VALUES ('Gone-Crate', 'gone_crate', 4102444800000000)",
    );
    let anonymous = server.request(reqwest::Method::PUT, "/api/v1/crates/new");
    let text = refusal(anonymous.body(krate("gone_crate").publish_body()).send().await.unwrap(), 400).await;
    assert!(text.contains("`Gone-Crate`") && text.contains("2100-01-01T00:00:00Z"), "{text}");
}

/// An operator can be rid of a client by its address, a header or the route it asks for.
#[tokio::test]
async fn what_an_operator_blocks_is_refused_in_words() {
    let settings = [
        ("CARGOHOLD_SERVER__BLOCKED_ADDRESSES", "203.0.113.9"),
        ("CARGOHOLD_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.0/8"),
        ("CARGOHOLD_SERVER__BLOCKED_HEADERS", "User-Agent: /^greedy/; X-Team: red"),
        ("CARGOHOLD_SERVER__BLOCKED_ROUTES", "/api/v1/crates/{name}/owners"),
    ];
    let server = TestServer::start_with(Shape::Small, &settings);
    let ask = async |path: &str, header: &str, value: &str| {
        server.request(Method::GET, path).header(header, value).send().await.unwrap()
    };
    for (header, value, status) in [
        ("x-forwarded-for", "203.0.113.9", 403),
        ("x-forwarded-for", "198.51.100.1, 203.0.113.9, 10.1.2.3", 403),
        ("x-forwarded-for", "203.0.113.9, 198.51.100.1", 200),
        ("x-team", "red", 403),
        ("x-team", "reddish", 200),
    ] {
        assert_eq!(ask("/api/v1/summary", header, value).await.status(), status, "{header}: {value}");
    }
    let request = server.request(Method::GET, "/api/v1/summary").header("user-agent", "greedy/1.0");
    assert!(refusal(request.send().await.unwrap(), 403).await.contains("data access policy"));
    assert!(refusal(server.get("/api/v1/crates/any/owners").await, 503).await.contains("blocked"));
    refusal(server.get("/api/v1/crates/any").await, 404).await;
}
