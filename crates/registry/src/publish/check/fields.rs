//! The single values of a manifest (steps 16 to 22 of the contract).

use cargohold_package::PackageManifest;

use super::refuse;
use crate::Result;
use crate::settings::Policy;

const MAX_DESCRIPTION_BYTES: usize = 1000;
const MAX_KEYWORDS: usize = 5;
const MAX_KEYWORD_BYTES: usize = 20;
const MAX_CATEGORIES: usize = 5;

/// SPDX expressions plus what crates.io has always accepted: `/` for `OR`, `GPL-2.0+`, and deprecated ids.
const LICENSE_MODE: spdx::ParseMode = spdx::ParseMode {
    allow_slash_as_or_operator: true,
    allow_imprecise_license_names: false,
    allow_postfix_plus_on_gpl: true,
    allow_deprecated: true,
    allow_unknown: false,
};

pub(super) fn check(manifest: &PackageManifest, policy: Policy) -> Result<()> {
    check_required(manifest, policy)?;
    if let Some(description) = &manifest.description
        && description.len() > MAX_DESCRIPTION_BYTES
    {
        let len = description.len();
        return refuse(format!("the description is {len} bytes long; shorten it to {MAX_DESCRIPTION_BYTES}"));
    }
    if let Some(license) = manifest.license.as_deref().filter(|_| policy.require_license) {
        check_license(license)?;
    }
    check_url("homepage", manifest.homepage.as_deref())?;
    check_url("documentation", manifest.documentation.as_deref())?;
    check_url("repository", manifest.repository.as_deref())?;
    if let Some(rust_version) = &manifest.rust_version {
        check_rust_version(rust_version)?;
    }
    check_keywords(&manifest.keywords)?;
    if manifest.categories.len() > MAX_CATEGORIES {
        return refuse(format!("a crate has at most {MAX_CATEGORIES} categories; remove some"));
    }
    Ok(())
}

fn check_required(manifest: &PackageManifest, policy: Policy) -> Result<()> {
    let is_blank = |value: &Option<String>| value.as_ref().is_none_or(String::is_empty);
    let mut missing = Vec::new();
    if policy.require_description && is_blank(&manifest.description) {
        missing.push("description");
    }
    if policy.require_license && is_blank(&manifest.license) && is_blank(&manifest.license_file) {
        missing.push("license");
    }
    if missing.is_empty() {
        return Ok(());
    }
    refuse(format!("missing or empty in `[package]` of `Cargo.toml`: {}; add it and publish again", missing.join(", ")))
}

fn check_license(license: &str) -> Result<()> {
    match spdx::Expression::parse_mode(license, LICENSE_MODE) {
        Ok(_) => Ok(()),
        Err(problem) => refuse(format!(
            "the license is no SPDX expression; write it like `MIT OR Apache-2.0`, or use `license-file`\n{problem}"
        )),
    }
}

fn check_url(field: &str, text: Option<&str>) -> Result<()> {
    let Some(text) = text else { return Ok(()) };
    let is_web = text.starts_with("https://") || text.starts_with("http://");
    if is_web && url::Url::parse(text).is_ok() {
        return Ok(());
    }
    refuse(format!("`{text}` in `{field}` is no web address; write one that starts with `https://`, or leave it out"))
}

fn check_rust_version(text: &str) -> Result<()> {
    let is_plain = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    if is_plain && semver::VersionReq::parse(text).is_ok() {
        return Ok(());
    }
    refuse(format!("failed to parse the manifest: `{text}` in `rust-version` is no Rust version; write it like `1.85`"))
}

fn check_keywords(keywords: &[String]) -> Result<()> {
    if keywords.len() > MAX_KEYWORDS {
        return refuse(format!("a crate has at most {MAX_KEYWORDS} keywords; remove some"));
    }
    keywords.iter().try_for_each(|keyword| check_keyword(keyword))
}

fn check_keyword(keyword: &str) -> Result<()> {
    if keyword.len() > MAX_KEYWORD_BYTES {
        return refuse(format!("the keyword `{keyword}` is longer than {MAX_KEYWORD_BYTES} bytes; shorten it"));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '-');
    if keyword.starts_with(|c: char| c.is_ascii_alphanumeric()) && keyword.chars().all(allowed) {
        return Ok(());
    }
    refuse(format!("`{keyword}` is no keyword; use ASCII letters, digits, `_`, `-` and `+`, a letter or digit first"))
}
