//! What a package's `Cargo.toml` says, as far as a registry cares (contract §7.4, §7.5).

use std::collections::BTreeMap;

use cargo_manifest::{Dependency, DepsSet, Manifest, MaybeInherited, Package};
use cargohold_protocol::DependencyKind;

use crate::PackageError;
use crate::paths::PathTree;

/// The manifest of a package, every value as its author wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageManifest {
    /// `package.name`.
    pub name: String,
    /// `package.version`.
    pub version: String,
    /// `package.description`.
    pub description: Option<String>,
    /// `package.homepage`.
    pub homepage: Option<String>,
    /// `package.documentation`.
    pub documentation: Option<String>,
    /// `package.repository`.
    pub repository: Option<String>,
    /// `package.license`.
    pub license: Option<String>,
    /// `package.license-file`.
    pub license_file: Option<String>,
    /// `package.keywords`.
    pub keywords: Vec<String>,
    /// `package.categories`.
    pub categories: Vec<String>,
    /// `package.rust-version`.
    pub rust_version: Option<String>,
    /// `package.links`.
    pub links: Option<String>,
    /// `package.edition`.
    pub edition: Option<String>,
    /// `[features]`.
    pub features: BTreeMap<String, Vec<String>>,
    /// All dependencies: normal, dev, build, then the same per target.
    pub dependencies: Vec<ManifestDependency>,
    /// Whether the package has a library.
    pub has_lib: bool,
    /// The name of the library, or what it would be.
    pub lib_name: String,
    /// The names of the binaries, explicit ones first.
    pub bin_names: Vec<String>,
}

/// One entry of a dependency table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestDependency {
    /// The key in the table.
    pub key: String,
    /// `package`, the real crate name if the key is an alias.
    pub package: Option<String>,
    /// The version requirement; `*` if there is none.
    pub req: String,
    /// `features`.
    pub features: Vec<String>,
    /// `optional`.
    pub optional: bool,
    /// `default-features`.
    pub default_features: bool,
    /// The `[target.'…']` the table belongs to.
    pub target: Option<String>,
    /// The table it stands in.
    pub kind: DependencyKind,
    /// `registry`: a name that only its author's configuration can explain.
    pub registry: Option<String>,
    /// `registry-index`: the index of another registry.
    pub registry_index: Option<String>,
}

impl ManifestDependency {
    /// The real name of the crate depended upon.
    #[must_use]
    pub fn crate_name(&self) -> &str {
        self.package.as_deref().unwrap_or(&self.key)
    }
}

/// A manifest that is valid by itself; its targets are not known yet.
pub(crate) struct ParsedManifest(Manifest);

impl ParsedManifest {
    pub(crate) fn parse(text: &[u8]) -> Result<Self, PackageError> {
        let manifest = Manifest::from_slice(text).map_err(|error| PackageError::BadManifest(error.to_string()))?;
        check(&manifest).map_err(|problem| PackageError::BadManifest(problem.to_owned()))?;
        Ok(Self(manifest))
    }

    /// Finds the targets among the package's files.
    pub(crate) fn complete(self, files: &PathTree) -> Result<PackageManifest, PackageError> {
        let mut manifest = self.0;
        manifest
            .complete_from_abstract_filesystem(&files)
            .map_err(|error| PackageError::BadManifest(error.to_string()))?;
        let dependencies = all_dependencies(&manifest);
        let package = manifest.package.ok_or_else(|| PackageError::BadManifest(NO_PACKAGE.to_owned()))?;
        Ok(PackageManifest {
            has_lib: manifest.lib.is_some(),
            lib_name: manifest.lib.and_then(|lib| lib.name).unwrap_or_else(|| package.name.replace('-', "_")),
            bin_names: manifest.bin.into_iter().filter_map(|bin| bin.name).collect(),
            features: manifest.features.unwrap_or_default(),
            dependencies,
            version: local(package.version).unwrap_or_default(),
            description: local(package.description),
            homepage: local(package.homepage),
            documentation: local(package.documentation),
            repository: local(package.repository),
            license: local(package.license),
            license_file: local(package.license_file),
            keywords: local(package.keywords).unwrap_or_default(),
            categories: local(package.categories).unwrap_or_default(),
            rust_version: local(package.rust_version),
            edition: local(package.edition).map(|edition| edition.as_str().to_owned()),
            links: package.links,
            name: package.name,
        })
    }
}

const NO_PACKAGE: &str = "it has no `[package]` table; add one";

fn local<T>(value: Option<MaybeInherited<T>>) -> Option<T> {
    value.and_then(MaybeInherited::as_local)
}

fn check(manifest: &Manifest) -> Result<(), &'static str> {
    let package = manifest.package.as_ref().ok_or(NO_PACKAGE)?;
    if package.version.is_none() {
        return Err("it has no `package.version`; add one");
    }
    if manifest.patch.as_ref().is_some_and(|patch| !patch.is_empty()) {
        return Err("it has a `[patch]` table, which a published crate cannot use; remove it");
    }
    let tables = [&manifest.dependencies, &manifest.dev_dependencies, &manifest.build_dependencies];
    let inherits = |table: &&Option<DepsSet>| {
        table.iter().flat_map(BTreeMap::values).any(|dependency| matches!(dependency, Dependency::Inherited(_)))
    };
    if inherits_metadata(package) || tables.iter().any(inherits) {
        return Err("it inherits from a workspace; package it with `cargo package`, which writes the values out");
    }
    Ok(())
}

fn inherits_metadata(package: &Package) -> bool {
    fn inherits<T>(value: Option<&MaybeInherited<T>>) -> bool {
        matches!(value, Some(MaybeInherited::Inherited { .. }))
    }
    inherits(package.version.as_ref())
        || inherits(package.edition.as_ref())
        || inherits(package.rust_version.as_ref())
        || inherits(package.authors.as_ref())
        || inherits(package.description.as_ref())
        || inherits(package.homepage.as_ref())
        || inherits(package.documentation.as_ref())
        || inherits(package.readme.as_ref())
        || inherits(package.keywords.as_ref())
        || inherits(package.categories.as_ref())
        || inherits(package.license.as_ref())
        || inherits(package.license_file.as_ref())
        || inherits(package.repository.as_ref())
}

fn all_dependencies(manifest: &Manifest) -> Vec<ManifestDependency> {
    let mut all = Vec::new();
    let mut add = |table: Option<&DepsSet>, kind, target: Option<&String>| {
        let entries = table.into_iter().flatten();
        all.extend(entries.map(|(key, dependency)| read_dependency(key, dependency, kind, target.cloned())));
    };
    add(manifest.dependencies.as_ref(), DependencyKind::Normal, None);
    add(manifest.dev_dependencies.as_ref(), DependencyKind::Dev, None);
    add(manifest.build_dependencies.as_ref(), DependencyKind::Build, None);
    for (target, tables) in manifest.target.iter().flatten() {
        add(Some(&tables.dependencies), DependencyKind::Normal, Some(target));
        add(Some(&tables.dev_dependencies), DependencyKind::Dev, Some(target));
        add(Some(&tables.build_dependencies), DependencyKind::Build, Some(target));
    }
    all
}

fn read_dependency(
    key: &str,
    dependency: &Dependency,
    kind: DependencyKind,
    target: Option<String>,
) -> ManifestDependency {
    let detail = dependency.detail();
    ManifestDependency {
        key: key.to_owned(),
        package: dependency.package().map(str::to_owned),
        req: dependency.req().to_owned(),
        features: dependency.req_features().to_vec(),
        optional: dependency.optional(),
        default_features: detail.and_then(|d| d.default_features).unwrap_or(true),
        target,
        kind,
        registry: detail.and_then(|d| d.registry.clone()),
        registry_index: detail.and_then(|d| d.registry_index.clone()),
    }
}
