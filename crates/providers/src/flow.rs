//! What ties an answer of a provider to the browser that asked for it.

use std::fmt;

use openidconnect::{PkceCodeChallenge, PkceCodeVerifier};

use crate::ProviderError;

/// What binds an answer to the browser that asked: three strings nobody can guess, made anew for every sign-in and known
/// to nobody but that browser and this registry.
pub struct Flow {
    /// Goes to the provider and comes back with the code.
    pub state: String,
    /// Comes back inside the signed id token. GitHub does not know it.
    pub nonce: String,
    /// Shown to the provider when the code is exchanged; before, it only sees a hash of it. 43 to 128 letters, digits and
    /// `-._~` (RFC 7636, section 4.1).
    pub pkce_verifier: String,
}

impl Flow {
    /// Whether an answer with this `state` is the answer to this flow. Takes as long for a near miss as for any other.
    #[must_use]
    pub fn is_answered_by(&self, state: &str) -> bool {
        let (ours, theirs) = (self.state.as_bytes(), state.as_bytes());
        let difference = ours.iter().zip(theirs).fold(0, |difference, (a, b)| difference | (a ^ b));
        !ours.is_empty() && ours.len() == theirs.len() && difference == 0
    }

    /// The hash of the verifier, which the provider sees first.
    pub(crate) fn challenge(&self, provider: &str) -> Result<PkceCodeChallenge, ProviderError> {
        if !(43..=128).contains(&self.pkce_verifier.len()) {
            return Err(ProviderError::misconfigured(provider, "a code verifier must have 43 to 128 characters"));
        }
        Ok(PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(self.pkce_verifier.clone())))
    }
}

impl fmt::Debug for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flow").finish_non_exhaustive()
    }
}
