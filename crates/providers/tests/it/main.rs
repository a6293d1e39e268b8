//! Providers, as seen from outside the crate.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod issuer_server;
mod issuers;
mod paseto;
mod pipeline;
