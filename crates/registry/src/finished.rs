//! Texts that are ready to be sent, in every content coding somebody asked for.

use std::io::Write;

use bytes::Bytes;
use tokio::sync::OnceCell;

use crate::{Error, Result};

/// A content coding in which a text can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// As it is.
    Identity,
    /// gzip, which every cargo asks for.
    Gzip,
    /// Brotli.
    Brotli,
    /// Zstandard.
    Zstd,
}

/// A text longer than this is always compressed fast rather than well, in bytes.
const LONG_BYTES: usize = 256 * 1024;

/// A text that does not change any more.
#[derive(Debug)]
pub struct Finished {
    text: Bytes,
    /// Whether it is compressed fast rather than well.
    is_fast: bool,
    gzip: OnceCell<Bytes>,
    brotli: OnceCell<Bytes>,
    zstd: OnceCell<Bytes>,
}

impl Finished {
    /// A text that will be sent often.
    pub(crate) fn new(text: String) -> Self {
        Self { is_fast: text.len() > LONG_BYTES, ..Self::fleeting(text) }
    }

    /// A text that may well be sent only once.
    pub(crate) fn fleeting(text: String) -> Self {
        let (gzip, brotli, zstd) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { text: text.into(), is_fast: true, gzip, brotli, zstd }
    }

    /// The text as it is.
    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    /// How long the text is, in bytes.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// The text in this coding. Each form is made once, the first time it is asked for, and kept.
    ///
    /// # Errors
    /// When the machine is out of memory or threads.
    pub async fn bytes(&self, coding: Coding) -> Result<Bytes> {
        let cell = match coding {
            Coding::Identity => return Ok(self.text.clone()),
            Coding::Gzip => &self.gzip,
            Coding::Brotli => &self.brotli,
            Coding::Zstd => &self.zstd,
        };
        let (text, is_fast) = (self.text.clone(), self.is_fast);
        let compressed = cell.get_or_try_init(async || {
            let compressed = tokio::task::spawn_blocking(move || compress(&text, coding, is_fast));
            compressed.await.map_err(Error::internal)?.map_err(Error::internal)
        });
        compressed.await.cloned()
    }
}

fn compress(text: &[u8], coding: Coding, is_fast: bool) -> std::io::Result<Bytes> {
    let compressed = match coding {
        Coding::Identity => text.to_vec(),
        Coding::Gzip => {
            let level = if is_fast { flate2::Compression::fast() } else { flate2::Compression::best() };
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), level);
            gzip.write_all(text)?;
            gzip.finish()?
        }
        Coding::Brotli => {
            let mut compressed = Vec::new();
            let quality = if is_fast { 2 } else { 9 };
            let params = brotli::enc::BrotliEncoderParams { quality, ..Default::default() };
            brotli::BrotliCompress(&mut &*text, &mut compressed, &params)?;
            compressed
        }
        Coding::Zstd => zstd::bulk::compress(text, if is_fast { 1 } else { 15 })?,
    };
    Ok(compressed.into())
}
