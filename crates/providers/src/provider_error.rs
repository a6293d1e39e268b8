//! Why a provider did not tell who somebody is.

use std::error::Error;

/// Why a provider was of no help. One variant for each thing the caller can do about it. No text of it, nor of its
/// sources, holds a code, a token or a secret.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// It does not answer, or says that it is too busy.
    #[error("`{provider}` does not answer at the moment; try again in a minute")]
    Unreachable {
        /// The name of the provider.
        provider: String,
        /// What went wrong.
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
    /// It does not accept the code: the code is wrong, too old, already used, or another browser began this sign-in.
    #[error("`{provider}` did not accept this sign-in, perhaps because it took too long; start it again")]
    CodeRefused {
        /// The name of the provider.
        provider: String,
    },
    /// It does not accept the client id, the client secret or the address it should lead back to.
    #[error(
        "`{provider}` does not recognise this registry; ask whoever runs the registry to check its client settings"
    )]
    ClientRefused {
        /// The name of the provider.
        provider: String,
    },
    /// What it says does not hold up: a wrong signature, issuer, audience, time or nonce, or no sense at all.
    #[error(
        "what `{provider}` answered cannot be trusted; start again, and tell whoever runs the registry if it persists"
    )]
    Untrustworthy {
        /// The name of the provider.
        provider: String,
        /// What does not hold up.
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
    /// It cannot even be asked.
    #[error("`{provider}` is not set up correctly: {problem}")]
    Misconfigured {
        /// The name of the provider.
        provider: String,
        /// What is wrong with the settings.
        problem: String,
    },
    /// The organisation hides its members from this registry. Only GitHub says so.
    #[error("an owner of the organisation must first allow this registry at `{provider}` to see its teams")]
    OrganizationRestricted {
        /// The name of the provider.
        provider: String,
    },
    /// The access token is no longer good. Only GitHub says so.
    #[error("`{provider}` no longer lets this registry ask on your behalf; sign in again")]
    SignInAgain {
        /// The name of the provider.
        provider: String,
    },
}

impl ProviderError {
    pub(crate) fn unreachable(provider: &str, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unreachable { provider: provider.to_owned(), cause: cause.into() }
    }

    pub(crate) fn untrustworthy(provider: &str, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Untrustworthy { provider: provider.to_owned(), cause: cause.into() }
    }

    pub(crate) fn misconfigured(provider: &str, problem: impl Into<String>) -> Self {
        Self::Misconfigured { provider: provider.to_owned(), problem: problem.into() }
    }

    pub(crate) fn code_refused(provider: &str) -> Self {
        Self::CodeRefused { provider: provider.to_owned() }
    }

    pub(crate) fn client_refused(provider: &str) -> Self {
        Self::ClientRefused { provider: provider.to_owned() }
    }
}
