//! Load on one address: wrk over HTTP/1.1, h2load over HTTP/2, both from one thread and with 64 connections kept open.

use std::process::Command;
use std::time::Duration;

use super::process::run;
use crate::Failure;

const CONNECTIONS: &str = "64";

/// The contract turns away whoever does not say who they are.
pub(super) const USER_AGENT: &str = "user-agent: cargohold-bench";

/// What a run of load came to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loaded {
    pub(super) requests: u64,
    pub(super) per_second: f64,
}

/// Asks one address as fast as it is answered. Any failed answer fails the whole.
pub(super) fn load(url: &str, header: Option<&str>, time: Duration, http2: bool) -> Result<Loaded, Failure> {
    let mut command = Command::new(if http2 { "h2load" } else { "wrk" });
    let seconds = time.as_secs().max(1).to_string();
    command.args(["-t1", "-c", CONNECTIONS, if http2 { "-D" } else { "-d" }, &seconds]);
    if http2 {
        command.args(["-m", "10"]);
    }
    for header in [Some(USER_AGENT), header].into_iter().flatten() {
        command.args(["-H", header]);
    }
    let report = run(command.arg(url), if http2 { "nghttp2-client" } else { "wrk" })?;
    let loaded = if http2 { read_h2load(&report) } else { read_wrk(&report) };
    loaded.ok_or_else(|| Failure::Refused(format!("not every answer of {url} was a success:\n{report}")))
}

/// `None` if an answer was no success.
fn read_wrk(report: &str) -> Option<Loaded> {
    if report.contains("Non-2xx") || report.contains("Socket errors") {
        return None;
    }
    let requests =
        report.lines().find(|line| line.contains(" requests in "))?.split_whitespace().next()?.parse().ok()?;
    let per_second = report.lines().find_map(|line| line.strip_prefix("Requests/sec:"))?.trim().parse().ok()?;
    Some(Loaded { requests, per_second })
}

/// `None` if an answer was no success.
fn read_h2load(report: &str) -> Option<Loaded> {
    let counts = report.lines().find(|line| line.starts_with("requests: "))?;
    if !counts.contains(" 0 failed, 0 errored, 0 timeout") {
        return None;
    }
    let statuses = report.lines().find(|line| line.starts_with("status codes: "))?;
    if !statuses.contains(" 0 4xx, 0 5xx") {
        return None;
    }
    let requests = counts.split(", ").find_map(|count| count.strip_suffix(" succeeded"))?.parse().ok()?;
    let speed = report.lines().find(|line| line.starts_with("finished in "))?;
    let per_second = speed.split(", ").find_map(|part| part.strip_suffix(" req/s"))?.parse().ok()?;
    Some(Loaded { requests, per_second })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_read_and_failures_seen() {
        let wrk = "  2 threads\n  12345 requests in 5.00s, 12.3MB read\nRequests/sec:   2469.12\n";
        let loaded = read_wrk(wrk).expect("a report");
        assert_eq!((loaded.requests, loaded.per_second.round()), (12345, 2469.0));
        assert!(read_wrk(&format!("{wrk}  Non-2xx or 3xx responses: 3\n")).is_none());
        let h2load = "finished in 5.00s, 2469.12 req/s, 3.4MB/s\n\
                      requests: 12400 total, 12400 started, 12345 done, 12345 succeeded, 0 failed, 0 errored, 0 timeout\n\
                      status codes: 12345 2xx, 0 3xx, 0 4xx, 0 5xx\n";
        assert_eq!(read_h2load(h2load).expect("a report").requests, 12345);
        assert!(read_h2load(&h2load.replace("0 failed", "1 failed")).is_none());
        assert!(read_h2load(&h2load.replace("0 4xx", "9 4xx")).is_none());
    }
}
