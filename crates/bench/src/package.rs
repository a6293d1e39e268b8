//! Packages to publish, of any size.

use std::process::Command;

use crate::Failure;
use crate::random::{Facet, Random};

/// The body of a publish: a library called `name`, version 1.0.0, whose tarball is about `bytes` bytes long because of a file
/// that cannot be compressed.
pub(crate) fn publish_body(name: &str, bytes: usize) -> Result<Vec<u8>, Failure> {
    let folder = tempfile::tempdir()?;
    let root = format!("{name}-1.0.0");
    std::fs::create_dir_all(folder.path().join(&root).join("src"))?;
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2021\"\ndescription = \"A package\"\nlicense = \"MIT\"\n"
    );
    let files: [(&str, Vec<u8>); 3] =
        [("Cargo.toml", manifest.into_bytes()), ("src/lib.rs", Vec::new()), ("src/noise", noise(bytes))];
    let mut paths = Vec::new();
    for (path, contents) in files {
        let path = format!("{root}/{path}");
        std::fs::write(folder.path().join(&path), contents)?;
        paths.push(path);
    }
    let output =
        Command::new("tar").args(["--format=ustar", "-czf", "-"]).args(paths).current_dir(folder.path()).output()?;
    if !output.status.success() {
        return Err(Failure::Refused(format!("tar failed: {}", String::from_utf8_lossy(&output.stderr))));
    }
    let metadata = serde_json::json!({ "name": name, "vers": "1.0.0" }).to_string();
    let mut body = Vec::new();
    for part in [metadata.as_bytes(), &output.stdout] {
        let len = u32::try_from(part.len()).map_err(|_| Failure::Refused("a package is too long".to_owned()))?;
        body.extend_from_slice(&len.to_le_bytes());
        body.extend_from_slice(part);
    }
    Ok(body)
}

fn noise(len: usize) -> Vec<u8> {
    let mut random = Random::of(1, Facet::Package, len as u64);
    let bytes = std::iter::repeat_with(|| random.next().to_le_bytes());
    bytes.flatten().take(len).collect()
}
