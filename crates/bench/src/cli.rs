//! The command line.

use std::path::PathBuf;
use std::str::FromStr;

use cargohold_protocol::Timestamp;
use clap::{Args, Parser, Subcommand};

/// Fill a registry with made-up crates, and measure how fast a server reads them; see docs/benchmarks.md
#[derive(Debug, Parser)]
#[command(name = "cargohold-bench", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fill an unused registry; the same numbers and seed make the same rows
    Seed(SeedArgs),
    /// Measure throughput and latency of a running server
    Read(ReadArgs),
    /// Measure what a fresh server needs for each request, beside nginx
    Edge(EdgeArgs),
    /// Measure how fast a fresh server serves others while slow clients hold connections
    Slow(SlowArgs),
}

#[derive(Debug, Args)]
pub(crate) struct SeedArgs {
    /// `sqlite:PATH` or `postgres://…`; made if it is an SQLite file that does not exist
    #[arg(long)]
    pub(crate) database: Database,
    /// How many crates to make
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) crates: u32,
    /// How many versions to make, at least one a crate
    #[arg(long, default_value_t = 160_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub(crate) versions: u32,
    /// What all randomness comes from
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// The moment after which nothing happened; give today's date for recent downloads that are recent
    #[arg(long, default_value = "2026-11-01T00:00:00Z", value_name = "TIME")]
    pub(crate) base_time: Timestamp,
}

#[derive(Debug, Args)]
pub(crate) struct ReadArgs {
    /// The server's address
    #[arg(long, default_value = "http://127.0.0.1:7878")]
    pub(crate) url: String,
    /// How many requests to measure of each kind
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) requests: u32,
    /// How many connections ask at the same time
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) connections: u32,
    /// The server's process id, to report how much memory it uses
    #[arg(long)]
    pub(crate) pid: Option<u32>,
    /// The seed the registry was filled with
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many crates the registry was filled with [default: what the server's summary says]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) crates: Option<u32>,
    /// Only the rows whose name contains this
    #[arg(long)]
    pub(crate) only: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct EdgeArgs {
    /// The server's program
    #[arg(long, default_value = "target/release/cargohold")]
    pub(crate) server: PathBuf,
    /// How many rounds, each of nginx and of the server
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,
    /// How long each of them asks
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) seconds: u32,
    /// Only the rows whose name contains this; `memory` is one of them
    #[arg(long)]
    pub(crate) only: Option<String>,
    /// Over TLS
    #[arg(long)]
    pub(crate) tls: bool,
    /// Over HTTP/2, by prior knowledge if without TLS
    #[arg(long)]
    pub(crate) h2: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SlowArgs {
    /// The server's program
    #[arg(long, default_value = "target/release/cargohold")]
    pub(crate) server: PathBuf,
    /// How many slow clients come, and come back
    #[arg(long, default_value_t = 2000)]
    pub(crate) attackers: usize,
    /// How many files the server may open
    #[arg(long, default_value_t = 1024)]
    pub(crate) files: u32,
    /// How long to measure
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) seconds: u32,
}

/// Where the rows go.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    Sqlite(PathBuf),
    Postgres(String),
}

impl FromStr for Database {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            return Ok(Self::Sqlite(path.into()));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        Err("write `sqlite:PATH` or `postgres://…`".to_owned())
    }
}
