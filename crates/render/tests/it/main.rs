//! What is derived from a published crate, and that hostile ones do no harm.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod diff;
mod embed;
mod feed;
mod highlight;
mod hostile;
mod inert;
mod lines;
mod links;
mod readme;
mod source_archive;
