//! Black-box tests: a real server in both shapes, real cargo, real HTTP. Run them with `cargo xtask test`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod access_logs;
mod accounts;
mod archive;
mod auth_required;
mod cargo_workflow;
mod changes;
mod crash;
mod crate_reads;
mod crates_io_api;
mod download;
mod dump;
mod index;
#[expect(dead_code, reason = "shared with the tests of `providers`, which need more of it")]
#[path = "../../../providers/tests/it/issuer_server.rs"]
mod issuer_server;
mod limits;
mod lists;
mod openapi;
mod publish;
mod races;
mod real_crates;
mod recorded;
mod refusals;
mod reindex;
mod routes;
mod scenarios;
mod schemas;
mod schemathesis;
mod security;
mod shutdown;
mod support;
mod tls;
mod trustpub;
mod wire;
mod yank_and_owners;
