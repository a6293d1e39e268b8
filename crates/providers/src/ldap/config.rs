//! How to reach a directory, and what its entries mean.

use std::fmt;
use std::path::PathBuf;

use super::error::LdapProblem;
use super::filter;

/// How to reach a directory, and what its entries mean.
#[derive(Clone)]
pub struct LdapConfig {
    /// What people call this directory, in messages.
    pub name: String,
    /// `ldaps://host`, or `ldap://host` together with `start_tls`; with a port if it is not 636 or 389.
    pub url: String,
    /// Whether a connection that begins in plain text is encrypted before anything else is said.
    pub start_tls: bool,
    /// Whether passwords may travel in plain text to another machine. To this machine they may always.
    pub allow_plain: bool,
    /// The authorities that may vouch for the server, as PEM; `None` for those the system trusts.
    pub ca_file: Option<PathBuf>,
    /// The account that searches; `None` to search as nobody.
    pub bind_dn: Option<String>,
    /// The password of that account.
    pub bind_password: Option<String>,
    /// Below which entry people are. It is a part of their issuer: another base makes other people of them.
    pub user_base: String,
    /// The filter that finds somebody by `{login}`, such as `(&(objectClass=inetOrgPerson)(uid={login}))`.
    pub user_filter: String,
    /// The attribute that says for ever who somebody is, with exactly one value: `entryUUID`, or `objectGUID` in Active
    /// Directory. Values that are not text become hexadecimal.
    pub subject_attribute: String,
    /// The attribute with the login, such as `uid`.
    pub login_attribute: String,
    /// The attribute with the name to display, such as `cn`.
    pub name_attribute: String,
    /// The attribute with the email address, such as `mail`.
    pub email_attribute: String,
    /// Below which entry groups are; `None` to take the values of the user's own `memberOf`, which are names of entries.
    pub group_base: Option<String>,
    /// The filter that finds somebody's groups by `{dn}` or `{login}`, such as `(member={dn})` or `(memberUid={login})`.
    pub group_filter: String,
    /// The attribute with the name of a group, such as `cn`.
    pub group_attribute: String,
}

impl LdapConfig {
    /// Whether everything but the address can work.
    pub(super) fn check(&self) -> Result<(), LdapProblem> {
        let is_given = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        if is_given(&self.bind_dn) != is_given(&self.bind_password) {
            return Err(LdapProblem::HalfServiceAccount);
        }
        if !filter::is_usable(&self.user_filter, &["{login}"]) {
            return Err(LdapProblem::UserFilter);
        }
        if self.group_base.is_some() && !filter::is_usable(&self.group_filter, &["{dn}", "{login}"]) {
            return Err(LdapProblem::GroupFilter);
        }
        Ok(())
    }

    /// The account that searches, with its password.
    pub(super) fn service_account(&self) -> Option<(&str, &str)> {
        let dn = self.bind_dn.as_deref().filter(|dn| !dn.is_empty())?;
        Some((dn, self.bind_password.as_deref()?))
    }
}

impl fmt::Debug for LdapConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LdapConfig")
            .field("name", &self.name)
            .field("user_base", &self.user_base)
            .field("bind_dn", &self.bind_dn)
            .field("bind_password", &self.bind_password.as_ref().map(|_| "***"))
            .finish_non_exhaustive()
    }
}
