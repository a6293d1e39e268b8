//! Measuring a running server: each kind of request in turn, asked by a few connections that each wait for an answer before
//! they ask again.

mod answer;
mod client;
mod report;
mod scenarios;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::cli::ReadArgs;
use crate::random::{Facet, Random};
use crate::read::answer::Answer;
use crate::read::client::Client;
use crate::read::report::Measured;
use crate::read::scenarios::{SCENARIOS, Scenario};
use crate::universe::Universe;
use crate::{Failure, say};

/// One answer in so many is read and judged: the client shares the machine with the server.
const JUDGE_EVERY: u32 = 16;

pub(crate) async fn run(arguments: ReadArgs) -> Result<(), Failure> {
    let client = Client::new(&arguments.url)?;
    let crates = match arguments.crates {
        Some(crates) => crates,
        None => count_crates(&client).await?,
    };
    let universe = Arc::new(Universe::new(arguments.seed, crates));
    check_seed(&client, &universe).await?;
    let only = arguments.only.as_deref().unwrap_or_default();
    let mut measured = Vec::new();
    say(report::HEAD)?;
    for scenario in SCENARIOS.iter().filter(|scenario| scenario.name.contains(only)) {
        // What it takes to get warm is not measured.
        measure(&universe, scenario, &arguments, arguments.requests / 10 + 1, 0).await?;
        let row = measure(&universe, scenario, &arguments, arguments.requests, 1).await?;
        say(&row.line())?;
        measured.push(row);
    }
    if let Some(pid) = arguments.pid {
        say(&report::memory(pid)?)?;
    }
    report::verdict(&measured)
}

/// How many crates the server says it has.
async fn count_crates(client: &Client) -> Result<u32, Failure> {
    let (status, body) = client.get("/api/v1/summary").await?;
    let count = Answer::read(&body).and_then(|answer| answer.number("num_crates"));
    let refused = || Failure::Refused(format!("/api/v1/summary answered {status} without a count; give `--crates`"));
    count.and_then(|count| u32::try_from(count).ok()).filter(|count| *count > 0).ok_or_else(refused)
}

/// Makes sure that this is the registry that was filled with this seed: otherwise every request would be for nothing.
async fn check_seed(client: &Client, universe: &Universe) -> Result<(), Failure> {
    let name = universe.name(universe.len() - 1);
    let (status, _) = client.get(&format!("/api/v1/crates/{name}?include=")).await?;
    if status == 200 {
        return Ok(());
    }
    Err(Failure::Refused(format!(
        "crate `{name}` answered {status}; was the registry filled with this `--seed` and `--crates`?"
    )))
}

/// Asks `requests` times, and answers how that went.
async fn measure(
    universe: &Arc<Universe>,
    scenario: &'static Scenario,
    arguments: &ReadArgs,
    requests: u32,
    round: u64,
) -> Result<Measured, Failure> {
    let left = Arc::new(AtomicU32::new(requests));
    let start = Instant::now();
    let mut askers = JoinSet::new();
    for number in 0..arguments.connections {
        let random = Random::of(arguments.seed, Facet::Read, u64::from(number) * 2 + round);
        let asker = Asker { universe: universe.clone(), scenario, client: Client::new(&arguments.url)?, random };
        askers.spawn(asker.ask(left.clone()));
    }
    let mut all = Measured::new(scenario);
    while let Some(asked) = askers.join_next().await {
        all.add(asked?);
    }
    all.took = start.elapsed();
    all.latencies.sort_unstable();
    Ok(all)
}

/// One connection.
struct Asker {
    universe: Arc<Universe>,
    scenario: &'static Scenario,
    client: Client,
    random: Random,
}

impl Asker {
    /// Asks until nothing is left to ask.
    async fn ask(mut self, left: Arc<AtomicU32>) -> Measured {
        let mut measured = Measured::new(self.scenario);
        let mut next = None;
        let is_left = |left: u32| left.checked_sub(1);
        while let Ok(left) = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, is_left) {
            // The link to the page behind the last one is there, and nothing is on that page.
            let may_be_empty = next.is_some() || !self.scenario.must_find;
            let path = next.take().unwrap_or_else(|| (self.scenario.path)(&self.universe, &mut self.random));
            let start = Instant::now();
            let answer = self.client.get(&path).await;
            measured.latencies.push(start.elapsed());
            match answer {
                Ok((200, body)) if self.scenario.is_walk || left % JUDGE_EVERY == 0 => {
                    next = self.judge(&path, &body, may_be_empty, &mut measured);
                }
                Ok((200, _)) => {}
                Ok((status, _)) => measured.fail(format!("{path} answered {status}")),
                Err(error) => measured.fail(format!("{path}: {error}")),
            }
        }
        measured
    }

    /// Looks whether an answer is what was asked for. Answers where a walk goes on.
    fn judge(&self, path: &str, body: &[u8], may_be_empty: bool, measured: &mut Measured) -> Option<String> {
        let Some(answer) = Answer::read(body) else {
            measured.fail(format!("{path} answered neither a JSON object nor a page"));
            return None;
        };
        measured.judged += 1;
        if !answer.has(self.scenario.wanted) {
            measured.empty += 1;
            if !may_be_empty {
                measured.fail(format!("{path} answered without `{}`, or with an empty one", self.scenario.wanted));
            }
            return None;
        }
        answer.next_page().filter(|_| self.scenario.is_walk).map(|query| {
            let (path, _) = path.split_once('?').unwrap_or((path, ""));
            format!("{path}{query}")
        })
    }
}

/// A time in milliseconds with two digits behind the point.
pub(crate) fn milliseconds(time: Duration) -> String {
    let micros = time.as_micros();
    format!("{}.{:02}", micros / 1000, micros % 1000 / 10)
}
