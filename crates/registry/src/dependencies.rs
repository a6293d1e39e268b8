//! What a version depends on, and what depends on a crate (contract §5.5, §5.8).

use std::collections::HashMap;

use cargohold_protocol::api::{Dependency, ReverseDependencies, Total};
use cargohold_protocol::{CanonicalName, CrateName, DependencyKind, Version};
use cargohold_store::{crates, dependencies, reverse_dependencies, versions};

use crate::access::load_crate;
use crate::list_versions::load_version;
use crate::version_view::{Spelling, stored_json};
use crate::{Error, Registry, Result};

/// A dependency of a version with what is known of the crate depended upon.
#[derive(Clone, Debug)]
pub struct DescribedDependency {
    /// The dependency.
    pub dependency: Dependency,
    /// The name in the manifest if it is renamed.
    pub explicit_name: Option<String>,
    /// The index it comes from; `None` for this registry.
    pub registry: Option<String>,
    /// The crate; `None` if it comes from elsewhere or is gone.
    pub krate: Option<DependedUpon>,
}

/// A crate that another one depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DependedUpon {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
}

impl Registry {
    /// The dependencies of a version.
    ///
    /// # Errors
    /// When there is no such crate or it has no such version.
    pub async fn list_dependencies(&self, name: &str, num: &Version) -> Result<Vec<Dependency>> {
        let mut tx = self.store.read().await?;
        let (_, version) = load_version(&mut tx, name, num).await?;
        let rows = dependencies::list(&mut tx, version.id).await?;
        rows.into_iter().map(|row| show(row, None, 0)).collect()
    }

    /// The dependencies of a version, each with the crate it leads to, if this registry has it.
    ///
    /// # Errors
    /// When there is no such crate or it has no such version.
    pub async fn describe_dependencies(&self, name: &str, num: &Version) -> Result<Vec<DescribedDependency>> {
        let mut tx = self.store.read().await?;
        let (_, version) = load_version(&mut tx, name, num).await?;
        let rows = dependencies::list(&mut tx, version.id).await?;
        let here = rows.iter().filter(|row| row.registry.is_none()).filter_map(|row| canonical(&row.name));
        let found = crates::list_described(&mut tx, &here.collect::<Vec<_>>()).await?;
        let found: HashMap<String, DependedUpon> = found
            .into_iter()
            .map(|(canonical, name, description)| (canonical, DependedUpon { name, description }))
            .collect();
        rows.into_iter().map(|row| describe(row, &found)).collect()
    }

    /// One page of the crates whose default versions depend on a crate.
    ///
    /// # Errors
    /// When there is no such crate.
    pub async fn list_reverse_dependencies(
        &self,
        name: &str,
        offset: usize,
        limit: usize,
    ) -> Result<ReverseDependencies> {
        let (offset, limit) =
            (i64::try_from(offset).map_err(Error::internal)?, i64::try_from(limit).map_err(Error::internal)?);
        let mut tx = self.store.read().await?;
        let krate = load_crate(&mut tx, name).await?;
        let name = krate.name.as_str();
        let total = reverse_dependencies::count(&mut tx, name).await?;
        let dependents = reverse_dependencies::list(&mut tx, name, offset, limit).await?;
        let ids: Vec<i64> = dependents.iter().map(|dependent| dependent.dependency_id).collect();
        let rows = dependencies::list_by_ids(&mut tx, &ids).await?;
        let mut rows: HashMap<i64, _> = rows.into_iter().map(|row| (row.id, row)).collect();
        let found = dependents.iter().filter_map(|dependent| Some((rows.remove(&dependent.dependency_id)?, dependent)));
        let shown: Result<Vec<_>> =
            found.map(|(row, dependent)| show(row, Some(name.to_owned()), dependent.downloads)).collect();
        let version_ids: Vec<i64> = dependents.iter().map(|dependent| dependent.version_id).collect();
        let versions = versions::list_by_ids(&mut tx, &version_ids).await?;
        let versions = self.show_versions(&mut tx, versions, Spelling::Stored).await?;
        Ok(ReverseDependencies { dependencies: shown?, versions, meta: Total { total } })
    }
}

fn canonical(name: &str) -> Option<CanonicalName> {
    name.parse::<CrateName>().ok().map(|name| name.canonical())
}

fn describe(row: dependencies::Dependency, found: &HashMap<String, DependedUpon>) -> Result<DescribedDependency> {
    let (explicit_name, registry) = (row.explicit_name.clone(), row.registry.clone());
    let here = canonical(&row.name).filter(|_| registry.is_none());
    let krate = here.and_then(|name| found.get(name.as_str()).cloned());
    Ok(DescribedDependency { dependency: show(row, None, 0)?, explicit_name, registry, krate })
}

/// A dependency as the API shows it, on the crate of another name if the list is about that crate.
fn show(row: dependencies::Dependency, on: Option<String>, downloads: i64) -> Result<Dependency> {
    let kind = match row.kind.as_str() {
        "build" => DependencyKind::Build,
        "dev" => DependencyKind::Dev,
        _ => DependencyKind::Normal,
    };
    Ok(Dependency {
        id: row.id,
        version_id: row.version_id,
        crate_id: on.unwrap_or(row.name),
        req: row.req,
        optional: row.is_optional,
        default_features: row.default_features,
        features: stored_json(&row.features)?,
        target: row.target,
        kind,
        downloads,
    })
}
