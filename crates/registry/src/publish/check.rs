//! What a package must be like (steps 14 to 26 and 33 of the contract). Pure: no clock, no database.

mod bounds;
mod categories;
mod claims;
mod fields;
mod relations;

use std::collections::BTreeSet;

use cargohold_package::{Package, PackageManifest};
use cargohold_protocol::{Cksum, IndexDependency, IndexEntry, IndexLine, Timestamp, Version};
use cargohold_store::crates::CrateTexts;
use cargohold_store::dependencies::NewDependency;
use cargohold_store::versions::VersionFacts;

use crate::publish::Upload;
use crate::settings::{Policy, Settings};
use crate::{Error, Result};

pub(crate) use bounds::MAX_URL_BYTES;

/// A package that passed every check which needs no database, in the form in which it is stored.
#[derive(Debug)]
pub(crate) struct NewVersion {
    pub(crate) num: Version,
    pub(crate) cksum: Cksum,
    pub(crate) line: IndexLine,
    pub(crate) facts: VersionFacts,
    pub(crate) texts: CrateTexts,
    pub(crate) keywords: BTreeSet<String>,
    pub(crate) known_categories: BTreeSet<String>,
    pub(crate) unknown_categories: Vec<String>,
    pub(crate) dependencies: Vec<NewDependency>,
}

/// A check that failed, in words for the publisher.
fn refuse<T>(why: impl Into<String>) -> Result<T> {
    Err(Error::Refused(why.into()))
}

impl NewVersion {
    pub(crate) fn check(upload: &Upload, package: Package, settings: &Settings, now: Timestamp) -> Result<Self> {
        let Package { cksum, manifest } = package;
        let metadata = &upload.metadata;
        check_equal("name", &manifest.name, &metadata.name)?;
        check_equal("version", &manifest.version, &metadata.vers)?;
        bounds::check_texts(&manifest, metadata)?;
        fields::check(&manifest, settings.policy)?;
        relations::check_features(&manifest.features, upload.max_features)?;
        let dependencies = relations::read_dependencies(metadata, &manifest, settings)?;
        claims::check(metadata, &manifest)?;
        check_no_nul(upload, &manifest, &dependencies)?;
        let (known, unknown) = categories::split(&manifest.categories);
        let entry = index_entry(upload, &manifest, cksum, &dependencies, now);
        let line = entry.into_line().map_err(Error::internal)?;
        check_line(&line)?;
        let facts = version_facts(&manifest)?;
        bounds::check_facts(&facts, upload.max_features)?;
        Ok(Self {
            num: upload.version.clone(),
            cksum,
            line,
            facts,
            texts: CrateTexts {
                description: manifest.description,
                homepage: manifest.homepage,
                documentation: manifest.documentation,
                repository: manifest.repository,
            },
            keywords: manifest.keywords.iter().map(|keyword| keyword.to_lowercase()).collect(),
            known_categories: known,
            unknown_categories: unknown,
            dependencies,
        })
    }

    /// Refuses unknown categories, where the policy wants that.
    pub(crate) fn check_categories(&self, policy: Policy) -> Result<()> {
        if !policy.known_categories_only || self.unknown_categories.is_empty() {
            return Ok(());
        }
        let unknown = self.unknown_categories.join(", ");
        refuse(format!("these categories do not exist: {unknown}; choose from the list at crates.io"))
    }
}

fn check_equal(what: &str, in_manifest: &str, in_metadata: &str) -> Result<()> {
    if in_manifest == in_metadata {
        return Ok(());
    }
    refuse(format!(
        "the metadata gives the {what} `{in_metadata}`, but `Cargo.toml` in the crate file says `{in_manifest}`; \
         publish with `cargo publish`"
    ))
}

/// The longest index line, in bytes. Everybody who resolves any version of a crate downloads the lines of all (S47).
const MAX_LINE_BYTES: usize = 1024 * 1024;

fn check_line(line: &IndexLine) -> Result<()> {
    let bytes = line.head.len() + line.tail.len();
    if bytes <= MAX_LINE_BYTES {
        return Ok(());
    }
    refuse(format!(
        "features and dependencies take {bytes} bytes in the index, and more than {MAX_LINE_BYTES} are too many; declare fewer \
         features or shorter lists of values"
    ))
}

/// Refuses texts that PostgreSQL cannot store. Names, numbers and requirements cannot contain a NUL anyway.
fn check_no_nul(upload: &Upload, manifest: &PackageManifest, dependencies: &[NewDependency]) -> Result<()> {
    let optional = [
        &manifest.description,
        &manifest.homepage,
        &manifest.documentation,
        &manifest.repository,
        &manifest.license,
        &manifest.links,
        &upload.metadata.readme,
        &upload.metadata.readme_file,
    ];
    let targets = dependencies.iter().filter_map(|dependency| dependency.target.as_ref());
    let registries = dependencies.iter().filter_map(|dependency| dependency.registry.as_ref());
    let mut texts = optional
        .into_iter()
        .flatten()
        .chain(targets)
        .chain(registries)
        .chain(&manifest.bin_names)
        .chain(&manifest.categories)
        .chain([&manifest.lib_name]);
    match texts.find(|text| text.contains('\0')) {
        None => Ok(()),
        Some(_) => refuse("a text in the manifest or the readme contains a NUL character; remove it"),
    }
}

fn index_entry(
    upload: &Upload,
    manifest: &PackageManifest,
    cksum: Cksum,
    dependencies: &[NewDependency],
    now: Timestamp,
) -> IndexEntry {
    IndexEntry {
        name: upload.name.clone(),
        vers: upload.version.clone(),
        deps: dependencies.iter().map(index_dependency).collect(),
        cksum,
        features: manifest.features.clone(),
        features2: std::collections::BTreeMap::new(),
        yanked: false,
        links: manifest.links.clone(),
        rust_version: manifest.rust_version.clone(),
        pubtime: Some(now.to_seconds_text()),
        v: None,
    }
}

fn index_dependency(dependency: &NewDependency) -> IndexDependency {
    let (name, package) = match &dependency.explicit_name {
        Some(alias) => (alias.clone(), Some(dependency.name.clone())),
        None => (dependency.name.clone(), None),
    };
    IndexDependency {
        name,
        req: dependency.req.clone(),
        features: dependency.features.clone(),
        optional: dependency.is_optional,
        default_features: dependency.default_features,
        target: dependency.target.clone(),
        kind: dependency.kind,
        registry: dependency.registry.clone(),
        package,
    }
}

fn version_facts(manifest: &PackageManifest) -> Result<VersionFacts> {
    let json = |value: serde_json::Result<String>| value.map_err(Error::internal);
    let license =
        manifest.license.clone().or_else(|| manifest.license_file.as_ref().map(|_| "non-standard".to_owned()));
    Ok(VersionFacts {
        features: json(serde_json::to_string(&manifest.features))?,
        keywords: json(serde_json::to_string(&manifest.keywords))?,
        categories: json(serde_json::to_string(&manifest.categories))?,
        license,
        links: manifest.links.clone(),
        rust_version: manifest.rust_version.clone(),
        edition: manifest.edition.clone(),
        has_lib: manifest.has_lib,
        lib_name: manifest.lib_name.clone(),
        bin_names: json(serde_json::to_string(&manifest.bin_names))?,
        description: manifest.description.clone(),
        homepage: manifest.homepage.clone(),
        documentation: manifest.documentation.clone(),
        repository: manifest.repository.clone(),
    })
}
