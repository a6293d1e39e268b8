//! Requests over HTTP/1.1, several in flight on one connection.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};

use super::Wanted;
use crate::support::read_answer;

/// So small that an answer leaves the server in pieces, and rarely whole ones.
const RECEIVE_BUFFER_BYTES: u32 = 48 * 1024;

/// A connection that takes answers in small pieces.
pub(super) async fn connect(address: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES).unwrap();
    socket.connect(address.parse().unwrap()).await.unwrap()
}

/// Asks for everything at once and insists on exactly these answers, in this order, and nothing behind them.
pub(super) async fn pipelined(stream: impl AsyncRead + AsyncWrite, wanted: &[&Wanted]) {
    let (reading, mut writing) = tokio::io::split(stream);
    let mut reading = BufReader::new(Box::pin(reading));
    let last = wanted.len() - 1;
    let requests = wanted.iter().enumerate().map(|(index, wanted)| wanted.request(index == last));
    let requests = requests.collect::<String>();
    let ask = async {
        Box::pin(&mut writing).write_all(requests.as_bytes()).await.unwrap();
    };
    let read = async {
        for wanted in wanted {
            let (status, body) = read_answer(&mut reading).await;
            wanted.judge(status, &body);
        }
        let mut rest = Vec::new();
        reading.read_to_end(&mut rest).await.unwrap();
        assert!(rest.is_empty(), "behind the last answer: {}", String::from_utf8_lossy(&rest[..rest.len().min(200)]));
    };
    tokio::join!(ask, read);
}
