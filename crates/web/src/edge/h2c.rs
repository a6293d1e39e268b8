//! HTTP/2 on plain http by `Upgrade: h2c` (RFC 7540 §3.2). cargo multiplexes over plain http only if the server accepts
//! this; otherwise it sends one request at a time (cargo-client §1.10).
//!
//! The HTTP library knows HTTP/2 but not this upgrade. So the upgrade is answered with 101, and its HTTP/2 server reads
//! what [`open`] makes of the connection: the request that asked for the upgrade stands behind the client's preface and
//! SETTINGS as a HEADERS frame of stream 1.
//!
//! Only clients that are known to get along with it are offered the upgrade. libcurl 7.88, which Debian's cargo uses, asks for
//! it and then loses streams; it works well over HTTP/1.1.

use std::io;

use axum::http::header::{CONNECTION, HOST, HeaderName, TE, TRANSFER_ENCODING, UPGRADE};
use axum::http::{Request, Version};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hyper::body::Body;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::rewound::{PREFACE, Rewound};

/// The settings of clients that were tested and work: libcurl from 8.15 on, with streams of 64 KiB (a setting is its number in
/// 16 bits and its value in 32, RFC 9113 §6.5.1).
const KNOWN_SETTINGS: [&[(u16, u32)]; 1] = [&[(3, 100), (4, 65_536), (2, 0)]];
const FRAME_HEADER_BYTES: usize = 9;
const SETTINGS: u8 = 4;
const HEADERS: u8 = 1;
const END_STREAM_AND_HEADERS: u8 = 0x5;

/// The largest payload of a frame that every peer accepts.
const MAX_PAYLOAD_BYTES: usize = 16 * 1024;

const HTTP2_SETTINGS: HeaderName = HeaderName::from_static("http2-settings");

/// The request as a HEADERS frame, if it asks for the upgrade and can have it. A request with a body cannot: it is
/// answered in HTTP/1.1, as RFC 7540 leaves to the server.
pub(super) fn upgrade_of<B: Body>(request: &Request<B>) -> Option<Vec<u8>> {
    let asks = request.version() == Version::HTTP_11
        && names_in(request, "upgrade")
        && names_in(request, "http2-settings")
        && request.headers().get(UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"h2c"))
        && is_of_known_client(request)
        && request.body().is_end_stream();
    asks.then(|| headers_frame(request)).flatten()
}

/// Whether the settings that a request brings for the upgrade are those of a client that was tested.
fn is_of_known_client<B>(request: &Request<B>) -> bool {
    let mut values = request.headers().get_all(HTTP2_SETTINGS).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    let Ok(payload) = BASE64_URL_SAFE_NO_PAD.decode(value.as_bytes().trim_ascii_end()) else { return false };
    let (settings, rest) = payload.as_chunks::<6>();
    let settings =
        settings.iter().map(|[a, b, c, d, e, f]| (u16::from_be_bytes([*a, *b]), u32::from_be_bytes([*c, *d, *e, *f])));
    rest.is_empty() && KNOWN_SETTINGS.iter().any(|known| settings.clone().eq(known.iter().copied()))
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

/// The connection as HTTP/2 finds it once the client has sent its preface and SETTINGS: with `frame` behind them, and whatever
/// else arrived, `first` included, behind that.
///
/// # Errors
/// When the client sends something else, or the connection breaks off.
pub(super) async fn open<T: AsyncRead + Unpin>(mut stream: T, first: &[u8], frame: &[u8]) -> io::Result<Rewound<T>> {
    let mut opening = first.to_vec();
    let length = loop {
        if let Some(length) = opening_length(&opening)?.filter(|length| opening.len() >= *length) {
            break length;
        }
        if stream.read_buf(&mut opening).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    };
    let rest = opening.split_off(length);
    Ok(Rewound::new([opening.as_slice(), frame, rest.as_slice()].concat().into(), stream))
}

/// How long the client's preface and first frame are together, as soon as that can be told.
fn opening_length(opening: &[u8]) -> io::Result<Option<usize>> {
    let bad = |text| Err(io::Error::new(io::ErrorKind::InvalidData, text));
    let begun = &opening[..opening.len().min(PREFACE.len())];
    if !PREFACE.starts_with(begun) {
        return bad("the client does not speak HTTP/2 after the upgrade");
    }
    let Some(header) = opening.get(PREFACE.len()..PREFACE.len() + FRAME_HEADER_BYTES) else { return Ok(None) };
    let payload = usize::from(header[0]) << 16 | usize::from(header[1]) << 8 | usize::from(header[2]);
    if header[3] != SETTINGS || payload > MAX_PAYLOAD_BYTES {
        return bad("the first frame after the upgrade is no SETTINGS");
    }
    Ok(Some(PREFACE.len() + FRAME_HEADER_BYTES + payload))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(settings: &str) -> Request<axum::body::Body> {
        let request = Request::get("/index/config.json").header("host", "registry.example");
        let request = request.header("connection", "Upgrade, HTTP2-Settings").header("upgrade", "h2c");
        request.header("http2-settings", settings).body(axum::body::Body::empty()).unwrap()
    }

    /// E10: what libcurl 8.15 sends, and what 7.88 does, whose streams of 32 MiB then fail.
    #[test]
    fn e10_only_clients_that_were_tested_are_upgraded() {
        assert!(upgrade_of(&asks("AAMAAABkAAQAAQAAAAIAAAAA")).is_some());
        for settings in ["AAMAAABkAAQCAAAAAAIAAAAA", "", "AAMAAABk", "AAMAAABkAAQAAQAAAAIAAAA", "!"] {
            assert!(upgrade_of(&asks(settings)).is_none(), "{settings}");
        }
        let mut twice = asks("AAMAAABkAAQAAQAAAAIAAAAA");
        twice.headers_mut().append("http2-settings", "AAMAAABkAAQAAQAAAAIAAAAA".parse().unwrap());
        assert!(upgrade_of(&twice).is_none());
    }

    const SETTINGS_FRAME: &[u8] = &[0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0];

    #[tokio::test]
    async fn the_request_stands_behind_the_settings_however_the_opening_arrives() {
        let sent = [PREFACE, SETTINGS_FRAME, b"further frames"].concat();
        for cut in 0..sent.len() {
            let mut opened = open(&sent[cut..], &sent[..cut], b"HEADERS").await.unwrap();
            let mut read = Vec::new();
            opened.read_to_end(&mut read).await.unwrap();
            assert_eq!(read, [PREFACE, SETTINGS_FRAME, b"HEADERS", b"further frames"].concat(), "cut at {cut}");
        }
    }

    #[tokio::test]
    async fn whatever_else_follows_an_upgrade_is_refused() {
        let no_settings = [PREFACE, &[0, 0, 0, 6, 0, 0, 0, 0, 0]].concat();
        let long = [PREFACE, &[1, 0, 0, 4, 0, 0, 0, 0, 0]].concat();
        for sent in [
            &b""[..],
            b"PRI",
            b"GET / HTTP/1.1\r\n\r\n",
            &no_settings,
            &long,
            &[PREFACE, &SETTINGS_FRAME[..12]].concat(),
        ] {
            assert!(open(sent, &[], b"HEADERS").await.is_err(), "{sent:?}");
        }
    }

    proptest::proptest! {
        /// Whatever follows an upgrade is refused, or is passed on as it is with the request in the one place where it belongs.
        #[test]
        fn nothing_is_lost_or_made_up(
            begins_well in proptest::bool::ANY,
            bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
            cut in 0..300_usize,
        ) {
            let sent = if begins_well { [PREFACE, SETTINGS_FRAME, &bytes].concat() } else { bytes.clone() };
            let (first, later) = sent.split_at(cut.min(sent.len()));
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let read = runtime.block_on(async {
                let mut opened = open(later, first, b"HEADERS").await.ok()?;
                let mut read = Vec::new();
                opened.read_to_end(&mut read).await.unwrap();
                Some(read)
            });
            if begins_well {
                proptest::prop_assert_eq!(read, Some([PREFACE, SETTINGS_FRAME, b"HEADERS", &bytes].concat()));
            } else {
                proptest::prop_assert_eq!(read, None);
            }
        }
    }
}
