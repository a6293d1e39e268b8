//! Reading a blob piece by piece.

use std::ops::Range;
use std::path::PathBuf;

use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;

use crate::{Error, Key, disk};

/// What is looked at where it arrives, in bytes: a hop to another thread costs more than hashing this much.
const IN_PLACE_BYTES: usize = 32 * 1024;

/// A part of a blob, read piece by piece as the pieces are asked for. Nothing is held between two of them, neither a file nor a
/// thread; of a bucket, the answer that is still arriving.
pub struct Pieces {
    source: Source,
    piece_bytes: u64,
    left: u64,
}

enum Source {
    /// A file, and from where on it is still to be read.
    File { path: PathBuf, key: Key, at: u64 },
    /// What a bucket sends, and what of it has arrived beyond the last piece.
    Bucket { answer: BoxStream<'static, object_store::Result<Bytes>>, ahead: Bytes },
}

impl Pieces {
    pub(crate) fn of_file(path: PathBuf, key: Key, range: &Range<u64>, piece_bytes: u64) -> Self {
        Self::new(Source::File { path, key, at: range.start }, range, piece_bytes)
    }

    pub(crate) fn of_bucket(
        answer: BoxStream<'static, object_store::Result<Bytes>>,
        range: &Range<u64>,
        piece_bytes: u64,
    ) -> Self {
        Self::new(Source::Bucket { answer, ahead: Bytes::new() }, range, piece_bytes)
    }

    fn new(source: Source, range: &Range<u64>, piece_bytes: u64) -> Self {
        Self { source, piece_bytes: piece_bytes.max(1), left: range.end.saturating_sub(range.start) }
    }

    /// Whether there is no further piece.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        self.left == 0
    }

    /// The next piece, or nothing at the end.
    ///
    /// # Errors
    /// When there is no such blob, it is shorter than the part that was asked for, or the store fails.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        self.next_with(|piece| piece).await
    }

    /// What `look` makes of the next piece. It runs where it may take its time, for a file in the job that reads it; what it
    /// owns is let go there, too, should nobody wait for it any more.
    ///
    /// # Errors
    /// As of [`Pieces::next`].
    pub async fn next_with<T: Send + 'static>(
        &mut self,
        look: impl FnOnce(Bytes) -> T + Send + 'static,
    ) -> Result<Option<T>, Error> {
        let len = self.left.min(self.piece_bytes);
        if len == 0 {
            return Ok(None);
        }
        let seen = match &mut self.source {
            Source::File { path, key, at } => {
                let (path, key, from) = (path.clone(), key.clone(), *at);
                let seen = disk::blocking(move || disk::read_part(&path, key, from, len).map(look)).await?;
                *at += len;
                seen
            }
            Source::Bucket { answer, ahead } => {
                let piece = gather(answer, ahead, usize::try_from(len).unwrap_or(usize::MAX)).await?;
                if piece.len() <= IN_PLACE_BYTES { look(piece) } else { disk::blocking(|| Ok(look(piece))).await? }
            }
        };
        self.left -= len;
        Ok(Some(seen))
    }
}

/// Exactly `len` bytes of what arrives.
async fn gather(
    answer: &mut BoxStream<'static, object_store::Result<Bytes>>,
    ahead: &mut Bytes,
    len: usize,
) -> Result<Bytes, Error> {
    let mut gathered = BytesMut::new();
    loop {
        let missing = len - gathered.len();
        if ahead.len() >= missing {
            let last = ahead.split_to(missing);
            if gathered.is_empty() {
                return Ok(last);
            }
            gathered.extend_from_slice(&last);
            return Ok(gathered.freeze());
        }
        gathered.reserve(missing);
        gathered.extend_from_slice(ahead);
        let arrived = answer.try_next().await.map_err(Error::Store)?;
        *ahead = arrived.ok_or(std::io::Error::from(std::io::ErrorKind::UnexpectedEof))?;
    }
}
