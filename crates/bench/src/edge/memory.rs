//! Memory after a burst of large uploads and downloads, and what of it is given back.

use std::path::Path;
use std::time::Duration;

use super::process::memory_mb;
use crate::server::Server;
use crate::{Failure, say};

const PUBLISHES: usize = 64;
const PACKAGE_BYTES: usize = 9_000_000;
const DOWNLOADS: usize = 200;

/// How many go on at the same time.
const AT_ONCE: usize = 8;

/// How long the server may take to give memory back.
const REST: Duration = Duration::from_mins(1);

/// The first lines of the table.
const HEAD: &str = "
| memory of the server, MB | after start | most | a minute after 64 publishes of 9 MB and 200 downloads |
|---|--:|--:|--:|";

/// Measures a server with its usual caches, and one without a cache of downloads.
pub(super) async fn measure(program: &Path) -> Result<(), Failure> {
    say(HEAD)?;
    for (name, settings) in [
        ("usual caches", None),
        ("`limits.download_cache = 0`", Some(("CARGOHOLD_LIMITS__DOWNLOAD_CACHE", "0".to_owned()))),
    ] {
        let server = Server::start(program, settings.as_slice(), None)?;
        let start = memory_mb(server.pid(), "VmRSS")?;
        burst(&server).await?;
        tokio::time::sleep(REST).await;
        let (most, rest) = (memory_mb(server.pid(), "VmHWM")?, memory_mb(server.pid(), "VmRSS")?);
        say(&format!("| {name} | {start} | {most} | {rest} |"))?;
    }
    Ok(())
}

async fn burst(server: &Server) -> Result<(), Failure> {
    let numbers: Vec<usize> = (0..PUBLISHES).collect();
    for numbers in numbers.chunks(AT_ONCE) {
        let publish = async |number: &usize| {
            server.publish(&format!("large-{number}"), PACKAGE_BYTES)?.send().await?.error_for_status()?;
            Ok::<_, Failure>(())
        };
        futures_util::future::try_join_all(numbers.iter().map(publish)).await?;
    }
    for first in (0..DOWNLOADS).step_by(AT_ONCE) {
        let download =
            async |number: usize| server.get(&format!("/crates/large-{}/1.0.0/download", number % PUBLISHES)).await;
        futures_util::future::try_join_all((first..first + AT_ONCE).map(download)).await?;
    }
    Ok(())
}
