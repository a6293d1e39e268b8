//! Honest crowds never meet a limit, with the default settings of the edge.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use futures_util::future::join_all;
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::{Krate, Shape, TestServer, allow_many_files, krate, read_answer};

/// An office behind one address: all of them are connected at the same time and ask more than once.
#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_connections_from_one_address_are_served() {
    serve_all(&vec![Ipv4Addr::LOCALHOST; 300]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_clients_from_a_thousand_addresses_are_served() {
    allow_many_files();
    let address = |number: u16| Ipv4Addr::from_bits(0x7f01_0000 + 256 + u32::from(number));
    serve_all(&(0..1000).map(address).collect::<Vec<_>>()).await;
}

/// Connects from all of these addresses, then asks on each connection for an index file and a crate, and again once all
/// have been answered.
async fn serve_all(from: &[Ipv4Addr]) {
    let server = TestServer::start(Shape::Small);
    let published = krate("crowded").file("src/more.rs", &b"// more\n".repeat(3000));
    server.publish_ok(&published).await;
    let address: SocketAddr = server.url.strip_prefix("http://").unwrap().parse().unwrap();
    let index = server.index("crowded").await.unwrap();
    let clients = from.iter().map(async |from| {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(IpAddr::V4(*from), 0)).unwrap();
        BufReader::new(socket.connect(address).await.unwrap())
    });
    let mut clients = join_all(clients).await;
    for _ in 0..2 {
        join_all(clients.iter_mut().map(|client| resolve_and_download(client, &index, &published))).await;
    }
    let complaint = server.log().lines().find(|line| line.contains("WARN")).map(str::to_owned);
    assert_eq!(complaint, None);
}

async fn resolve_and_download(client: &mut BufReader<TcpStream>, index: &str, krate: &Krate) {
    assert_eq!(get(client, "/index/cr/ow/crowded").await, index.as_bytes());
    assert_eq!(get(client, "/crates/crowded/1.0.0/download").await, krate.tarball());
}

/// The body of an answer, which must be a success.
async fn get(client: &mut BufReader<TcpStream>, path: &str) -> Vec<u8> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nUser-Agent: cargohold-tests\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    let (status, body) = read_answer(client).await;
    assert_eq!(status, 200, "{path}");
    body
}
