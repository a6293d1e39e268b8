//! What arrives when a letter is sent: in a folder, and at a real mail server.
//!
//! `TEST_SMTP_SERVER` names the mail server's program; run the tests under `cargo xtask with-services` to have it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod arrived;
mod folder;
mod injection;
mod letters;
mod server;
mod smtp;
mod tls;
