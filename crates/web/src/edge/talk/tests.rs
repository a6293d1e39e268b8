//! E1: what a connection sends is what was meant, whatever it looks like, in whatever pieces it goes.

use axum::http::header::CONTENT_LENGTH;
use futures_util::stream;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

use super::*;
use crate::edge::rewound::PREFACE;

/// What looks like a message of HTTP, and like nothing.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let bare = |status: &str| format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\ndate: now\r\n\r\n").into_bytes();
    prop_oneof![
        Just(bare("400 Bad Request")),
        Just(bare("414 URI Too Long")),
        Just(bare("431 Request Header Fields Too Large")),
        Just(b"HTTP/1.1 400 X\r\ncontent-length: 0\r\n".to_vec()),
        Just(b"\r\n\r\n".to_vec()),
        Just(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
        Just(PREFACE.to_vec()),
        prop::collection::vec(any::<u8>(), 0..3000),
    ]
}

/// A body in pieces, and whether its length is told beforehand.
fn body() -> impl Strategy<Value = (Vec<Vec<u8>>, bool)> {
    (prop::collection::vec(piece(), 0..6), any::<bool>())
}

fn response((pieces, is_whole): &(Vec<Vec<u8>>, bool)) -> Response<Body> {
    let whole = pieces.concat();
    let len = whole.len();
    let body = if *is_whole {
        Body::from(whole)
    } else {
        Body::from_stream(stream::iter(pieces.clone().into_iter().map(Ok::<_, Infallible>)))
    };
    Response::builder().header(CONTENT_LENGTH, len).body(body).unwrap()
}

/// What a client reads that sends these bytes, in pieces, and reads in small ones.
async fn exchange(answering: Answering, sent: Vec<u8>, piece: usize, room: usize) -> Vec<u8> {
    let (client, server) = duplex(room);
    let connection = Connection::new([127, 0, 0, 1].into());
    let ticket = Arc::new(Ticket::of_a_test(connection.clone()));
    let (mut reading, mut writing) = tokio::io::split(client);
    let write = async move {
        for piece in sent.chunks(piece) {
            writing.write_all(piece).await.unwrap();
        }
    };
    let read = async move {
        let mut read = Vec::new();
        reading.read_to_end(&mut read).await.unwrap();
        read
    };
    let (_, (), read) = tokio::join!(talk(server, ticket, answering, false), write, read);
    read
}

/// The bodies of these answers, one behind the other; panics where the bytes are no such answers.
fn bodies(mut read: &[u8], count: usize) -> (Vec<Vec<u8>>, &[u8]) {
    let mut bodies = Vec::new();
    for _ in 0..count {
        let end = read.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("another head");
        let head = std::str::from_utf8(&read[..end]).expect("a head is text");
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        let len = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
        let (body, rest) = read[end + 4..].split_at(len.parse().unwrap());
        bodies.push(body.to_vec());
        read = rest;
    }
    (bodies, read)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn e1_no_body_is_ever_changed(
        answers in prop::collection::vec(body(), 1..5),
        piece in 1..200_usize,
        room in 1..5000_usize,
        ends_in_nonsense in any::<bool>(),
    ) {
        let meant: Vec<Vec<u8>> = answers.iter().map(|(pieces, _)| pieces.concat()).collect();
        let count = answers.len();
        let mut sent = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(count);
        if ends_in_nonsense {
            sent.extend_from_slice(b"\0\r\n\r\n");
        } else {
            sent.truncate(sent.len() - 2);
            sent.extend_from_slice(b"Connection: close\r\n\r\n");
        }
        let answers = std::sync::Mutex::new(answers.into_iter());
        let answering = Answering::Test(Arc::new(move || response(&answers.lock().unwrap().next().unwrap())));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let read = runtime.block_on(exchange(answering, sent, piece, room));
        let (found, rest) = bodies(&read, count);
        prop_assert_eq!(found, meant);
        let rest = String::from_utf8(rest.to_vec()).unwrap();
        if ends_in_nonsense {
            prop_assert!(rest.starts_with("HTTP/1.1 400 ") && rest.contains("no HTTP request"), "{}", rest);
        } else {
            prop_assert_eq!(rest, "");
        }
    }
}
