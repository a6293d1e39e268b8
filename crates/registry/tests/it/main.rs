//! Rules that can be told without HTTP.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod accounts;
mod administrators;
mod credentials;
mod fixtures;
mod kept;
mod managed_teams;
mod previews;
mod reserved;
mod secret_scanning;
mod secrets;
mod settings;
mod site;
mod sources;
mod stored_files;
mod sweep;
