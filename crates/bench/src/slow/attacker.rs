//! Clients that hold connections and want nothing.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

/// How long one waits for its connection: behind a full queue it would wait for minutes.
const CONNECTING: Duration = Duration::from_secs(5);
/// Between two bytes of those who send or read slowly.
const PACE: Duration = Duration::from_millis(500);
/// So small that an answer does not vanish in it.
const RECEIVE_BUFFER_BYTES: u32 = 8 * 1024;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// In which way a client is slow.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// One byte, which may be the first of HTTP/1.1 and of HTTP/2, and nothing more.
    OneByte,
    /// A part of the preface of HTTP/2.
    HalfPreface,
    /// A head that goes on for ever.
    SlowHead,
    /// A publish whose body goes on for ever.
    SlowBody,
    /// A download over HTTP/1.1 that is hardly read.
    SlowReader,
    /// Downloads over HTTP/2 without any room to send them.
    ZeroWindow,
}

pub(crate) const KINDS: [Kind; 6] =
    [Kind::OneByte, Kind::HalfPreface, Kind::SlowHead, Kind::SlowBody, Kind::SlowReader, Kind::ZeroWindow];

/// The address of one of many attackers: every other one of each kind is at the same address, the others at 250.
pub(crate) fn address_of(number: usize) -> Ipv4Addr {
    let group = number / KINDS.len();
    if group.is_multiple_of(2) {
        return Ipv4Addr::new(127, 0, 9, 9);
    }
    let last = u8::try_from(group / 2 % 250 + 1).unwrap_or(u8::MAX);
    Ipv4Addr::new(127, 9, 9, last)
}

/// Connects from an address and holds the connection until the server ends it. `download` is a path to ask for whose
/// answer is long.
pub(crate) async fn attack(kind: Kind, from: Ipv4Addr, server: SocketAddr, download: &str) -> io::Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(IpAddr::V4(from), 0))?;
    socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES)?;
    let mut stream = timeout(CONNECTING, socket.connect(server)).await??;
    let fields = "host: x\r\nuser-agent: slow\r\n";
    match kind {
        Kind::OneByte => hold(stream, b"P").await,
        Kind::HalfPreface => hold(stream, &PREFACE[..20]).await,
        Kind::SlowHead => drip(stream, &format!("GET / HTTP/1.1\r\n{fields}x: ")).await,
        Kind::SlowBody => {
            let head = format!("PUT /api/v1/crates/new HTTP/1.1\r\n{fields}content-length: 1000000\r\n\r\n");
            drip(stream, &head).await
        }
        Kind::SlowReader => {
            stream.write_all(format!("GET {download} HTTP/1.1\r\n{fields}\r\n").as_bytes()).await?;
            while stream.read(&mut [0]).await? > 0 {
                sleep(PACE).await;
            }
            Ok(())
        }
        Kind::ZeroWindow => hold(stream, &requests_without_window(download)).await,
    }
}

/// Sends this, then only listens.
async fn hold(mut stream: TcpStream, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes).await?;
    let mut heard = [0; 1024];
    while stream.read(&mut heard).await? > 0 {}
    Ok(())
}

/// Sends this, then byte after byte.
async fn drip(mut stream: TcpStream, beginning: &str) -> io::Result<()> {
    stream.write_all(beginning.as_bytes()).await?;
    loop {
        sleep(PACE).await;
        stream.write_all(b"1").await?;
    }
}

/// The opening of HTTP/2 with windows of no bytes, and ten requests.
fn requests_without_window(path: &str) -> Vec<u8> {
    let mut bytes = PREFACE.to_vec();
    bytes.extend_from_slice(&[0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0]);
    let mut block = Vec::new();
    let fields =
        [(":method", "GET"), (":scheme", "http"), (":authority", "x"), (":path", path), ("user-agent", "slow")];
    // A length of up to 126 is one byte, and these are all shorter.
    let short = |len: usize| u8::try_from(len).unwrap_or_default();
    for (name, value) in fields {
        block.push(0);
        for text in [name, value] {
            block.push(short(text.len()));
            block.extend_from_slice(text.as_bytes());
        }
    }
    for stream in (1..20).step_by(2) {
        bytes.extend_from_slice(&[0, 0, short(block.len()), 1, 5, 0, 0, 0, stream]);
        bytes.extend_from_slice(&block);
    }
    bytes
}
