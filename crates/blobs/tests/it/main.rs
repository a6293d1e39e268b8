//! One conformance suite for every blob store, and what is special about each.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

#[macro_use]
mod backends;
mod conformance;
mod disk;
mod key;
mod s3;
