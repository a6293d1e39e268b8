//! Features and dependencies of a manifest (steps 23 to 26 of the contract, §7.6).

use std::collections::BTreeMap;

use cargohold_package::{ManifestDependency, PackageManifest};
use cargohold_protocol::{
    CRATES_IO_INDEX, CrateName, DependencyName, FeatureError, FeatureName, FeatureValue, PublishMetadata,
};
use cargohold_store::dependencies::NewDependency;
use semver::VersionReq;

use super::claims::FromCratesIo;
use super::{bounds, refuse};
use crate::settings::Settings;
use crate::{Error, Result};

pub(super) fn check_features(features: &BTreeMap<String, Vec<String>>, limit: usize) -> Result<()> {
    if features.len() > limit {
        let count = features.len();
        return refuse(format!(
            "the crate has {count} features, the limit is {limit}; ask an administrator to raise it"
        ));
    }
    for (name, values) in features {
        name.parse::<FeatureName>().map_err(|problem| refused(&problem))?;
        if values.len() > limit {
            let count = values.len();
            return refuse(format!("the feature `{name}` switches on {count} others, the limit is {limit}; split it"));
        }
        values.iter().try_for_each(|value| check_value(value))?;
    }
    Ok(())
}

fn check_value(value: &str) -> Result<()> {
    value.parse::<FeatureValue>().map(|_| ()).map_err(|problem| refused(&problem))
}

fn refused(problem: &FeatureError) -> Error {
    Error::Refused(problem.to_string())
}

/// All dependencies in manifest order, with requirements written the way the index wants them.
pub(super) fn read_dependencies(
    metadata: &PublishMetadata,
    manifest: &PackageManifest,
    settings: &Settings,
) -> Result<Vec<NewDependency>> {
    let limit = settings.limits.max_dependencies;
    let count = manifest.dependencies.len();
    if count > limit {
        return refuse(format!("the crate has {count} dependencies, the limit is {limit}; remove some"));
    }
    let from_crates_io = FromCratesIo::claimed(metadata);
    let read = |dependency: &ManifestDependency| {
        let registry = match &dependency.registry_index {
            None if from_crates_io.contains(dependency) => Some(CRATES_IO_INDEX.to_owned()),
            index => settings.dependency_registry(index.as_deref()),
        };
        read_dependency(dependency, registry)
    };
    manifest.dependencies.iter().map(read).collect()
}

fn read_dependency(dependency: &ManifestDependency, registry: Option<String>) -> Result<NewDependency> {
    let name = dependency.crate_name();
    name.parse::<CrateName>().map_err(|problem| Error::Refused(format!("in the dependency `{name}`: {problem}")))?;
    bounds::check_dependency(dependency)?;
    dependency.features.iter().try_for_each(|feature| check_value(feature))?;
    if dependency.registry.as_ref().is_some_and(|registry| !registry.is_empty()) {
        return refuse(format!(
            "the dependency `{name}` names a registry that only your configuration knows; publish with `cargo publish`, \
             which writes its address"
        ));
    }
    let req = read_req(name, &dependency.req)?;
    if dependency.package.is_some() {
        dependency.key.parse::<DependencyName>().map_err(Error::Refused)?;
    }
    Ok(NewDependency {
        name: name.to_owned(),
        explicit_name: dependency.package.as_ref().map(|_| dependency.key.clone()),
        req,
        kind: dependency.kind,
        is_optional: dependency.optional,
        default_features: dependency.default_features,
        features: dependency.features.clone(),
        target: dependency.target.clone(),
        registry,
    })
}

fn read_req(name: &str, text: &str) -> Result<String> {
    let hint = "write it like `1.2`";
    match VersionReq::parse(text) {
        Ok(req) if req == VersionReq::STAR => refuse(format!(
            "the dependency `{name}` accepts any version (`*`); say which versions it works with: {hint}"
        )),
        Ok(req) => Ok(req.to_string()),
        Err(problem) => refuse(format!("the dependency `{name}` has the requirement `{text}`: {problem}; {hint}")),
    }
}
