//! The body of `PUT /api/v1/crates/new` (Cargo book, "Registry Web API", "Publish").
//!
//! A publish is two counted byte strings, metadata and tarball. [`PublishFrame`] takes them apart as they arrive, because
//! the registry decides from the metadata whether it wants the tarball at all.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::DependencyKind;

/// The longest accepted metadata, in bytes.
pub const MAX_METADATA_BYTES: u32 = 1024 * 1024;

/// Why a publish body could not be taken apart.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The body ended inside the length of the metadata.
    #[error("the upload ends before the length of its metadata; send it again with a current cargo")]
    NoMetadataLength,
    /// The announced metadata is longer than [`MAX_METADATA_BYTES`].
    #[error("the metadata is {0} bytes long, the limit is {MAX_METADATA_BYTES}; shorten the readme")]
    MetadataTooLong(u32),
    /// The body ended inside the metadata.
    #[error("the upload announces {0} bytes of metadata but ends before them; check the connection and try again")]
    MetadataCutOff(u32),
    /// The metadata is not the JSON that cargo sends.
    #[error("the metadata is not what cargo sends: {0}; publish with a current cargo")]
    BadMetadata(#[from] serde_json::Error),
    /// The body ended inside the length of the tarball.
    #[error("the upload ends before the length of the crate file; send it again with a current cargo")]
    NoTarballLength,
    /// The announced tarball is longer than the limit for this crate.
    #[error(
        "the crate file is {actual} bytes long, the limit is {limit} bytes; leave files out with `package.exclude` \
         or ask an administrator to raise the limit"
    )]
    TarballTooLong {
        /// The announced length in bytes.
        actual: u32,
        /// The longest accepted length in bytes.
        limit: u64,
    },
    /// The body ended inside the tarball.
    #[error("the upload announces a crate file of {0} bytes but ends before them; check the connection and try again")]
    TarballCutOff(u32),
}

/// Takes a publish body apart while it arrives: `push` bytes, `take` the parts in order.
///
/// Every `take_*` answers `Ok(None)` as long as it needs more bytes. Memory follows the bytes that arrived, never the
/// announced lengths. Bytes after the tarball are ignored, as the reference server does.
#[derive(Debug, Default)]
pub struct PublishFrame {
    buffer: Vec<u8>,
    ended: bool,
    tarball_len: Option<u32>,
}

impl PublishFrame {
    /// A frame of which nothing has arrived yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next bytes of the body.
    pub fn push(&mut self, chunk: &[u8]) {
        let room = match self.tarball_len {
            Some(len) => (len as usize).saturating_sub(self.buffer.len()).min(chunk.len()),
            None => chunk.len(),
        };
        self.buffer.extend_from_slice(&chunk[..room]);
    }

    /// Says that the body has ended: what is missing now stays missing.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// The metadata, first of the two parts.
    ///
    /// # Errors
    /// When it is too long, cut off or not the expected JSON.
    pub fn take_metadata(&mut self) -> Result<Option<PublishMetadata>, FrameError> {
        let Some(len) = peek_len(&self.buffer) else {
            return if self.ended { Err(FrameError::NoMetadataLength) } else { Ok(None) };
        };
        if len > MAX_METADATA_BYTES {
            return Err(FrameError::MetadataTooLong(len));
        }
        let end = 4 + len as usize;
        let Some(json) = self.buffer.get(4..end) else {
            return if self.ended { Err(FrameError::MetadataCutOff(len)) } else { Ok(None) };
        };
        let metadata = PublishMetadata::parse(json)?;
        self.buffer.drain(..end);
        Ok(Some(metadata))
    }

    /// The announced length of the tarball in bytes, once the metadata is taken.
    ///
    /// # Errors
    /// When it exceeds `limit` bytes or is cut off.
    pub fn take_tarball_len(&mut self, limit: u64) -> Result<Option<u32>, FrameError> {
        let Some(len) = peek_len(&self.buffer) else {
            return if self.ended { Err(FrameError::NoTarballLength) } else { Ok(None) };
        };
        if u64::from(len) > limit {
            return Err(FrameError::TarballTooLong { actual: len, limit });
        }
        self.buffer.drain(..4);
        self.buffer.truncate(len as usize);
        self.tarball_len = Some(len);
        Ok(Some(len))
    }

    /// The tarball, once its length is taken.
    ///
    /// # Errors
    /// When the body ended before it was complete.
    pub fn take_tarball(&mut self) -> Result<Option<Vec<u8>>, FrameError> {
        let Some(len) = self.tarball_len else { return Ok(None) };
        if self.buffer.len() < len as usize {
            return if self.ended { Err(FrameError::TarballCutOff(len)) } else { Ok(None) };
        }
        Ok(Some(std::mem::take(&mut self.buffer)))
    }
}

fn peek_len(buffer: &[u8]) -> Option<u32> {
    buffer.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

/// What cargo says about a package beside the tarball.
///
/// The manifest inside the tarball is the truth: `name` and `vers` must equal it, `readme` and `readme_file` are taken
/// from here, and the `claimed_*` members are compared with the manifest where they have the expected shape.
#[derive(Clone, Debug)]
pub struct PublishMetadata {
    /// The crate name, not yet checked.
    pub name: String,
    /// The version, not yet checked.
    pub vers: String,
    /// The text of the readme.
    pub readme: Option<String>,
    /// The path of the readme inside the package.
    pub readme_file: Option<String>,
    /// The dependencies cargo read from the manifest.
    pub claimed_deps: Option<Vec<MetadataDependency>>,
    /// The features cargo read from the manifest.
    pub claimed_features: Option<BTreeMap<String, Vec<String>>>,
    /// The native library cargo read from the manifest; the inner `None` means that there is none.
    pub claimed_links: Option<Option<String>>,
}

/// One dependency in the metadata, as far as it is compared with the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MetadataDependency {
    /// The real crate name.
    pub name: String,
    /// The name in the manifest if the dependency is renamed.
    #[serde(default)]
    pub explicit_name_in_toml: Option<String>,
    /// The kind.
    #[serde(default)]
    pub kind: DependencyKind,
    /// The platform the dependency is limited to.
    #[serde(default)]
    pub target: Option<String>,
    /// The index of another registry; absent for the registry that is published to.
    #[serde(default)]
    pub registry: Option<String>,
}

/// The four members the contract names (§7.2); everything else is ignored, whatever its type.
#[derive(Deserialize)]
struct Members {
    name: String,
    vers: String,
    readme: Option<String>,
    readme_file: Option<String>,
}

impl PublishMetadata {
    fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        let members: Members = serde_json::from_slice(json)?;
        let mut claims: Value = serde_json::from_slice(json)?;
        let mut claim = |member: &str| claims.get_mut(member).map(Value::take);
        Ok(Self {
            name: members.name,
            vers: members.vers,
            readme: members.readme,
            readme_file: members.readme_file,
            claimed_deps: claim("deps").and_then(|deps| serde_json::from_value(deps).ok()),
            claimed_features: claim("features").and_then(|features| serde_json::from_value(features).ok()),
            claimed_links: claim("links").and_then(|links| serde_json::from_value(links).ok()),
        })
    }
}
