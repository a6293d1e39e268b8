//! A 200 from publish is true, whatever crashes next.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{Shape, TestServer, krate, on_both_shapes, sha256};

on_both_shapes!(what_was_acknowledged_survives_kill_9_at_random_moments);

const PUBLISHES: usize = 200;
const PUBLISHERS: usize = 8;

/// Seeded, so that a failure can be had again.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

async fn what_was_acknowledged_survives_kill_9_at_random_moments(shape: Shape) {
    let mut server = TestServer::start(shape);
    let mut random = Random(20_261_123);
    let next = Arc::new(AtomicUsize::new(0));
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let mut survivors: Vec<usize> = Vec::new();
    let mut kills = 0;
    while next.load(Ordering::SeqCst) < PUBLISHES {
        let publishers: Vec<_> = (0..PUBLISHERS)
            .map(|_| {
                let (next, acknowledged) = (next.clone(), acknowledged.clone());
                let (http, url, token) = (server.http.clone(), server.url.clone(), server.admin.token.clone());
                spawn(async move {
                    let mut mine = Vec::new();
                    loop {
                        let number = next.fetch_add(1, Ordering::SeqCst);
                        if number >= PUBLISHES {
                            return mine;
                        }
                        let request = http.put(format!("{url}/api/v1/crates/new")).header("authorization", &token);
                        // The connection breaks off when the server is killed: then this publish is in doubt.
                        let Ok(answer) = request.body(crashing(number).publish_body()).send().await else {
                            return mine;
                        };
                        assert_eq!(answer.status(), 200);
                        acknowledged.fetch_add(1, Ordering::SeqCst);
                        mine.push(number);
                    }
                })
            })
            .collect();
        let until = acknowledged.load(Ordering::SeqCst) + usize::try_from(10 + random.below(20)).unwrap();
        while acknowledged.load(Ordering::SeqCst) < until && publishers.iter().any(|publisher| !publisher.is_finished())
        {
            tokio::task::yield_now().await;
        }
        // A random number of turns makes the moment of the kill random within a publish.
        for _ in 0..random.below(2000) {
            tokio::task::yield_now().await;
        }
        server.kill();
        kills += 1;
        for publisher in publishers {
            survivors.extend(publisher.await.unwrap());
        }
        server.restart();
    }
    assert!(kills >= 5, "only {kills} kills");
    assert!(survivors.len() >= PUBLISHES / 2, "only {} publishes were acknowledged", survivors.len());
    for number in 0..PUBLISHES {
        let is_there = is_wholly_there(&server, number).await;
        assert!(is_there || !survivors.contains(&number), "crash-{number} was acknowledged and is lost");
    }
    server.publish_ok(&krate("afterwards")).await;
}

#[expect(clippy::disallowed_methods, reason = "the test waits for every publisher")]
fn spawn<T: Send + 'static>(publisher: impl Future<Output = T> + Send + 'static) -> tokio::task::JoinHandle<T> {
    tokio::spawn(publisher)
}

fn crashing(number: usize) -> crate::support::Krate {
    krate(&format!("crash-{number}")).file("n.txt", number.to_string().as_bytes())
}

/// Whether a version resolves and downloads with its checksum; fails if it does only one of the two.
async fn is_wholly_there(server: &TestServer, number: usize) -> bool {
    let name = format!("crash-{number}");
    let lines = server.index_lines(&name).await;
    let download = server.download(&name, "1.0.0").await;
    if lines.is_empty() {
        assert_eq!(download.status(), 404, "{name} downloads but does not resolve");
        return false;
    }
    assert_eq!(download.status(), 200, "{name} resolves but does not download");
    let bytes = download.bytes().await.unwrap();
    assert_eq!(lines[0]["cksum"], sha256(&bytes).as_str());
    assert_eq!(bytes, crashing(number).tarball());
    true
}
