//! One database belongs to one storage. Used with another's, the sweeper would remove what it does not know.

use bytes::Bytes;
use cargohold_blobs::{Blobs, Key};
use cargohold_store::{Store, identity};
use futures_util::TryStreamExt;

use crate::{Error, RequestId, Result};

/// Where the storage keeps the identity of its registry.
const KEY: &str = "registry-id";

/// Makes sure that database and storage belong together, and marks new ones as belonging together. Answers the registry's
/// identity, 32 hex digits.
///
/// # Errors
/// When the storage belongs to another database, or one of the two does not answer.
pub async fn claim_storage(store: &Store, blobs: &Blobs) -> Result<String> {
    let mut tx = store.write().await?;
    let identity = identity::load_or_insert(&mut tx, RequestId::random().as_str()).await?;
    tx.commit().await?;
    let key: Key = KEY.parse().map_err(Error::internal)?;
    blobs.put(&key, Bytes::from(identity.clone())).await?;
    let kept: Vec<Bytes> = blobs.read(&key, 0..identity.len() as u64).await?.try_collect().await?;
    if kept.concat() == identity.as_bytes() { Ok(identity) } else { Err(Error::ForeignStorage) }
}
