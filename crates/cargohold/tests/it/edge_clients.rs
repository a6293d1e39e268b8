//! What real clients of this registry meet at its edge.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Cargo, RELAXED, Shape, TestServer, krate, locked_graph, noise, number, service};

/// The cargo of Debian 12 is linked against libcurl 7.88, which breaks after some upgrades to HTTP/2 on plain http. With
/// `TEST_ROUNDS=20 TEST_CRATES=500` this is the long run.
#[tokio::test(flavor = "multi_thread")]
async fn e10_debians_cargo_fetches_a_large_graph_over_plain_http_without_a_warning() {
    let server = TestServer::start_with(Shape::Small, &RELAXED);
    let crates = locked_graph(number("TEST_CRATES", 120));
    server.publish_locked(&crates).await;
    let cargo = Cargo::without_token(&server).by_program(service("TEST_DEBIAN_CARGO"));
    let app = cargo.app_of_locked(&crates);
    for round in 0..number("TEST_ROUNDS", 5) {
        let ran = cargo.run(&app, &["fetch"]).ok();
        assert!(!ran.stderr.contains("warning"), "round {round}: {}", ran.stderr);
        let lock = std::fs::read_to_string(app.join("Cargo.lock")).unwrap();
        assert_eq!(lock.matches("[[package]]").count(), crates.len() + 1);
        std::fs::remove_file(app.join("Cargo.lock")).unwrap();
        cargo.forget_answers();
    }
}

/// What the change of E10 must not take away: one connection, many requests at once. It is also the honest job of a CI that
/// fetches three hundred crates and meets no limit.
#[tokio::test(flavor = "multi_thread")]
async fn e10_todays_cargo_still_multiplexes_over_plain_http() {
    let server = TestServer::start_with(Shape::Small, &RELAXED);
    let crates = locked_graph(300);
    server.publish_locked(&crates).await;
    let cargo = Cargo::without_token(&server).with("CARGO_HTTP_DEBUG", "true").with("CARGO_LOG", "network=debug");
    let app = cargo.app_of_locked(&crates);
    let ran = cargo.run(&app, &["fetch"]).ok();
    let count = |words: &str| ran.stderr.matches(words).count();
    assert!(count("HTTP/1.1 101 Switching Protocols") > 0, "no upgrade: {}", ran.stderr);
    // Each crate is downloaded, and each name is asked for in the index.
    let (answers, connections) = (count("< HTTP/2 200"), count("* Connected to"));
    assert!(answers > crates.len() * 3 / 2, "{answers} answers over HTTP/2");
    assert!(connections < 10, "{connections} connections");
    assert!(!ran.stderr.contains("warning:"), "{}", ran.stderr);
}

/// A crate over the limit is answered while it is still being sent, and the answer arrives.
#[tokio::test(flavor = "multi_thread")]
async fn e9_a_crate_over_the_limit_is_refused_with_its_sentence_every_time() {
    let server = TestServer::start_with(Shape::Small, &[("CARGOHOLD_LIMITS__MAX_UPLOAD", "1 MiB")]);
    let cargo = Cargo::new(&server, &server.admin);
    let big = cargo.library("big", "0.1.0", "");
    std::fs::write(big.join("noise.bin"), noise(5_000_000)).unwrap();
    let rounds = number("TEST_ROUNDS", 40);
    for round in 0..rounds {
        let ran = cargo.run(&big, &["publish", "--registry", "alt", "--no-verify", "--allow-dirty"]);
        let sentence = "status 413 Payload Too Large): the crate file is 5";
        assert!(ran.stderr.contains(sentence), "round {round}: {}", ran.stderr);
    }
    let body = krate("big").file("noise.bin", &noise(5_000_000)).publish_body();
    for round in 0..rounds {
        let answer = send_all_then_read(&server, &body).await;
        let head = answer.unwrap_or_else(|error| panic!("round {round}: {error}"));
        assert!(head.starts_with("HTTP/1.1 413") && head.contains("\"errors\""), "round {round}: {head}");
    }
}

/// The answer for somebody who looks at it only when everything is sent.
async fn send_all_then_read(server: &TestServer, body: &[u8]) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).await?;
    let (token, length) = (&server.admin.token, body.len());
    let head = format!(
        "PUT /api/v1/crates/new HTTP/1.1\r\nHost: x\r\nUser-Agent: x\r\nAuthorization: {token}\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
