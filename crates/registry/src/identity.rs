//! One storage belongs to one database. The sweeper of another one would remove what it does not know.

use bytes::Bytes;
use cargohold_blobs::{Blobs, Key};
use cargohold_store::{Store, identity};

use crate::{Error, RequestId, Result};

/// Where the storage keeps the identity of the registry it belongs to.
const KEY: &str = "registry-id";

/// Which registry this is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// 32 hex digits, the same for all processes of the registry.
    pub id: String,
    /// Whether the storage is this registry's own. In another's it may read and write, for no two publishes share a key,
    /// but it never sweeps.
    pub owns_storage: bool,
}

impl Identity {
    /// Reads the identity of a database, or makes one, and marks the storage with it if nobody has marked it before.
    ///
    /// # Errors
    /// When the database or the storage does not answer.
    pub async fn claim(store: &Store, blobs: &Blobs) -> Result<Self> {
        let mut tx = store.write().await?;
        let id = identity::load_or_insert(&mut tx, RequestId::unique().as_str()).await?;
        tx.commit().await?;
        let key: Key = KEY.parse().map_err(Error::internal)?;
        blobs.put(&key, Bytes::from(id.clone())).await?;
        let len = id.len() as u64;
        let marked = blobs.read(&key, 0..len, len).await?.next().await?;
        let owns_storage = marked.is_some_and(|marked| marked == id.as_bytes());
        if !owns_storage {
            tracing::error!(
                "the storage belongs to a registry with another database, so nothing in it will be swept; check \
                 `database.url` and `storage`, or set `storage.prefix`"
            );
        }
        Ok(Self { id, owns_storage })
    }
}
