//! What is said on a connection: binds and searches, and what their results mean.

use ldap3::{Scope, SearchEntry, SearchOptions, SearchResult};

use super::PATIENCE;
use super::config::LdapConfig;
use super::entry::Entry;
use super::error::LdapProblem;

/// Result codes of RFC 4511, appendix A.
mod code {
    pub(super) const SUCCESS: u32 = 0;
    pub(super) const SIZE_LIMIT_EXCEEDED: u32 = 4;
    pub(super) const CONSTRAINT_VIOLATION: u32 = 19;
    pub(super) const NO_SUCH_OBJECT: u32 = 32;
    pub(super) const INAPPROPRIATE_AUTHENTICATION: u32 = 48;
    pub(super) const INVALID_CREDENTIALS: u32 = 49;
    pub(super) const INSUFFICIENT_ACCESS_RIGHTS: u32 = 50;
    pub(super) const UNWILLING_TO_PERFORM: u32 = 53;
}

/// How directories say that this password does not open this account: it is wrong, the account is locked, it has no
/// password, or it has gone since it was found.
const REFUSALS: [u32; 6] = [
    code::INVALID_CREDENTIALS,
    code::INAPPROPRIATE_AUTHENTICATION,
    code::CONSTRAINT_VIOLATION,
    code::UNWILLING_TO_PERFORM,
    code::INSUFFICIENT_ACCESS_RIGHTS,
    code::NO_SUCH_OBJECT,
];

/// An open connection.
pub(super) struct Session {
    ldap: ldap3::Ldap,
}

impl Session {
    pub(super) fn new(ldap: ldap3::Ldap) -> Self {
        Self { ldap }
    }

    /// Goes on as the service account, if there is one.
    pub(super) async fn bind_service_account(&mut self, config: &LdapConfig) -> Result<(), LdapProblem> {
        let Some((dn, password)) = config.service_account() else { return Ok(()) };
        let result = self.ldap.simple_bind(dn, password).await.map_err(LdapProblem::of)?;
        if result.rc == code::SUCCESS { Ok(()) } else { Err(LdapProblem::ServiceAccount(result.into())) }
    }

    /// Goes on as the user; false when their password is wrong.
    pub(super) async fn bind_user(&mut self, user: &Entry, password: &str) -> Result<bool, LdapProblem> {
        let result = self.ldap.simple_bind(user.dn(), password).await.map_err(LdapProblem::of)?;
        match result.rc {
            code::SUCCESS => Ok(true),
            code if REFUSALS.contains(&code) => Ok(false),
            _ => Err(LdapProblem::User(result.into())),
        }
    }

    /// All entries that match; `None` when these are more than `limit`, or more than the server tells at once. `setting`
    /// is where the base is written. Entries that lie on other servers are left out.
    pub(super) async fn search(
        &mut self,
        setting: &'static str,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[&str],
        limit: usize,
    ) -> Result<Option<Vec<Entry>>, LdapProblem> {
        let options = SearchOptions::new()
            .sizelimit(i32::try_from(limit).unwrap_or(i32::MAX))
            .timelimit(i32::try_from(PATIENCE.as_secs()).unwrap_or(i32::MAX));
        let search = self.ldap.with_search_options(options).search(base, scope, filter, attributes);
        let SearchResult(entries, result) = search.await.map_err(LdapProblem::of)?;
        match result.rc {
            code::SIZE_LIMIT_EXCEEDED => Ok(None),
            code::SUCCESS if entries.len() > limit => Ok(None),
            code::SUCCESS => Ok(Some(entries.into_iter().map(SearchEntry::construct).map(Entry::from).collect())),
            _ => Err(LdapProblem::Search(setting, result.into())),
        }
    }
}
