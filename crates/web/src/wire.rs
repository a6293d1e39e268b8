//! A connection as hyper does not offer it: closed when its client does not say the first word, and with a sentence in the
//! refusals that hyper writes when it cannot even read a request.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use cargohold_protocol::api::Errors;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// How long to wait for the first byte. What follows it has limits of its own.
const FIRST_BYTE: Duration = Duration::from_secs(20);

/// What hyper refuses by itself, always with an empty body, and what a person should do about it. No answer of ours has one of
/// these statuses and an empty body.
const BARE_REFUSALS: [(&str, &str); 3] = [
    ("400", "this is no HTTP request that can be read; check its first line and its headers"),
    ("414", "the address is too long; shorten its query"),
    ("431", "the headers are too long; send fewer or shorter ones"),
];

/// A connection with a deadline for its first byte, and with words for hyper's refusals.
pub(crate) struct Wire<T> {
    inner: T,
    deadline: Option<Pin<Box<Sleep>>>,
    /// What is written instead of a bare refusal, and how much of it has been.
    instead: Option<(Vec<u8>, usize)>,
}

impl<T> Wire<T> {
    pub(crate) fn new(inner: T) -> Self {
        Self { inner, deadline: Some(Box::pin(tokio::time::sleep(FIRST_BYTE))), instead: None }
    }
}

/// The same refusal with a sentence in it, if these bytes are a whole bare refusal.
fn with_words(bytes: &[u8]) -> Option<Vec<u8>> {
    let status = bytes.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    let (_, words) = BARE_REFUSALS.iter().find(|(bare, _)| bare.as_bytes() == status)?;
    let head = std::str::from_utf8(bytes).ok()?.strip_suffix("\r\n\r\n")?;
    let (before, after) = head.split_once("\r\ncontent-length: 0")?;
    let body = serde_json::to_string(&Errors::one((*words).to_owned())).ok()?;
    let length = body.len();
    Some(
        format!("{before}\r\ncontent-type: application/json\r\ncontent-length: {length}{after}\r\n\r\n{body}")
            .into_bytes(),
    )
}

impl<T: AsyncRead + Unpin> AsyncRead for Wire<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match Pin::new(&mut this.inner).poll_read(cx, buffer) {
            Poll::Ready(read) => {
                this.deadline = None;
                Poll::Ready(read)
            }
            Poll::Pending => match this.deadline.as_mut().map(|deadline| deadline.as_mut().poll(cx)) {
                Some(Poll::Ready(())) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
                _ => Poll::Pending,
            },
        }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Wire<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.instead.is_none() {
            match with_words(bytes) {
                Some(refusal) => self.instead = Some((refusal, 0)),
                None => return Pin::new(&mut self.inner).poll_write(cx, bytes),
            }
        }
        let this = &mut *self;
        while let Some((refusal, written)) = this.instead.as_mut().filter(|(refusal, written)| *written < refusal.len())
        {
            *written += std::task::ready!(Pin::new(&mut this.inner).poll_write(cx, &refusal[*written..]))?;
        }
        self.instead = None;
        Poll::Ready(Ok(bytes.len()))
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
        let is_refusal = self.instead.is_some() || slices.first().is_some_and(|first| with_words(first).is_some());
        match slices.first() {
            Some(first) if is_refusal => self.poll_write(cx, first),
            _ => Pin::new(&mut self.inner).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}
