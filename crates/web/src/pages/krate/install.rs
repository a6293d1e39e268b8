//! How to use a crate, ready to be pasted.

use cargohold_registry::CratePage;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::pages::frame::Frame;

/// What a package URL escapes in versions and qualifiers; a colon stays as it is.
const PACKAGE_URL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_').remove(b'~').remove(b':');

/// Commands and lines of manifests for one version of a crate.
pub(super) struct Install {
    /// Adds it to a package; absent for what is no library.
    pub(super) add: Option<String>,
    /// The same in a manifest.
    pub(super) dependency: Option<String>,
    /// Installs its binaries.
    pub(super) binaries: Option<String>,
    /// What cargo needs to know of this registry.
    pub(super) config: String,
    /// The package URL (the purl specification, type `cargo`), by which scanners and bills of materials name the version.
    pub(super) package_url: String,
}

impl Install {
    pub(super) fn new(frame: &Frame, page: &CratePage) -> Self {
        let (name, alias, version) = (&page.krate.name, &frame.alias, &page.version);
        // Build metadata is no part of a requirement.
        let num = version.num.split('+').next().unwrap_or_default();
        // Without a number, cargo takes the highest version that is stable.
        let is_named = !page.is_default() || num.contains('-');
        let has_bins = version.bin_names.as_ref().is_some_and(|names| !names.is_empty());
        let has_lib = version.has_lib != Some(false) || !has_bins;
        let at = if is_named { format!("@{num}") } else { String::new() };
        Self {
            add: has_lib.then(|| format!("cargo add {name}{at} --registry {alias}")),
            dependency: has_lib.then(|| format!("{name} = {{ version = \"{num}\", registry = \"{alias}\" }}")),
            binaries: has_bins.then(|| format!("cargo install {name}{at} --registry {alias}")),
            config: format!(
                "[registries.{alias}]\nindex = \"{}\"\n\n[registry]\nglobal-credential-providers = [\"cargo:token\"]",
                frame.index_url
            ),
            package_url: package_url(name.as_str(), &version.num, &frame.base_url),
        }
    }
}

/// The registry is named, since a name alone is one of crates.io.
fn package_url(name: &str, num: &str, base_url: &str) -> String {
    let escaped = |text: &str| utf8_percent_encode(text, PACKAGE_URL).to_string();
    format!("pkg:cargo/{name}@{}?repository_url={}", escaped(num), escaped(base_url))
}

#[cfg(test)]
mod tests;
