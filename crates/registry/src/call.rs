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

/// The id of a request: 32 hex digits, never the same twice. It is no secret: from one id those that follow can be worked out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RequestId([u8; 32]);

impl RequestId {
    /// The id made of these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 32];
        for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
            pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
        Self(text)
    }

    /// An id that nothing else has, here or in any other process. Costs no system call.
    #[must_use]
    pub fn unique() -> Self {
        Self::from_bytes(crate::secret::unique_bytes())
    }

    /// The id as text.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "hex digits are ASCII")]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("hex digits are ASCII")
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestId({self})")
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
