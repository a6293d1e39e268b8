//! E1: no byte is served whose checksum was not recorded, whatever the bytes look like and however they are asked for. The
//! long run is `TEST_ROUNDS=12`: more than 10,000 downloads.

mod hostile;
mod pipeline;
mod streams;

use std::path::Path;
use std::sync::Arc;

use futures_util::future::join_all;
use reqwest::Client;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::support::{Nginx, Shape, TestServer, krate, number};
use crate::tls::{client, write_certificate};

/// How many connections ask for everything at the same time.
const CONNECTIONS: usize = 3;

/// A request and the one answer to it.
struct Wanted {
    path: String,
    range: Option<(usize, usize)>,
    status: u16,
    bytes: Vec<u8>,
}

impl Wanted {
    fn whole(path: String, bytes: Vec<u8>) -> Self {
        Self { path, range: None, status: 200, bytes }
    }

    /// The bytes from one offset to another, both included.
    fn part(path: String, (from, to): (usize, usize), whole: &[u8]) -> Self {
        Self { path, range: Some((from, to)), status: 206, bytes: whole[from..=to].to_vec() }
    }

    fn headers(&self) -> Vec<(&'static str, String)> {
        let range = self.range.map(|(from, to)| ("range", format!("bytes={from}-{to}")));
        [("user-agent", "cargohold-tests".to_owned())].into_iter().chain(range).collect()
    }

    /// The request in HTTP/1.1, which is the last one of its connection or not.
    fn request(&self, is_last: bool) -> String {
        let headers: String = self.headers().iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let close = if is_last { "connection: close\r\n" } else { "" };
        format!("GET {} HTTP/1.1\r\nhost: x\r\n{headers}{close}\r\n", self.path)
    }

    fn judge(&self, status: u16, body: &[u8]) {
        let what = || format!("{} {:?}", self.path, self.range);
        assert_eq!((status, body.len()), (self.status, self.bytes.len()), "{}", what());
        if let Some(at) = self.bytes.iter().zip(body).position(|(wanted, found)| wanted != found) {
            let found = String::from_utf8_lossy(&body[at..body.len().min(at + 200)]);
            panic!("{}: other bytes from {at} on: {found}", what());
        }
    }
}

/// Publishes the hostile crates, and answers everything that can be asked for with what must be the answer.
async fn publish_all(server: &TestServer) -> Vec<Wanted> {
    let mut wanted = vec![Wanted::whole("/healthz".to_owned(), b"ok\n".to_vec())];
    for (krate, tarball) in hostile::crates() {
        server.publish_ok(&krate).await;
        let name = &krate.name;
        let path = format!("/crates/{name}/1.0.0/download");
        let last = tarball.len() - 1;
        let parts = [(0, last), (256 * 1024, 512 * 1024 - 1), (256 * 1024, last), (16 * 1024, 300_000), (last, last)];
        wanted.extend(parts.map(|part| Wanted::part(path.clone(), part, &tarball)));
        wanted.push(Wanted::whole(format!("/crates/{name}/{name}-1.0.0.crate"), tarball.clone()));
        wanted.push(Wanted::whole(path, tarball));
    }
    let text = hostile::text();
    server.publish_ok(&krate("text").file("text.txt", &text)).await;
    wanted.extend((0..3).map(|_| Wanted::whole("/crates/text/1.0.0/raw/text.txt".to_owned(), text.clone())));
    wanted
}

/// Each connection asks in an order of its own, so that different answers follow each other.
fn orders(wanted: &[Wanted], round: usize) -> Vec<Vec<&Wanted>> {
    // Among a prime number of places every step comes by all of them; those behind the last request are passed over. There
    // is a prime between each number and its double.
    let order = |connection: usize| {
        let len = (wanted.len()..2 * wanted.len()).find(|len| (2..*len).all(|divisor| len % divisor != 0)).unwrap();
        let (step, start) = (1 + 2 * (round + connection) % (len - 1), 7 * connection);
        (0..len).filter_map(|index| wanted.get((start + index * step) % len)).collect()
    };
    (0..CONNECTIONS).map(order).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn e1_no_body_is_taken_for_a_message_over_plain_http() {
    let server = TestServer::start(Shape::Small);
    let wanted = publish_all(&server).await;
    let address = server.url.strip_prefix("http://").unwrap();
    let nginx = Nginx::before(&server).await;
    let prior = Client::builder().http2_prior_knowledge().no_proxy().build().unwrap();
    for round in 0..number("TEST_ROUNDS", 1) {
        let orders = orders(&wanted, round);
        join_all(orders.iter().map(async |order| pipeline::pipelined(pipeline::connect(address).await, order).await))
            .await;
        let nginx = nginx.address.as_str();
        join_all(orders.iter().map(async |order| pipeline::pipelined(pipeline::connect(nginx).await, order).await))
            .await;
        join_all(orders.iter().map(|order| streams::multiplexed(&prior, &server.url, order))).await;
        join_all(orders.iter().map(|order| streams::upgraded(address, order))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e1_no_body_is_taken_for_a_message_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = write_certificate(folder.path());
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (chain, key) = (file("cert.pem"), file("key.pem"));
    let settings = [("CARGOHOLD_SERVER__TLS__CERTIFICATE", &*chain), ("CARGOHOLD_SERVER__TLS__KEY", &*key)];
    let mut server = TestServer::start_with(Shape::Small, &settings);
    server.http = client(&certificate).build().unwrap();
    let wanted = publish_all(&server).await;
    let address = server.url.strip_prefix("https://").unwrap();
    let connector = connector(Path::new(&chain));
    for round in 0..number("TEST_ROUNDS", 1) {
        let orders = orders(&wanted, round);
        join_all(orders.iter().map(async |order| {
            let name = ServerName::try_from("127.0.0.1").unwrap();
            let stream = connector.connect(name, pipeline::connect(address).await).await.unwrap();
            pipeline::pipelined(stream, order).await;
        }))
        .await;
        join_all(orders.iter().map(|order| streams::multiplexed(&server.http, &server.url, order))).await;
    }
}

/// Of a client that trusts this certificate and speaks HTTP/1.1.
fn connector(certificate: &Path) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
    TlsConnector::from(Arc::new(config.with_no_client_auth()))
}
