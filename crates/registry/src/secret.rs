//! Secrets: tokens, passwords and the randomness they are made of.

use std::fmt;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

/// What every token starts with. Changing it would revoke them all.
const TOKEN_PREFIX: &str = "cio";

/// Random characters of a token: 32 × log2(62) = 190 bits.
const TOKEN_CHARS: usize = 32;

/// Letters and digits, in the order in which checksums count them.
pub(crate) const ALPHANUMERIC: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// An API token in clear. It is shown once, at its creation; only its hash is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenSecret(String);

impl TokenSecret {
    pub(crate) fn random() -> Self {
        Self(format!("{TOKEN_PREFIX}{}", random_text(TOKEN_CHARS)))
    }

    /// The presented text, if it has the prefix of a token. Nothing else about it is checked.
    pub(crate) fn from_presented(text: &str) -> Option<Self> {
        text.starts_with(TOKEN_PREFIX).then(|| Self(text.to_owned()))
    }

    /// The SHA-256 of the whole text, under which it is stored and found.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// The token in clear, for the one time it is shown.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSecret(***)")
    }
}

/// Random characters of a session: 43 × log2(62) = 256 bits.
const SESSION_CHARS: usize = 43;

/// What a browser's cookie holds while somebody is signed in. Only its hash is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionSecret(String);

impl SessionSecret {
    /// A new one, which nobody can guess.
    #[must_use]
    pub fn random() -> Self {
        Self(random_text(SESSION_CHARS))
    }

    /// The value of a cookie. Nothing about it is checked but its hash.
    #[must_use]
    pub fn from_cookie(value: &str) -> Self {
        Self(value.to_owned())
    }

    /// The SHA-256 under which it is stored and found.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// The value for the cookie, for the one time it is sent.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionSecret(***)")
    }
}

/// What a scanner proves itself with. Only its hash is kept.
#[derive(Clone)]
pub struct ScanningSecret([u8; 32]);

impl ScanningSecret {
    /// The secret in clear.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// Whether somebody presents it. Takes as long for every text of the same length.
    pub(crate) fn is(&self, presented: &str) -> bool {
        let presented = Sha256::digest(presented.as_bytes());
        aws_lc_rs::constant_time::verify_slices_are_equal(&self.0, &presented).is_ok()
    }
}

impl fmt::Debug for ScanningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScanningSecret(***)")
    }
}

/// Text of random letters and digits.
pub(crate) fn random_text(chars: usize) -> String {
    let mut text = String::with_capacity(chars);
    while text.len() < chars {
        // 248 is the largest multiple of 62 in a byte: dropping what lies above keeps every character equally likely.
        let usable = random_bytes::<64>().into_iter().filter(|byte| *byte < 248);
        let random = usable.map(|byte| char::from(ALPHANUMERIC[usize::from(byte) % ALPHANUMERIC.len()]));
        text.extend(random.take(chars - text.len()));
    }
    text
}

/// Bytes from the operating system's generator.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system has a random number generator");
    bytes
}

/// Bytes that are never the same twice, here or in any other process: a random key of this process, mixed with a count. They are
/// no secret, and cost no system call but the first time.
pub(crate) fn unique_bytes() -> [u8; 16] {
    static KEY: LazyLock<u128> = LazyLock::new(|| u128::from_be_bytes(random_bytes()));
    static COUNT: AtomicU64 = AtomicU64::new(0);
    nth_of(*KEY, COUNT.fetch_add(1, Ordering::Relaxed)).to_be_bytes()
}

/// 2^128 divided by the golden ratio. It is odd, so no two counts have the same product with it, and the products of counts that
/// follow each other lie far apart.
const STRIDE: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;

/// The number that a process with this key makes of a count. Numbers of two processes are the same as seldom as random ones.
fn nth_of(key: u128, count: u64) -> u128 {
    key ^ u128::from(count).wrapping_mul(STRIDE)
}

#[cfg(test)]
mod tests;
