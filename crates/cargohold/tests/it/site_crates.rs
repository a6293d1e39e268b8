//! The pages of crates, over HTTP.

use reqwest::{Method, Response};
use serde_json::json;

use crate::support::{Krate, Shape, TestServer, eventually, krate, on_both_shapes};

on_both_shapes!(
    a_crate_shows_what_it_is_and_how_to_use_it,
    a_page_follows_every_change_at_once,
    strangers_share_a_page_and_ask_whether_it_is_the_same,
    versions_dependencies_and_dependents_are_listed,
    files_can_be_read_and_linked,
    versions_can_be_compared,
    addresses_of_old_files_still_work,
    what_is_not_there_is_told_helpfully,
    s11_nothing_in_a_package_runs_on_the_site,
    s12_a_hostile_readme_is_inert_on_its_page,
    s45_what_people_write_about_a_crate_is_text,
    pictures_from_elsewhere_are_shown_where_the_operator_wants_them,
    s48_pages_of_a_private_registry_are_for_nobody_else,
);

/// The page of an address, which must be there.
async fn page(server: &TestServer, path: &str) -> String {
    let answer = get(server, path).await;
    let status = answer.status();
    let html = answer.text().await.unwrap();
    assert_eq!(status, 200, "{path}: {html}");
    html
}

async fn get(server: &TestServer, path: &str) -> Response {
    server.request(Method::GET, path).header("accept", "text/html,*/*;q=0.8").send().await.unwrap()
}

/// Where an address leads.
async fn led_to(server: &TestServer, path: &str) -> String {
    let answer = get(server, path).await;
    assert_eq!(answer.status(), 303, "{path}");
    answer.headers()["location"].to_str().unwrap().to_owned()
}

fn has(html: &str, parts: &[&str]) {
    for part in parts {
        assert!(html.contains(part), "no {part} in {html}");
    }
}

fn with_readme(krate: Krate, readme: &str) -> Krate {
    krate.metadata("readme", json!(readme)).metadata("readme_file", json!("README.md"))
}

/// All jobs are done, so readmes are rendered and lines counted.
async fn settled(server: &TestServer) {
    eventually("everything is made", async || server.execute_sql("SELECT COUNT(*) FROM jobs") == "0").await;
}

/// Two versions of a crate, a dependency and a dependent.
async fn publish_tides(server: &TestServer) {
    server.publish_ok(&krate("ebb").package("description = \"Goes out\"")).await;
    let tide = |version: &str| {
        krate("tide")
            .version(version)
            .package("description = \"Comes in\"")
            .package("keywords = [\"sea\"]")
            .package("repository = \"https://github.com/tide/tide\"")
            .toml("[dependencies]\nebb = { version = \"1\", optional = true }")
    };
    let readme = "# Tide\n\n```rust\nfn main() {}\n```\n\n![moon](https://pictures.example/moon.png)";
    let first = tide("1.0.0").toml("[features]\ndefault = [\"std\"]\nstd = []\nlunar = [\"dep:ebb\"]");
    let first = first.file("src/moon.rs", b"pub const PHASES: u8 = 4;\n").file("logo.png", b"\x89PNG\0\xff");
    server.publish_ok(&with_readme(first, readme)).await;
    let second = tide("1.1.0+build").package("rust-version = \"1.80\"");
    let second = second.toml("[features]\ndefault = [\"std\"]\nstd = []\nlunar = [\"dep:ebb\"]\nsolar = []");
    let second = second.file("src/moon.rs", b"pub const PHASES: u8 = 8;\n").file("logo.png", b"\x89PNG\0\xfe");
    server.publish_ok(&with_readme(second, readme)).await;
    server.publish_ok(&krate("surf").dependency("tide", "1")).await;
    settled(server).await;
}

async fn a_crate_shows_what_it_is_and_how_to_use_it(shape: Shape) {
    let server = TestServer::start(shape);
    publish_tides(&server).await;
    let html = page(&server, "/crates/TIDE").await;
    let canonical = format!("<link rel=\"canonical\" href=\"{}/crates/tide\">", server.url);
    let index = format!("index = &#34;sparse+{}/index/&#34;", server.url);
    has(
        &html,
        &[
            "<h1>tide <span class=\"version\">1.1.0+build</span>",
            "Comes in",
            "href=\"/keywords/sea\"",
            "cargo add tide <span class=\"word\">--registry cargohold</span>",
            "tide = { version = &#34;1.1.0&#34;, registry = &#34;cargohold&#34; }",
            &index,
            &canonical,
            "<dd>1.80 or later</dd>",
            "href=\"/users/admin\"",
            "href=\"https://github.com/tide/tide\"",
            "/support?inquire=crate-violation&amp;crate=tide",
            "<h2 id=\"user-content-tide\">Tide",
            "<span class=\"hk\">fn</span>",
        ],
    );
    has(&html, &["<a href=\"https://pictures.example/moon.png\" rel=\"nofollow noopener noreferrer\">moon</a>"]);
    assert!(!html.contains("<img"), "{html}");
    let html = page(&server, "/crates/tide/1.0.0").await;
    has(&html, &["cargo add tide@1.0.0 <span", "<title>tide 1.0.0 · "]);
    has(&html, &["/crates/tide/diff?from=1.0.0&amp;to=1.1.0%2Bbuild\">What is different there"]);
}

#[expect(clippy::disallowed_methods, reason = "the server under test reads the same clock")]
async fn a_page_follows_every_change_at_once(shape: Shape) {
    let server = TestServer::start(shape);
    server.publish_ok(&with_readme(krate("tide"), "first readme")).await;
    // The page may be kept before the readme is there; the readme drops it.
    page(&server, "/crates/tide").await;
    eventually("the readme is there", async || page(&server, "/crates/tide").await.contains("first readme")).await;
    server.publish_ok(&krate("tide").version("2.0.0")).await;
    has(&page(&server, "/crates/tide").await, &["<span class=\"version\">2.0.0</span>"]);
    assert_eq!(server.yank(&server.admin, "tide", "2.0.0").await.status(), 200);
    has(&page(&server, "/crates/tide").await, &["<span class=\"version\">1.0.0</span>"]);
    has(&page(&server, "/crates/tide/2.0.0").await, &["<span class=\"badge bad\">yanked</span>"]);
    // Downloads are counted without a change of the crate, so the chart of a page that is kept may be a minute old.
    let id = server.execute_sql("SELECT id FROM versions WHERE num = '1.0.0'");
    let day = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() / 86_400;
    server.execute_sql(&format!(
        "INSERT INTO version_downloads (version_id, day, downloads, counted) VALUES ({id}, {day}, 7, 7)"
    ));
    server.publish_ok(&krate("tide").version("1.0.1")).await;
    has(&page(&server, "/crates/tide").await, &["7 downloads in 90 days", "<path class=\"s0\" d=\"M758 "]);
}

async fn strangers_share_a_page_and_ask_whether_it_is_the_same(shape: Shape) {
    let server = TestServer::start(shape);
    server.publish_ok(&krate("tide")).await;
    settled(&server).await;
    let answer = get(&server, "/crates/tide").await;
    assert_eq!(answer.headers()["cache-control"], "public, no-cache");
    let policy = answer.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("img-src 'self' data:;"), "{policy}");
    let tag = answer.headers()["etag"].to_str().unwrap().to_owned();
    let again = server.request(Method::GET, "/crates/tide").header("if-none-match", &tag).send().await.unwrap();
    assert_eq!(again.status(), 304);
    server.publish_ok(&krate("tide").version("1.0.1")).await;
    let again = server.request(Method::GET, "/crates/tide").header("if-none-match", &tag).send().await.unwrap();
    assert_eq!(again.status(), 200);
}

async fn versions_dependencies_and_dependents_are_listed(shape: Shape) {
    let server = TestServer::start(shape);
    publish_tides(&server).await;
    assert_eq!(server.yank(&server.admin, "tide", "1.0.0").await.status(), 200);
    let html = page(&server, "/crates/tide/versions").await;
    has(&html, &["href=\"/crates/tide/1.1.0+build\"", "yanked", "/crates/tide/diff?from=1.0.0&#38;to=1.1.0%2Bbuild"]);
    assert!(html.find("1.1.0+build</a>") < html.find("1.0.0</a>"), "the highest comes first: {html}");
    assert!(!html.contains("yank…"), "strangers are not offered what they may not do: {html}");
    has(&page(&server, "/crates/tide/versions?sort=date&page=2").await, &["There are no versions on this page"]);
    assert_eq!(get(&server, "/crates/tide/versions?page=x").await.status(), 400);
    assert_eq!(led_to(&server, "/crates/tide/dependencies").await, "/crates/tide/1.1.0+build/dependencies");
    let html = page(&server, "/crates/tide/1.0.0/dependencies").await;
    has(&html, &["href=\"/crates/ebb\"", "^1", "optional", "Goes out"]);
    let html = page(&server, "/crates/tide/reverse_dependencies").await;
    has(&html, &["href=\"/crates/surf\"", "requires <code>^1</code>"]);
    has(&page(&server, "/crates/surf/reverse_dependencies").await, &["No crate in this registry depends on surf"]);
    let html = page(&server, "/crates/tide/1.1.0+build/features").await;
    has(&html, &["<code>solar</code>", "<code>dep:ebb</code>", "on by default"]);
    let html = page(&server, "/crates/tide/security").await;
    has(&html, &["1 of 2 versions is yanked", "href=\"/users/admin\""]);
}

async fn files_can_be_read_and_linked(shape: Shape) {
    let server = TestServer::start(shape);
    publish_tides(&server).await;
    assert_eq!(led_to(&server, "/crates/tide/code").await, "/crates/tide/1.1.0+build/code");
    let chosen = "/crates/tide/code/src/moon.rs?version=1.0.0";
    assert_eq!(led_to(&server, chosen).await, "/crates/tide/1.0.0/code/src/moon.rs");
    let html = page(&server, "/crates/tide/1.0.0/code").await;
    has(&html, &["<span class=\"row\" id=\"L1\"><a href=\"#L1\"", "<span class=\"hf\">answer</span>"]);
    has(&html, &["href=\"/crates/tide/1.0.0/code/src/moon.rs\"", "/ lib.rs</h2>"]);
    let html = page(&server, "/crates/tide/1.0.0/code/src/").await;
    has(&html, &["moon.rs</a></th><td class=\"number\">26 B</td>"]);
    has(&page(&server, "/crates/tide/1.0.0/code/logo.png").await, &["This file is not text."]);
    let raw = get(&server, "/crates/tide/1.0.0/raw/src/moon.rs").await;
    assert_eq!(raw.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(raw.headers()["cache-control"], "public, max-age=31536000, immutable");
    let tag = raw.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(raw.text().await.unwrap(), "pub const PHASES: u8 = 4;\n");
    let again = server.request(Method::GET, "/crates/tide/1.0.0/raw/src/moon.rs").header("if-none-match", tag);
    assert_eq!(again.send().await.unwrap().status(), 304);
    let raw = get(&server, "/crates/tide/1.0.0/raw/logo.png").await;
    assert_eq!(raw.headers()["content-type"], "application/octet-stream");
    assert_eq!(raw.headers()["content-disposition"], "attachment");
    assert_eq!(raw.bytes().await.unwrap().as_ref(), b"\x89PNG\0\xff");
}

async fn versions_can_be_compared(shape: Shape) {
    let server = TestServer::start(shape);
    publish_tides(&server).await;
    let html = page(&server, "/crates/tide/diff?from=1.0.0&to=1.1.0%2Bbuild").await;
    has(&html, &["rust-version", "<code>solar</code>", "the file is not text", "pub const PHASES: u8 = 8;"]);
    has(&html, &["<tr class=\"removed\">", "<tr class=\"added\">", "href=\"#file-1\"", "id=\"file-1\""]);
    // The footer leads back to where it stands.
    let shown = |html: &str| html.split_once("<footer>").unwrap().0.to_owned();
    let same = page(&server, "/crates/tide/diff").await;
    assert_eq!(shown(&same), shown(&html), "the default version, and the one below it");
    has(&page(&server, "/crates/tide/diff?from=1.0.0&to=1.0.0").await, &["Nothing has changed"]);
    for path in ["/crates/ebb/diff", "/crates/tide/diff?from=9.9.9", "/crates/tide/diff?to=x"] {
        assert_eq!(get(&server, path).await.status(), 404, "{path}");
    }
}

async fn addresses_of_old_files_still_work(shape: Shape) {
    let server = TestServer::start(shape);
    let published = krate("tide").version("1.0.0-pre.zip");
    server.publish_ok(&published).await;
    settled(&server).await;
    let tarball = get(&server, "/crates/tide/tide-1.0.0-pre.zip.crate").await;
    assert_eq!(tarball.headers()["content-type"], "application/gzip");
    assert_eq!(tarball.bytes().await.unwrap(), published.tarball());
    for file in ["tide-1.0.0-pre.zip.zip", "tide-1.0.0-pre.zip.zip.json"] {
        let request = server.request(Method::GET, &format!("/crates/tide/{file}"));
        let answer = request.header("accept-encoding", "gzip, br, zstd").send().await.unwrap();
        assert_eq!(answer.status(), 200, "{file}");
        assert!(!answer.headers().contains_key("content-encoding"), "{file}");
    }
    has(&page(&server, "/crates/tide/1.0.0-pre.zip").await, &["<title>tide · "]);
    assert_eq!(led_to(&server, "/crates/tide/range/%5E1.0.0-pre").await, "/crates/tide/1.0.0-pre.zip");
}

async fn what_is_not_there_is_told_helpfully(shape: Shape) {
    let server = TestServer::start(shape);
    publish_tides(&server).await;
    let refused = async |path: &str, parts: &[&str]| {
        let answer = get(&server, path).await;
        assert_eq!(answer.status(), 404, "{path}");
        has(&answer.text().await.unwrap(), parts);
    };
    refused("/crates/tid", &["Crate `tid` does not exist", "href=\"/crates/tide\""]).await;
    let versions = ["href=\"/crates/tide/1.1.0+build\"", "href=\"/crates/tide/1.0.0\""];
    refused("/crates/tide/9.9.9", &versions).await;
    refused("/crates/tide/9.9.9/dependencies", &versions).await;
    refused("/crates/tide/range/%5E9", &versions).await;
    refused("/crates/tide/nonsense", &["`nonsense` is no version", "href=\"/crates/tide\""]).await;
    refused("/crates/tide/1.0.0/code/nope.rs", &["has no file `nope.rs`", "href=\"/crates/tide/1.0.0/code\""]).await;
    refused("/crates/tide/1.0.0/raw/nope.rs", &["has no file `nope.rs`"]).await;
    refused("/crates/tide/docs", &["`tide` names no documentation"]).await;
    assert_eq!(led_to(&server, "/crates/tide/repo").await, "https://github.com/tide/tide");
}

const HOSTILE: &str = "\"><img src=x onerror=alert(1)><script>alert(1)</script>";

async fn s11_nothing_in_a_package_runs_on_the_site(shape: Shape) {
    let server = TestServer::start(shape);
    let theirs = format!("<!doctype html>{HOSTILE}");
    // What HTML needs to be markup is refused in the names of files; this is what is left.
    let name = "src/a' onclick=x &lt;b&gt; %3Cscript%3E #1.html";
    let hostile = krate("tide").file("evil.html", theirs.as_bytes()).file("evil.svg", theirs.as_bytes());
    server.publish_ok(&hostile).await;
    server.publish_ok(&hostile.version("1.1.0").file(name, theirs.as_bytes())).await;
    settled(&server).await;
    let encoded = "/code/src/a'%20onclick=x%20&amp;lt;b&amp;gt;%20%253Cscript%253E%20%231.html";
    let html = page(&server, "/crates/tide/1.1.0/code").await;
    let path = encoded.replace("&amp;", "&");
    has(&html.replace("&#38;", "&amp;").replace("&#39;", "'"), &[&format!("href=\"/crates/tide/1.1.0{encoded}\"")]);
    let paths = ["/crates/tide/1.0.0/code/evil.html", "/crates/tide/diff", &format!("/crates/tide/1.1.0{path}")];
    for path in paths {
        let html = page(&server, path).await;
        for forbidden in ["<script>", "<img", "<b>"] {
            assert!(!html.contains(forbidden), "{forbidden} on {path}: {html}");
        }
    }
    for file in ["evil.html", "evil.svg"] {
        let raw = get(&server, &format!("/crates/tide/1.0.0/raw/{file}")).await;
        assert_eq!(raw.headers()["content-type"], "text/plain; charset=utf-8");
        assert_eq!(raw.headers()["x-content-type-options"], "nosniff");
        assert_eq!(raw.headers()["content-security-policy"], "default-src 'none'; sandbox");
    }
}

async fn s12_a_hostile_readme_is_inert_on_its_page(shape: Shape) {
    let server = TestServer::start(shape);
    let readme = format!(
        "{HOSTILE}\n\n<svg onload=alert(1)></svg><a href=\"javascript:alert(1)\" onclick=alert(1) style=\"position:fixed\">a</a>\
         \n\n![\"><script>alert(1)</script>](https://e.example/x.png)\n\n<video src=\"https://e.example/x.mp4\"></video>\n\n\
         ```\"><script>alert(1)</script>\nx\n```\n\n<form action=https://evil.example><input name=form_token></form>"
    );
    server.publish_ok(&with_readme(krate("tide"), &readme)).await;
    settled(&server).await;
    let html = page(&server, "/crates/tide").await;
    has(&html, &["&lt;script&gt;alert(1)&lt;/script&gt;"]);
    for forbidden in
        ["<script>", "<img", "<video", "<svg onload", "onclick", "javascript:", "style=", "evil.example", "form_token"]
    {
        assert!(!html.contains(forbidden), "{forbidden} in {html}");
    }
}

async fn s45_what_people_write_about_a_crate_is_text(shape: Shape) {
    let server = TestServer::start(shape);
    let text = HOSTILE.replace('"', "'");
    let hostile = |version: &str| krate("tide").version(version).package(&format!("description = \"{text}\""));
    server
        .publish_ok(&hostile("1.0.0").package("repository = \"https://tide.example/'><script>alert(1)</script>\""))
        .await;
    let patch = json!({ "version": { "yanked": true, "yank_message": HOSTILE } });
    let request =
        server.request(Method::PATCH, "/api/v1/crates/tide/1.0.0").header("authorization", &server.admin.token);
    assert_eq!(request.json(&patch).send().await.unwrap().status(), 200);
    server.publish_ok(&hostile("1.1.0")).await;
    settled(&server).await;
    let paths = ["/crates/tide", "/crates/tide/1.0.0", "/crates/tide/versions", "/crates/tide/security"];
    for path in paths {
        let html = page(&server, path).await;
        has(&html, &["&#60;script&#62;"]);
        assert!(!html.contains("<script>") && !html.contains("<img"), "{path}: {html}");
    }
}

async fn pictures_from_elsewhere_are_shown_where_the_operator_wants_them(shape: Shape) {
    let server = TestServer::start_with(shape, &[("CARGOHOLD_SITE__EXTERNAL_IMAGES", "true")]);
    let pictures = "![moon](https://pictures.example/moon.png) ![sun](http://pictures.example/sun.png)";
    let readme = format!("{pictures} ![own]({}/admin/audit/verify)", server.url);
    server.publish_ok(&with_readme(krate("tide"), &readme)).await;
    settled(&server).await;
    let answer = get(&server, "/crates/tide").await;
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("img-src 'self' https: data:;"), "{policy}");
    let html = answer.text().await.unwrap();
    has(&html, &["<img src=\"https://pictures.example/moon.png\" alt=\"moon\">", ">sun</a>", ">own</a>"]);
    let other = get(&server, "/crates/tide/versions").await;
    let policy = other.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("img-src 'self' data:;"), "only pages with readmes need more: {policy}");
}

async fn s48_pages_of_a_private_registry_are_for_nobody_else(shape: Shape) {
    let server = TestServer::start_with(shape, &[("CARGOHOLD_REGISTRY__AUTH_REQUIRED", "true")]);
    assert_eq!(server.publish(&server.admin, &krate("secret")).await.status(), 200);
    for path in ["/crates/secret", "/crates/none", "/crates/secret/1.0.0/raw/src/lib.rs"] {
        let led = led_to(&server, path).await;
        assert!(led.starts_with("/sign-in?to="), "{led}");
        let request = server.request(Method::GET, path).header("authorization", &server.admin.token);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), if path == "/crates/none" { 404 } else { 200 }, "{path}");
        let kept = answer.headers()["cache-control"].to_str().unwrap();
        assert!(kept.starts_with("private") || kept == "no-store", "{path}: {kept}");
    }
}
