//! Every function of the store, with the same assertions on SQLite and on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

#[macro_use]
mod engines;
mod bulk;
mod changes;
mod crates;
mod dependencies;
mod fixtures;
mod identity;
mod owners;
mod rate;
mod schema;
mod tokens;
mod tombstones;
mod transactions;
mod users;
mod versions;
