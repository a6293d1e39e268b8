//! Bytes under immutable keys, on a local disk or in an S3-compatible store.
//!
//! A key is written once and never changed. This crate has never heard of crates, users or databases.

mod disk;
mod key;
mod pieces;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::signer::{Method, Signer};
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutMode, PutOptions, RetryConfig};

use crate::disk::Disk;
pub use crate::key::{Key, KeyError};
pub use crate::pieces::Pieces;

/// What can go wrong with a blob store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no blob under the key.
    #[error("there is no blob `{0}`")]
    NotFound(Key),
    /// The store cannot be opened.
    #[error("the blob store cannot be opened; check the `storage` settings")]
    Open(#[source] object_store::Error),
    /// The address of the store is none.
    #[error("`{0}` is not the address of a blob store; write it like `https://s3.example.org`")]
    Endpoint(String),
    /// The store failed.
    #[error("the blob store failed")]
    Store(#[source] object_store::Error),
    /// The local disk failed.
    #[error("the disk failed")]
    Disk(#[from] std::io::Error),
}

/// How to reach a bucket.
#[derive(Clone, Debug)]
pub struct S3Options {
    /// The bucket's name.
    pub bucket: String,
    /// What stands before every key, for a bucket that is shared; without slashes around it.
    pub prefix: Option<String>,
    /// The region; any word for stores that have none.
    pub region: String,
    /// The address of the store; `None` for the region's own.
    pub endpoint: Option<String>,
    /// The access key's id; `None` to ask the environment the process runs in for credentials.
    pub access_key_id: Option<String>,
    /// The access key's secret.
    pub secret_access_key: Option<String>,
}

/// An open blob store.
#[derive(Clone, Debug)]
pub struct Blobs(Backend);

#[derive(Clone, Debug)]
enum Backend {
    Disk(Disk),
    /// A bucket, and what stands before every key: nothing, or parts that end with a slash.
    S3(Arc<AmazonS3>, String),
}

/// A blob found by [`Blobs::list`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: Key,
    /// When it was written.
    pub written_at: DateTime<Utc>,
}

impl Blobs {
    /// Opens the folder `root`, creating it if need be.
    ///
    /// # Errors
    /// When the folder cannot be created or opened.
    pub fn on_disk(root: &Path) -> Result<Self, Error> {
        Ok(Self(Backend::Disk(Disk::open(root)?)))
    }

    /// Opens a bucket. Nothing is sent before the first use.
    ///
    /// # Errors
    /// When the options contradict each other.
    pub fn on_s3(options: S3Options) -> Result<Self, Error> {
        // A publish must be answered within 30 s, so retries end well before that.
        let retry = RetryConfig { max_retries: 4, retry_timeout: Duration::from_secs(15), ..RetryConfig::default() };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(options.bucket)
            .with_region(options.region)
            .with_retry(retry)
            .with_disable_tagging(true);
        if let Some(endpoint) = options.endpoint {
            check_endpoint(&endpoint)?;
            builder = builder.with_allow_http(endpoint.starts_with("http://")).with_endpoint(endpoint);
        }
        if let (Some(id), Some(secret)) = (options.access_key_id, options.secret_access_key) {
            builder = builder.with_access_key_id(id).with_secret_access_key(secret);
        }
        let prefix = options.prefix.map(|prefix| format!("{prefix}/")).unwrap_or_default();
        Ok(Self(Backend::S3(Arc::new(builder.build().map_err(Error::Open)?), prefix)))
    }

    /// Writes a new blob durably. Writing the same key again is harmless and leaves the first bytes in place.
    ///
    /// # Errors
    /// When the store fails; then nobody can read the key.
    pub async fn put(&self, key: &Key, bytes: Bytes) -> Result<(), Error> {
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        match self.store().put_opts(&self.path(key.as_str()), bytes.into(), options).await {
            Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
            Err(error) => Err(Error::Store(error)),
        }
    }

    /// The bytes in `range` of a blob, in pieces of `piece_bytes`, of which only the last one is shorter.
    ///
    /// # Errors
    /// When the store fails. Whether there is such a blob in a folder turns out with the first piece.
    pub async fn read(&self, key: &Key, range: Range<u64>, piece_bytes: u64) -> Result<Pieces, Error> {
        match &self.0 {
            Backend::Disk(disk) => Ok(disk.read(key, &range, piece_bytes)),
            Backend::S3(bucket, _) => {
                let bounded = GetRange::Bounded(range.clone());
                let options = GetOptions { range: Some(bounded), ..GetOptions::default() };
                let got =
                    bucket.get_opts(&self.path(key.as_str()), options).await.map_err(|error| not_found(error, key))?;
                Ok(Pieces::of_bucket(got.into_stream(), &range, piece_bytes))
            }
        }
    }

    /// An address at which anybody can read the blob for a while; `None` if the store has no such addresses.
    ///
    /// # Errors
    /// When the store's credentials cannot be had.
    pub async fn presign(&self, key: &Key, valid_for: Duration) -> Result<Option<String>, Error> {
        match &self.0 {
            Backend::Disk(_) => Ok(None),
            Backend::S3(bucket, _) => {
                let url =
                    bucket.signed_url(Method::GET, &self.path(key.as_str()), valid_for).await.map_err(Error::Store)?;
                Ok(Some(url.into()))
            }
        }
    }

    /// All blobs whose key starts with the folder `prefix`, in no particular order. Foreign objects are passed over.
    pub fn list(&self, prefix: &str) -> BoxStream<'static, Result<Listed, Error>> {
        let listed = self.store().list(Some(&self.path(prefix)));
        let before = self.prefix().to_owned();
        listed
            .map_err(Error::Store)
            .try_filter_map(move |object| {
                let key = object.location.as_ref().strip_prefix(&before).and_then(|key| key.parse().ok());
                std::future::ready(Ok(key.map(|key| Listed { key, written_at: object.last_modified })))
            })
            .boxed()
    }

    /// Removes a blob. Removing one that is not there is fine.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn delete(&self, key: &Key) -> Result<(), Error> {
        match self.store().delete(&self.path(key.as_str())).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(Error::Store(error)),
        }
    }

    /// Removes what interrupted writes left behind in the folder `prefix` before `older_than`, and answers how many there were. Only a local
    /// disk has such files.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn remove_leftovers(&self, prefix: &str, older_than: DateTime<Utc>) -> Result<usize, Error> {
        match &self.0 {
            Backend::Disk(disk) => disk.remove_leftovers(prefix, older_than).await,
            Backend::S3(..) => Ok(0),
        }
    }

    /// Finds out whether the folder or the bucket is there and answers.
    ///
    /// # Errors
    /// When it is not or does not.
    pub async fn probe(&self) -> Result<(), Error> {
        match &self.0 {
            Backend::Disk(disk) => disk.probe().await,
            // Asking for a single object would not tell a missing bucket from a missing object.
            Backend::S3(..) => self.list("probe").try_next().await.map(|_| ()),
        }
    }

    /// What kind of store it is, as the setting `storage.kind` calls it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.0 {
            Backend::Disk(_) => "disk",
            Backend::S3(..) => "s3",
        }
    }

    fn prefix(&self) -> &str {
        match &self.0 {
            Backend::Disk(_) => "",
            Backend::S3(_, prefix) => prefix,
        }
    }

    /// Where a key, or the folder of keys, lies in the store.
    fn path(&self, key: &str) -> object_store::path::Path {
        object_store::path::Path::from(format!("{}{key}", self.prefix()))
    }

    fn store(&self) -> &dyn ObjectStore {
        match &self.0 {
            Backend::Disk(disk) => disk.files(),
            Backend::S3(bucket, _) => bucket.as_ref(),
        }
    }
}

/// Refuses what `object_store` would take and then panic at.
fn check_endpoint(endpoint: &str) -> Result<(), Error> {
    match endpoint.parse::<http::Uri>() {
        Ok(uri) if matches!(uri.scheme_str(), Some("http" | "https")) => Ok(()),
        _ => Err(Error::Endpoint(endpoint.to_owned())),
    }
}

fn not_found(error: object_store::Error, key: &Key) -> Error {
    match error {
        object_store::Error::NotFound { .. } => Error::NotFound(key.clone()),
        error => Error::Store(error),
    }
}
