//! Names that a deletion keeps unavailable for a while.

use cargohold_protocol::{CanonicalName, CrateName, Timestamp};

use crate::error::decode;
use crate::{Result, Tx};

/// A name that cannot be used yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// The deleted crate's name.
    pub name: CrateName,
    /// From when on the name is free.
    pub available_at: Timestamp,
}

/// The record of a deletion.
#[derive(Clone, Debug)]
pub struct NewTombstone<'a> {
    /// The deleted crate's name.
    pub name: &'a CrateName,
    /// When the crate was created.
    pub created_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Timestamp,
    /// Who deleted it.
    pub deleted_by: Option<i64>,
    /// Why, if they said so.
    pub message: Option<&'a str>,
    /// From when on the name is free.
    pub available_at: Timestamp,
}

/// Records a deletion, which keeps the name unavailable for a while.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, tombstone: &NewTombstone<'_>) -> Result<()> {
    tx.query(
        "INSERT INTO tombstones (name, canonical_name, created_at, deleted_at, deleted_by, message, available_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(tombstone.name)
    .bind(&tombstone.name.canonical())
    .bind(tombstone.created_at)
    .bind(tombstone.deleted_at)
    .bind(tombstone.deleted_by)
    .bind(tombstone.message)
    .bind(tombstone.available_at)
    .execute()
    .await?;
    Ok(())
}

/// The tombstone that keeps this name unavailable at `now`, the longest-lived if there are several.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &mut Tx, name: &CanonicalName, now: Timestamp) -> Result<Option<Tombstone>> {
    let row: Option<(i64, String, i64)> = tx
        .query(
            "SELECT id, name, available_at FROM tombstones WHERE canonical_name = $1 AND available_at > $2 \
             ORDER BY available_at DESC LIMIT 1",
        )
        .bind(name)
        .bind(now)
        .fetch_optional()
        .await?;
    let tombstone = |(id, name, available_at): (i64, String, i64)| {
        let name = decode(name.parse(), "tombstones", "name", id)?;
        Ok(Tombstone { name, available_at: Timestamp::from_micros(available_at) })
    };
    row.map(tombstone).transpose()
}
