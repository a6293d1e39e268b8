//! What the wire types accept, what they refuse and what they print.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cksum;
mod day;
mod dependency;
mod feature;
mod frame;
mod index;
mod metadata;
mod name;
mod timestamp;
mod version;

use proptest::test_runner::{Config, RngSeed};

/// Property tests with a fixed seed: a failure today is a failure tomorrow.
fn seeded(cases: u32) -> Config {
    Config { cases, rng_seed: RngSeed::Fixed(0x0063_6172_676f), failure_persistence: None, ..Config::default() }
}
