//! Black-box tests: a real server in both shapes, real cargo, real HTTP. Run them with `cargo xtask test`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

#[path = "../../../providers/tests/it/github_server.rs"]
mod github_server;
#[path = "../../../providers/tests/it/loopback.rs"]
mod loopback;
#[path = "../../../providers/tests/it/provider_server.rs"]
mod provider_server;
#[expect(dead_code, reason = "the crate of the client uses all of it")]
#[path = "../../../providers/tests/it/slapd.rs"]
mod slapd;

#[path = "../../../bench/src/slow/attacker.rs"]
mod attacker;

mod access_logs;
mod accounts;
mod archive;
mod audit;
mod auth_required;
mod browser;
mod cargo_workflow;
mod changes;
mod crash;
mod crate_reads;
mod crates_io_api;
mod download;
mod dump;
mod edge;
mod edge_bytes;
mod edge_clients;
mod edge_crowds;
mod edge_rules;
mod edge_slow;
mod elsewhere;
mod index;
mod invitations;
#[expect(dead_code, reason = "shared with the tests of `providers`, which need more of it")]
#[path = "../../../providers/tests/it/issuer_server.rs"]
mod issuer_server;
mod kept;
mod limits;

mod lists;
mod matrix;
mod me;
mod my_tokens;
mod openapi;
mod owners;
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
mod secret_scanning;
mod secrets;
mod security;
mod shutdown;
mod sign_in;
mod signed_tokens;
mod site_account;
mod site_admin;
mod site_crates;
mod site_lists;
mod site_manage;
mod stored_bytes;
mod support;
mod teams;
mod teams_elsewhere;
mod tls;
mod trustpub;
mod wire;
mod yank;
