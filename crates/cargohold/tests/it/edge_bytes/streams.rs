//! Requests over HTTP/2, on a connection that began with an upgrade, and on those of a real client.

use std::collections::HashMap;

use futures_util::future::join_all;
use reqwest::Client;
use tokio::io::AsyncWriteExt;

use super::Wanted;
use super::pipeline::connect;
use crate::wire::{SETTINGS, UPGRADE, frame, literal_fields, read_frame, read_head};

const WINDOW_UPDATE: u8 = 8;
const HEADERS: u8 = 1;
const DATA: u8 = 0;
const END_STREAM: u8 = 1;

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

/// Asks for the first by HTTP/1.1 with an upgrade, then for all others at once.
pub(super) async fn upgraded(address: &str, wanted: &[&Wanted]) {
    let mut stream = connect(address).await;
    let wanted = &wanted[..wanted.len().min(MAX_STREAMS)];
    let request = wanted[0].request(false);
    let request = format!("{}{UPGRADE}\r\n", request.strip_suffix("\r\n").unwrap());
    stream.write_all(request.as_bytes()).await.unwrap();
    let head = read_head(&mut stream).await;
    assert!(head.starts_with("http/1.1 101"), "{head}");
    let most = i32::MAX.to_be_bytes();
    let window = [&[0, 4], &most[..]].concat();
    let more = (i32::MAX - 65_535).to_be_bytes();
    let mut opening = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    opening.extend([frame(SETTINGS, 0, 0, &window), frame(WINDOW_UPDATE, 0, 0, &more)].concat());
    let ids = (1..).step_by(2);
    let mut expected: HashMap<u32, (&Wanted, Vec<u8>)> =
        ids.zip(wanted.iter().map(|wanted| (*wanted, Vec::new()))).collect();
    for (id, (wanted, _)) in expected.iter().filter(|(id, _)| **id > 1).collect::<std::collections::BTreeMap<_, _>>() {
        let mut fields = vec![(":method", "GET"), (":scheme", "http"), (":authority", "x"), (":path", &wanted.path)];
        let headers = wanted.headers();
        fields.extend(headers.iter().map(|(name, value)| (*name, value.as_str())));
        opening.extend(frame(HEADERS, 5, *id, &literal_fields(&fields)));
    }
    stream.write_all(&opening).await.unwrap();
    while !expected.is_empty() {
        let (kind, flags, id, payload) = read_frame(&mut stream).await;
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
