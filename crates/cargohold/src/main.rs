//! cargohold: the crates.io that anyone can run. Command line, configuration, logging, wiring and shutdown.

mod admin;
mod cli;
mod config;
mod first_start;
mod logging;
mod open_files;
mod parts;
mod serve;

use std::io::Write;
use std::process::ExitCode;
use std::time::SystemTime;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::config::{Config, ConfigError};

/// It gives memory back after a burst, which the system's own keeps: 65 MB instead of 362 a minute after 64 publishes of 9 MB
/// (docs/benchmarks.md).
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// A command that failed, with what to print.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// It was asked wrongly: exit code 2.
    #[error(transparent)]
    Asked(#[from] ConfigError),
    /// It could not be done: exit code 1.
    #[error("{0}")]
    Failed(String),
}

impl Failure {
    /// A failure with its causes, each on the same line.
    fn new(error: &dyn std::error::Error) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        Self::Failed(text)
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            _ = writeln!(std::io::stderr(), "error: {failure}");
            ExitCode::from(if matches!(failure, Failure::Asked(_)) { 2 } else { 1 })
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let config = Config::load(&cli)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| Failure::new(&e))?;
    match cli.command {
        Command::Serve(_) => runtime.block_on(serve::run(config)),
        Command::CheckConfig => say(&config.describe()),
        Command::Admin(command) => runtime.block_on(admin::run(config, command)),
    }
}

/// The one clock of the process; everybody else is given the time.
#[expect(clippy::disallowed_methods, reason = "this is where time gets in")]
fn clock() -> SystemTime {
    SystemTime::now()
}

/// Writes an answer to standard output.
fn say(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{text}").and_then(|()| stdout.flush()).map_err(|error| Failure::new(&error))
}
