//! The checksums of a long file's blocks, by which its parts are judged.

use std::ops::Range;
use std::sync::Arc;

use cargohold_blobs::Key;
use cargohold_protocol::Cksum;
use moka::sync::Cache;
use sha2::{Digest, Sha256};

/// How long a block is, in bytes; the last one of a file may be shorter.
pub(super) const BLOCK_BYTES: u64 = 64 * 1024;
const BLOCK_LEN: usize = 64 * 1024;

/// How much memory the checksums of blocks may take, in bytes: those of 16 GiB of files.
const MAX_KNOWN_BYTES: u64 = 8 * 1024 * 1024;

/// The SHA-256 of each block of a file that was found to have its recorded checksum.
#[derive(Debug)]
pub(super) struct Blocks(Vec<[u8; 32]>);

pub(super) type KnownBlocks = Cache<Key, Arc<Blocks>>;

pub(super) fn known_blocks() -> KnownBlocks {
    let weigh = |key: &Key, blocks: &Arc<Blocks>| {
        u32::try_from(300 + key.as_str().len() + 32 * blocks.0.len()).unwrap_or(u32::MAX)
    };
    Cache::builder().max_capacity(MAX_KNOWN_BYTES).weigher(weigh).build()
}

/// The whole blocks around a part of a file.
pub(super) fn covering(part: &Range<u64>, size_bytes: u64) -> Range<u64> {
    let end = part.end.next_multiple_of(BLOCK_BYTES).min(size_bytes);
    part.start / BLOCK_BYTES * BLOCK_BYTES..end
}

impl Blocks {
    /// Whether these bytes are what was in the file, from a block's start on, when the blocks were learned.
    pub(super) fn are_in(&self, start: u64, bytes: &[u8]) -> bool {
        let first = usize::try_from(start / BLOCK_BYTES).unwrap_or(usize::MAX);
        let known = self.0.get(first..).unwrap_or_default();
        let is_whole = start.is_multiple_of(BLOCK_BYTES) && checksums(bytes).len() <= known.len();
        is_whole && checksums(bytes).zip(known).all(|(read, known)| read == *known)
    }
}

/// The SHA-256 of each block.
fn checksums(bytes: &[u8]) -> impl ExactSizeIterator<Item = [u8; 32]> {
    bytes.chunks(BLOCK_LEN).map(|block| Sha256::digest(block).into())
}

/// A file being read through from its start.
#[derive(Default)]
pub(super) struct Reading {
    whole: Sha256,
    blocks: Vec<[u8; 32]>,
}

impl Reading {
    /// Takes in what comes next: whole blocks, unless it is the end.
    pub(super) fn take_in(&mut self, piece: &[u8]) {
        self.whole.update(piece);
        self.blocks.extend(checksums(piece));
    }

    /// The blocks of what was read, if all of it has this checksum; else the one it has.
    pub(super) fn finish(self, expected: Cksum) -> Result<Blocks, Cksum> {
        let found = Cksum::from_bytes(self.whole.finalize().into());
        if found == expected { Ok(Blocks(self.blocks)) } else { Err(found) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_told_from_every_other_bytes() {
        let file: Vec<u8> = (0..3 * BLOCK_LEN + 100).map(|at| (at / 251).to_le_bytes()[0]).collect();
        let mut reading = Reading::default();
        for piece in file.chunks(2 * BLOCK_LEN) {
            reading.take_in(piece);
        }
        let cksum = Cksum::from_bytes(Sha256::digest(&file).into());
        let blocks = reading.finish(cksum).unwrap();
        assert!(blocks.are_in(0, &file) && blocks.are_in(BLOCK_BYTES, &file[BLOCK_LEN..3 * BLOCK_LEN]));
        assert!(blocks.are_in(3 * BLOCK_BYTES, &file[3 * BLOCK_LEN..]));
        assert!(!blocks.are_in(0, &file[..BLOCK_LEN - 1]), "a part of a block");
        assert!(!blocks.are_in(1, &file[1..BLOCK_LEN]), "no start of a block");
        assert!(!blocks.are_in(BLOCK_BYTES, &file[..BLOCK_LEN]), "another block");
        assert!(
            !blocks.are_in(3 * BLOCK_BYTES, &file[BLOCK_LEN..]) && !blocks.are_in(9 * BLOCK_BYTES, b"x"),
            "beyond the end"
        );
        for flipped in [0, BLOCK_LEN - 1, BLOCK_LEN, 3 * BLOCK_LEN + 99] {
            let mut file = file.clone();
            file[flipped] ^= 1;
            assert!(!blocks.are_in(0, &file), "byte {flipped}");
        }
    }

    #[test]
    fn what_covers_a_part_begins_and_ends_with_blocks() {
        let size = 2 * BLOCK_BYTES + 5;
        assert_eq!(covering(&(0..1), size), 0..BLOCK_BYTES);
        assert_eq!(covering(&(BLOCK_BYTES - 1..BLOCK_BYTES + 1), size), 0..2 * BLOCK_BYTES);
        assert_eq!(covering(&(BLOCK_BYTES..2 * BLOCK_BYTES), size), BLOCK_BYTES..2 * BLOCK_BYTES);
        assert_eq!(covering(&(size - 1..size), size), 2 * BLOCK_BYTES..size);
    }
}
