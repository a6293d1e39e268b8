//! What a search finds, in which order, and how the index follows the store.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod feeding;
mod fixtures;
mod listing;
mod odd_texts;
mod ranking;
