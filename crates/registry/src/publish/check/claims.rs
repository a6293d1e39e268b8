//! Metadata and manifest must tell the same story (S08): whoever reviews one of them reviews what cargo will use.
//!
//! The index line comes from the manifest in any case. A member of the metadata that does not have cargo's shape is
//! ignored, as the contract says; one that has it and differs from the manifest is refused.

use std::collections::{BTreeMap, BTreeSet};

use cargohold_package::{ManifestDependency, PackageManifest};
use cargohold_protocol::{DependencyKind, MetadataDependency, PublishMetadata};

use super::refuse;
use crate::Result;
use crate::settings::is_crates_io;

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
    let in_manifest = || count(manifest.dependencies.iter().map(in_manifest));
    match &metadata.claimed_deps {
        Some(claimed) if count(claimed.iter().map(in_metadata)) != in_manifest() => disagree("dependencies"),
        _ => Ok(()),
    }
}

fn disagree(what: &str) -> Result<()> {
    refuse(format!(
        "the metadata and `Cargo.toml` in the crate file disagree about {what}; publish with `cargo publish`"
    ))
}

/// What tells the dependencies of a package apart: real name, alias, kind, target.
type Identity<'a> = (&'a str, Option<&'a str>, DependencyKind, Option<String>);

fn in_manifest(dependency: &ManifestDependency) -> Identity<'_> {
    let alias = dependency.package.as_ref().map(|_| dependency.key.as_str());
    (dependency.crate_name(), alias, dependency.kind, dependency.target.as_deref().map(plain_target))
}

fn in_metadata(dependency: &MetadataDependency) -> Identity<'_> {
    let alias = dependency.explicit_name_in_toml.as_deref();
    (&dependency.name, alias, dependency.kind, dependency.target.as_deref().map(plain_target))
}

/// A target without what cargo changes when it writes one: the manifest keeps its author's spaces and trailing commas, the
/// metadata has cargo's.
fn plain_target(target: &str) -> String {
    let mut plain = String::with_capacity(target.len());
    let mut is_quoted = false;
    for c in target.chars() {
        is_quoted ^= c == '"';
        if c == ')' && !is_quoted && plain.ends_with(',') {
            plain.pop();
        }
        if is_quoted || !c.is_whitespace() {
            plain.push(c);
        }
    }
    plain
}

fn count<'a>(dependencies: impl Iterator<Item = Identity<'a>>) -> BTreeMap<Identity<'a>, usize> {
    let mut counts = BTreeMap::new();
    for dependency in dependencies {
        *counts.entry(dependency).or_default() += 1;
    }
    counts
}

/// The dependencies that come from crates.io according to the metadata.
///
/// The manifest cannot say this: cargo writes the index of every registry into it but that of crates.io, so a dependency
/// without one may be from crates.io or, in a crate made for crates.io, from wherever it is published to.
pub(super) struct FromCratesIo<'a>(BTreeSet<Identity<'a>>);

impl<'a> FromCratesIo<'a> {
    pub(super) fn claimed(metadata: &'a PublishMetadata) -> Self {
        let claimed = metadata.claimed_deps.iter().flatten();
        let from = claimed.filter(|dependency| dependency.registry.as_deref().is_some_and(is_crates_io));
        Self(from.map(in_metadata).collect())
    }

    pub(super) fn contains(&self, dependency: &ManifestDependency) -> bool {
        self.0.contains(&in_manifest(dependency))
    }
}
