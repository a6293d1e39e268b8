//! How many files the process may open, and how many connections that leaves room for.

use cargohold_registry::DownloadMode;
use cargohold_web::ConnectionLimits;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::Failure;
use crate::config::{Config, Storage};

/// Files that are open besides connections: the database, the search index, the log, what is being read from disk.
const OWN_FILES: u64 = 200;

/// Raises the limit of open files as far as the system allows, and answers how many connections there may be within it.
///
/// # Errors
/// When no connection would be left.
pub(crate) fn connection_limits(config: &Config) -> Result<ConnectionLimits, Failure> {
    let files = raise_limit();
    let left = files.saturating_sub(OWN_FILES);
    // A download that is passed on from a bucket needs a second connection.
    let is_passed_on = matches!(config.storage, Storage::S3(_)) && matches!(config.downloads, DownloadMode::Serve);
    let possible = usize::try_from(if is_passed_on { left / 2 } else { left }).unwrap_or(usize::MAX);
    if possible == 0 {
        let text = format!("the process may open only {files} files; raise the limit (`ulimit -n`) to 1024 at least");
        return Err(Failure::Failed(text));
    }
    let total = config.connections.total.min(possible);
    if total < config.connections.total {
        tracing::info!(
            total,
            files,
            "fewer connections than `limits.connections`: more need more open files (`ulimit -n`)"
        );
    }
    // One address must not be able to take all there is.
    Ok(ConnectionLimits { total, per_address: config.connections.per_address.min(total.div_ceil(2)) })
}

/// The limit of open files after it was raised.
fn raise_limit() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: maximum, maximum };
    let now = if setrlimit(Resource::Nofile, raised).is_ok() { maximum } else { current };
    now.unwrap_or(u64::MAX)
}
