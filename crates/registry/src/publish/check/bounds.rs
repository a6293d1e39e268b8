//! How long the texts of a manifest may be (S47). Whatever is stored of a version is answered to whoever asks for it, in lists of
//! all versions too, so a small crate must not become a large answer.
//!
//! The limits are several times what real crates have. Crate names, versions, descriptions, keywords and index lines have theirs
//! elsewhere; an edition is one of a few words.

use cargohold_package::{ManifestDependency, PackageManifest};
use cargohold_protocol::PublishMetadata;
use cargohold_store::versions::VersionFacts;

use super::refuse;
use crate::Result;

/// The longest web address, in bytes. The longest of 500 common crates has 95.
pub(crate) const MAX_URL_BYTES: usize = 2048;

const MAX_PATH_BYTES: usize = 1024;
const MAX_LICENSE_BYTES: usize = 1024;
/// The longest name of a library, a binary, a native library or a feature.
const MAX_NAME_BYTES: usize = 256;
const MAX_RUST_VERSION_BYTES: usize = 64;
const MAX_CATEGORY_BYTES: usize = 128;
/// The longest value of a feature: two names and what stands between them.
const MAX_FEATURE_VALUE_BYTES: usize = 512;
const MAX_REQ_BYTES: usize = 1024;
/// The longest target of a dependency. `rustix` has one of 800 bytes.
const MAX_TARGET_BYTES: usize = 4096;
/// All features that one dependency switches on.
const MAX_DEPENDENCY_FEATURES_BYTES: usize = 16 * 1024;

/// All facts of a version together, for a crate with no more features than usual.
const MAX_FACTS_BYTES: usize = 64 * 1024;
/// How many bytes of facts come with each feature that an administrator allows. `windows` needs 70.
const FACTS_BYTES_PER_FEATURE: usize = 200;

/// Every text by itself, before any of them is parsed.
pub(super) fn check_texts(manifest: &PackageManifest, metadata: &PublishMetadata) -> Result<()> {
    let optional = [
        ("homepage", &manifest.homepage, MAX_URL_BYTES),
        ("documentation", &manifest.documentation, MAX_URL_BYTES),
        ("repository", &manifest.repository, MAX_URL_BYTES),
        ("license", &manifest.license, MAX_LICENSE_BYTES),
        ("license-file", &manifest.license_file, MAX_PATH_BYTES),
        ("rust-version", &manifest.rust_version, MAX_RUST_VERSION_BYTES),
        ("links", &manifest.links, MAX_NAME_BYTES),
        ("readme_file", &metadata.readme_file, MAX_PATH_BYTES),
    ];
    for (field, text, limit) in optional {
        check_len(&format!("`{field}`"), text.as_ref().map_or(0, String::len), limit)?;
    }
    let check_all = |what: &str, texts: &mut dyn Iterator<Item = &String>, limit| {
        texts.map(String::len).max().map_or(Ok(()), |longest| check_len(what, longest, limit))
    };
    check_all("the name of a binary", &mut manifest.bin_names.iter(), MAX_NAME_BYTES)?;
    check_all("the name of the library", &mut [&manifest.lib_name].into_iter(), MAX_NAME_BYTES)?;
    check_all("a category", &mut manifest.categories.iter(), MAX_CATEGORY_BYTES)?;
    check_all("the name of a feature", &mut manifest.features.keys(), MAX_NAME_BYTES)?;
    check_all("a value of a feature", &mut manifest.features.values().flatten(), MAX_FEATURE_VALUE_BYTES)
}

/// Every text of a dependency. Those of up to 100 versions stand in one answer.
pub(super) fn check_dependency(dependency: &ManifestDependency) -> Result<()> {
    let ManifestDependency { req, target, registry_index, features, .. } = dependency;
    let texts = [
        ("version", req.len(), MAX_REQ_BYTES),
        ("target", target.as_ref().map_or(0, String::len), MAX_TARGET_BYTES),
        ("registry-index", registry_index.as_ref().map_or(0, String::len), MAX_URL_BYTES),
        ("features", features.iter().map(String::len).sum(), MAX_DEPENDENCY_FEATURES_BYTES),
    ];
    texts.into_iter().try_for_each(|(field, bytes, limit)| {
        check_len(&format!("the `{field}` of the dependency `{}`", dependency.crate_name()), bytes, limit)
    })
}

/// Everything a version's manifest says, together. The limit grows with the features that an administrator allows a crate.
pub(super) fn check_facts(facts: &VersionFacts, max_features: usize) -> Result<()> {
    let limit = MAX_FACTS_BYTES.max(max_features.saturating_mul(FACTS_BYTES_PER_FEATURE));
    let bytes = facts.bytes();
    if bytes <= limit {
        return Ok(());
    }
    refuse(format!(
        "features, binaries and texts of `Cargo.toml` take {bytes} bytes together, the limit is {limit}; declare fewer, or ask an \
         administrator for more features"
    ))
}

fn check_len(what: &str, bytes: usize, limit: usize) -> Result<()> {
    if bytes <= limit {
        return Ok(());
    }
    refuse(format!("{what} is {bytes} bytes long, the limit is {limit}; shorten it"))
}
