//! cargohold-bench: fills a registry with made-up crates, and measures how fast a server reads them and what its edge costs. See
//! docs/benchmarks.md.

mod batch;
mod cli;
mod dependencies;
mod edge;
mod history;
mod package;
mod prose;
mod random;
mod read;
mod seed;
mod server;
mod slow;
mod universe;
mod words;

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};

/// A command that failed, with what to print.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// It was asked for something that cannot be.
    #[error("{0}")]
    Refused(String),
    /// The database failed.
    #[error("the registry cannot be filled")]
    Store(#[from] cargohold_store::Error),
    /// A made-up row does not go in its type.
    #[error("a made-up row is not valid; this is a mistake in cargohold-bench")]
    Row(#[source] Box<dyn Error + Send + Sync>),
    /// The server could not be asked.
    #[error("the server cannot be asked")]
    Http(#[from] reqwest::Error),
    /// A file, a program or the console could not be used.
    #[error("a file, a program or the console cannot be used")]
    System(#[from] std::io::Error),
    /// A task of ours ended early.
    #[error("a task ended before its time")]
    Task(#[from] tokio::task::JoinError),
}

impl Failure {
    fn row(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Row(error.into())
    }
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let mut text = failure.to_string();
            let mut cause = failure.source();
            while let Some(error) = cause {
                text = format!("{text}: {error}");
                cause = error.source();
            }
            _ = writeln!(std::io::stderr(), "error: {text}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match cli.command {
        Command::Seed(arguments) => runtime.block_on(seed::run(arguments)),
        Command::Read(arguments) => runtime.block_on(read::run(arguments)),
        Command::Edge(arguments) => runtime.block_on(edge::run(arguments)),
        Command::Slow(arguments) => runtime.block_on(slow::run(arguments)),
    }
}

/// Prints one line of a result.
fn say(line: &str) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
