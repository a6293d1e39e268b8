//! The providers, against real servers and against servers that misbehave.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod ldap;
mod slapd;
