//! Logs, to standard error.

use tracing_subscriber::EnvFilter;

use crate::Failure;
use crate::config::Config;

/// Starts logging as the configuration says.
pub(crate) fn start(config: &Config) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&config.log_filter)
        .map_err(|error| Failure::Failed(format!("the setting `log.filter` cannot be used: {error}")))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if config.log_json { lines.json().try_init() } else { lines.with_ansi(false).try_init() };
    started.map_err(|error| Failure::Failed(error.to_string()))
}
