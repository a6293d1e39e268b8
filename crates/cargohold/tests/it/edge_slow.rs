//! Clients that hold connections and want nothing do not keep others out.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Client;

use crate::attacker::{KINDS, address_of, attack};
use crate::support::{Shape, TestServer, allow_many_files, eventually, krate, noise, number};

/// How many hold connections, and how many files the server may open.
const ATTACKERS: usize = 2000;
const FILES: u32 = 1024;

/// Shorter than usual, so that the test sees their end.
const TIMES: [(&str, &str); 5] = [
    ("CARGOHOLD_SERVER__HEAD_TIMEOUT", "4s"),
    ("CARGOHOLD_SERVER__SLOW_BODY_AFTER", "4s"),
    ("CARGOHOLD_SERVER__BODY_IDLE_TIMEOUT", "4s"),
    ("CARGOHOLD_SERVER__IDLE_TIMEOUT", "4s"),
    ("CARGOHOLD_SERVER__ANSWER_TIMEOUT", "4s"),
];

/// No answer may take longer; how fast they are is measured by `cargohold-bench slow`.
const PATIENCE: Duration = Duration::from_secs(10);

/// E2 and E4: one byte, half a preface, slow heads and bodies, slow readers, windows of no bytes. Everybody else is served
/// at once, each on a new connection, and in the end the server is rid of all of them.
#[tokio::test(flavor = "multi_thread")]
async fn e2_e4_two_thousand_slow_clients_keep_nobody_out() {
    allow_many_files();
    let server = TestServer::start_limited(Shape::Small, &TIMES, Some(FILES));
    server.publish_ok(&krate("long").file("noise", &noise(3_000_000))).await;
    let address: SocketAddr = server.url.strip_prefix("http://").unwrap().parse().unwrap();
    let attackers = (0..ATTACKERS).map(|number| {
        let kind = KINDS[number % KINDS.len()];
        spawn(async move {
            // Refused or thrown out, as it should be.
            _ = attack(kind, address_of(number), address, "/crates/long/1.0.0/download").await;
        })
    });
    let attackers: Vec<_> = attackers.collect();
    let http = Client::builder().user_agent("cargohold-tests").pool_max_idle_per_host(0).timeout(PATIENCE).no_proxy();
    let http = http.build().unwrap();
    for round in 0..number("TEST_ROUNDS", 40) {
        let health = http.get(format!("{}/healthz", server.url)).send();
        let body = krate(&format!("honest-{round}")).publish_body();
        let publish =
            http.put(format!("{}/api/v1/crates/new", server.url)).header("authorization", &server.admin.token);
        let (health, publish) = tokio::join!(health, publish.body(body).send());
        assert_eq!(health.unwrap().status(), 200, "round {round}");
        assert_eq!(publish.unwrap().status(), 200, "round {round}");
    }
    eventually("the slow clients are gone", async || server.count_sockets() < 30).await;
    attackers.iter().for_each(tokio::task::JoinHandle::abort);
    join_all(attackers).await;
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[expect(clippy::disallowed_methods, reason = "the test waits for every attacker")]
fn spawn(attacker: impl Future<Output = ()> + Send + 'static) -> tokio::task::JoinHandle<()> {
    tokio::spawn(attacker)
}
