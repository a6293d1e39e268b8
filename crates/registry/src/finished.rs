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

impl Coding {
    /// All codings.
    pub(crate) const ALL: [Self; 4] = [Self::Identity, Self::Gzip, Self::Brotli, Self::Zstd];

    /// Its name in `Content-Encoding`; none for a text as it is.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
            Self::Zstd => Some("zstd"),
        }
    }
}

/// A text in one coding.
#[derive(Clone, Debug)]
pub struct Form {
    /// The bytes to send.
    pub bytes: Bytes,
    /// How many they are, as HTTP writes it.
    pub length: Bytes,
}

impl From<Bytes> for Form {
    fn from(bytes: Bytes) -> Self {
        Self { length: bytes.len().to_string().into(), bytes }
    }
}

/// A text longer than this is always compressed fast rather than well, in bytes.
const LONG_BYTES: usize = 256 * 1024;

/// A text that does not change any more.
#[derive(Debug)]
pub struct Finished {
    text: Form,
    /// Whether it is compressed fast rather than well.
    is_fast: bool,
    gzip: OnceCell<Form>,
    brotli: OnceCell<Form>,
    zstd: OnceCell<Form>,
}

impl Finished {
    /// A text that will be sent often.
    pub(crate) fn new(text: impl Into<Bytes>) -> Self {
        let text = text.into();
        Self { is_fast: text.len() > LONG_BYTES, ..Self::fleeting(text) }
    }

    /// A text that may well be sent only once.
    pub(crate) fn fleeting(text: impl Into<Bytes>) -> Self {
        let (gzip, brotli, zstd) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { text: text.into().into(), is_fast: true, gzip, brotli, zstd }
    }

    /// The text as it is.
    pub(crate) fn text(&self) -> &[u8] {
        &self.text.bytes
    }

    /// How long the text is, in bytes.
    pub(crate) fn len(&self) -> usize {
        self.text.bytes.len()
    }

    /// The text in this coding, if somebody has asked for that before.
    #[must_use]
    pub fn kept_form(&self, coding: Coding) -> Option<&Form> {
        match coding {
            Coding::Identity => Some(&self.text),
            Coding::Gzip => self.gzip.get(),
            Coding::Brotli => self.brotli.get(),
            Coding::Zstd => self.zstd.get(),
        }
    }

    /// The text in this coding. Each form is made once, the first time it is asked for, and kept.
    ///
    /// # Errors
    /// When the machine is out of memory or threads.
    pub async fn form(&self, coding: Coding) -> Result<&Form> {
        let cell = match coding {
            Coding::Identity => return Ok(&self.text),
            Coding::Gzip => &self.gzip,
            Coding::Brotli => &self.brotli,
            Coding::Zstd => &self.zstd,
        };
        let (text, is_fast) = (self.text.bytes.clone(), self.is_fast);
        let compressed = cell.get_or_try_init(async || {
            let compressed = tokio::task::spawn_blocking(move || compress(&text, coding, is_fast));
            compressed.await.map_err(Error::internal)?.map(Form::from).map_err(Error::internal)
        });
        compressed.await
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
