//! Trusted publishing (contract part 2, §8): pipelines publish with what their provider says of them, and without a secret that
//! anybody has to keep.
//!
//! An owner of a crate says which pipelines may publish it. A pipeline exchanges a JWT of its provider for a token that works for
//! half an hour. Whose account or repository it is counts by id, so that a name that was given up and registered again by
//! somebody else is worth nothing.

mod configs;
mod exchange;
mod fields;
mod issuers;
mod matching;
mod notices;
mod secret;
mod target;
mod tokens;
mod view;

use std::str::FromStr;

use cargohold_protocol::api::ClaimRule;
use cargohold_providers::Kind;

use crate::{Error, Registry};

pub use self::configs::PublishersOf;
pub use self::issuers::ListedIssuer;
pub use self::notices::describe as describe_publisher;
pub use self::secret::TrustpubSecret;
pub(crate) use self::tokens::{TrustedRun, check_still_pending};
pub use self::view::{show_github_config, show_gitlab_config, show_oidc_config};

/// A pipeline that may publish, as it is stored.
pub type TrustedPublisher = cargohold_store::trusted_publishers::TrustedPublisher;

/// Who vouches for a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrustedProvider {
    /// GitHub Actions.
    GitHub,
    /// GitLab CI.
    GitLab,
    /// Any other issuer.
    Oidc,
}

impl TrustedProvider {
    /// All of them, in the order in which lists show them.
    pub const ALL: [Self; 3] = [Self::GitHub, Self::GitLab, Self::Oidc];

    /// Its word in the store and in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
            Self::Oidc => "oidc",
        }
    }
}

impl From<Kind> for TrustedProvider {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::GitHub => Self::GitHub,
            Kind::GitLab => Self::GitLab,
            Kind::Other => Self::Oidc,
        }
    }
}

impl FromStr for TrustedProvider {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|provider| provider.as_str() == text);
        found.ok_or_else(|| {
            Error::Refused(format!("`{text}` vouches for no pipelines; say `github`, `gitlab` or `oidc`"))
        })
    }
}

impl Registry {
    /// Whether what issuers of this kind say of pipelines is believed: the operator decides.
    #[must_use]
    pub fn believes(&self, provider: TrustedProvider) -> bool {
        self.issuers.has(match provider {
            TrustedProvider::GitHub => Kind::GitHub,
            TrustedProvider::GitLab => Kind::GitLab,
            TrustedProvider::Oidc => Kind::Other,
        })
    }
}

/// A pipeline that is to be trusted with a crate.
#[derive(Clone, Debug)]
pub struct NewTrustedPublisher {
    /// The crate.
    pub krate: String,
    /// Whether the crate may be one that is yet to be published.
    pub is_pending: bool,
    /// Which pipeline.
    pub pipeline: TrustedPipeline,
}

/// What makes out a pipeline, not yet checked.
#[derive(Clone, Debug)]
pub enum TrustedPipeline {
    /// A workflow of GitHub Actions.
    GitHub {
        /// Who owns the repository.
        owner: String,
        /// The repository.
        repository: String,
        /// The file of the workflow, without its folder.
        workflow: String,
        /// The environment it must run in, unless it does not matter.
        environment: Option<String>,
    },
    /// A pipeline of GitLab CI.
    GitLab {
        /// The groups that the project is in.
        namespace: String,
        /// The project.
        project: String,
        /// The file that describes the pipeline, from the root of the repository.
        workflow: String,
        /// The environment it must run in, unless it does not matter.
        environment: Option<String>,
    },
    /// A pipeline of any other issuer.
    Oidc {
        /// What the operator calls the issuer.
        issuer: String,
        /// What it must say.
        rules: Vec<ClaimRule>,
    },
}

impl TrustedPipeline {
    /// Who vouches for it.
    #[must_use]
    pub const fn provider(&self) -> TrustedProvider {
        match self {
            Self::GitHub { .. } => TrustedProvider::GitHub,
            Self::GitLab { .. } => TrustedProvider::GitLab,
            Self::Oidc { .. } => TrustedProvider::Oidc,
        }
    }
}
