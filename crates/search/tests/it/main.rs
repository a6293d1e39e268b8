//! What lists, searches and suggestions hold, in which order, and how the index follows the store.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod feeding;
mod filtering;
mod fixtures;
mod matching;
mod odd_texts;
mod ordering;
mod paging;
mod ranking;
mod suggesting;
