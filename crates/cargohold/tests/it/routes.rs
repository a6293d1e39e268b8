//! The outside of the API: which operations there are, and what all their answers have in common (contract §1).

use std::io::Read;

use reqwest::Method;
use serde_json::Value;

use crate::support::{RawAnswer, Shape, TestServer, krate, on_both_shapes, refusal};

on_both_shapes!(every_operation_exists);

const NAMED: &str = "User-Agent: a-test";

/// Method, path, and what a stranger gets of an empty registry.
const OPERATIONS: &[(&str, &str, u16)] = &[
    ("GET", "/api/v1/crates", 200),
    ("GET", "/api/v1/suggest", 200),
    ("GET", "/api/v1/crates/new", 404),
    ("PUT", "/api/v1/crates/new", 400),
    ("GET", "/api/v1/crates/a", 404),
    ("PATCH", "/api/v1/crates/a", 415),
    ("DELETE", "/api/v1/crates/a", 403),
    ("GET", "/api/v1/crates/a/versions", 404),
    ("GET", "/api/v1/crates/a/downloads", 404),
    ("GET", "/api/v1/crates/a/reverse_dependencies", 404),
    ("PUT", "/api/v1/crates/a/follow", 403),
    ("DELETE", "/api/v1/crates/a/follow", 403),
    ("GET", "/api/v1/crates/a/following", 403),
    ("GET", "/api/v1/crates/a/owners", 404),
    ("PUT", "/api/v1/crates/a/owners", 415),
    ("DELETE", "/api/v1/crates/a/owners", 415),
    ("GET", "/api/v1/crates/a/owner_user", 404),
    ("GET", "/api/v1/crates/a/owner_team", 404),
    ("POST", "/api/v1/teams", 415),
    ("GET", "/api/v1/teams/github:no:team", 404),
    ("GET", "/api/v1/teams/%00", 404),
    ("PATCH", "/api/v1/teams/local:no:team", 415),
    ("DELETE", "/api/v1/teams/local:no:team", 403),
    ("GET", "/api/v1/teams/local:no:team/members", 404),
    ("PUT", "/api/v1/teams/local:no:team/members", 415),
    ("DELETE", "/api/v1/teams/local:no:team/members", 415),
    ("GET", "/api/private/crate_owner_invitations", 403),
    ("GET", "/api/v1/me/crate_owner_invitations", 403),
    ("PUT", "/api/v1/me/crate_owner_invitations/1", 415),
    ("PUT", "/api/v1/me/crate_owner_invitations/accept/none", 404),
    ("GET", "/api/v1/crates/a/1.0.0", 404),
    ("PATCH", "/api/v1/crates/a/1.0.0", 415),
    ("DELETE", "/api/v1/crates/a/1.0.0/yank", 404),
    ("PUT", "/api/v1/crates/a/1.0.0/unyank", 404),
    ("GET", "/api/v1/crates/a/1.0.0/download", 302),
    ("GET", "/api/v1/crates/a/1.0.0/readme", 302),
    ("GET", "/api/v1/crates/a/1.0.0/dependencies", 404),
    ("GET", "/api/v1/crates/a/1.0.0/downloads", 404),
    ("GET", "/api/v1/crates/a/1.0.0/authors", 200),
    ("GET", "/api/v1/crates/1abc/no-version/authors", 200),
    ("POST", "/api/v1/crates/a/1.0.0/rebuild_docs", 403),
    ("GET", "/api/v1/keywords", 200),
    ("GET", "/api/v1/keywords/a", 404),
    ("GET", "/api/v1/categories", 200),
    ("GET", "/api/v1/categories/os", 200),
    ("GET", "/api/v1/categories/nope", 404),
    ("GET", "/api/v1/category_slugs", 200),
    ("GET", "/api/v1/me", 403),
    ("GET", "/api/v1/me/updates", 403),
    ("PUT", "/api/v1/me/email_notifications", 415),
    ("GET", "/api/v1/me/tokens", 403),
    ("PUT", "/api/v1/me/tokens", 415),
    ("DELETE", "/api/v1/me/tokens", 403),
    ("GET", "/api/v1/me/tokens/1", 403),
    ("DELETE", "/api/v1/me/tokens/1", 403),
    ("DELETE", "/api/v1/tokens/current", 403),
    ("GET", "/api/v1/users/nobody", 404),
    ("PUT", "/api/v1/users/1", 415),
    ("GET", "/api/v1/users/1/stats", 200),
    ("PUT", "/api/v1/users/1/resend", 403),
    ("PUT", "/api/v1/confirm/none", 400),
    ("GET", "/api/private/admin_list/admin", 403),
    ("POST", "/api/v1/secret_scanning/verify", 404),
    ("POST", "/api/github/secret-scanning/verify", 404),
    ("GET", "/api/v1/summary", 200),
    ("GET", "/api/v1/site_metadata", 200),
    ("POST", "/api/v1/trusted_publishing/tokens", 415),
    ("DELETE", "/api/v1/trusted_publishing/tokens", 401),
    ("GET", "/api/v1/trusted_publishing/github_configs", 400),
    ("POST", "/api/v1/trusted_publishing/github_configs", 415),
    ("DELETE", "/api/v1/trusted_publishing/github_configs/1", 404),
    ("GET", "/api/v1/trusted_publishing/gitlab_configs", 400),
    ("POST", "/api/v1/trusted_publishing/gitlab_configs", 415),
    ("DELETE", "/api/v1/trusted_publishing/gitlab_configs/1", 404),
    ("GET", "/api/v1/trusted_publishing/oidc_configs", 400),
    ("POST", "/api/v1/trusted_publishing/oidc_configs", 415),
    ("DELETE", "/api/v1/trusted_publishing/oidc_configs/1", 404),
    ("GET", "/api/openapi.json", 200),
    ("GET", "/api/openapi.json?internal", 200),
    ("POST", "/api/private/session", 415),
    ("DELETE", "/api/private/session", 200),
];

async fn every_operation_exists(shape: Shape) {
    let server = TestServer::start(shape);
    for &(method, path, status) in OPERATIONS {
        let answer = server.raw(&format!("{method} {path}"), &[NAMED, "Content-Length: 0"]).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
        if status >= 400 {
            envelope(&answer);
        }
        check_headers(&answer);
        let is_api = path.starts_with("/api/");
        assert_eq!(answer.header("access-control-allow-origin").as_deref(), is_api.then_some("*"), "{method} {path}");
        if method == "GET" {
            let head = server.raw(&format!("HEAD {path}"), &[NAMED]).await;
            assert_eq!((head.status, head.body.len()), (status, 0), "HEAD {path}");
            for header in answer.header_names().into_iter().filter(|name| !matches!(*name, "date" | "x-request-id")) {
                let same = head.header(header) == answer.header(header);
                assert!(same || (header == "content-length" && answer.body.is_empty()), "HEAD {path}: {header}");
            }
        }
    }
}

/// The one sentence of an error.
fn envelope(answer: &RawAnswer) -> String {
    assert_eq!(answer.header("content-type").as_deref(), Some("application/json"), "{answer:?}");
    let json: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((json.as_object().unwrap().len(), json["errors"].as_array().unwrap().len()), (1, 1));
    assert_eq!(json["errors"][0].as_object().unwrap().len(), 1);
    json["errors"][0]["detail"].as_str().unwrap().to_owned()
}

/// What every answer has that a handler gave (contract §1.5).
fn check_headers(answer: &RawAnswer) {
    assert_eq!(answer.header("strict-transport-security").as_deref(), Some("max-age=31536000"));
    let guards = [("x-content-type-options", "nosniff"), ("x-frame-options", "SAMEORIGIN"), ("x-xss-protection", "0")];
    let is_guarded = matches!(answer.status, 200 | 201 | 203 | 204 | 206 | 301 | 303 | 304 | 307 | 308);
    for (name, value) in guards {
        assert_eq!(answer.header(name).as_deref(), is_guarded.then_some(value), "{answer:?}");
    }
    for name in ["etag", "last-modified", "access-control-allow-methods", "access-control-allow-headers"] {
        assert_eq!(answer.header(name), None, "{answer:?}");
    }
    let vary = answer.header("vary").unwrap_or_default();
    assert_eq!(vary.contains("accept-encoding"), answer.body.len() >= 32, "{answer:?}");
}

#[tokio::test]
async fn other_methods_are_refused_with_the_right_ones() {
    let server = TestServer::start(Shape::Small);
    let cases = [
        ("/api/v1/crates/new", "PUT,GET,HEAD", "DELETE PATCH POST OPTIONS FOO TRACE"),
        ("/api/v1/crates/a", "GET,HEAD,PATCH,DELETE", "PUT POST OPTIONS FOO TRACE"),
        ("/api/v1/crates/New", "GET,HEAD,PATCH,DELETE", "PUT"),
        ("/api/v1/crates/%6eew", "GET,HEAD,PATCH,DELETE", "PUT"),
        ("/api/v1/crates/a/follow", "PUT,DELETE", "GET HEAD POST"),
        ("/api/v1/crates/a/following", "GET,HEAD", "PUT"),
        ("/api/v1/crates/a/owners", "GET,HEAD,PUT,DELETE", "POST"),
        ("/api/v1/crates/a/owner_team", "GET,HEAD", "PUT"),
        ("/api/v1/teams", "POST", "GET PUT"),
        ("/api/v1/teams/local:no:team", "GET,HEAD,PATCH,DELETE", "PUT"),
        ("/api/v1/me/crate_owner_invitations/accept", "PUT", "GET"),
        ("/api/v1/crates/a/1.0.0", "GET,HEAD,PATCH", "PUT DELETE"),
        ("/api/v1/crates/a/no-version", "GET,HEAD,PATCH", "PUT DELETE"),
        ("/api/v1/crates/a/1.0.0/yank", "DELETE", "GET HEAD PUT"),
        ("/api/v1/crates/a/1.0.0/unyank", "PUT", "GET DELETE"),
        ("/api/v1/crates/a/1.0.0/download", "GET,HEAD", "POST"),
        ("/api/v1/crates/a/1.0.0/rebuild_docs", "POST", "GET HEAD"),
        ("/api/v1/crates", "GET,HEAD", "POST OPTIONS FOO"),
        ("/api/v1/summary", "GET,HEAD", "PUT"),
        ("/api/v1/trusted_publishing/tokens", "POST,DELETE", "GET PUT"),
        ("/api/v1/trusted_publishing/github_configs", "GET,HEAD,POST", "PUT DELETE"),
        ("/api/v1/trusted_publishing/oidc_configs/1", "DELETE", "GET HEAD POST"),
        ("/api/private/session", "POST,DELETE", "GET HEAD"),
        ("/api/v1/me/tokens", "GET,HEAD,PUT,DELETE", "POST PATCH"),
        ("/api/v1/me/tokens/1", "GET,HEAD,DELETE", "PUT"),
        ("/api/v1/users/1", "GET,HEAD,PUT", "DELETE"),
        ("/api/v1/confirm/none", "PUT", "GET HEAD"),
        ("/api/openapi.json", "GET,HEAD", "POST"),
    ];
    for (path, allowed, methods) in cases {
        for method in methods.split(' ') {
            let answer = server.raw(&format!("{method} {path}"), &[NAMED]).await;
            assert_eq!((answer.status, answer.body.len()), (405, 0), "{method} {path}");
            assert_eq!(answer.header("allow").as_deref(), Some(allowed), "{method} {path}");
            assert_eq!(answer.header("content-type"), None, "{method} {path}");
            check_headers(&answer);
        }
    }
}

#[tokio::test]
async fn addresses_are_compared_as_they_are_written() {
    let server = TestServer::start(Shape::Small);
    server.publish_ok(&krate("Foo-Bar").version("1.0.0+b")).await;
    server.publish_ok(&krate("new")).await;
    let cases = [
        ("GET /api/v1/nothing", 404),
        ("GET /api/v1/summary/", 404),
        ("GET /api/v1/crates/", 404),
        ("GET /api/v1/crates/foo-bar/", 404),
        ("GET /api/v1/%63rates", 404),
        ("GET /api/v2", 404),
        ("GET /nothing", 404),
        ("OPTIONS /api/v1/nothing", 404),
        ("FOO /api/v1/nothing", 404),
        ("PUT /api/v1/nothing", 404),
        ("GET //api/v1/../v2", 404),
        ("GET //api//v1/./summary/", 200),
        ("GET /api/v1/nothing/../crates/foo_bar?include=", 200),
        ("GET /../../api/v1/summary", 200),
        ("GET /api/v1/crates/fOO_bar", 200),
        ("GET /api/v1/crates/%66oo-bar", 200),
        ("GET /api/v1/crates/New", 200),
        ("GET /api/v1/crates/%6eew", 200),
        ("GET /api/v1/crates/new/versions", 200),
        ("GET /api/v1/crates/new/1.0.0", 200),
        ("GET /api/v1/crates/foo-bar/1.0.0+b", 200),
        ("GET /api/v1/crates/foo-bar/1.0.0%2Bb", 200),
        ("GET /api/v1/crates/foo-bar/1.0.0%2bb/dependencies", 200),
        ("GET /api/v1/crates/foo-bar/1.0.0", 404),
        ("GET /api/v1/crates/foo-bar/Versions", 400),
        ("GET /api/v1/crates/foo-bar/foo", 400),
        ("GET /api/v1/crates/1abc", 404),
        ("GET /api/v1/crates/1abc/versions", 404),
        ("GET /api/v1/crates/1abc/foo", 400),
        ("GET /api/v1/crates/1abc/1.0.0", 404),
        ("GET /api/v1/crates/nope/1.0/dependencies", 400),
        ("GET /api/v1/crates/nope/1.0/downloads", 400),
        ("GET /api/v1/crates/nope/1.0/download", 400),
        ("GET /api/v1/crates/nope/1.0/readme", 400),
        ("GET /api/v1/crates/1abc/1.0.0/download", 404),
        ("GET /api/v1/crates/nope/01.0.0", 400),
        ("GET /api/v1/crates/nope/99999999999999999999.0.0", 400),
        ("DELETE /api/v1/crates/1abc/1.0/yank", 400),
        ("PUT /api/v1/crates/1abc/1.0/unyank", 400),
        ("PATCH /api/v1/crates/1abc/1.0", 400),
        ("POST /api/v1/crates/1abc/1.0/rebuild_docs", 400),
        ("GET /api/v1/crates/%ff", 400),
        ("GET /api/v1/crates/%ff/versions", 400),
        ("GET /api/v1/crates/a/%ff", 400),
        ("GET /api/v1/crates/%ff/%ff/authors", 200),
        ("GET /api/v1/keywords/%ff", 400),
        ("GET /api/v1/categories/%ff", 400),
        ("GET /api/v1/crates/a%2Fb", 404),
        ("GET /api/v1/crates/a%2Fb/1.0.0", 404),
        ("GET /api/v1/crates/a%00b", 404),
        ("GET /api/v1/crates/a%20b/versions", 404),
        ("PATCH /api/v1/crates/%6eew", 415),
        ("DELETE /api/v1/crates/New", 403),
    ];
    for (line, status) in cases {
        let answer = server.raw(line, &[NAMED, "Content-Length: 0"]).await;
        assert_eq!(answer.status, status, "{line}: {}", answer.text());
        if status >= 400 {
            let text = envelope(&answer);
            assert_eq!(text.contains("invalid URL"), status == 400, "{line}: {text}");
        }
        check_headers(&answer);
    }
    let too_long = "a".repeat(65);
    for (name, shown) in [("n%6fpe-X", "nope-X"), ("a%2Fb", "a/b"), ("1abc", "1abc"), (&too_long, &too_long)] {
        let text = envelope(&server.raw(&format!("GET /api/v1/crates/{name}"), &[NAMED]).await);
        assert!(text.contains(&format!("`{shown}` does not exist")), "{text}");
    }
    for method in ["HEAD", "HEAD /api/v1", "HEAD /api/v1/crates"] {
        let head = server.raw(&format!("{} {}/nothing/at/all/here", &method[..4], &method[4..].trim()), &[NAMED]).await;
        assert_eq!((head.status, head.body.len(), head.header("content-type")), (404, 0, None), "{method}");
    }
}

#[tokio::test]
async fn programs_must_give_their_name() {
    let server = TestServer::start(Shape::Small);
    for (headers, status) in [
        (&["X-Request-Id: seen-by-the-cache"][..], 403),
        (&["User-Agent:", "X-Request-Id: seen-by-the-cache"], 403),
        (&["User-Agent: Amazon CloudFront", "X-Request-Id: seen-by-the-cache"], 403),
        (&["User-Agent: amazon cloudfront"], 200),
        (&["User-Agent: Amazon CloudFront 2"], 200),
        (&["User-Agent: x"], 200),
        (&["User-Agent: x", "User-Agent: y"], 400),
        (&["User-Agent: x", "User-Agent: x"], 400),
    ] {
        let answer = server.raw("GET /api/v1/summary", headers).await;
        assert_eq!(answer.status, status, "{headers:?}");
        assert_eq!(answer.header("access-control-allow-origin").is_some(), status == 200, "{headers:?}");
        if status != 200 {
            let text = envelope(&answer);
            assert_eq!(text.contains("seen-by-the-cache"), status == 403, "{text}");
            assert_eq!(text.contains('\n'), status == 403, "{text}");
        }
        let elsewhere = server.raw("GET /nothing", headers).await;
        assert_eq!(elsewhere.status, if status == 200 { 404 } else { status }, "{headers:?}");
        if status != 200 {
            assert_eq!(elsewhere.header("content-type").as_deref(), Some("text/plain; charset=utf-8"), "{headers:?}");
        }
    }
    for (path, status) in [
        ("/api/v1/crates/a/1.0.0/download", 302),
        ("/api/v1/anything-download", 404),
        ("/api/v1/crates/a/1.0.0/download/", 403),
        ("/api/v1/crates/a/1.0.0/downloads", 403),
        ("/api/v1/summary?q=download", 403),
    ] {
        assert_eq!(server.raw(&format!("GET {path}"), &[]).await.status, status, "{path}");
        let by_cache = server.raw(&format!("GET {path}"), &["User-Agent: Amazon CloudFront"]).await;
        assert_eq!(by_cache.status, status, "{path}");
    }
    let other = TestServer::start_with(Shape::Small, &[("CARGOHOLD_SERVER__CDN_USER_AGENT", "my-cache")]);
    for (agent, status) in [("Amazon CloudFront", 200), ("my-cache", 403)] {
        let answer = other.raw("GET /api/v1/summary", &[&format!("User-Agent: {agent}")]).await;
        assert_eq!(answer.status, status, "{agent}");
    }
}

fn decoded(answer: &RawAnswer) -> String {
    let body = &answer.body[..];
    let mut text = String::new();
    match answer.header("content-encoding").as_deref() {
        None => _ = { body }.read_to_string(&mut text).unwrap(),
        Some("gzip") => _ = flate2::read::GzDecoder::new(body).read_to_string(&mut text).unwrap(),
        Some("deflate") => _ = flate2::read::ZlibDecoder::new(body).read_to_string(&mut text).unwrap(),
        Some("br") => _ = brotli::Decompressor::new(body, 4096).read_to_string(&mut text).unwrap(),
        Some("zstd") => text = String::from_utf8(zstd::decode_all(body).unwrap()).unwrap(),
        Some(other) => panic!("no such coding: {other}"),
    }
    text
}

#[tokio::test]
async fn answers_are_compressed_as_the_client_prefers() {
    let server = TestServer::start(Shape::Small);
    server.publish_ok(&krate("squeezed")).await;
    let preferences = [
        ("gzip", Some("gzip")),
        ("GZip", Some("gzip")),
        ("br", Some("br")),
        ("zstd", Some("zstd")),
        ("deflate", Some("deflate")),
        ("identity", None),
        ("", None),
        ("snappy", None),
        ("*", Some("zstd")),
        ("gzip, deflate, br, zstd", Some("zstd")),
        ("gzip, deflate, br", Some("br")),
        ("deflate, gzip", Some("gzip")),
        ("gzip;q=0.8, br;q=0.5", Some("gzip")),
        ("gzip;q=0.5, deflate;q=0.9", Some("deflate")),
        ("gzip; q=0.5, identity; q=0.9", None),
        ("gzip;q=0.5, identity;q=0.1", Some("gzip")),
        ("zstd;q=0, gzip", Some("gzip")),
        ("gzip;q=0", None),
        ("gzip;q=0.001", Some("gzip")),
    ];
    let paths = [
        "/api/v1/crates/squeezed",
        "/api/v1/crates/squeezed?include=",
        "/api/v1/summary",
        "/api/v1/crates",
        "/api/v1/crates/squeezed/1.0.0",
        "/api/v1/site_metadata",
        "/api/openapi.json",
        "/api/v1/crates/nope",
        "/api/v1/nothing",
    ];
    for path in paths {
        // Line counts come a moment after the publish; what is compared below must not change under way.
        let plain = server.raw(&format!("GET {path}"), &[NAMED]).await;
        assert_eq!(plain.header("content-encoding"), None, "{path}");
        assert_eq!(plain.header("content-length"), Some(plain.body.len().to_string()), "{path}");
        for (accepted, coding) in preferences {
            let answer = server.raw(&format!("GET {path}"), &[NAMED, &format!("Accept-Encoding: {accepted}")]).await;
            assert_eq!(answer.header("content-encoding").as_deref(), coding, "{path}: {accepted}");
            assert_eq!(answer.header("vary").as_deref(), Some("accept-encoding"), "{path}: {accepted}");
            let is_same = path.contains("squeezed") || decoded(&answer).len() == plain.body.len();
            assert!(is_same, "{path}: {accepted}");
        }
    }
    let longest_of_the_short = server.raw("GET /api/v1/crates/nope/x/authors", &[NAMED, "Accept-Encoding: gzip"]).await;
    assert_eq!(decoded(&longest_of_the_short), r#"{"users":[],"meta":{"names":[]}}"#);
    assert_eq!(longest_of_the_short.header("content-encoding").as_deref(), Some("gzip"), "32 bytes are worth it");
    let done = server.raw("DELETE /api/private/session", &[NAMED, "Accept-Encoding: gzip"]).await;
    assert_eq!(
        (done.text().as_str(), done.header("vary"), done.header("content-encoding")),
        (r#"{"ok":true}"#, None, None)
    );
}

#[tokio::test]
async fn conditions_and_ranges_do_not_matter_and_caching_is_rare() {
    let server = TestServer::start(Shape::Small);
    server.publish_ok(&krate("steady")).await;
    let conditions =
        ["Range: bytes=0-3", "If-None-Match: *", "If-Modified-Since: Sun, 01 Jan 2090 00:00:00 GMT", NAMED];
    for (path, caching) in [
        ("/api/v1/crates/steady", None),
        ("/api/v1/crates", None),
        ("/api/v1/crates?following=", None),
        ("/api/v1/keywords", None),
        ("/api/v1/category_slugs", None),
        ("/api/v1/crates/steady/1.0.0/download", None),
        ("/api/v1/crates/nope", None),
        ("/api/v1/summary", Some("public, max-age=15")),
        ("/api/v1/site_metadata", Some("public, max-age=15")),
    ] {
        let plain = server.raw(&format!("GET {path}"), &[NAMED]).await;
        let answer = server.raw(&format!("GET {path}"), &conditions).await;
        assert_eq!((answer.status, answer.body.is_empty()), (plain.status, plain.body.is_empty()), "{path}");
        assert_eq!((answer.header("accept-ranges"), answer.header("etag")), (None, None), "{path}");
        assert_eq!(answer.header("cache-control").as_deref(), caching, "{path}");
    }
    let anonymous = server.get("/api/v1/crates?following=1").await;
    assert_eq!(anonymous.headers().get("cache-control"), None);
    refusal(anonymous, 403).await;
}

#[tokio::test]
async fn addresses_of_files_are_told_without_looking() {
    let server = TestServer::start(Shape::Small);
    for (kind, file) in
        [("download", "crates/N-o_pe/N-o_pe-1.0.0%2Bb.crate"), ("readme", "readmes/N-o_pe/N-o_pe-1.0.0%2Bb.html")]
    {
        let path = format!("GET /api/v1/crates/N-o_pe/1.0.0+b/{kind}");
        let redirect = server.raw(&path, &[NAMED]).await;
        assert_eq!((redirect.status, redirect.body.len()), (302, 0));
        assert!(redirect.header("location").unwrap().ends_with(&format!("/{file}")), "{redirect:?}");
        assert_eq!(redirect.header("vary").as_deref(), Some("accept"));
        for accept in ["application/json", "x-json-y", "text/html, application/vnd.x+json;q=0.1"] {
            let json = server.raw(&path, &[NAMED, "Accept: text/html", &format!("Accept: {accept}")]).await;
            let url: Value = serde_json::from_slice(&json.body).unwrap();
            assert_eq!(url, serde_json::json!({ "url": redirect.header("location") }), "{accept}");
            assert_eq!(json.header("vary").as_deref(), Some("accept, accept-encoding"), "{accept}");
        }
    }
    let answer = server.request(Method::GET, "/api/v1/crates/a/1.0.0/download").header("accept", "text/JSON").send();
    assert_eq!(answer.await.unwrap().status(), 302, "the casing counts");
}
