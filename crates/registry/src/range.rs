//! The version that a requirement leads to.

use cargohold_protocol::Version;
use cargohold_store::versions;
use semver::VersionReq;

use crate::access::load_crate;
use crate::{Error, Registry, Result};

impl Registry {
    /// The highest version of a crate that satisfies a requirement such as `^1.2`; a yanked one only if no other does.
    ///
    /// # Errors
    /// When there is no such crate, the text is no requirement, or no version satisfies it.
    pub async fn resolve_range(&self, name: &str, req: &str) -> Result<Version> {
        let mut tx = self.store.read().await?;
        let krate = load_crate(&mut tx, name).await?;
        let requirement: VersionReq = req.trim().parse().map_err(|problem: semver::Error| {
            Error::Refused(format!("`{req}` is no version requirement ({problem}); write it like `^1.2`"))
        })?;
        let all = versions::list_summaries(&mut tx, krate.id).await?;
        let matching = all.into_iter().filter(|version| version.num.satisfies(&requirement));
        let best = matching.max_by(|a, b| (!a.is_yanked, &a.num).cmp(&(!b.is_yanked, &b.num)));
        best.map(|version| version.num).ok_or_else(|| Error::NoVersionInRange(krate.name, req.to_owned()))
    }
}
