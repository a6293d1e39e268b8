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

/// Keeps a name unavailable.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, tombstone: &Tombstone) -> Result<()> {
    tx.query("INSERT INTO tombstones (name, canonical_name, available_at) VALUES ($1, $2, $3)")
        .bind(&tombstone.name)
        .bind(&tombstone.name.canonical())
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
