//! The lines of a log, plain or compressed, however long they are.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use cargohold_protocol::Cksum;
use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};

/// The longest line that is looked at, in bytes. No request of cargo's comes near it.
const MAX_LINE_BYTES: usize = 64 * 1024;

/// How a gzip file begins.
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// What there is to read next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Line,
    /// A line that is too long, of which nothing is kept.
    TooLong,
    End,
}

/// A log, being read.
pub(super) struct Lines {
    reader: BufReader<Hashing<Box<dyn Read>>>,
}

impl Lines {
    /// Opens a log. Whether it is compressed shows in its first bytes.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file = BufReader::new(File::open(path)?);
        let is_compressed = file.fill_buf()?.starts_with(&GZIP);
        let plain: Box<dyn Read> = if is_compressed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
        Ok(Self { reader: BufReader::with_capacity(MAX_LINE_BYTES, Hashing { inner: plain, hash: Sha256::new() }) })
    }

    /// Reads a line into `line`, without its end.
    pub(super) fn next(&mut self, line: &mut Vec<u8>) -> io::Result<Next> {
        line.clear();
        let mut length = 0;
        loop {
            let available = self.reader.fill_buf()?;
            if available.is_empty() && length == 0 {
                return Ok(Next::End);
            }
            let end = available.iter().position(|byte| *byte == b'\n');
            let taken = end.unwrap_or(available.len());
            let is_last = end.is_some() || available.is_empty();
            length += taken + usize::from(end.is_some());
            if length <= MAX_LINE_BYTES {
                line.extend_from_slice(&available[..taken]);
            }
            self.reader.consume(taken + usize::from(end.is_some()));
            if is_last {
                break;
            }
        }
        if length > MAX_LINE_BYTES {
            return Ok(Next::TooLong);
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(Next::Line)
    }

    /// The checksum of what was read, the same whether it was compressed or not.
    pub(super) fn into_cksum(self) -> Cksum {
        Cksum::from_bytes(self.reader.into_inner().hash.finalize().into())
    }
}

/// A reader that hashes what passes through it.
struct Hashing<R> {
    inner: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(&buffer[..count]);
        Ok(count)
    }
}
