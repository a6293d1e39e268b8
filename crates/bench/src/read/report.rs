//! What was measured, as a Markdown table.

use std::path::Path;
use std::time::Duration;

use crate::Failure;
use crate::read::milliseconds;
use crate::read::scenarios::Scenario;

/// The first lines of the table.
pub(super) const HEAD: &str = "\
| request | requests | errors | empty | req/s | p50 ms | p99 ms | max ms | p99 wanted |
|---|--:|--:|--:|--:|--:|--:|--:|--:|";

/// How one kind of request went.
#[derive(Debug)]
pub(super) struct Measured {
    scenario: &'static Scenario,
    /// Sorted, once everything is in.
    pub(super) latencies: Vec<Duration>,
    pub(super) took: Duration,
    /// How many answers were looked into, and how many of those had nothing in them.
    pub(super) judged: u32,
    pub(super) empty: u32,
    errors: u32,
    first_error: Option<String>,
}

impl Measured {
    pub(super) fn new(scenario: &'static Scenario) -> Self {
        let took = Duration::ZERO;
        Self { scenario, latencies: Vec::new(), took, judged: 0, empty: 0, errors: 0, first_error: None }
    }

    pub(super) fn fail(&mut self, error: String) {
        self.errors += 1;
        self.first_error.get_or_insert(error);
    }

    /// Takes over what another connection measured.
    pub(super) fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.judged += other.judged;
        self.empty += other.empty;
        self.errors += other.errors;
        self.first_error = self.first_error.take().or(other.first_error);
    }

    /// The row of the table.
    pub(super) fn line(&self) -> String {
        let Scenario { name, wanted_p99_ms, .. } = self.scenario;
        let (requests, errors) = (self.latencies.len(), self.errors);
        let empty = (self.empty * 100).checked_div(self.judged).unwrap_or(0);
        let per_second = requests as u128 * 1_000_000 / self.took.as_micros().max(1);
        let (p50, p99, max) = (self.percentile(50), self.percentile(99), self.percentile(100));
        let wanted = wanted_p99_ms.map(|limit| {
            let verdict = if p99 <= Duration::from_millis(limit) { "met" } else { "**missed**" };
            format!("{limit}: {verdict}")
        });
        let [p50, p99, max] = [p50, p99, max].map(milliseconds);
        let wanted = wanted.unwrap_or_default();
        format!("| {name} | {requests} | {errors} | {empty} % | {per_second} | {p50} | {p99} | {max} | {wanted} |")
    }

    /// The time in which so many of a hundred requests were answered.
    fn percentile(&self, percent: usize) -> Duration {
        let place = (self.latencies.len() * percent).div_ceil(100).saturating_sub(1);
        self.latencies.get(place).copied().unwrap_or_default()
    }
}

/// How much memory a process uses, and used at most.
pub(super) fn memory(pid: u32) -> Result<String, Failure> {
    let status = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("status"))?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse::<u64>().ok());
        kib.map_or_else(|| "unknown".to_owned(), |kib| format!("{} MB", kib * 1024 / 1_000_000))
    };
    let (now, file, most) = (field("VmRSS:"), field("RssFile:"), field("VmHWM:"));
    Ok(format!("\nServer memory: {now} resident, {file} of it mapped files; {most} at most. Wanted: 600 MB."))
}

/// Fails if any request did.
pub(super) fn verdict(measured: &[Measured]) -> Result<(), Failure> {
    let failed: Vec<String> = measured
        .iter()
        .filter_map(|row| row.first_error.as_ref().map(|error| format!("{}: {error}", row.scenario.name)))
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::Refused(format!("some requests failed; the first of each kind:\n{}", failed.join("\n"))))
}
