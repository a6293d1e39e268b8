//! Derives content from a published crate: its readme as HTML, line counts, a source archive, feeds, highlighted code and diffs.
//!
//! Everything here is a pure function of hostile input. What it costs is bounded by the input's length, and nothing
//! panics. This crate refuses to know about I/O, SQL and HTTP.

pub mod diff;
mod escape;
pub mod feed;
pub mod highlight;
pub mod lines;
pub mod readme;
pub mod source_archive;
