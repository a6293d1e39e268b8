//! Requirements of the incident catalogue, by their ids, against a running server. What concerns the archive alone is
//! tested in `package`.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use tar::{EntryType, Header};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{
    Krate, Mailbox, Shape, TestServer, add_file, add_odd, frame, gzip, krate, on_both_shapes, refusal,
};

on_both_shapes!(
    s01_s02_entries_that_are_no_files_or_folders_are_refused,
    s03_paths_outside_the_package_are_refused,
    s07_two_manifests_are_refused,
    s08_metadata_that_contradicts_the_manifest_is_refused,
    s09_one_kind_of_archive_is_read_and_nothing_rides_along,
    s22_names_and_versions_with_dashes_do_not_run_into_each_other,
    s23_the_crate_that_is_checked_is_the_crate_in_the_tarball,
    s40_arbitrary_bytes_never_break_the_server,
    s44_a_name_one_letter_away_from_another_is_pointed_out,
    s44_operators_are_told_of_a_strangers_crate_that_looks_like_another,
    s45_names_that_could_be_markup_are_refused_everywhere,
    s46_lines_that_old_cargo_would_misread_say_so,
    s47_nobody_makes_the_index_of_others_huge,
    s59_searches_are_bounded_whatever_is_asked,
);

/// A package with one more entry.
fn with_entry(name: &str, path: &str, kind: EntryType, mode: u32) -> Krate {
    let base = krate(name);
    let mut tar = base.tar();
    add_odd(&mut tar, format!("{name}-1.0.0/{path}").as_bytes(), kind, mode);
    let tarball = gzip(&tar.into_inner().unwrap());
    base.tarball_bytes(tarball)
}

async fn s01_s02_entries_that_are_no_files_or_folders_are_refused(shape: Shape) {
    let server = TestServer::start(shape);
    for kind in [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Fifo,
        EntryType::Char,
        EntryType::Block,
        EntryType::Continuous,
        EntryType::GNUSparse,
        EntryType::XGlobalHeader,
        EntryType::new(b'?'),
    ] {
        let text = server.publish_refused(&with_entry("linked", "x", kind, 0o644), 400).await;
        assert!(text.contains("linked-1.0.0/x") || text.contains("tar"), "{kind:?}: {text}");
    }
    let text = server.publish_refused(&with_entry("linked", ".cargo-ok", EntryType::Regular, 0o644), 400).await;
    assert!(text.contains(".cargo-ok"), "{text}");
    let text = server.publish_refused(&with_entry("linked", "x", EntryType::Regular, 0o4755), 400).await;
    assert!(text.contains("setuid"), "s06: {text}");
    assert!(server.index("linked").await.is_none());
    server.publish_ok(&with_entry("linked", "src/", EntryType::Directory, 0o755)).await;
}

async fn s03_paths_outside_the_package_are_refused(shape: Shape) {
    let server = TestServer::start(shape);
    for path in [
        "bar-0.1.0/x",
        "/etc/passwd",
        "./outside-1.0.0/x",
        "outside-1.0.0-evil/x",
        "outside-1.0.0/../x",
        "outside-1.0.0/a/./b",
        "outside-1.0.0/C:x",
        "outside-1.0.0/a\\b",
        "outside-1.0.0/nul.txt",
        "outside-1.0.0/trailing.",
        "outside-1.0.0/space /x",
        "outside-1.0.0/\u{7}bell",
        "Outside-1.0.0/x",
    ] {
        let base = krate("outside");
        let mut tar = base.tar();
        add_odd(&mut tar, path.as_bytes(), EntryType::Regular, 0o644);
        let tarball = gzip(&tar.into_inner().unwrap());
        server.publish_refused(&base.tarball_bytes(tarball), 400).await;
    }
    let base = krate("outside");
    let mut tar = base.tar();
    add_odd(&mut tar, b"outside-1.0.0/\xff", EntryType::Regular, 0o644);
    let tarball = gzip(&tar.into_inner().unwrap());
    let text = server.publish_refused(&base.tarball_bytes(tarball), 400).await;
    assert!(text.contains("UTF-8"), "{text}");
}

async fn s07_two_manifests_are_refused(shape: Shape) {
    let server = TestServer::start(shape);
    for second in ["cargo.toml", "Cargo.toml", "CARGO.TOML"] {
        let base = krate("twice");
        let mut tar = base.tar();
        add_file(&mut tar, &format!("twice-1.0.0/{second}"), base.manifest().as_bytes());
        let tarball = gzip(&tar.into_inner().unwrap());
        let text = server.publish_refused(&base.tarball_bytes(tarball), 400).await;
        assert!(text.contains("twice"), "{text}");
    }
}

async fn s08_metadata_that_contradicts_the_manifest_is_refused(shape: Shape) {
    let server = TestServer::start(shape);
    server.publish_ok(&krate("real")).await;
    let honest = krate("honest")
        .toml("[dependencies.alias]\npackage = \"real\"\nversion = \"1\"\noptional = true\n[features]\nf = [\"dep:alias\"]")
        .package("links = \"z\"");
    let deps = json!([{ "name": "real", "version_req": "^1", "kind": "normal", "explicit_name_in_toml": "alias",
        "optional": true, "default_features": true, "features": [], "target": null }]);
    for (member, value, words) in [
        ("deps", json!([]), "dependencies"),
        ("deps", json!([{ "name": "other", "kind": "normal", "explicit_name_in_toml": "alias" }]), "dependencies"),
        ("deps", json!([{ "name": "real", "kind": "build", "explicit_name_in_toml": "alias" }]), "dependencies"),
        ("deps", json!([{ "name": "real", "kind": "normal" }]), "dependencies"),
        ("features", json!({}), "features"),
        ("features", json!({ "f": [] }), "features"),
        ("links", json!(null), "links"),
        ("links", json!("y"), "links"),
    ] {
        let text = server.publish_refused(&honest.clone().metadata(member, value), 400).await;
        assert!(text.contains(words), "{text}");
    }
    let text =
        server.put_publish(&server.admin, frame(br#"{"name":"Honest","vers":"1.0.0"}"#, &honest.tarball())).await;
    assert_eq!(text.status(), 400);
    let agreed =
        honest.metadata("deps", deps).metadata("features", json!({ "f": ["dep:alias"] })).metadata("links", json!("z"));
    server.publish_ok(&agreed).await;
}

/// An archive that another reader would take for something else is where two readers see different files.
async fn s09_one_kind_of_archive_is_read_and_nothing_rides_along(shape: Shape) {
    const EMPTY_ZIP: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let server = TestServer::start(shape);
    let good = krate("archive");
    let tar = good.tar().into_inner().unwrap();
    for (what, tarball) in [
        ("a zip", EMPTY_ZIP.to_vec()),
        ("a zip inside gzip", gzip(EMPTY_ZIP)),
        ("a bare tar", tar.clone()),
        ("gzip inside gzip", gzip(&gzip(&tar))),
        ("a zip behind the gzip", [gzip(&tar), EMPTY_ZIP.to_vec()].concat()),
        ("a second gzip member", [gzip(&tar), gzip(&tar)].concat()),
        ("a zip behind the tar", gzip(&[&tar[..], EMPTY_ZIP].concat())),
    ] {
        let text = server.publish_refused(&good.clone().tarball_bytes(tarball), 400).await;
        assert!(text.contains("cargo package") || text.contains("Cargo.toml"), "{what}: {text}");
    }
    assert!(server.index("archive").await.is_none());
    server.publish_ok(&good).await;
}

async fn s22_names_and_versions_with_dashes_do_not_run_into_each_other(shape: Shape) {
    let server = TestServer::start(shape);
    let (victim, attacker) = (server.user("victim"), server.user("attacker"));
    let theirs = krate("rails-html").version("1.0.0-sanitizer-1.4.2");
    assert_eq!(server.publish(&attacker, &theirs).await.status(), 200);
    let mine = krate("rails-html-1").version("0.0.0-sanitizer-1.4.2");
    assert_eq!(server.publish(&victim, &mine).await.status(), 200);
    assert_eq!(server.yank(&attacker, "rails-html", "1.0.0-sanitizer-1.4.2").await.status(), 200);
    assert_eq!(server.index_lines("rails-html-1").await[0]["yanked"], false);
    assert_eq!(server.yank(&attacker, "rails-html-1", "0.0.0-sanitizer-1.4.2").await.status(), 403);
    let path = "/crates/rails-html/rails-html-1-0.0.0-sanitizer-1.4.2.crate";
    assert_eq!(server.get(path).await.status(), 404);
    assert_eq!(server.download("rails-html-1", "0.0.0-sanitizer-1.4.2").await.bytes().await.unwrap(), mine.tarball());
}

async fn s23_the_crate_that_is_checked_is_the_crate_in_the_tarball(shape: Shape) {
    let server = TestServer::start(shape);
    let (victim, attacker) = (server.user("victim"), server.user("attacker"));
    assert_eq!(server.publish(&victim, &krate("target")).await.status(), 200);
    let before = server.index("target").await;
    let evil = krate("target").version("9.9.9");
    // The metadata names a crate of the attacker's own, the folder or the manifest inside names the victim's.
    for metadata in [r#"{"name":"mine","vers":"9.9.9"}"#, r#"{"name":"target","vers":"9.9.9"}"#] {
        let status = server.put_publish(&attacker, frame(metadata.as_bytes(), &evil.tarball())).await.status().as_u16();
        assert!(matches!(status, 400 | 403), "{status}");
    }
    let mut tar = tar::Builder::new(Vec::new());
    add_file(&mut tar, "mine-9.9.9/Cargo.toml", evil.manifest().as_bytes());
    let mixed = frame(br#"{"name":"mine","vers":"9.9.9"}"#, &gzip(&tar.into_inner().unwrap()));
    assert_eq!(server.put_publish(&attacker, mixed).await.status(), 400);
    assert_eq!(server.index("target").await, before);
    assert!(server.index("mine").await.is_none());
}

async fn s40_arbitrary_bytes_never_break_the_server(shape: Shape) {
    let server = TestServer::start(shape);
    let good = krate("fuzzed").publish_body();
    let mut state = 7u64;
    let mut random = move |limit: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % limit
    };
    for _ in 0..300 {
        let mut body = good.clone();
        for _ in 0..=random(4) {
            let at = random(body.len());
            body[at] = u8::try_from(random(256)).unwrap();
        }
        body.truncate(random(good.len()) + 1);
        let status = server.put_publish(&server.admin, body).await.status().as_u16();
        assert!((400..500).contains(&status) || status == 200, "{status}");
    }
    for announced in [u32::MAX, 1 << 31, 1 << 20] {
        let body = [&announced.to_le_bytes()[..], b"{}"].concat();
        let status = server.put_publish(&server.admin, body).await.status().as_u16();
        assert!(matches!(status, 400 | 413), "{status}");
    }
    assert!(!server.log().contains("panicked"));
}

async fn s44_a_name_one_letter_away_from_another_is_pointed_out(shape: Shape) {
    let server = TestServer::start(shape);
    server.publish_ok(&krate("serde-like")).await;
    server.search("serde-like").await;
    for similar in ["serde-lke", "sedre_like", "serde-likes"] {
        let answer = server.publish_ok(&krate(similar)).await;
        let hints = answer["warnings"]["other"].to_string();
        assert!(hints.contains("`serde-like`"), "{similar}: {hints}");
    }
    let answer = server.publish_ok(&krate("unlike")).await;
    assert_eq!(answer["warnings"]["other"], json!([]));
    let again = server.publish_ok(&krate("serde-lke").version("1.0.1")).await;
    assert_eq!(again["warnings"]["other"], json!([]), "an existing crate is not told again");
}

async fn s44_operators_are_told_of_a_strangers_crate_that_looks_like_another(shape: Shape) {
    let mailbox = Mailbox::new();
    let (transport, operator) = (mailbox.transport(), "watch@registry.example");
    let settings = [("CARGOHOLD_MAIL__TRANSPORT", &*transport), ("CARGOHOLD_MAIL__OPERATORS", operator)];
    let server = TestServer::start_with(shape, &settings);
    server.publish_ok(&krate("tidal")).await;
    server.search("tidal").await;
    server.publish_ok(&krate("tidak")).await;
    server.search("tidak").await;
    let stranger = server.user("stranger");
    assert_eq!(server.publish(&stranger, &krate("tidall")).await.status(), 200);
    let mail = mailbox.wait_for(operator, "tidall").await;
    assert!(mail.text.contains("`tidal`"), "{}", mail.text);
    assert_eq!(mailbox.subjects(operator).len(), 1, "whoever owns both does not imitate");
}

/// A gzip'd tar whose one entry announces and holds a GiB of zeros.
fn gibibyte_of_zeros(path: &str, kind: EntryType) -> Vec<u8> {
    const LEN: u64 = 1 << 30;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let mut header = Header::new_gnu();
    header.set_path(path).unwrap();
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(LEN);
    header.set_cksum();
    encoder.write_all(header.as_bytes()).unwrap();
    let block = vec![0; 1 << 20];
    for _ in 0..LEN >> 20 {
        encoder.write_all(&block).unwrap();
    }
    encoder.finish().unwrap()
}

#[tokio::test]
async fn s04_a_zip_bomb_costs_little_memory() {
    const MAX_GROWTH_KIB: u64 = 20 * 1024;
    let server = TestServer::start(Shape::Small);
    // The first large publish fills the allocator's pools; what counts is what a bomb adds to that.
    server.publish_ok(&krate("warm").file("zeros", &vec![0; 2 << 20])).await;
    for (path, kind) in [
        ("bomb-1.0.0/zeros", EntryType::Regular),
        ("bomb-1.0.0/Cargo.toml", EntryType::Regular),
        ("bomb-1.0.0/long", EntryType::GNULongName),
        ("bomb-1.0.0/pax", EntryType::XHeader),
    ] {
        let bomb = krate("bomb").tarball_bytes(gibibyte_of_zeros(path, kind));
        server.take_peak_kib();
        let before = server.take_peak_kib();
        server.publish_refused(&bomb, 400).await;
        let grown = server.take_peak_kib().saturating_sub(before);
        assert!(grown < MAX_GROWTH_KIB, "{path} ({kind:?}) cost {grown} KiB");
    }
}

#[tokio::test]
async fn s21_no_path_but_the_roots_serves_a_configuration() {
    let server = TestServer::start(Shape::Small);
    for path in ["/index.git/config.json", "/index/index/config.json", "/index/co/nf/config.json", "/config.json"] {
        assert_eq!(server.get(path).await.status(), 404, "{path}");
    }
    server.publish_refused(&krate("config.json"), 400).await;
    let config: serde_json::Value = server.get("/index/config.json").await.json().await.unwrap();
    assert!(config["dl"].as_str().unwrap().starts_with(&server.url));
    assert_eq!(config["api"], server.url.as_str());
}

/// Feature, keyword and category names end up in reports, pages and feeds of others.
async fn s45_names_that_could_be_markup_are_refused_everywhere(shape: Shape) {
    let server = TestServer::start(shape);
    let markup = "<img src=x onerror=alert(1)>";
    for section in [
        format!("[features]\n'{markup}' = []"),
        format!("[features]\nplain = ['{markup}']"),
        format!("[features]\nplain = ['dep:{markup}']"),
    ] {
        server.publish_refused(&krate("marked").toml(&section), 400).await;
    }
    for line in [format!("keywords = ['{markup}']"), format!("categories = ['{markup}']")] {
        server.publish_refused(&krate("marked").package(&line), 400).await;
    }
    server.publish_ok(&krate("marked").package(&format!("homepage = 'https://example.org/{markup}'"))).await;
    let described = krate("described").package(&format!("authors = ['{markup}']"));
    server.publish_ok(&described).await;
    assert_eq!(server.get("/api/v1/crates/described").await.headers()["content-type"], "application/json");
    assert_eq!(server.get("/api/v1/crates/described").await.headers()["x-content-type-options"], "nosniff");
}

/// Cargo before 1.60 passes over lines with `"v":2`, and never looks into `features2`.
async fn s46_lines_that_old_cargo_would_misread_say_so(shape: Shape) {
    let server = TestServer::start(shape);
    server.publish_ok(&krate("engine")).await;
    let section = "[dependencies]\nmotor = { package = 'engine', version = '1', optional = true }\n\
                   [features]\nold = []\nnew = ['dep:motor']\nweak = ['motor?/std']\nboth = ['new', 'old']";
    server.publish_ok(&krate("boat").toml(section)).await;
    let line = &server.index_lines("boat").await[0];
    assert_eq!(line["v"], 2);
    assert_eq!(line["features"], json!({ "old": [] }), "nothing that old cargo cannot read");
    let split: Vec<&String> = line["features2"].as_object().unwrap().keys().collect();
    assert_eq!(split, ["both", "new", "weak"]);
    let dependency = &line["deps"][0];
    assert_eq!((&dependency["name"], &dependency["package"]), (&json!("motor"), &json!("engine")), "renamed");
}

async fn s47_nobody_makes_the_index_of_others_huge(shape: Shape) {
    let server = TestServer::start(shape);
    let features = |count: usize, values: usize| {
        let values = vec![format!("'{}'", "v".repeat(18)); values].join(",");
        let lines = (0..count).map(|index| format!("f{index} = [{values}]\n")).collect::<String>();
        krate("icons").toml(&format!("[features]\n{lines}"))
    };
    let text = server.publish_refused(&features(301, 0), 400).await;
    assert!(text.contains("300"), "{text}");
    let text = server.publish_refused(&features(1, 301), 400).await;
    assert!(text.contains("300"), "{text}");
    let text = server.publish_refused(&features(299, 200), 400).await;
    assert!(text.contains("bytes in the index"), "{text}");
    assert!(server.index("icons").await.is_none());
    server.publish_ok(&features(300, 3)).await;
    let versions = server.get("/api/v1/crates/icons/versions?per_page=1").await;
    assert_eq!(versions.json::<serde_json::Value>().await.unwrap()["meta"]["total"], 1);
}

/// Wildcards, regular expressions and sheer length are no way to keep the server busy: pages end, ranks end, and what is looked
/// at of a text ends.
async fn s59_searches_are_bounded_whatever_is_asked(shape: Shape) {
    let server = TestServer::start(shape);
    server.publish_ok(&krate("percent")).await;
    let long = "a".repeat(20_000);
    let stars = "%25".repeat(3_000);
    for text in [
        "%25",
        "_",
        "%25%25%25",
        ".*",
        "(a%2B)%2B%24",
        "[",
        "\\",
        "*",
        &long,
        &stars,
        &"_".repeat(5_000),
        &"a%20".repeat(5_000),
    ] {
        let answer = server.get(&format!("/api/v1/crates?q={text}")).await;
        assert_eq!(answer.status(), 200, "{}", &text[..text.len().min(40)]);
    }
    for page in ["page=201", "q=percent&page=101", "q=percent&page=200&per_page=100", "per_page=101", "page=4294967296"]
    {
        let text = refusal(server.get(&format!("/api/v1/crates?{page}")).await, 400).await;
        assert!(!text.is_empty());
    }
    refusal(server.get("/api/v1/crates/percent/reverse_dependencies?page=201").await, 400).await;
    assert_eq!(server.get("/api/v1/crates?page=200&per_page=100").await.status(), 200);
}

/// Sends a request to the letter, as no client library would, and answers the whole response.
async fn send_raw(server: &TestServer, path: &str) -> String {
    let address = server.url.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nUser-Agent: x\r\nConnection: close\r\n\r\n");
    // The server may stop reading before it has all of it.
    _ = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// What cannot even be read as a request is refused in words.
#[tokio::test]
async fn requests_that_nobody_can_read_get_a_sentence() {
    let server = TestServer::start(Shape::Small);
    for (path, status) in [
        (format!("/api/v1/crates?q={}", "a".repeat(70_000)), 414),
        (format!("/api/v1/crates?q={}", "a".repeat(10_000_000)), 431),
        ("/api/v1/crates HTTP/9.9".to_owned(), 400),
        ("/ HTTP/1.1\r\nno colon".to_owned(), 400),
    ] {
        let answer = send_raw(&server, &path).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{status}: {head}");
        let json: serde_json::Value = serde_json::from_str(body).unwrap();
        assert!(!json["errors"][0]["detail"].as_str().unwrap().is_empty());
    }
}

/// The folder of the database holds a key: no spelling of a path leads out of what is served.
#[tokio::test]
async fn s15_no_spelling_of_a_path_reads_a_file_of_the_server() {
    let server = TestServer::start(Shape::Small);
    let secret = std::fs::read_to_string(server.data_dir().join("secret.key")).unwrap();
    server.publish_ok(&krate("kept")).await;
    let ups = [
        "..",
        "%2e%2e",
        "..%2f..",
        "%2e%2e%2f%2e%2e",
        "%2f..%2f..",
        "..%5c..",
        "..\\..",
        "%c0%ae%c0%ae",
        "%c0%af..",
        "%252e%252e",
        "....//",
        "..;",
        "%00",
    ];
    for root in [
        "/",
        "/crates/",
        "/crates/kept/",
        "/readmes/",
        "/readmes/kept/",
        "/rss/",
        "/rss/crates/",
        "/index/",
        "/schemas/",
        "/assets/",
        "/api/v1/crates/",
    ] {
        for up in ups {
            for tail in ["/secret.key", "%2fsecret.key", "/data/secret.key", "/../../../../etc/passwd"] {
                let path = format!("{root}{up}{tail}");
                let answer = send_raw(&server, &path).await;
                assert!(!answer.contains(secret.trim()) && !answer.contains("root:"), "{path}");
                let status: u16 = answer.split(' ').nth(1).unwrap().parse().unwrap();
                assert!((400..500).contains(&status), "{path}: {status}");
            }
        }
    }
}

/// What is the same for everybody says so to caches, and nothing varies by cookie.
#[tokio::test]
async fn s49_public_answers_can_be_cached_and_never_vary_by_cookie() {
    let server = TestServer::start(Shape::Small);
    server.publish_ok(&krate("shared")).await;
    let rows = [
        ("/index/config.json", Some("public, max-age=0, must-revalidate")),
        ("/index/sh/ar/shared", Some("public, max-age=0, must-revalidate")),
        ("/crates/shared/1.0.0/download", Some("public, max-age=31536000, immutable")),
        ("/api/v1/summary", Some("public, max-age=15")),
        ("/api/v1/site_metadata", Some("public, max-age=15")),
        ("/api/v1/crates", None),
        ("/api/v1/crates/shared", None),
        ("/api/v1/crates/shared/1.0.0", None),
        ("/api/v1/crates/shared/versions", None),
        ("/api/v1/crates/shared/downloads", None),
        ("/api/v1/crates/shared/reverse_dependencies", None),
        ("/api/v1/crates/shared/owners", None),
        ("/api/v1/crates/shared/1.0.0/download", None),
        ("/api/v1/crates/shared/1.0.0/readme", None),
        ("/api/v1/keywords", None),
        ("/api/v1/categories", None),
        ("/api/v1/category_slugs", None),
        ("/api/openapi.json", None),
    ];
    for (path, caching) in rows {
        let request = server.request(reqwest::Method::GET, path).header("cookie", "cargo_session=stranger; other=1");
        let answer = request.header("accept-encoding", "gzip").send().await.unwrap();
        assert!(answer.status().is_success() || answer.status() == 302, "{path}: {}", answer.status());
        let value = |name: &str| {
            answer
                .headers()
                .get_all(name)
                .iter()
                .map(|value| value.to_str().unwrap().to_owned())
                .collect::<Vec<_>>()
                .join(", ")
        };
        assert!(!value("vary").contains("cookie") && !answer.headers().contains_key("set-cookie"), "{path}");
        assert_eq!(answer.headers().get("cache-control").map(|value| value.to_str().unwrap()), caching, "{path}");
    }
}
