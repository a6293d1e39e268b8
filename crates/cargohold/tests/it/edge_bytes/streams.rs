//! Requests over HTTP/2, on a connection that began with an upgrade, and on those of a real client.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use reqwest::Client;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::Wanted;
use super::pipeline::connect;
use crate::wire::{SETTINGS, UPGRADE, frame, literal_fields, read_frame, read_head};

const WINDOW_UPDATE: u8 = 8;
const HEADERS: u8 = 1;
const DATA: u8 = 0;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// What a client opens at most on one connection.
const MAX_STREAMS: usize = 100;

/// Asks for everything at once, on one connection of a client.
pub(super) async fn multiplexed(client: &Client, url: &str, wanted: &[&Wanted]) {
    for wanted in wanted.chunks(MAX_STREAMS) {
        join_all(wanted.iter().map(async |wanted| {
            let request = client.get(format!("{url}{}", wanted.path));
            let request =
                wanted.headers().into_iter().fold(request, |request, (name, value)| request.header(name, value));
            let answer = request.send().await.unwrap();
            assert_eq!(answer.version(), reqwest::Version::HTTP_2);
            let status = answer.status().as_u16();
            wanted.judge(status, &answer.bytes().await.unwrap());
        }))
        .await;
    }
}

/// What is still to come: what was asked for, and its body so far, by stream.
type Expected<'a> = BTreeMap<u32, (&'a Wanted, Vec<u8>)>;

/// Asks for the first by HTTP/1.1 with an upgrade, which makes it stream 1, then for all others at once.
pub(super) async fn upgraded(address: &str, wanted: &[&Wanted]) {
    let mut stream = connect(address).await;
    let wanted = wanted.iter().take(MAX_STREAMS);
    let expected: Expected = (1..).step_by(2).zip(wanted.map(|wanted| (*wanted, Vec::new()))).collect();
    let request = expected[&1].0.request(false);
    let request = format!("{}{UPGRADE}\r\n", request.strip_suffix("\r\n").unwrap());
    stream.write_all(request.as_bytes()).await.unwrap();
    let head = read_head(&mut stream).await;
    assert!(head.starts_with("http/1.1 101"), "{head}");
    stream.write_all(&opening(&expected)).await.unwrap();
    read_all(&mut stream, expected).await;
}

/// The preface, windows as wide as they can be, and the requests for all streams but the first.
fn opening(expected: &Expected<'_>) -> Vec<u8> {
    let window = [&[0, 4], &i32::MAX.to_be_bytes()[..]].concat();
    let more = (i32::MAX - 65_535).to_be_bytes();
    let mut opening = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    opening.extend([frame(SETTINGS, 0, 0, &window), frame(WINDOW_UPDATE, 0, 0, &more)].concat());
    for (id, (wanted, _)) in expected.range(2..) {
        let mut fields = vec![(":method", "GET"), (":scheme", "http"), (":authority", "x"), (":path", &wanted.path)];
        let headers = wanted.headers();
        fields.extend(headers.iter().map(|(name, value)| (*name, value.as_str())));
        opening.extend(frame(HEADERS, END_STREAM | END_HEADERS, *id, &literal_fields(&fields)));
    }
    opening
}

async fn read_all(stream: &mut TcpStream, mut expected: Expected<'_>) {
    while !expected.is_empty() {
        let (kind, flags, id, payload) = read_frame(stream).await;
        assert!(matches!(kind, DATA | HEADERS | SETTINGS | WINDOW_UPDATE), "a frame of type {kind}: {payload:?}");
        if let Some((_, data)) = expected.get_mut(&id).filter(|_| kind == DATA) {
            data.extend_from_slice(&payload);
        }
        if matches!(kind, DATA | HEADERS) && flags & END_STREAM != 0 {
            let (wanted, data) = expected.remove(&id).unwrap();
            wanted.judge(wanted.status, &data);
        }
    }
}
