//! Identity providers, real ones and ones that lie, and what tokens prove. Run with `cargo xtask test`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod fake_provider;
mod github;
mod github_server;
mod issuer_server;
mod issuers;
mod ldap;
mod loopback;
mod oidc;
mod oidc_claims;
mod oidc_forgeries;
mod oidc_metadata;
mod paseto;
mod pipeline;
mod provider_server;
mod secrets;
mod slapd;
