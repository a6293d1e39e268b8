//! Rates, sizes and times.

use reqwest::Method;

use crate::support::{Shape, TestServer, frame, krate, on_both_shapes, refusal};

on_both_shapes!(
    exactly_the_burst_passes_and_the_next_attempt_is_told_when,
    a_failed_publish_counts_and_a_refused_one_does_not,
    an_upload_over_the_limit_is_refused_by_its_announced_length,
    a_crate_can_have_limits_of_its_own,
    a_stalled_upload_is_given_up,
    the_daily_limit_of_versions,
    s41_searches_are_limited_by_address,
);

async fn s41_searches_are_limited_by_address(shape: Shape) {
    let settings = [
        ("CARGOHOLD_LIMITS__SEARCH__BURST", "3"),
        ("CARGOHOLD_LIMITS__SEARCH__INTERVAL", "1h"),
        ("CARGOHOLD_SERVER__TRUSTED_PROXIES", "127.0.0.0/8"),
    ];
    let server = TestServer::start_with(shape, &settings);
    let ask = async |path: &str, address: &str| {
        server.request(Method::GET, path).header("x-forwarded-for", address).send().await.unwrap()
    };
    for path in ["/api/v1/crates?q=a", "/api/v1/suggest?q=a", "/api/v1/crates?q=b"] {
        assert_eq!(ask(path, "192.0.2.1").await.status(), 200);
    }
    let refused = ask("/api/v1/crates?q=c", "192.0.2.1").await;
    assert!(refused.headers().contains_key("retry-after"));
    assert!(refusal(refused, 429).await.contains("search too often"));
    assert_eq!(ask("/api/v1/suggest?q=c", "192.0.2.1").await.status(), 429);
    assert_eq!(ask("/api/v1/crates?q=c", "192.0.2.2").await.status(), 200);
    assert_eq!(ask("/api/v1/crates?sort=new", "192.0.2.1").await.status(), 200, "a list is no search");
}

async fn exactly_the_burst_passes_and_the_next_attempt_is_told_when(shape: Shape) {
    let settings = [
        ("CARGOHOLD_LIMITS__PUBLISH_NEW__BURST", "2"),
        ("CARGOHOLD_LIMITS__PUBLISH_UPDATE__BURST", "1"),
        ("CARGOHOLD_LIMITS__YANK_UNYANK__BURST", "1"),
    ];
    let server = TestServer::start_with(shape, &settings);
    server.publish_ok(&krate("one")).await;
    server.publish_ok(&krate("two")).await;
    let refused = server.publish(&server.admin, &krate("three")).await;
    let retry_after = refused.headers()["retry-after"].to_str().unwrap().to_owned();
    assert!(retry_after.ends_with(" GMT"), "{retry_after} is an HTTP date");
    assert!(refusal(refused, 429).await.contains("publish new crates too often"));
    server.publish_ok(&krate("one").version("1.0.1")).await;
    let text = server.publish_refused(&krate("one").version("1.0.2"), 429).await;
    assert!(text.contains("publish new versions too often"), "{text}");
    assert_eq!(server.yank(&server.admin, "one", "1.0.0").await.status(), 200);
    assert_eq!(server.yank(&server.admin, "one", "1.0.1").await.status(), 429);
    let other = server.user("other");
    assert_eq!(server.publish(&other, &krate("three")).await.status(), 200, "everybody has buckets of their own");
}

async fn a_failed_publish_counts_and_a_refused_one_does_not(shape: Shape) {
    let server = TestServer::start_with(shape, &[("CARGOHOLD_LIMITS__PUBLISH_NEW__BURST", "2")]);
    server.publish_refused(&krate("bad").without("license"), 400).await;
    server.publish_ok(&krate("good")).await;
    let mut told = Vec::new();
    for _ in 0..5 {
        let refused = server.publish(&server.admin, &krate("more")).await;
        told.push(refused.headers()["retry-after"].clone());
        refusal(refused, 429).await;
    }
    told.dedup();
    assert_eq!(told.len(), 1, "refused attempts do not put the next one off: {told:?}");
}

async fn an_upload_over_the_limit_is_refused_by_its_announced_length(shape: Shape) {
    let server = TestServer::start_with(shape, &[("CARGOHOLD_LIMITS__MAX_UPLOAD", "1 KiB")]);
    let metadata = br#"{"name":"big","vers":"1.0.0"}"#;
    let at_limit = frame(metadata, &[0; 1024]);
    assert!(refusal(server.put_publish(&server.admin, at_limit).await, 400).await.contains("gzip"));
    let over = frame(metadata, &[0; 1025]);
    let text = refusal(server.put_publish(&server.admin, over).await, 413).await;
    assert!(text.contains("1025") && text.contains("1024"), "{text}");
}

async fn a_crate_can_have_limits_of_its_own(shape: Shape) {
    let server = TestServer::start_with(shape, &[("CARGOHOLD_LIMITS__MAX_UPLOAD", "1 KiB")]);
    server.publish_ok(&krate("roomy")).await;
    let features: String = (0..301).map(|n| format!("f{n} = []\n")).collect();
    let noise: Vec<u8> = (0..3000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
    let big = krate("roomy").version("1.1.0").file("noise", &noise).toml(&format!("[features]\n{features}"));
    server.publish_refused(&big, 413).await;
    server.execute_sql("UPDATE crates SET max_upload_bytes = 100000, max_features = 301 WHERE name = 'roomy'");
    server.publish_ok(&big).await;
}

async fn a_stalled_upload_is_given_up(shape: Shape) {
    let server = TestServer::start_with(shape, &[("CARGOHOLD_SERVER__BODY_IDLE_TIMEOUT", "300ms")]);
    let body = krate("slow").publish_body();
    let (first, _) = body.split_at(body.len() / 2);
    let pieces = futures_util::stream::iter([Ok::<_, std::io::Error>(first.to_vec())]);
    let stalled = futures_util::StreamExt::chain(pieces, futures_util::stream::pending());
    let request = server.request(Method::PUT, "/api/v1/crates/new").header("authorization", &server.admin.token);
    let answer = request.body(reqwest::Body::wrap_stream(stalled)).send().await.unwrap();
    assert_eq!(answer.status(), 408);
    assert!(server.index("slow").await.is_none());
}

async fn the_daily_limit_of_versions(shape: Shape) {
    let server = TestServer::start_with(shape, &[("CARGOHOLD_LIMITS__MAX_NEW_VERSIONS_DAILY", "2")]);
    server.publish_ok(&krate("daily")).await;
    server.publish_ok(&krate("daily").version("1.0.1")).await;
    let refused = server.publish(&server.admin, &krate("daily").version("1.0.2")).await;
    assert!(!refused.headers().contains_key("retry-after"));
    refusal(refused, 429).await;
    server.publish_ok(&krate("another")).await;
}
