//! How mail leaves.

use std::path::PathBuf;
use std::str::FromStr;

use crate::smtp::SmtpServer;

/// Where mails go. As text: `off`, `folder:PATH`, or the address of an [`SmtpServer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Nowhere.
    Off,
    /// Into a folder, each as a file.
    Folder(PathBuf),
    /// To a mail server, which passes them on.
    Smtp(SmtpServer),
}

/// Why a text says nothing about where mails go. Never repeats the text, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// It is none of the forms.
    #[error(
        "it is not clear where mails shall go; say `off`, `folder:PATH`, `smtps://HOST:PORT` or `smtp://HOST:PORT`"
    )]
    Unknown,
    /// The address names no host.
    #[error("the mail server's address has no host name; write it like `smtps://user@mail.example:465`")]
    Host,
    /// The address has a path, a fragment or settings other than `tls`.
    #[error("the mail server's address goes on after its port; leave out everything there but `?tls=none`")]
    Surplus,
    /// The address asks for mail in the clear, to another machine or against its own scheme.
    #[error("`tls=none` would send mails in the clear; use it only with `smtp://` and a server on this very machine")]
    InTheClear,
    /// The user name or password is not UTF-8 once its `%` signs are decoded.
    #[error("the mail server's user name or password cannot be read; write special characters as `%` and two digits")]
    Encoding,
    /// There is a password, but nobody whose it is.
    #[error("there is a password for the mail server, but no user; put the user into its address, before an `@`")]
    NoUser,
    /// The password was given in the address and apart from it.
    #[error("the mail server's password is given twice; take it out of the address")]
    TwoPasswords,
}

impl FromStr for Transport {
    type Err = TransportError;

    fn from_str(text: &str) -> Result<Self, TransportError> {
        match (text, text.strip_prefix("folder:")) {
            ("off", _) => Ok(Self::Off),
            (_, Some("")) => Err(TransportError::Unknown),
            (_, Some(path)) => Ok(Self::Folder(path.into())),
            (server, None) => server.parse().map(Self::Smtp),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_says_where_mails_go() {
        assert_eq!("off".parse(), Ok(Transport::Off));
        assert_eq!("folder:data/mails".parse(), Ok(Transport::Folder("data/mails".into())));
        assert!(matches!("smtps://mail.example".parse(), Ok(Transport::Smtp(_))));
        for text in ["", "on", "folder:", "data/mails", "mail.example:25", "https://mail.example"] {
            assert_eq!(text.parse::<Transport>(), Err(TransportError::Unknown), "{text}");
        }
    }
}
