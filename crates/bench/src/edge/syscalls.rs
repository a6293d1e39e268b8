//! System calls of a request: counted, so that they are the same on every machine.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::load::load;
use super::process::signal;
use super::report::as_float;
use crate::Failure;

/// The first lines of the table.
pub(super) const HEAD: &str = "
| request | system calls a request | most of them |
|---|--:|---|";

/// How many kinds of calls are named.
const NAMED: usize = 5;

/// Long enough that opening the connections does not matter.
const TIME: Duration = Duration::from_secs(3);

/// How often each kind of system call was made, and for how many requests.
pub(super) struct Counted {
    requests: u64,
    /// The most frequent first.
    calls: Vec<(String, u64)>,
}

/// Whether strace is there.
pub(super) fn can_be_counted() -> bool {
    Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Watches a server while one address is asked for.
pub(super) fn count(pid: u32, url: &str, header: Option<&str>) -> Result<Counted, Failure> {
    let folder = tempfile::tempdir()?;
    let table = folder.path().join("calls");
    let mut command = Command::new("strace");
    command.args(["-c", "-f", "-p", &pid.to_string(), "-o"]).arg(&table);
    let mut strace = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let mut said = String::new();
    let stderr = strace.stderr.take().map(BufReader::new);
    let mut stderr = stderr.ok_or_else(|| Failure::Refused("strace has no output".to_owned()))?;
    stderr.read_line(&mut said)?;
    if !said.contains("attached") {
        strace.wait()?;
        return Err(Failure::Refused(format!("strace cannot watch the server: {said}")));
    }
    let loaded = load(url, header, TIME, false);
    signal(strace.id(), "INT")?;
    strace.wait()?;
    Ok(Counted { requests: loaded?.requests, calls: read_table(&std::fs::read_to_string(table)?) })
}

/// Reads rows like `% time, seconds, usecs/call, calls, [errors,] syscall`.
fn read_table(table: &str) -> Vec<(String, u64)> {
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let name = words.last().filter(|name| **name != "total")?;
        Some(((*name).to_owned(), words.get(3)?.parse().ok()?))
    };
    let mut calls: Vec<(String, u64)> = table.lines().filter_map(row).collect();
    calls.sort_by_key(|(_, calls)| std::cmp::Reverse(*calls));
    calls
}

impl Counted {
    /// The row of the table.
    pub(super) fn line(&self, name: &str) -> String {
        let each = |calls: u64| format!("{:.2}", as_float(calls) / as_float(self.requests.max(1)));
        let named = self.calls.iter().take(NAMED).map(|(name, calls)| format!("{name} {}", each(*calls)));
        let named: Vec<String> = named.collect();
        format!("| {name} | {} | {} |", each(self.calls.iter().map(|(_, calls)| calls).sum()), named.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_strace_is_read() {
        let table = "% time     seconds  usecs/call     calls    errors syscall\n\
                     ------ ----------- ----------- --------- --------- ----------------\n \
                     60.00    0.600000          10      1000           writev\n \
                     40.00    0.400000          10      2100        12 recvfrom\n\
                     ------ ----------- ----------- --------- --------- ----------------\n\
                     100.00    1.000000          10      3100        12 total\n";
        let counted = Counted { requests: 1000, calls: read_table(table) };
        assert_eq!(counted.line("index"), "| index | 3.10 | recvfrom 2.10, writev 1.00 |");
    }
}
