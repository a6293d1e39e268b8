//! Handing mails to a mail server, RFC 5321.

mod client;

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use url::Url;

pub(crate) use self::client::Client;
use crate::transport::TransportError;

/// A mail server that passes mails on, written `smtps://[USER[:PASSWORD]@]HOST[:PORT]` (TLS from the start, port 465) or
/// `smtp://…` (STARTTLS, without which nothing is sent, port 587). Only for a server on this machine, `smtp://…?tls=none`
/// turns TLS off (port 25). `Debug` hides the password.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpServer {
    host: String,
    port: u16,
    security: Security,
    user: Option<String>,
    password: Option<String>,
}

/// What protects the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Security {
    Tls,
    StartTls,
    Nothing,
}

impl SmtpServer {
    /// The same server, with a password that does not stand in its address.
    ///
    /// # Errors
    /// When the address has no user, or a password already.
    pub fn with_password(self, password: String) -> Result<Self, TransportError> {
        match (&self.user, &self.password) {
            (None, _) => Err(TransportError::NoUser),
            (_, Some(_)) => Err(TransportError::TwoPasswords),
            (Some(_), None) => Ok(Self { password: Some(password), ..self }),
        }
    }
}

impl FromStr for SmtpServer {
    type Err = TransportError;

    fn from_str(text: &str) -> Result<Self, TransportError> {
        let url = Url::parse(text).map_err(|error| match error {
            url::ParseError::EmptyHost => TransportError::Host,
            _ => TransportError::Unknown,
        })?;
        if !matches!(url.scheme(), "smtp" | "smtps") {
            return Err(TransportError::Unknown);
        }
        let host = host_of(&url)?;
        let security = security_of(&url, &host)?;
        let user = Some(decode(url.username())?).filter(|user| !user.is_empty());
        let password = url.password().map(decode).transpose()?;
        if user.is_none() && password.is_some() {
            return Err(TransportError::NoUser);
        }
        let port = url.port().unwrap_or(match security {
            Security::Tls => 465,
            Security::StartTls => 587,
            Security::Nothing => 25,
        });
        Ok(Self { host, port, security, user, password })
    }
}

impl fmt::Debug for SmtpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpServer")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .field("user", &self.user)
            .field("password", &self.password.as_ref().map(|_| "***"))
            .finish()
    }
}

fn host_of(url: &Url) -> Result<String, TransportError> {
    let host = url.host().ok_or(TransportError::Host)?;
    match host {
        url::Host::Domain(name) if name.is_empty() || name.contains('%') => Err(TransportError::Host),
        url::Host::Domain(name) => Ok(name.to_owned()),
        url::Host::Ipv4(ip) => Ok(ip.to_string()),
        url::Host::Ipv6(ip) => Ok(ip.to_string()),
    }
}

fn security_of(url: &Url, host: &str) -> Result<Security, TransportError> {
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err(TransportError::Surplus);
    }
    match (url.scheme(), url.query()) {
        ("smtps", None) => Ok(Security::Tls),
        (_, None) => Ok(Security::StartTls),
        ("smtp", Some("tls=none")) if is_loopback(host) => Ok(Security::Nothing),
        (_, Some("tls=none")) => Err(TransportError::InTheClear),
        (_, Some(_)) => Err(TransportError::Surplus),
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn decode(text: &str) -> Result<String, TransportError> {
    Ok(percent_decode_str(text).decode_utf8().map_err(|_| TransportError::Encoding)?.into_owned())
}

#[cfg(test)]
mod tests;
