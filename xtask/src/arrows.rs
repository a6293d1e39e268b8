//! The arrows between our crates, and who may name which outside crate. See ARCHITECTURE.md.

use std::process::Command;

use serde_json::Value;

use crate::Outcome;

/// Every crate with those of ours that it may depend on.
const ARROWS: [(&str, &[&str]); 12] = [
    ("protocol", &[]),
    ("package", &["protocol"]),
    ("store", &["protocol"]),
    ("blobs", &[]),
    ("search", &[]),
    ("render", &["protocol"]),
    ("mail", &[]),
    ("providers", &[]),
    ("registry", &["protocol", "package", "store", "blobs", "search", "render", "mail", "providers"]),
    ("web", &["protocol", "registry"]),
    ("cargohold", &["protocol", "store", "blobs", "search", "mail", "providers", "registry", "web"]),
    ("bench", &["protocol", "store"]),
];

/// Outside crates that only one of ours may name: each is a border. `tar` has two: `package` reads what strangers send,
/// `registry` writes the database dump, and neither does what the other does.
const WRAPPED: [(&str, &[&str]); 19] = [
    ("sqlx", &["store"]),
    ("object_store", &["blobs"]),
    ("tantivy", &["search"]),
    ("axum", &["web"]),
    ("hyper", &["web"]),
    ("tar", &["package", "registry"]),
    ("comrak", &["render"]),
    ("ammonia", &["render"]),
    ("html5ever", &["render"]),
    ("quick-xml", &["render"]),
    ("zip", &["render"]),
    ("syntect", &["render"]),
    ("two-face", &["render"]),
    ("similar", &["render"]),
    ("lettre", &["mail"]),
    ("openidconnect", &["providers"]),
    ("ldap3", &["providers"]),
    ("jsonwebtoken", &["providers"]),
    ("pasetors", &["providers"]),
];

pub(crate) fn check() -> Outcome {
    let output = Command::new("cargo").args(["metadata", "--format-version", "1", "--no-deps"]).output();
    let output = output.map_err(|error| format!("cannot run cargo metadata: {error}"))?;
    let metadata: Value = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata lists no packages")?;
    let mut problems = Vec::new();
    let mut seen = 0;
    for package in packages {
        let name = short_name(&package["name"]);
        let Some((_, allowed)) = ARROWS.iter().find(|(of, _)| *of == name) else { continue };
        seen += 1;
        // Tests may reach for anything.
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        for dependency in dependencies.filter(|dependency| dependency["kind"].is_null()) {
            let on = short_name(&dependency["name"]);
            let is_ours = ARROWS.iter().any(|(of, _)| *of == on);
            if is_ours && !allowed.contains(&on.as_str()) {
                problems.push(format!("`{name}` must not depend on `{on}`"));
            }
            let owners = WRAPPED.iter().find(|(wrapped, _)| *wrapped == on).map(|(_, owners)| *owners);
            if let Some(owners) = owners.filter(|owners| !owners.contains(&name.as_str())) {
                problems.push(format!("only `{}` may name `{on}`, but `{name}` does", owners.join("` and `")));
            }
        }
    }
    if seen != ARROWS.len() {
        problems.push(format!("expected {} crates of ours, found {seen}", ARROWS.len()));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

fn short_name(name: &Value) -> String {
    let name = name.as_str().unwrap_or_default();
    name.strip_prefix("cargohold-").unwrap_or(name).to_owned()
}
