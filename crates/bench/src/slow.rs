//! How fast honest clients are served while others hold connections and want nothing.

mod attacker;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::cli::SlowArgs;
use crate::read::milliseconds;
use crate::server::Server;
use crate::slow::attacker::{KINDS, address_of, attack};
use crate::{Failure, say};

/// A crate whose download does not fit into the buffers of a connection.
const LONG: &str = "long";
const LONG_BYTES: usize = 3_000_000;

/// How long whoever was thrown out stays away.
const PAUSE: Duration = Duration::from_secs(1);

/// How long an honest client waits.
const PATIENCE: Duration = Duration::from_secs(20);

/// Between two honest requests.
const PACE: Duration = Duration::from_millis(20);

const HEAD: &str = "\
| request | requests | errors | p50 ms | p99 ms | max ms |
|---|--:|--:|--:|--:|--:|";

pub(crate) async fn run(arguments: SlowArgs) -> Result<(), Failure> {
    let server = Server::start(&arguments.server, &[], Some(arguments.files))?;
    server.publish(LONG, LONG_BYTES)?.send().await?.error_for_status()?;
    let address = server.url.strip_prefix("http://").and_then(|address| address.parse().ok());
    let address: SocketAddr = address.ok_or_else(|| Failure::Refused(format!("{} is no address", server.url)))?;
    let held = Arc::new(AtomicUsize::new(0));
    let mut attackers = JoinSet::new();
    for number in 0..arguments.attackers {
        attackers.spawn(attack_for_ever(number, address, held.clone()));
    }
    let time = Duration::from_secs(arguments.seconds.into());
    let health = ask_for(time, || Ok(server.http.get(format!("{}/healthz", server.url))));
    let mut published = 0;
    let publish = ask_for(time, || {
        published += 1;
        server.publish(&format!("honest-{published}"), 20_000)
    });
    let (health, publish) = tokio::try_join!(health, publish)?;
    say(HEAD)?;
    say(&health.line("/healthz"))?;
    say(&publish.line("publish"))?;
    say(&format!(
        "\n{} of {} slow connections were open in the end.",
        held.load(Ordering::Relaxed),
        arguments.attackers
    ))?;
    attackers.shutdown().await;
    if health.errors + publish.errors > 0 {
        return Err(Failure::Refused("honest requests failed".to_owned()));
    }
    Ok(())
}

/// Comes back whenever it is thrown out.
async fn attack_for_ever(number: usize, server: SocketAddr, held: Arc<AtomicUsize>) {
    let kind = KINDS[number % KINDS.len()];
    loop {
        held.fetch_add(1, Ordering::Relaxed);
        // However it ends, it begins again.
        _ = attack(kind, address_of(number), server, "/crates/long/1.0.0/download").await;
        held.fetch_sub(1, Ordering::Relaxed);
        tokio::time::sleep(PAUSE).await;
    }
}

#[derive(Default)]
struct Served {
    times: Vec<Duration>,
    errors: usize,
}

/// Asks again and again for so long, each time after the answer and on a new connection.
async fn ask_for(
    time: Duration,
    mut request: impl FnMut() -> Result<reqwest::RequestBuilder, Failure>,
) -> Result<Served, Failure> {
    let mut served = Served::default();
    let start = Instant::now();
    while start.elapsed() < time {
        let request = request()?.header("connection", "close").timeout(PATIENCE);
        let asked = Instant::now();
        let answer = request.send().await.and_then(reqwest::Response::error_for_status);
        served.times.push(asked.elapsed());
        served.errors += usize::from(answer.is_err());
        tokio::time::sleep(PACE).await;
    }
    served.times.sort_unstable();
    Ok(served)
}

impl Served {
    /// The row of the table.
    fn line(&self, name: &str) -> String {
        let percentile = |percent: usize| {
            let place = (self.times.len() * percent).div_ceil(100).saturating_sub(1);
            milliseconds(self.times.get(place).copied().unwrap_or_default())
        };
        let (requests, errors) = (self.times.len(), self.errors);
        format!("| {name} | {requests} | {errors} | {} | {} | {} |", percentile(50), percentile(99), percentile(100))
    }
}
