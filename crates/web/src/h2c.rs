//! HTTP/2 on plain http by `Upgrade: h2c` (RFC 7540 §3.2). cargo multiplexes over plain http only if the server accepts
//! this; otherwise it sends one request at a time (cargo-client §1.10).
//!
//! The HTTP library knows HTTP/2 but not this upgrade. So the upgrade is answered with 101, and its HTTP/2 server reads
//! the connection through [`Upgraded`], which puts the request that asked for the upgrade behind the client's preface
//! and SETTINGS as a HEADERS frame of stream 1.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::http::header::{CONNECTION, HOST, HeaderName, TE, TRANSFER_ENCODING, UPGRADE};
use axum::http::{Request, Version};
use hyper::body::Body;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const FRAME_HEADER_BYTES: usize = 9;
const SETTINGS: u8 = 4;
const HEADERS: u8 = 1;
const END_STREAM_AND_HEADERS: u8 = 0x5;

/// The largest payload of a frame that every peer accepts.
const MAX_PAYLOAD_BYTES: usize = 16 * 1024;

const HTTP2_SETTINGS: HeaderName = HeaderName::from_static("http2-settings");

/// The request as a HEADERS frame, if it asks for the upgrade and can have it. A request with a body cannot: it is
/// answered in HTTP/1.1, as RFC 7540 leaves to the server.
pub(crate) fn upgrade_of<B: Body>(request: &Request<B>) -> Option<Vec<u8>> {
    let asks = request.version() == Version::HTTP_11
        && names_in(request, "upgrade")
        && names_in(request, "http2-settings")
        && request.headers().get(UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"h2c"))
        && request.headers().contains_key(HTTP2_SETTINGS)
        && request.body().is_end_stream();
    asks.then(|| headers_frame(request)).flatten()
}

/// Whether the `Connection` header names another header, without which that one is not meant for us (RFC 7540 §3.2.1).
fn names_in<B>(request: &Request<B>, name: &str) -> bool {
    let values = request.headers().get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|item| item.trim().eq_ignore_ascii_case(name))
}

/// `None` if the headers do not fit into one frame.
fn headers_frame<B>(request: &Request<B>) -> Option<Vec<u8>> {
    let mut block = Vec::new();
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let authority = request.headers().get(HOST)?.as_bytes();
    push_field(&mut block, b":method", request.method().as_str().as_bytes());
    push_field(&mut block, b":scheme", b"http");
    push_field(&mut block, b":authority", authority);
    push_field(&mut block, b":path", path.as_bytes());
    for (name, value) in request.headers() {
        if !belongs_to_connection(name) {
            push_field(&mut block, name.as_str().as_bytes(), value.as_bytes());
        }
    }
    if block.len() > MAX_PAYLOAD_BYTES {
        return None;
    }
    let len = u32::try_from(block.len()).ok()?.to_be_bytes();
    let mut frame = vec![len[1], len[2], len[3], HEADERS, END_STREAM_AND_HEADERS, 0, 0, 0, 1];
    frame.extend_from_slice(&block);
    Some(frame)
}

fn belongs_to_connection(name: &HeaderName) -> bool {
    matches!(*name, CONNECTION | HOST | TE | TRANSFER_ENCODING | UPGRADE)
        || *name == HTTP2_SETTINGS
        || matches!(name.as_str(), "keep-alive" | "proxy-connection")
}

/// A literal header field without indexing (RFC 7541 §6.2.2), which needs no table.
fn push_field(block: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    block.push(0);
    for text in [name, value] {
        push_length(block, text.len());
        block.extend_from_slice(text);
    }
}

/// An integer with a prefix of seven bits (RFC 7541 §5.1).
fn push_length(block: &mut Vec<u8>, len: usize) {
    const PREFIX: usize = 127;
    if len < PREFIX {
        block.push(low_byte(len));
        return;
    }
    block.push(low_byte(PREFIX));
    let mut rest = len - PREFIX;
    while rest >= 128 {
        block.push(low_byte(rest % 128 + 128));
        rest /= 128;
    }
    block.push(low_byte(rest));
}

fn low_byte(value: usize) -> u8 {
    value.to_le_bytes()[0]
}

/// An upgraded connection that begins with the client's preface and SETTINGS, then the given frame, then whatever the
/// client sends.
pub(crate) struct Upgraded<T> {
    inner: T,
    phase: Phase,
}

enum Phase {
    /// Collecting the client's preface and first frame, behind which `frame` belongs.
    Opening {
        collected: Vec<u8>,
        frame: Vec<u8>,
    },
    /// Handing out what was collected, from `at` on.
    Replaying {
        bytes: Vec<u8>,
        at: usize,
    },
    Through,
}

impl<T> Upgraded<T> {
    pub(crate) fn new(inner: T, frame: Vec<u8>) -> Self {
        Self { inner, phase: Phase::Opening { collected: Vec::new(), frame } }
    }
}

/// The length of preface and first frame, once enough of them is there to tell.
fn opening_length(collected: &[u8]) -> io::Result<Option<usize>> {
    let bad = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidData, what.to_owned()));
    let compared = collected.len().min(PREFACE.len());
    if collected[..compared] != PREFACE[..compared] {
        return bad("no HTTP/2 preface after the upgrade");
    }
    let Some(header) = collected.get(PREFACE.len()..PREFACE.len() + FRAME_HEADER_BYTES) else { return Ok(None) };
    let payload = usize::from(header[0]) << 16 | usize::from(header[1]) << 8 | usize::from(header[2]);
    if header[3] != SETTINGS || payload > MAX_PAYLOAD_BYTES {
        return bad("the first frame after the upgrade is no SETTINGS");
    }
    Ok(Some(PREFACE.len() + FRAME_HEADER_BYTES + payload))
}

impl<T: AsyncRead + Unpin> AsyncRead for Upgraded<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            match &mut this.phase {
                Phase::Opening { collected, frame } => {
                    let mut chunk = [0; 1024];
                    let mut chunk = ReadBuf::new(&mut chunk);
                    ready!(Pin::new(&mut this.inner).poll_read(cx, &mut chunk))?;
                    if chunk.filled().is_empty() {
                        return Poll::Ready(Ok(()));
                    }
                    collected.extend_from_slice(chunk.filled());
                    if let Some(length) = opening_length(collected)?.filter(|length| collected.len() >= *length) {
                        let rest = collected.split_off(length);
                        let bytes = [collected.as_slice(), frame.as_slice(), rest.as_slice()].concat();
                        this.phase = Phase::Replaying { bytes, at: 0 };
                    }
                }
                Phase::Replaying { bytes, at } => {
                    let len = buffer.remaining().min(bytes.len() - *at);
                    buffer.put_slice(&bytes[*at..*at + len]);
                    *at += len;
                    if *at == bytes.len() {
                        this.phase = Phase::Through;
                    }
                    return Poll::Ready(Ok(()));
                }
                Phase::Through => return Pin::new(&mut this.inner).poll_read(cx, buffer),
            }
        }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Upgraded<T> {
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
