//! What can go wrong with a directory.

use std::path::PathBuf;
use std::{error, fmt, io};

use ldap3::LdapResult;
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::pem;

/// Something is wrong with a directory or with its settings.
#[derive(Debug)]
pub struct LdapError {
    /// What people call the directory.
    pub directory: String,
    /// What is wrong.
    pub problem: LdapProblem,
}

impl fmt::Display for LdapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the directory `{}` {}", self.directory, self.problem)
    }
}

impl error::Error for LdapError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.problem.source()
    }
}

/// What is wrong with a directory, as the end of a sentence.
#[derive(Debug, thiserror::Error)]
pub enum LdapProblem {
    /// The address is none. It is not repeated: somebody may have written a password into it.
    #[error("has no usable address; write `url` like `ldaps://ldap.example`, with a port at most")]
    Address,
    /// The connection would be encrypted in an encrypted connection.
    #[error("is encrypted from the beginning; remove `start_tls`, or write `url` with `ldap://`")]
    TlsTwice,
    /// Passwords would travel through a network in plain text.
    #[error("would get passwords in plain text; use `ldaps://` or `start_tls`, or accept the risk with `allow_plain`")]
    PlainText,
    /// There is a service account without a password, or a password without an account.
    #[error("has only half of a service account; set both `bind_dn` and `bind_password`, or neither")]
    HalfServiceAccount,
    /// The filter for people cannot be read or does not ask for the login.
    #[error("cannot find anybody by `user_filter`; write a filter with `{{login}}` in it, like `(uid={{login}})`")]
    UserFilter,
    /// The filter for groups cannot be read or does not ask for the user.
    #[error(
        "cannot find groups by `group_filter`; write a filter with `{{dn}}` or `{{login}}`, like `(member={{dn}})`"
    )]
    GroupFilter,
    /// The file with the authorities cannot be read.
    #[error("cannot be trusted, because {} cannot be read; check `ca_file`", .0.display())]
    CaFile(PathBuf, #[source] pem::Error),
    /// The file with the authorities has none.
    #[error("cannot be trusted, because {} holds no certificate; check `ca_file`", .0.display())]
    NoAuthority(PathBuf),
    /// The system trusts nobody.
    #[error(
        "cannot be trusted, because this system trusts no authority; install its root certificates or set `ca_file`"
    )]
    NoSystemAuthority,
    /// Nobody answers there, or the connection broke.
    #[error("cannot be reached; check `url`, the network and whether the server runs")]
    Unreachable(#[source] io::Error),
    /// The server has ended the connection without an answer.
    #[error("ended the connection without an answer; its log may say why")]
    Lost,
    /// It took longer than ten seconds.
    #[error("does not answer in time; check `url` and whether the server is overloaded")]
    Timeout,
    /// Whatever answers there, it is no directory.
    #[error("answers with something that is not LDAP; check host, port and encryption in `url`")]
    NotLdap,
    /// The connection cannot be encrypted, mostly because the certificate is not to be trusted.
    #[error("cannot be spoken to securely; check its certificate, `ca_file` and the host in `url`")]
    Tls(#[source] rustls::Error),
    /// The host cannot be the subject of a certificate.
    #[error("has a host that no certificate can name; write a name or an IPv4 address into `url`")]
    TlsHost,
    /// The server does not encrypt the connection on demand.
    #[error("refuses `start_tls`; use `ldaps://` if it has that")]
    NoStartTls(#[source] LdapAnswer),
    /// The service account cannot sign in.
    #[error("refuses the service account; check `bind_dn`, `bind_password` and whether the account is locked")]
    ServiceAccount(#[source] LdapAnswer),
    /// A search failed.
    #[error("cannot be searched; check `{0}` and what the service account may read")]
    Search(&'static str, #[source] LdapAnswer),
    /// The directory could not say whether a password is right.
    #[error("cannot say whether a password is right; its log may say why")]
    User(#[source] LdapAnswer),
    /// Somebody has not exactly one subject.
    #[error(
        "knows somebody whose `{0}` has not exactly one value; check `subject_attribute` and what may be read of it"
    )]
    Subject(String),
    /// Somebody is in more than 1000 groups, or in more than the server tells at once.
    #[error("knows somebody with too many groups to list; make `group_filter` or `group_base` narrower")]
    TooManyGroups,
}

impl LdapProblem {
    /// What it means for us that an operation failed.
    pub(super) fn of(error: ldap3::LdapError) -> Self {
        match error {
            ldap3::LdapError::Io { source } => Self::of_io(source),
            ldap3::LdapError::Rustls { source } => Self::Tls(source),
            ldap3::LdapError::DNSName { .. } => Self::TlsHost,
            // While connecting there is one operation only.
            ldap3::LdapError::LdapResult { result } => Self::NoStartTls(result.into()),
            _ => Self::Lost,
        }
    }

    fn of_io(error: io::Error) -> Self {
        if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Self::Tls(tls.clone());
        }
        // What cannot be decoded is the only failure of the library's own.
        if error.kind() == io::ErrorKind::Other { Self::NotLdap } else { Self::Unreachable(error) }
    }
}

/// How a directory explains that it does not do something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("LDAP result {code} {text:?}")]
pub struct LdapAnswer {
    /// The result code of RFC 4511, section 4.1.9.
    pub code: u32,
    /// The server's words for people.
    pub text: String,
}

impl From<LdapResult> for LdapAnswer {
    fn from(result: LdapResult) -> Self {
        Self { code: result.rc, text: result.text }
    }
}
