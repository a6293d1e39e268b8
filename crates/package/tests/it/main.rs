//! What an untrusted `.crate` file may contain, and what is read from one that is fine.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod build;
mod corpus;
mod damage;
mod files;
mod gzip;
mod limits;
mod manifest;
mod paths;
mod pax;
mod types;
