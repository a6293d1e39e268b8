//! What can go wrong with a mail.

/// Why a mailer cannot be made, or a mail could not be sent. No text of it contains a recipient's address.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The recipient's address is no mailbox; whether that matters is up to the caller.
    #[error("the account's mail address cannot be used; enter another one in the account settings")]
    Address,
    /// The configured sender cannot stand in `From`.
    #[error("mail cannot come from `{0}`; name one mailbox in ASCII at a domain, like `crates@registry.example`")]
    Sender(String),
    /// Links cannot be made of the site's configured address.
    #[error("mails cannot link to `{0}`; give the site's whole address, like `https://registry.example`")]
    BaseUrl(String),
    /// The message id could not stand in a header or a file name.
    #[error("`{0}` cannot be a message id; use 1 to 64 ASCII letters, digits, `-` and `_`")]
    MessageId(String),
    /// A user name without a password was configured for the mail server.
    #[error("the mail server's user has no password; set `mail.smtp_password`, or take the user out of the address")]
    NoPassword,
    /// No TLS connection can be prepared on this machine.
    #[error("TLS cannot be set up for the mail server; check its host name and this machine's trusted certificates")]
    Tls(#[source] Cause),
    /// The mail server answered, and its answer was no.
    #[error("the mail server refused the mail with `{answer}`; check the `mail` settings and the server's log")]
    Refused {
        /// Its status code and text. Whatever contains an `@` is left out.
        answer: String,
        /// Whether it said that trying again is pointless.
        is_permanent: bool,
    },
    /// The mail server lacks what sending this mail safely takes, such as STARTTLS, AUTH or SMTPUTF8.
    #[error("the mail server lacks something this mail needs; check the `mail` settings")]
    Incapable(#[source] Cause),
    /// The mail server cannot be reached, cannot be trusted, or broke off.
    #[error("the connection to the mail server failed; check the `mail` settings and try again")]
    Connection(#[source] Cause),
    /// The mail server took too long.
    #[error("the mail server took longer than {0} s; try again later")]
    TooSlow(u64),
    /// The mail could not be written to the folder.
    #[error("the folder for mails cannot be written; check that it exists and belongs to this user")]
    Folder(#[from] std::io::Error),
}

/// An error from below, for the log.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;
