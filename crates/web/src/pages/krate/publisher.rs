//! Who published a version.

use cargohold_protocol::api::{TrustpubData, VersionObject};

/// A person, or a pipeline that a trusted publisher vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Publisher {
    /// The person, or where the pipeline runs.
    pub(super) who: String,
    /// Their page.
    pub(super) href: Option<String>,
    /// The commit that was published, if a pipeline says so.
    pub(super) commit: Option<Commit>,
    pub(super) is_pipeline: bool,
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Commit {
    /// The beginning of its hash.
    pub(super) short: String,
    /// Its page.
    pub(super) href: Option<String>,
}

impl Publisher {
    /// Who published a version, if that is known.
    pub(super) fn of(version: &VersionObject) -> Option<Self> {
        if let Some(data) = &version.trustpub_data {
            return Some(Self::pipeline(data));
        }
        let user = version.published_by.as_ref()?;
        let href = Some(format!("/users/{}", user.login));
        Some(Self { who: user.login.clone(), href, commit: None, is_pipeline: false })
    }

    fn pipeline(data: &TrustpubData) -> Self {
        let (href, commit) = match data {
            TrustpubData::GitHub { repository, run_id, sha } => (
                Some(format!("https://github.com/{repository}/actions/runs/{run_id}")),
                Some((sha, Some(format!("https://github.com/{repository}/tree/{sha}")))),
            ),
            TrustpubData::GitLab { sha, .. } => (None, Some((sha, None))),
            TrustpubData::Oidc { .. } => (None, None),
        };
        let commit = commit.map(|(sha, href)| Commit { short: sha.chars().take(10).collect(), href });
        Self { who: data.pipeline(), href, commit, is_pipeline: true }
    }
}
