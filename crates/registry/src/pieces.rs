//! Answers with all versions of a crate, made piece by piece while somebody reads them: nobody makes the server hold such a list as a
//! whole, and of what nobody reads nothing is made.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use cargohold_store::Tx;
use cargohold_store::versions::{self, VersionRow};
use futures_util::{Stream, stream};

use crate::list_versions::in_order;
use crate::version_view::{Spelling, off_thread_if_long};
use crate::{Error, Registry, Result};

/// How much of the database one piece is made of, in bytes; one version may be more.
const PIECE_BYTES: i64 = 256 * 1024;

/// A JSON answer around a list of versions.
pub struct Pieces {
    registry: Arc<Registry>,
    /// What is before the first version.
    head: Option<String>,
    /// The ids of the versions, piece by piece.
    batches: VecDeque<Vec<i64>>,
    /// What is behind the last version.
    tail: Option<String>,
    /// The spelling of the crate's name, if it is not the stored one.
    requested: Option<String>,
    has_begun: bool,
}

impl Pieces {
    /// The answer that consists of `head`, these versions with commas between them, and `tail`.
    pub(crate) fn new(
        registry: &Arc<Registry>,
        sized: &[(i64, i64)],
        (head, tail): (String, String),
        spelling: Spelling<'_>,
    ) -> Self {
        let requested = match spelling {
            Spelling::Stored => None,
            Spelling::Requested(name) => Some(name.to_owned()),
        };
        let (head, tail) = (Some(head), Some(tail));
        Self { registry: registry.clone(), head, batches: batches(sized), tail, requested, has_begun: false }
    }

    /// Whether the answer is small enough to be made at once.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.batches.len() <= 1
    }

    /// The answer as it is read.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes>> + Send + 'static {
        stream::try_unfold(self, Self::next)
    }

    async fn next(mut self) -> Result<Option<(Bytes, Self)>> {
        if let Some(head) = self.head.take() {
            return Ok(Some((head.into(), self)));
        }
        while let Some(ids) = self.batches.pop_front() {
            // Versions that were deleted meanwhile are passed over.
            let charge = self.registry.charge_answer(u64::try_from(PIECE_BYTES).unwrap_or_default()).await?;
            if let Some(objects) = self.make(&ids).await? {
                let comma = if self.has_begun { "," } else { "" };
                self.has_begun = true;
                return Ok(Some((charge.attach(format!("{comma}{objects}").into()), self)));
            }
        }
        Ok(self.tail.take().map(|tail| (tail.into(), self)))
    }

    /// The versions with these ids, separated by commas.
    async fn make(&self, ids: &[i64]) -> Result<Option<String>> {
        let _turn = self.registry.listing.acquire().await.map_err(Error::internal)?;
        let mut tx = self.registry.store.read().await?;
        let rows = in_order(versions::list_by_ids(&mut tx, ids).await?, ids);
        let loaded_bytes = rows.iter().map(VersionRow::bytes).sum();
        let spelling = self.requested.as_deref().map_or(Spelling::Stored, Spelling::Requested);
        let shown = self.registry.show_versions(&mut tx, rows, spelling).await?;
        drop(tx);
        let json = off_thread_if_long(loaded_bytes, move || serde_json::to_string(&shown).map_err(Error::internal));
        let list = json.await?;
        Ok(list
            .strip_prefix('[')
            .and_then(|list| list.strip_suffix(']'))
            .filter(|list| !list.is_empty())
            .map(str::to_owned))
    }
}

/// The ids in their order, in batches of about [`PIECE_BYTES`].
fn batches(sized: &[(i64, i64)]) -> VecDeque<Vec<i64>> {
    let mut batches: VecDeque<Vec<i64>> = VecDeque::new();
    let mut left = 0;
    for (id, bytes) in sized {
        match batches.back_mut() {
            Some(batch) if *bytes <= left => batch.push(*id),
            _ => {
                batches.push_back(vec![*id]);
                left = PIECE_BYTES;
            }
        }
        left -= bytes;
    }
    batches
}

/// These versions in this order, each with about as many bytes as it takes in an answer.
pub(crate) async fn sized(tx: &mut Tx, ids: &[i64]) -> Result<Vec<(i64, i64)>> {
    let sizes: std::collections::HashMap<i64, i64> = versions::list_sizes(tx, ids).await?.into_iter().collect();
    Ok(ids.iter().filter_map(|id| Some((*id, *sizes.get(id)?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_filled_in_order_and_a_large_version_stands_alone() {
        let large = PIECE_BYTES + 1;
        let half = PIECE_BYTES / 2;
        assert_eq!(
            batches(&[(9, half), (8, half), (7, 1), (6, large), (5, 1)]),
            [vec![9, 8], vec![7], vec![6], vec![5]]
        );
        assert!(batches(&[]).is_empty());
    }
}
