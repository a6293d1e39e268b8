//! Every function of the store, with the same assertions on SQLite and on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

#[macro_use]
mod engines;
mod administration;
mod audit;
mod bulk;
mod categories;
mod changes;
mod crate_list;
mod crates;
mod deletion;
mod dependencies;
mod derived_files;
mod downloads;
mod dump;
mod fixtures;
mod follows;
mod identities;
mod identity;
mod job_list;
mod jobs;
mod keywords;
mod migrations;
mod owned_crates;
mod owner_invitations;
mod owners;
mod rate;
mod reverse_dependencies;
mod schema;
mod second_factors;
mod sessions;
mod sign_ins;
mod sign_up_invitations;
mod statements;
mod teams;
mod tokens;
mod tombstones;
mod transactions;
mod trusted_publishers;
mod trustpub_tokens;
mod users;
mod versions;
