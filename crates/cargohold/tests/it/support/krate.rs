//! Crates to publish, good and bad.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tar::{Builder, EntryType, Header};

/// A crate in the making: a manifest, files and the metadata beside them.
#[derive(Clone)]
pub(crate) struct Krate {
    pub(crate) name: String,
    pub(crate) version: String,
    package_lines: Vec<String>,
    tables: String,
    files: Vec<(String, Vec<u8>)>,
    metadata: Value,
    tarball: Option<Vec<u8>>,
}

/// A small valid library.
pub(crate) fn krate(name: &str) -> Krate {
    Krate {
        name: name.to_owned(),
        version: "1.0.0".to_owned(),
        package_lines: vec!["description = \"A test\"".to_owned(), "license = \"MIT\"".to_owned()],
        tables: String::new(),
        files: vec![("src/lib.rs".to_owned(), b"pub fn answer() -> u32 { 42 }\n".to_vec())],
        metadata: json!({}),
        tarball: None,
    }
}

impl Krate {
    pub(crate) fn version(mut self, version: &str) -> Self {
        version.clone_into(&mut self.version);
        self
    }

    /// Sets a line of `[package]`, replacing one with the same key.
    pub(crate) fn package(mut self, line: &str) -> Self {
        let key = line.split('=').next().unwrap().trim().to_owned();
        self.package_lines.retain(|other| other.split('=').next().unwrap().trim() != key);
        self.package_lines.push(line.to_owned());
        self
    }

    /// Removes a line of `[package]`.
    pub(crate) fn without(mut self, key: &str) -> Self {
        self.package_lines.retain(|line| line.split('=').next().unwrap().trim() != key);
        self
    }

    /// Adds text behind `[package]`.
    pub(crate) fn toml(mut self, text: &str) -> Self {
        self.tables.push_str(text);
        self.tables.push('\n');
        self
    }

    pub(crate) fn dependency(self, name: &str, req: &str) -> Self {
        self.toml(&format!("[dependencies.{name}]\nversion = \"{req}\""))
    }

    pub(crate) fn file(mut self, path: &str, bytes: &[u8]) -> Self {
        self.files.push((path.to_owned(), bytes.to_vec()));
        self
    }

    /// Sets a member of the metadata.
    pub(crate) fn metadata(mut self, member: &str, value: Value) -> Self {
        self.metadata[member] = value;
        self
    }

    /// Uses these bytes as the tarball.
    pub(crate) fn tarball_bytes(mut self, tarball: Vec<u8>) -> Self {
        self.tarball = Some(tarball);
        self
    }

    pub(crate) fn root(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }

    pub(crate) fn manifest(&self) -> String {
        let lines = self.package_lines.join("\n");
        format!("[package]\nname = \"{}\"\nversion = \"{}\"\n{lines}\n{}", self.name, self.version, self.tables)
    }

    /// The tar inside, still open for more entries.
    pub(crate) fn tar(&self) -> Builder<Vec<u8>> {
        let mut tar = Builder::new(Vec::new());
        add_file(&mut tar, &format!("{}/Cargo.toml", self.root()), self.manifest().as_bytes());
        for (path, bytes) in &self.files {
            add_file(&mut tar, &format!("{}/{path}", self.root()), bytes);
        }
        tar
    }

    pub(crate) fn tarball(&self) -> Vec<u8> {
        self.tarball.clone().unwrap_or_else(|| gzip(&self.tar().into_inner().unwrap()))
    }

    /// The body of a publish.
    pub(crate) fn publish_body(&self) -> Vec<u8> {
        let mut metadata = json!({ "name": self.name, "vers": self.version });
        for (member, value) in self.metadata.as_object().unwrap() {
            metadata[member] = value.clone();
        }
        frame(&serde_json::to_vec(&metadata).unwrap(), &self.tarball())
    }
}

pub(crate) fn add_file(tar: &mut Builder<Vec<u8>>, path: &str, bytes: &[u8]) {
    let mut header = Header::new_gnu();
    header.set_mode(0o644);
    header.set_size(bytes.len() as u64);
    tar.append_data(&mut header, path, bytes).unwrap();
}

/// Adds an empty entry of any type, at any path.
pub(crate) fn add_odd(tar: &mut Builder<Vec<u8>>, path: &[u8], kind: EntryType, mode: u32) {
    let mut header = Header::new_gnu();
    header.as_mut_bytes()[..path.len()].copy_from_slice(path);
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(0);
    if matches!(kind, EntryType::Symlink | EntryType::Link) {
        header.set_link_name("/etc/passwd").unwrap();
    }
    header.set_cksum();
    tar.append(&header, &[][..]).unwrap();
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Bytes that no compression makes shorter.
pub(crate) fn noise(len: usize) -> Vec<u8> {
    let mut state = 1u64;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// Two counted byte strings, as cargo sends them.
pub(crate) fn frame(metadata: &[u8], tarball: &[u8]) -> Vec<u8> {
    let len = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
    [&len(metadata), metadata, &len(tarball), tarball].concat()
}
