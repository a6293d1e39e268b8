//! What has changed from one version of a crate to another.
//!
//! Versions do not change, so neither do comparisons: they are kept in memory. What one costs is bounded, and whatever is left
//! out says why.

mod facts;
mod files;

use std::sync::Arc;

use cargohold_protocol::{CrateName, DependencyKind, Version};
use cargohold_render::diff::Diff;
use cargohold_store::versions::VersionRow;
use cargohold_store::{Tx, dependencies};
use moka::sync::Cache;

use crate::list_versions::load_version;
use crate::source::find_origin;
use crate::{Error, Registry, Result};

/// How much memory comparisons may take, in bytes.
const MAX_CACHED_BYTES: u64 = 32 * 1024 * 1024;

/// What has changed from one version to another. A version compared with itself has nothing in any of the lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The crate, as it is stored.
    pub name: CrateName,
    /// The version that the changes begin with.
    pub old: Version,
    /// The version that the changes lead to.
    pub new: Version,
    /// The files: `Cargo.toml`, then `Cargo.toml.orig`, then the others by path.
    pub files: Vec<FileChange>,
    /// The dependencies, by name.
    pub dependencies: Vec<DependencyChange>,
    /// The features, by name.
    pub features: Vec<FeatureChange>,
    /// What else the manifest says: `edition`, `rust_version`, `license`, `lib_links`, `has_lib`, `bin_names`.
    pub facts: Vec<FactChange>,
}

/// A file that is not the same in both versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Its path, in the new version if it is there.
    pub path: String,
    /// What happened to it.
    pub kind: Change,
    /// Its length in the old version, in bytes.
    pub old_size: Option<u64>,
    /// Its length in the new version, in bytes.
    pub new_size: Option<u64>,
    /// The lines that changed; absent for a file that was only renamed.
    pub diff: Option<Diff>,
    /// Why there is no `diff`, where there should be one: a sentence without its end.
    pub why_not: Option<&'static str>,
}

/// What happened to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Something else is in it.
    Changed,
    /// The same bytes were at another path.
    Renamed {
        /// Where they were.
        from: String,
    },
}

/// A dependency that was added (`old` is absent), removed (`new` is absent) or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DependencyChange {
    /// The real name of the crate depended upon.
    pub name: String,
    /// As it was.
    pub old: Option<DependencyFacts>,
    /// As it is.
    pub new: Option<DependencyFacts>,
}

/// What a version says of a dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DependencyFacts {
    /// The version requirement.
    pub req: String,
    /// The kind.
    pub kind: DependencyKind,
    /// The platform it is limited to.
    pub target: Option<String>,
    /// Whether a feature must switch it on.
    pub is_optional: bool,
    /// Whether its default features are on.
    pub default_features: bool,
    /// The features asked for.
    pub features: Vec<String>,
    /// The name in the manifest if it is renamed.
    pub explicit_name: Option<String>,
    /// The index it comes from; `None` for this registry.
    pub registry: Option<String>,
}

/// A feature that was added (`old` is absent), removed (`new` is absent) or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureChange {
    /// Its name.
    pub name: String,
    /// What it switched on.
    pub old: Option<Vec<String>>,
    /// What it switches on.
    pub new: Option<Vec<String>>,
}

/// A value of the manifest that is not the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactChange {
    /// What it is called in the API.
    pub fact: &'static str,
    /// As it was; `None` if it was not said.
    pub old: Option<String>,
    /// As it is; `None` if it is not said.
    pub new: Option<String>,
}

/// Comparisons by the ids and checksums of both versions.
pub(crate) type ComparisonCache = Cache<[(i64, String); 2], Arc<Comparison>>;

pub(crate) fn comparison_cache() -> ComparisonCache {
    let weigh = |_: &[(i64, String); 2], comparison: &Arc<Comparison>| {
        let lines = comparison.files.iter().filter_map(|file| file.diff.as_ref()).flat_map(|diff| &diff.hunks);
        let text: usize = lines.flat_map(|hunk| &hunk.lines).map(|line| line.text.len() + 100).sum();
        let paths: usize = comparison.files.iter().map(|file| 2 * file.path.len() + 300).sum();
        let rest = 500 * (comparison.dependencies.len() + comparison.features.len() + 2);
        u32::try_from(text + paths + rest).unwrap_or(u32::MAX)
    };
    Cache::builder().max_capacity(MAX_CACHED_BYTES).weigher(weigh).build()
}

impl Registry {
    /// What has changed from one version of a crate to another, by any spelling of the crate's name.
    ///
    /// # Errors
    /// When there is no such crate or version, or what is stored of one is corrupt.
    pub async fn compare_versions(
        self: &Arc<Self>,
        name: &str,
        old: &Version,
        new: &Version,
    ) -> Result<Arc<Comparison>> {
        let mut tx = self.store.read().await?;
        let (krate, old) = load_version(&mut tx, name, old).await?;
        let (_, new) = load_version(&mut tx, name, new).await?;
        let key = [(old.id, old.cksum.clone()), (new.id, new.cksum.clone())];
        if let Some(comparison) = self.comparisons.get(&key) {
            return Ok(comparison);
        }
        let mut comparison = compare_rows(&mut tx, krate.name, &old, &new).await?;
        if old.id != new.id {
            let (old_origin, new_origin) = (find_origin(&mut tx, &old).await?, find_origin(&mut tx, &new).await?);
            drop(tx);
            let old_source = self.open_origin(&old, old_origin).await?;
            comparison.files = self.compare_files(&old_source, &self.open_origin(&new, new_origin).await?).await?;
        }
        let comparison = Arc::new(comparison);
        self.comparisons.insert(key, comparison.clone());
        Ok(comparison)
    }
}

/// Compares everything but the files.
async fn compare_rows(tx: &mut Tx, name: CrateName, old: &VersionRow, new: &VersionRow) -> Result<Comparison> {
    let old_dependencies = dependencies::list(tx, old.id).await?;
    let new_dependencies = dependencies::list(tx, new.id).await?;
    Ok(Comparison {
        name,
        old: old.num.parse().map_err(Error::internal)?,
        new: new.num.parse().map_err(Error::internal)?,
        files: Vec::new(),
        dependencies: facts::compare_dependencies(old_dependencies, new_dependencies)?,
        features: facts::compare_features(&old.features, &new.features)?,
        facts: facts::compare_facts(old, new)?,
    })
}
