//! Connections: HTTP/1.1 with keep-alive, HTTP/2 by prior knowledge and by upgrade, and odd requests.

use std::time::Duration;

use reqwest::{Method, Version};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Shape, TestServer, krate, refusal};

pub(crate) const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const ACK: u8 = 1;
pub(crate) const UPGRADE: &str =
    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAQAAAAIAAAAA\r\n";

async fn connect(server: &TestServer) -> TcpStream {
    TcpStream::connect(server.url.strip_prefix("http://").unwrap()).await.unwrap()
}

pub(crate) async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap().to_lowercase()
}

/// Type, flags, stream and payload of the next frame.
pub(crate) async fn read_frame(stream: &mut TcpStream) -> (u8, u8, u32, Vec<u8>) {
    let mut header = [0; 9];
    stream.read_exact(&mut header).await.unwrap();
    let mut payload = vec![0; u32::from_be_bytes([0, header[0], header[1], header[2]]) as usize];
    stream.read_exact(&mut payload).await.unwrap();
    (header[3], header[4], u32::from_be_bytes([header[5], header[6], header[7], header[8]]), payload)
}

pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&[len[1], len[2], len[3], kind, flags], &stream.to_be_bytes()[..], payload].concat()
}

/// Header fields as HPACK literals without indexing.
pub(crate) fn literal_fields(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for text in [name, value] {
            block.push(u8::try_from(text.len()).unwrap());
            block.extend_from_slice(text.as_bytes());
        }
    }
    block
}

/// Reads frames until a stream has ended and answers its data; counts acknowledged settings on the way.
async fn read_stream(stream: &mut TcpStream, id: u32, acks: &mut usize) -> Vec<u8> {
    let mut data = Vec::new();
    loop {
        let (kind, flags, of, payload) = read_frame(stream).await;
        assert_ne!(kind, GOAWAY, "the server gave the connection up: {payload:?}");
        *acks += usize::from(kind == SETTINGS && flags & ACK != 0);
        if of == id {
            if kind == 0 {
                data.extend_from_slice(&payload);
            }
            if matches!(kind, 0 | 1) && flags & 1 != 0 {
                return data;
            }
        }
    }
}

#[tokio::test]
async fn a_connection_is_kept_for_further_requests() {
    let server = TestServer::start(Shape::Small);
    let mut stream = connect(&server).await;
    for _ in 0..3 {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        assert!(read_head(&mut stream).await.starts_with("http/1.1 200"));
        let mut body = [0; 3];
        stream.read_exact(&mut body).await.unwrap();
        assert_eq!(&body, b"ok\n");
    }
}

#[tokio::test]
async fn http2_by_prior_knowledge() {
    let server = TestServer::start(Shape::Small);
    let client =
        reqwest::Client::builder().user_agent("cargohold-tests").http2_prior_knowledge().no_proxy().build().unwrap();
    let answer = client.get(format!("{}/index/config.json", server.url)).send().await.unwrap();
    assert_eq!((answer.version(), answer.status().as_u16()), (Version::HTTP_2, 200));
    let put = client.put(format!("{}/api/v1/crates/new", server.url)).header("authorization", &server.admin.token);
    assert_eq!(put.body(krate("two").publish_body()).send().await.unwrap().status(), 200);
}

/// The request that asks for the upgrade becomes stream 1; the client's settings are acknowledged exactly once.
#[tokio::test]
async fn http2_by_upgrade() {
    let server = TestServer::start(Shape::Small);
    server.publish_ok(&krate("upgraded")).await;
    let config = server.get("/index/config.json").await.bytes().await.unwrap();
    let index = server.index("upgraded").await.unwrap();
    let mut stream = connect(&server).await;
    let request = format!("GET /index/config.json HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n{UPGRADE}\r\n", "y".repeat(300));
    stream.write_all(request.as_bytes()).await.unwrap();
    let head = read_head(&mut stream).await;
    assert!(head.starts_with("http/1.1 101") && head.contains("upgrade: h2c"), "{head}");
    let preface = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), frame(SETTINGS, 0, 0, &[0, 4, 0, 1, 0, 0])].concat();
    // In two pieces, as the network may deliver it.
    stream.write_all(&preface[..30]).await.unwrap();
    stream.flush().await.unwrap();
    stream.write_all(&preface[30..]).await.unwrap();
    let mut acks = 0;
    assert_eq!(read_stream(&mut stream, 1, &mut acks).await, config);
    let fields = [(":method", "GET"), (":scheme", "http"), (":authority", "x"), (":path", "/index/up/gr/upgraded")];
    stream.write_all(&frame(1, 5, 3, &literal_fields(&fields))).await.unwrap();
    assert_eq!(read_stream(&mut stream, 3, &mut acks).await, index.as_bytes());
    stream.write_all(&frame(6, 0, 0, b"12345678")).await.unwrap();
    loop {
        let (kind, flags, _, payload) = read_frame(&mut stream).await;
        acks += usize::from(kind == SETTINGS && flags & ACK != 0);
        if kind == 6 {
            assert_eq!((flags, payload.as_slice()), (ACK, &b"12345678"[..]));
            break;
        }
    }
    assert_eq!(acks, 1, "a second acknowledgement would make a strict client give up");
}

#[tokio::test]
async fn an_upload_that_asks_for_an_upgrade_is_answered_in_http1() {
    let server = TestServer::start(Shape::Small);
    let body = krate("uploaded").publish_body();
    let mut stream = connect(&server).await;
    let head = format!(
        "PUT /api/v1/crates/new HTTP/1.1\r\nHost: x\r\nUser-Agent: x\r\nAuthorization: {}\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\n{UPGRADE}\r\n",
        server.admin.token,
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    assert!(read_head(&mut stream).await.starts_with("http/1.1 100"));
    stream.write_all(&body).await.unwrap();
    assert!(read_head(&mut stream).await.starts_with("http/1.1 200"));
    assert!(server.index("uploaded").await.is_some());
}

#[tokio::test]
async fn nonsense_after_an_upgrade_ends_that_connection_only() {
    let server = TestServer::start(Shape::Small);
    for nonsense in
        [&b"GET / HTTP/1.1\r\n\r\n"[..], b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\x09aaaaaaaaaaaaaaa", b"PRI"]
    {
        let mut stream = connect(&server).await;
        let request = format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{UPGRADE}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        assert!(read_head(&mut stream).await.starts_with("http/1.1 101"));
        stream.write_all(nonsense).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut rest = Vec::new();
        _ = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut rest)).await.unwrap();
    }
    assert_eq!(server.get("/healthz").await.status(), 200);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[tokio::test]
async fn odd_paths_and_methods_are_answered_in_cargos_form() {
    let server = TestServer::start(Shape::Small);
    let mut stream = connect(&server).await;
    for (path, status) in [
        ("//api/v1/crates?q=x", "200"),
        ("/api/./v1/../v1/crates", "200"),
        ("/api/v1/crates/", "404"),
        ("/api/v1/nothing", "404"),
        ("/api/v1/crates/%ff/owners", "400"),
        ("/api/v1/crates/a%2Fb/owners", "404"),
        ("/api/v1/crates?page=0", "400"),
        ("/api/v1/crates?per_page=101", "400"),
        ("/api/v1/crates?q=a&q=b", "400"),
        ("/api/v1/crates?q=%00", "400"),
        ("/../../../../etc/passwd", "404"),
        ("/crates/..%2f..%2f/1.0.0/download", "404"),
        ("/crates/%2e%2e/passwd.crate", "404"),
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nUser-Agent: x\r\nAccept-Encoding: identity\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let head = read_head(&mut stream).await;
        assert!(head.starts_with(&format!("http/1.1 {status}")), "{path}: {head}");
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split('\r').next()).unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        stream.read_exact(&mut body).await.unwrap();
        if path.contains("api") && status != "200" {
            assert!(body.starts_with(b"{\"errors\":[{\"detail\":\""), "{path}: {}", String::from_utf8_lossy(&body));
        }
    }
    let wrong = server.request(Method::DELETE, "/api/v1/crates").send().await.unwrap();
    assert_eq!((wrong.status().as_u16(), wrong.headers()["allow"].to_str().unwrap()), (405, "GET,HEAD"));
    refusal(server.request(Method::POST, "/api/v1/none").send().await.unwrap(), 404).await;
}

#[tokio::test]
async fn tokens_and_bodies_are_never_logged() {
    let settings = [("CARGOHOLD_LOG__FILTER", "trace"), ("CARGOHOLD_LOG__FORMAT", "json")];
    let server = TestServer::start_with(Shape::Small, &settings);
    server.publish_ok(&krate("quiet").package("description = \"canary-in-the-body\"")).await;
    let wrong = server.request(Method::PUT, "/api/v1/crates/new").header("authorization", "cioCanaryToken");
    refusal(wrong.body(krate("quiet").version("2.0.0").publish_body()).send().await.unwrap(), 403).await;
    let bearer = server.request(Method::PUT, "/api/v1/crates/new").header("authorization", "Basic Q2FuYXJ5");
    refusal(bearer.body(krate("quiet").publish_body()).send().await.unwrap(), 401).await;
    let log = server.log();
    assert!(log.contains("\"request.id\""), "the log is there, as JSON");
    for secret in [server.admin.token.as_str(), "cioCanaryToken", "Q2FuYXJ5", "canary-in-the-body", "admin@localhost"] {
        let line = log.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret} is in the log: {}", line.unwrap());
    }
}
