//! What cargo and a registry say to each other: names, versions, the publish frame, index entries and JSON objects.
//!
//! Text becomes a type at the door: [`CrateName`], [`Version`], [`Cksum`]. Every type here has one way in (`FromStr`),
//! which serde, path extractors and row decoding share. This crate refuses to know about I/O, SQL and HTTP.

pub mod api;
mod cksum;
mod day;
mod dependency;
mod feature;
mod frame;
mod index;
mod name;
mod timestamp;
mod version;

pub use cksum::{Cksum, CksumError};
pub use day::{Day, DayError};
pub use dependency::{CRATES_IO_INDEX, DependencyKind, DependencyName};
pub use feature::{FeatureError, FeatureName, FeatureValue};
pub use frame::{FrameError, MAX_METADATA_BYTES, MetadataDependency, PublishFrame, PublishMetadata};
pub use index::{IndexDependency, IndexEntry, IndexLine};
pub use name::{CanonicalName, CrateName, MAX_NAME_CHARS, NameError, canonical};
pub use timestamp::Timestamp;
pub use version::{MAX_VERSION_CHARS, Version, VersionError};
