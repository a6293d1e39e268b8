//! The bytes of a connection, between the network and the HTTP library: counted, closed without cutting off a refusal, and with
//! a sentence where the library itself refuses.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::http::StatusCode;
use cargohold_protocol::api::Errors;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::state::{Connection, Order};

/// How long a client that is told something before its request is complete may go on sending it; closing earlier would make
/// its system throw the answer away unread.
const LINGER_TIME: Duration = Duration::from_secs(5);

/// How much such a client may go on sending, in bytes: more than the longest upload by default.
const LINGER_BYTES: usize = 32 * 1024 * 1024;

/// What the HTTP library refuses by itself, always with an empty body, and what a person should do about it.
const BARE_REFUSALS: [(StatusCode, &str); 3] = [
    (StatusCode::BAD_REQUEST, "this is no HTTP request that can be read; check its first line and its headers"),
    (StatusCode::URI_TOO_LONG, "the address is too long; shorten its query"),
    (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too long; send fewer or shorter ones"),
];

const TOO_SLOW: &str = "the request did not arrive in time; check the connection, and send its head in one go";

/// A stream that counts for its connection.
pub(super) struct Wire<T> {
    inner: T,
    connection: Arc<Connection>,
    /// What is written in place of what the HTTP library says.
    instead: Option<Instead>,
    /// Whether the client was told that its request took too long.
    is_timed_out: bool,
    /// Whether the HTTP library refused a request by itself.
    is_refused: bool,
    linger: Option<Linger>,
}

/// A message of ours, and how much of it has been written.
struct Instead {
    message: Vec<u8>,
    written: usize,
}

/// What may still be read and thrown away.
struct Linger {
    deadline: Pin<Box<Sleep>>,
    left: usize,
}

impl<T> Wire<T> {
    pub(super) fn new(inner: T, connection: Arc<Connection>) -> Self {
        Self { inner, connection, instead: None, is_timed_out: false, is_refused: false, linger: None }
    }
}

/// A refusal as bytes, after which the connection ends.
fn refusal(status: StatusCode, text: &str) -> Vec<u8> {
    // Two levels of plain text always serialise.
    let body = serde_json::to_string(&Errors::one(text.to_owned())).unwrap_or_default();
    let reason = status.canonical_reason().unwrap_or_default();
    format!(
        "HTTP/1.1 {} {reason}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        status.as_u16(),
        body.len()
    )
    .into_bytes()
}

/// The same refusal with a sentence in it. `bytes` are what the HTTP library writes by itself.
fn with_words(bytes: &[u8]) -> Option<Vec<u8>> {
    let status = StatusCode::from_bytes(bytes.strip_prefix(b"HTTP/1.1 ")?.get(..3)?).ok()?;
    let (_, words) = BARE_REFUSALS.iter().find(|(bare, _)| *bare == status)?;
    Some(refusal(status, words))
}

impl<T: AsyncWrite + Unpin> Wire<T> {
    /// Writes the rest of a message of ours.
    fn poll_instead(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(Instead { message, written }) = &mut self.instead {
            if *written == message.len() {
                self.instead = None;
                break;
            }
            match ready!(Pin::new(&mut self.inner).poll_write(cx, &message[*written..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                bytes => *written += bytes,
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Whether these bytes are a refusal of the HTTP library. It is known by when they are written, never by what they are: an
    /// HTTP/1.1 connection that has written all its answers has nothing else to say.
    fn is_own_message(&mut self, bytes: &[u8]) -> bool {
        if self.instead.is_none() && self.connection.is_quiet() && !self.connection.is_http2() {
            self.instead = with_words(bytes).map(|message| Instead { message, written: 0 });
            self.is_refused |= self.instead.is_some();
        }
        self.instead.is_some()
    }

    fn counted(&self, polled: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &polled {
            Poll::Ready(Ok(bytes)) => self.connection.has_written(*bytes),
            Poll::Pending => self.connection.cannot_write(),
            Poll::Ready(Err(_)) => {}
        }
        polled
    }

    /// Tells a client whose request took too long so, and then that nothing more is read.
    fn poll_time_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_timed_out {
            self.is_timed_out = true;
            let asked = self.connection.counted().read > 0 && self.connection.is_quiet() && !self.connection.is_http2();
            self.instead =
                asked.then(|| Instead { message: refusal(StatusCode::REQUEST_TIMEOUT, TOO_SLOW), written: 0 });
        }
        self.poll_instead(cx)
    }
}

impl<T: AsyncRead + Unpin> Wire<T> {
    /// Reads and throws away what a client still sends, within bounds.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let linger = self
            .linger
            .get_or_insert_with(|| Linger { deadline: Box::pin(tokio::time::sleep(LINGER_TIME)), left: LINGER_BYTES });
        let mut room = [0; 8 * 1024];
        while linger.left > 0 && linger.deadline.as_mut().poll(cx).is_pending() {
            let mut room = ReadBuf::new(&mut room);
            match ready!(Pin::new(&mut self.inner).poll_read(cx, &mut room)) {
                Ok(()) if !room.filled().is_empty() => linger.left = linger.left.saturating_sub(room.filled().len()),
                _ => break,
            }
        }
        Poll::Ready(())
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncRead for Wire<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.connection.order() == Order::TimeOut {
            return this.poll_time_out(cx);
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.inner).poll_read(cx, buffer))?;
        this.connection.has_read(buffer.filled().len() - before);
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Wire<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.is_own_message(bytes) {
            ready!(this.poll_instead(cx))?;
            return Poll::Ready(Ok(bytes.len()));
        }
        let polled = Pin::new(&mut this.inner).poll_write(cx, bytes);
        this.counted(polled)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Some(first) = slices.first()
            && this.is_own_message(first)
        {
            ready!(this.poll_instead(cx))?;
            return Poll::Ready(Ok(first.len()));
        }
        let polled = Pin::new(&mut this.inner).poll_write_vectored(cx, slices);
        this.counted(polled)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The HTTP library asks for this when it has handed over everything it had.
        self.connection.flushed();
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.linger.is_none() {
            ready!(Pin::new(&mut this.inner).poll_shutdown(cx))?;
        }
        if this.is_timed_out || this.is_refused || this.connection.may_be_sending() {
            ready!(this.poll_linger(cx));
        }
        Poll::Ready(Ok(()))
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}
