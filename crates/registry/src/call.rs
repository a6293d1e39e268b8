//! Who asks, when, and under which id: how time and identity get into the rules.

use std::fmt;
use std::net::IpAddr;

use cargohold_protocol::Timestamp;

use crate::SessionSecret;

/// One request, as the rules see it.
#[derive(Clone, Debug)]
pub struct Call {
    /// The id under which it is logged.
    pub id: RequestId,
    /// When it arrived.
    pub now: Timestamp,
    /// What it presented to prove who asks.
    pub credentials: Credentials,
    /// The session its cookie names, if it has one.
    pub session: Option<SessionSecret>,
    /// From where it comes.
    pub address: Option<IpAddr>,
    /// What its program calls itself.
    pub user_agent: Option<String>,
    /// The values of its `Origin` headers: a browser says which site a request comes from.
    pub origins: Vec<String>,
}

/// The id of a request: 32 hex digits, never the same twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// The id made of these random bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(format!("{:032x}", u128::from_be_bytes(bytes)))
    }

    /// A new id.
    #[must_use]
    pub fn random() -> Self {
        Self::from_bytes(crate::secret::random_bytes())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the `Authorization` header of a request holds (contract part 2, §2.3). Not yet looked up.
#[derive(Clone)]
pub enum Credentials {
    /// There is no such header.
    None,
    /// A token, bare or after `Bearer`.
    Token(String),
    /// Something else than a token: the scheme, or nothing if the value is no ASCII text.
    Malformed(Option<String>),
}

impl Credentials {
    /// Reads the value of the header.
    #[must_use]
    pub fn from_header(value: Option<&[u8]>) -> Self {
        let Some(value) = value else { return Self::None };
        let Some(text) = std::str::from_utf8(value).ok().filter(|text| text.is_ascii()) else {
            return Self::Malformed(None);
        };
        let text = text.trim_ascii();
        match text.split_once(' ') {
            None => Self::Token(text.to_owned()),
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                Self::Token(token.trim_ascii().to_owned())
            }
            Some((scheme, _)) => Self::Malformed(Some(scheme.to_owned())),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Token(_) => "Token(***)",
            Self::Malformed(_) => "Malformed(***)",
        })
    }
}
