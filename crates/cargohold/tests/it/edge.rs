//! The edge under clients that do nothing, or too much: every phase of a connection ends, all memory has a bound, and whoever is
//! refused learns why.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::{Shape, TestServer, eventually, frame, krate};

/// Deadlines short enough to be waited for.
const QUICK: [(&str, &str); 5] = [
    ("CARGOHOLD_SERVER__BODY_IDLE_TIMEOUT", "2s"),
    ("CARGOHOLD_SERVER__HEAD_TIMEOUT", "1s"),
    ("CARGOHOLD_SERVER__IDLE_TIMEOUT", "2s"),
    ("CARGOHOLD_SERVER__ANSWER_TIMEOUT", "2s"),
    ("CARGOHOLD_SERVER__SLOW_BODY_AFTER", "2s"),
];

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const UPGRADE: &[u8] = b"GET /index/config.json HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n\
                         Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAQAAAAIAAAAA\r\n\r\n";

fn address(server: &TestServer) -> SocketAddr {
    server.url.strip_prefix("http://").unwrap().parse().unwrap()
}

async fn connect(server: &TestServer) -> TcpStream {
    TcpStream::connect(address(server)).await.unwrap()
}

/// A connection from another address of this machine.
async fn connect_from(server: &TestServer, from: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
    socket.connect(address(server)).await.unwrap()
}

async fn send(server: &TestServer, bytes: &[u8]) -> TcpStream {
    let mut stream = connect(server).await;
    stream.write_all(bytes).await.unwrap();
    stream
}

/// What comes until the server closes the connection, which it has to.
async fn rest(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut bytes)).await;
    // A reset ends a connection, too.
    _ = read.expect("the server closes the connection");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn is_sentence(answer: &str, status: u16) -> bool {
    answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.contains("try again") || answer.contains("in one go")
}

#[tokio::test]
async fn e4_no_connection_waits_for_its_first_request_for_ever() {
    let server = TestServer::start_with(Shape::Small, &QUICK);
    let half_settings = [PREFACE, &[0, 0, 6, 4, 0]].concat();
    let openings: [&[u8]; 8] = [
        b"",
        b"P",
        b"PRI * HTTP/2.0\r\n",
        PREFACE,
        &half_settings,
        UPGRADE,
        &[UPGRADE, &PREFACE[..10]].concat(),
        &[UPGRADE, PREFACE].concat(),
    ];
    let mut streams = Vec::new();
    for opening in openings {
        streams.push(send(&server, opening).await);
    }
    for (stream, opening) in streams.into_iter().zip(openings) {
        let rest = rest(stream).await;
        assert_eq!(rest.is_empty(), opening.is_empty(), "{}: {rest}", opening.escape_ascii());
    }
    let slow = rest(send(&server, b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ").await).await;
    assert!(is_sentence(&slow, 408), "{slow}");
}

#[tokio::test]
async fn e4_a_later_head_has_a_deadline_and_so_has_idling() {
    let server = TestServer::start_with(Shape::Small, &QUICK);
    let ask = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let idle = rest(send(&server, ask).await).await;
    assert!(
        idle.starts_with("HTTP/1.1 200") && idle.ends_with("ok\n"),
        "an idle connection ends without a word: {idle}"
    );
    let mut stream = send(&server, ask).await;
    let mut head = [0; 16];
    stream.read_exact(&mut head).await.unwrap();
    stream.write_all(b"GET /heal").await.unwrap();
    assert!(!rest(stream).await.is_empty());
    let http2 = reqwest::Client::builder().user_agent("x").http2_prior_knowledge().no_proxy().build().unwrap();
    let before = server.count_sockets();
    assert_eq!(http2.get(format!("{}/healthz", server.url)).send().await.unwrap().status(), 200);
    eventually("an idle HTTP/2 connection ends", async || server.count_sockets() <= before).await;
}

/// Bytes that cannot be compressed.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state.to_be_bytes()[0]
    };
    (0..len).map(|_| random()).collect()
}

/// A crate with a file of nine megabytes.
async fn publish_large(server: &TestServer) -> String {
    server.publish_ok(&krate("large").file("large.bin", &noise(9_000_000))).await;
    let path = "/crates/large/1.0.0/raw/large.bin".to_owned();
    eventually("the file can be read", async || server.get(&path).await.status() == 200).await;
    path
}

#[tokio::test]
async fn e2_whoever_stops_reading_is_left() {
    let server = TestServer::start_with(Shape::Small, &QUICK);
    let before = server.count_sockets();
    let path = publish_large(&server).await;
    let mut streams = Vec::new();
    for path in [&*path, "/crates/large/1.0.0/download"].into_iter().cycle().take(20) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let mut stream = socket.connect(address(&server)).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nUser-Agent: x\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        streams.push(stream);
    }
    eventually("all of them are there", async || server.count_sockets() >= before + 20).await;
    eventually("they are closed", async || server.count_sockets() <= before).await;
    assert_eq!(server.get(&path).await.bytes().await.unwrap().len(), 9_000_000, "others are served");
}

#[tokio::test]
async fn e2_streams_whose_windows_stay_shut_hold_no_more_than_the_budget() {
    let settings = [QUICK.as_slice(), &[("CARGOHOLD_LIMITS__ANSWER_MEMORY", "40 MiB")]].concat();
    let server = TestServer::start_with(Shape::Small, &settings);
    let path = publish_large(&server).await;
    server.take_peak_kib();
    let before = server.take_peak_kib();
    let shut = shut_windows(&server, &path, 2, 50).await;
    let honest = server.get("/api/v1/crates/large").await;
    assert_eq!(honest.status(), 200);
    // The server ends both: their clients go on waiting.
    assert_eq!(shut.talks.join_all().await.len(), shut.clients.len());
    let peak = server.take_peak_kib();
    assert!(peak < before + 120 * 1024, "{before} KiB before, {peak} KiB at the peak");
}

/// Connections that ask for a file over and over and open no window for it.
async fn shut_windows(server: &TestServer, path: &str, connections: usize, streams: usize) -> Shut {
    let mut shut = Shut { clients: Vec::new(), talks: tokio::task::JoinSet::new() };
    for _ in 0..connections {
        let stream = connect(server).await;
        let (client, connection) =
            h2::client::Builder::new().initial_window_size(0).handshake::<_, bytes::Bytes>(stream).await.unwrap();
        shut.talks.spawn(connection);
        let mut client = client.ready().await.unwrap();
        let mut answers = Vec::new();
        for _ in 0..streams {
            let request = http_request(&format!("{}{path}", server.url));
            answers.push(client.send_request(request, true).unwrap().0);
            client = client.ready().await.unwrap();
        }
        shut.clients.push((client, answers));
    }
    shut
}

struct Shut {
    clients: Vec<(h2::client::SendRequest<bytes::Bytes>, Vec<h2::client::ResponseFuture>)>,
    talks: tokio::task::JoinSet<Result<(), h2::Error>>,
}

#[tokio::test]
async fn e2_whoever_reads_gets_the_memory_of_those_who_do_not() {
    let settings = [("CARGOHOLD_SERVER__ANSWER_TIMEOUT", "10m"), ("CARGOHOLD_LIMITS__ANSWER_MEMORY", "20 MiB")];
    let server = TestServer::start_with(Shape::Small, &settings);
    let path = publish_large(&server).await;
    let shut = shut_windows(&server, &path, 3, 10).await;
    eventually("somebody who reads is served", async || {
        let answer = server.get(&path).await;
        answer.status() == 200 && answer.bytes().await.is_ok_and(|bytes| bytes.len() == 9_000_000)
    })
    .await;
    drop(shut.clients);
}

/// The system's own allocator keeps what many publishes and downloads at once have used.
#[tokio::test]
async fn e12_memory_comes_back_after_a_burst() {
    let server = TestServer::start_with(Shape::Small, &[("CARGOHOLD_LIMITS__DOWNLOAD_CACHE", "0")]);
    server.publish_ok(&krate("warm")).await;
    let before = server.resident_kib();
    let noise = noise(9_000_000);
    let mut publishes = tokio::task::JoinSet::new();
    for at in 0..24 {
        let body = krate(&format!("burst-{at}")).file("noise.bin", &noise).publish_body();
        let request =
            server.request(reqwest::Method::PUT, "/api/v1/crates/new").header("authorization", &server.admin.token);
        publishes.spawn(async move { request.body(body).send().await.unwrap().status().as_u16() });
    }
    assert_eq!(publishes.join_all().await, [200; 24]);
    let peak = server.take_peak_kib();
    eventually("memory has come back", async || server.resident_kib() < before + 80 * 1024).await;
    assert!(peak > before + 80 * 1024, "there was a burst: {before} KiB before, {peak} KiB at the peak");
}

fn http_request(uri: &str) -> hyper::Request<()> {
    hyper::Request::get(uri).header("user-agent", "x").body(()).unwrap()
}

/// The head of a publish and its metadata, all but the last byte.
fn unfinished_publish(server: &TestServer, token: Option<&str>, metadata_bytes: usize) -> Vec<u8> {
    let mut metadata = br#"{"name":"never","vers":"1.0.0","readme":""#.to_vec();
    metadata.resize(metadata_bytes, b'x');
    let body = frame(&metadata, b"");
    let authorization = token.map(|token| format!("Authorization: {token}\r\n")).unwrap_or_default();
    let host = address(server);
    let head = format!(
        "PUT /api/v1/crates/new HTTP/1.1\r\nHost: {host}\r\nUser-Agent: x\r\n{authorization}Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), &body[..3 + metadata_bytes]].concat()
}

#[tokio::test]
async fn e3_strangers_share_a_small_part_of_the_memory_for_requests() {
    let settings = [QUICK.as_slice(), &[("CARGOHOLD_LIMITS__REQUEST_MEMORY", "32 MiB")]].concat();
    let server = TestServer::start_with(Shape::Small, &settings);
    server.publish_ok(&krate("warm")).await;
    server.take_peak_kib();
    let before = server.take_peak_kib();
    let bytes = unfinished_publish(&server, None, 1024 * 1024 - 10);
    let mut answers = tokio::task::JoinSet::new();
    for _ in 0..120 {
        let mut stream = connect(&server).await;
        let bytes = bytes.clone();
        answers.spawn(async move {
            // The server may refuse before it has read everything.
            _ = stream.write_all(&bytes).await;
            rest(stream).await
        });
    }
    server.publish_ok(&krate("known")).await;
    for answer in answers.join_all().await {
        assert!(is_sentence(&answer, 503) || is_sentence(&answer, 408), "never without a word: {answer:?}");
    }
    let peak = server.take_peak_kib();
    assert!(peak < before + 80 * 1024, "{before} KiB before, {peak} KiB at the peak");
}

#[tokio::test]
async fn e6_uploads_that_drip_keep_nobody_from_publishing() {
    let settings = [QUICK.as_slice(), &[("CARGOHOLD_LIMITS__REQUEST_MEMORY", "64 MiB")]].concat();
    let server = TestServer::start_with(Shape::Small, &settings);
    let slow = server.user("slow");
    let metadata = br#"{"name":"slow","vers":"1.0.0"}"#;
    let body = frame(metadata, &vec![0; 10 * 1024 * 1024]);
    let head = format!(
        "PUT /api/v1/crates/new HTTP/1.1\r\nHost: x\r\nUser-Agent: x\r\nAuthorization: {}\r\nContent-Length: {}\r\n\r\n",
        slow.token,
        body.len()
    );
    let mut streams = Vec::new();
    for _ in 0..40 {
        streams.push(send(&server, &[head.as_bytes(), &body[..metadata.len() + 100]].concat()).await);
    }
    server.publish_ok(&krate("quick")).await;
    for mut stream in streams {
        _ = stream.write_all(&[0; 10]).await;
        let answer = rest(stream).await;
        assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("too slowly"), "{answer}");
    }
}

#[tokio::test]
async fn an_address_has_so_many_connections_and_learns_that_they_are_too_many() {
    let server = TestServer::start_with(Shape::Small, &[("CARGOHOLD_LIMITS__CONNECTIONS_PER_ADDRESS", "4")]);
    let metadata = br#"{"name":"long","vers":"1.0.0"}"#;
    let body = frame(metadata, &vec![0; 100_000]);
    let head = format!(
        "PUT /api/v1/crates/new HTTP/1.1\r\nHost: x\r\nUser-Agent: x\r\nAuthorization: {}\r\nContent-Length: {}\r\n\r\n",
        server.admin.token,
        body.len()
    );
    let mut streams = Vec::new();
    for _ in 0..4 {
        let mut stream = connect_from(&server, "127.0.0.7").await;
        stream.write_all(&[head.as_bytes(), &body[..50_000]].concat()).await.unwrap();
        streams.push(stream);
    }
    let ask = async |from: &str| {
        let mut stream = connect_from(&server, from).await;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
        rest(stream).await
    };
    eventually("a fifth is refused", async || ask("127.0.0.7").await.starts_with("HTTP/1.1 503")).await;
    let refused = ask("127.0.0.7").await;
    assert!(refused.contains("too many connections") && refused.contains("retry-after: "), "{refused}");
    assert!(ask("127.0.0.8").await.starts_with("HTTP/1.1 200"), "others are not concerned");
    drop(streams);
    eventually("there is room again", async || ask("127.0.0.7").await.starts_with("HTTP/1.1 200")).await;
}

#[tokio::test]
async fn an_idle_connection_makes_room_for_another_of_its_address() {
    let server = TestServer::start_with(Shape::Small, &[("CARGOHOLD_LIMITS__CONNECTIONS_PER_ADDRESS", "4")]);
    let mut idle = Vec::new();
    for _ in 0..4 {
        let mut stream = send(&server, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
        stream.read_exact(&mut [0; 12]).await.unwrap();
        idle.push(stream);
    }
    eventually("a fifth is served", async || {
        let stream = send(&server, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        rest(stream).await.starts_with("HTTP/1.1 200")
    })
    .await;
    assert!(rest(idle.remove(0)).await.ends_with("ok\n"), "the one that idled longest was closed");
}
