//! Finding out what a client speaks, and a stream whose first bytes were read for that and are read once more.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

/// What every client of HTTP/2 says first (RFC 9113 §3.4).
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A stream that begins with bytes that were read from it already.
pub(super) struct Rewound<T> {
    first: Bytes,
    inner: T,
}

impl<T> Rewound<T> {
    pub(super) fn new(first: Bytes, inner: T) -> Self {
        Self { first, inner }
    }
}

/// Whether a client begins with the preface of HTTP/2, and the stream with all its bytes. Whatever is cut off before it can be
/// told is left to HTTP/1.1.
pub(super) async fn sniff<T: AsyncRead + Unpin>(mut stream: T) -> io::Result<(bool, Rewound<T>)> {
    let mut first = [0; PREFACE.len()];
    let mut len = 0;
    while len < first.len() && PREFACE.starts_with(&first[..len]) {
        match stream.read(&mut first[len..]).await? {
            0 => break,
            bytes => len += bytes,
        }
    }
    let is_http2 = first[..len] == *PREFACE;
    Ok((is_http2, Rewound::new(Bytes::copy_from_slice(&first[..len]), stream)))
}

impl<T: AsyncRead + Unpin> AsyncRead for Rewound<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.first.is_empty() {
            return Pin::new(&mut this.inner).poll_read(cx, buffer);
        }
        let len = this.first.len().min(buffer.remaining());
        buffer.put_slice(&this.first[..len]);
        this.first.advance(len);
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Rewound<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(bytes: &'static [u8]) -> (bool, Vec<u8>) {
        let (is_http2, mut stream) = sniff(bytes).await.unwrap();
        let mut read = Vec::new();
        stream.read_to_end(&mut read).await.unwrap();
        (is_http2, read)
    }

    #[tokio::test]
    async fn nothing_that_was_read_is_lost() {
        for bytes in
            [&b""[..], b"P", b"PRI", b"PRI * HTTP/1.1\r\n\r\n", b"PUT / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"]
        {
            assert_eq!(all(bytes).await, (false, bytes.to_vec()));
        }
        let http2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nfurther";
        assert_eq!(all(http2).await, (true, http2.to_vec()));
    }
}
