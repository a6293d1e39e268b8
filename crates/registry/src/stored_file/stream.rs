//! Long files on their way, in pieces of which only so many are in memory as were charged when the stream began.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use cargohold_blobs::Pieces;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::blocks::{BLOCK_BYTES, Blocks, KnownBlocks, Reading, covering};
use super::{StoredFile, slice};
use crate::{Budget, Charge, Error, Registry, Result, Use};

/// How long a piece is, in bytes, and how long while memory is scarce: whole blocks.
const PIECE_BYTES: u64 = 4 * BLOCK_BYTES;
const SHORT_PIECE_BYTES: u64 = BLOCK_BYTES;

/// How many pieces of a stream are in memory at once: held back, on their way into the connection, or waiting there.
const PIECES_AT_ONCE: u8 = 2;

/// Room for the pieces of one stream.
struct Room {
    turns: Arc<Semaphore>,
    charge: Arc<Charge>,
    piece_bytes: u64,
}

/// A piece, which takes its place in the room until nobody holds any of it.
struct Placed {
    bytes: Bytes,
    _turn: OwnedSemaphorePermit,
    _charge: Arc<Charge>,
}

impl AsRef<[u8]> for Placed {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Room {
    async fn new(budget: &Arc<Budget>) -> Result<Self> {
        let is_scarce = budget.spent_bytes() >= budget.total_bytes() / 4;
        let piece_bytes = if is_scarce { SHORT_PIECE_BYTES } else { PIECE_BYTES };
        let charge = budget.take(Use::Once, u64::from(PIECES_AT_ONCE) * piece_bytes).await.ok_or(Error::Busy)?;
        let turns = Arc::new(Semaphore::new(usize::from(PIECES_AT_ONCE)));
        Ok(Self { turns, charge: Arc::new(charge), piece_bytes })
    }

    /// Waits until there is a place, and answers what puts a piece there.
    async fn place(&self) -> Result<impl FnOnce(Bytes) -> Bytes + Send + use<>> {
        let turn = self.turns.clone().acquire_owned().await.map_err(Error::internal)?;
        let charge = self.charge.clone();
        Ok(move |bytes| Bytes::from_owner(Placed { bytes, _turn: turn, _charge: charge }))
    }
}

/// A file on its way.
pub(super) struct Sending {
    file: Arc<StoredFile>,
    pieces: Pieces,
    room: Room,
    judge: Judge,
}

/// How the pieces are judged.
enum Judge {
    /// By the checksum of all of them: each is passed on when the next one is there, the last one when the checksum fits.
    Whole { reading: Reading, held_back: Option<Bytes>, known: KnownBlocks },
    /// Each by the checksums of its blocks, of which only what lies in the part is passed on.
    Part { part: Range<u64>, at: u64, blocks: Arc<Blocks> },
}

impl Sending {
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>> {
        match &mut self.judge {
            Judge::Whole { reading, held_back, known } => loop {
                if self.pieces.is_at_end() {
                    let Some(last) = held_back.take() else { return Ok(None) };
                    let blocks = std::mem::take(reading).finish(self.file.cksum);
                    let blocks = blocks.map_err(|found| self.file.corrupt(&found))?;
                    known.insert(self.file.key.clone(), Arc::new(blocks));
                    return Ok(Some(last));
                }
                let (place, mut taking_in) = (self.room.place().await?, std::mem::take(reading));
                let look = move |piece: Bytes| {
                    taking_in.take_in(&piece);
                    (taking_in, place(piece))
                };
                let Some((taken_in, piece)) = self.pieces.next_with(look).await? else { return Ok(None) };
                *reading = taken_in;
                if let Some(ready) = held_back.replace(piece) {
                    return Ok(Some(ready));
                }
            },
            Judge::Part { part, at, blocks } => {
                if self.pieces.is_at_end() {
                    return Ok(None);
                }
                let (place, blocks, start) = (self.room.place().await?, blocks.clone(), *at);
                let look = move |piece: Bytes| blocks.are_in(start, &piece).then(|| place(piece));
                let Some(judged) = self.pieces.next_with(look).await? else { return Ok(None) };
                let piece = judged.ok_or_else(|| self.file.corrupt_from(start))?;
                *at += piece.len() as u64;
                let end = part.end.min(*at);
                Ok(Some(slice(&piece, part.start.saturating_sub(start)..end - start)))
            }
        }
    }
}

impl Registry {
    /// Charges so many bytes to the memory of answers.
    pub(crate) async fn charge_answer(&self, bytes: u64) -> Result<Charge> {
        self.answer_memory.take(Use::Once, bytes).await.ok_or(Error::Busy)
    }

    /// The whole of a file that is not known to be intact.
    pub(super) async fn send_whole(&self, file: &Arc<StoredFile>) -> Result<Sending> {
        let known = self.files.blocks.clone();
        let judge = Judge::Whole { reading: Reading::default(), held_back: None, known };
        self.send(file, 0..file.size_bytes, judge).await
    }

    /// A part of a file whose blocks are known.
    pub(super) async fn send_part(
        &self,
        file: &Arc<StoredFile>,
        part: Range<u64>,
        blocks: Arc<Blocks>,
    ) -> Result<Sending> {
        let read = covering(&part, file.size_bytes);
        let judge = Judge::Part { at: read.start, part, blocks };
        self.send(file, read, judge).await
    }

    async fn send(&self, file: &Arc<StoredFile>, read: Range<u64>, judge: Judge) -> Result<Sending> {
        let room = Room::new(&self.answer_memory).await?;
        let pieces = self.blobs.read(&file.key, read, room.piece_bytes).await?;
        Ok(Sending { file: file.clone(), pieces, room, judge })
    }

    /// Reads a file through, and answers its blocks if it has its recorded checksum.
    pub(super) async fn read_through(&self, file: &StoredFile) -> Result<Arc<Blocks>> {
        let room = Room::new(&self.answer_memory).await?;
        let mut pieces = self.blobs.read(&file.key, 0..file.size_bytes, room.piece_bytes).await?;
        let mut reading = Reading::default();
        while !pieces.is_at_end() {
            let (place, mut taking_in) = (room.place().await?, reading);
            let look = move |piece: Bytes| {
                taking_in.take_in(&place(piece));
                taking_in
            };
            reading = pieces.next_with(look).await?.unwrap_or_default();
        }
        let blocks = Arc::new(reading.finish(file.cksum).map_err(|found| file.corrupt(&found))?);
        self.files.blocks.insert(file.key.clone(), blocks.clone());
        Ok(blocks)
    }
}
