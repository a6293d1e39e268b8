//! What a process has used, as Linux says it.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::Failure;

/// The processor time of a process and of its children so far, to a hundredth of a second.
pub(super) fn cpu_time(pid: u32) -> Result<Duration, Failure> {
    let mut time = own_cpu_time(pid)?;
    let children = std::fs::read_to_string(file_of(pid, &format!("task/{pid}/children")))?;
    for child in children.split_whitespace().filter_map(|child| child.parse().ok()) {
        time += own_cpu_time(child)?;
    }
    Ok(time)
}

fn own_cpu_time(pid: u32) -> Result<Duration, Failure> {
    /// Clock ticks last as long on every Linux that Rust knows (`USER_HZ`).
    const TICK: Duration = Duration::from_millis(10);
    let stat = std::fs::read_to_string(file_of(pid, "stat"))?;
    // Behind the name, which may contain anything: the state, then numbers; the 14th and 15th field are user and system.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    let ticks: u32 = fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u32>().ok()).sum();
    Ok(TICK * ticks)
}

/// A line of a process's memory, in MB: `VmRSS` for what it uses, `VmHWM` for the most it has used.
pub(super) fn memory_mb(pid: u32, line: &str) -> Result<u64, Failure> {
    let status = std::fs::read_to_string(file_of(pid, "status"))?;
    let found = status.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(':'));
    let kib = found.and_then(|found| found.split_whitespace().next()?.parse::<u64>().ok());
    kib.map(|kib| kib * 1024 / 1_000_000).ok_or_else(|| Failure::Refused(format!("process {pid} has no {line}")))
}

fn file_of(pid: u32, name: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}/{name}"))
}

/// Sends a signal to a process that we started.
pub(super) fn signal(pid: u32, name: &str) -> Result<(), Failure> {
    Command::new("sh").args(["-c", &format!("kill -{name} {pid}")]).status()?;
    Ok(())
}

/// What a program prints, which must end well; `package` is where to get it.
pub(super) fn run(command: &mut Command, package: &str) -> Result<String, Failure> {
    let name = command.get_program().to_string_lossy().into_owned();
    let missing =
        |error: std::io::Error| Failure::Refused(format!("cannot run `{name}`: {error}; install `{package}`"));
    let output = command.output().map_err(missing)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(Failure::Refused(format!("`{name}` failed: {}", String::from_utf8_lossy(&output.stderr))))
}
