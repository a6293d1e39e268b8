//! Metadata and manifest must tell the same story (S08): whoever reviews one of them reviews what cargo will use.
//!
//! The index line comes from the manifest in any case. A member of the metadata that does not have cargo's shape is
//! ignored, as the contract says; one that has it and differs from the manifest is refused.

use std::collections::BTreeMap;

use cargohold_package::PackageManifest;
use cargohold_protocol::{MetadataDependency, PublishMetadata};

use super::refuse;
use crate::Result;

pub(super) fn check(metadata: &PublishMetadata, manifest: &PackageManifest) -> Result<()> {
    if let Some(claimed) = &metadata.claimed_features
        && *claimed != manifest.features
    {
        return disagree("features");
    }
    if let Some(claimed) = &metadata.claimed_links
        && *claimed != manifest.links
    {
        return disagree("links");
    }
    match &metadata.claimed_deps {
        Some(claimed) if count(claimed.iter().cloned()) != count(in_manifest(manifest)) => disagree("dependencies"),
        _ => Ok(()),
    }
}

fn disagree(what: &str) -> Result<()> {
    refuse(format!(
        "the metadata and `Cargo.toml` in the crate file disagree about {what}; publish with `cargo publish`"
    ))
}

fn in_manifest(manifest: &PackageManifest) -> impl Iterator<Item = MetadataDependency> {
    manifest.dependencies.iter().map(|dependency| MetadataDependency {
        name: dependency.crate_name().to_owned(),
        explicit_name_in_toml: dependency.package.as_ref().map(|_| dependency.key.clone()),
        kind: dependency.kind,
        target: dependency.target.clone(),
    })
}

fn count(dependencies: impl Iterator<Item = MetadataDependency>) -> BTreeMap<MetadataDependency, usize> {
    let mut counts = BTreeMap::new();
    for dependency in dependencies {
        *counts.entry(dependency).or_default() += 1;
    }
    counts
}
