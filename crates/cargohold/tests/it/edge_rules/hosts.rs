//! E8: whom a request comes from. E11: whom it is for, and which sites may read the answer.

use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Shape, TestServer, krate, refusal};

#[tokio::test]
async fn e8_a_forwarded_address_is_read_with_its_port_and_what_stands_before_garbage_is_not_believed() {
    let settings = [
        ("CARGOHOLD_SERVER__BLOCKED_ADDRESSES", "203.0.113.5, ::ffff:198.51.100.9, 2001:db8::1, 10.0.0.9"),
        ("CARGOHOLD_SERVER__TRUSTED_PROXIES", "127.0.0.0/8, 10.0.0.0/8"),
    ];
    let server = TestServer::start_with(Shape::Small, &settings);
    for (forwarded, status) in [
        ("6.6.6.6, 203.0.113.5:4711", 403),
        ("6.6.6.6, [2001:db8::1]:443", 403),
        ("6.6.6.6, \"[2001:db8::1]\"", 403),
        ("6.6.6.6, ::ffff:203.0.113.5, 10.0.0.1", 403),
        ("6.6.6.6, 198.51.100.9", 403),
        ("203.0.113.5, unknown", 200),
        ("203.0.113.5, unknown, 10.0.0.9", 403),
        ("203.0.113.5, 6.6.6.6:1", 200),
    ] {
        let request = server.request(Method::GET, "/api/v1/summary").header("x-forwarded-for", forwarded);
        assert_eq!(request.send().await.unwrap().status(), status, "{forwarded}");
    }
}

/// The answer to a request written by hand.
async fn ask(server: &TestServer, head: &str) -> String {
    let mut stream = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).await.unwrap();
    let request = format!("{head}\r\nUser-Agent: by-hand\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn e11_a_registry_with_a_name_does_not_answer_under_the_name_of_another_site() {
    let mut server = TestServer::start(Shape::Small);
    server.kill();
    server.restart_with(&[
        ("CARGOHOLD_SERVER__BASE_URL", "https://registry.example"),
        ("CARGOHOLD_SERVER__OTHER_URLS", "https://old.registry.example"),
    ]);
    let get = async |path: &str, host: &str| ask(&server, &format!("GET {path} HTTP/1.1\r\nHost: {host}")).await;
    for path in ["/", "/api/v1/summary", "/index/config.json"] {
        for host in ["registry.example", "Registry.Example.:443", "old.registry.example", "127.0.0.1", "localhost:7878"]
        {
            let answer = get(path, host).await;
            assert!(answer.starts_with("HTTP/1.1 200 "), "{path} at {host}: {answer}");
        }
        let answer = get(path, "evil.example:7878").await;
        assert!(answer.starts_with("HTTP/1.1 421 "), "{path}: {answer}");
        assert!(answer.contains("add `https://evil.example` to `server.other_urls`"), "{path}: {answer}");
        assert!(!answer.to_lowercase().contains("access-control"), "{path}: {answer}");
    }
    for path in ["/healthz", "/readyz"] {
        assert!(get(path, "10-0-0-1.pod.internal").await.contains(" 200 OK\r\n"), "{path}");
    }
    // HTTP/2 names the host in another way.
    let http2 = reqwest::Client::builder().user_agent("test").http2_prior_knowledge().no_proxy();
    let address: std::net::SocketAddr = server.url.strip_prefix("http://").unwrap().parse().unwrap();
    let http2 = http2.resolve("evil.example", address).resolve("registry.example", address).build().unwrap();
    for (host, status) in [("evil.example", 421), ("registry.example", 200)] {
        let url = format!("http://{host}:{}/api/v1/summary", address.port());
        assert_eq!(http2.get(url).send().await.unwrap().status(), status, "{host}");
    }
}

#[tokio::test]
async fn e11_a_request_that_names_no_host_or_two_or_none_that_can_be_is_refused() {
    let server = TestServer::start(Shape::Small);
    for (hosts, sentence) in [
        ("", "there is no `Host` header; send one"),
        ("\r\nHost: x\r\nHost: x", "there is more than one `Host` header; send one"),
        ("\r\nHost: a/b", "the `Host` header is no host"),
        ("\r\nHost:", "the `Host` header is no host"),
    ] {
        for path in ["/api/v1/summary", "/", "/index/config.json"] {
            let answer = ask(&server, &format!("GET {path} HTTP/1.1{hosts}")).await;
            assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains(sentence), "{path}{hosts}: {answer}");
        }
        assert!(ask(&server, &format!("GET /healthz HTTP/1.1{hosts}")).await.starts_with("HTTP/1.1 200 "), "{hosts}");
    }
    for head in ["GET / HTTP/1.0", "GET / HTTP/1.1\r\nHost: anything.example:1"] {
        assert!(ask(&server, head).await.contains(" 200 OK\r\n"), "{head}");
    }
}

#[tokio::test]
async fn e11_scripts_of_other_sites_read_the_api_and_the_index_and_nothing_else() {
    let server = TestServer::start(Shape::Small);
    server.publish_ok(&krate("open")).await;
    for (path, is_open) in [
        ("/api/v1/crates/open", true),
        ("/api/v1/crates/missing", true),
        ("/index/config.json", true),
        ("/index/op/en/open", true),
        ("/index/mi/ss/missing", true),
        ("/", false),
        ("/crates/open", false),
        ("/sign-in", false),
        ("/crates/open/1.0.0/download", false),
        ("/healthz", false),
    ] {
        let answer = server.get(path).await;
        let allowed = answer.headers().get("access-control-allow-origin").map(|value| value.to_str().unwrap());
        assert_eq!(allowed, is_open.then_some("*"), "{path}");
        assert!(!answer.headers().contains_key("access-control-allow-credentials"), "{path}");
    }
    refusal(server.get("/api/v1/crates/missing").await, 404).await;
}
