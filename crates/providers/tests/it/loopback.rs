//! A small HTTP server for tests, on a free port of 127.0.0.1, gone when it is dropped.

use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

pub(crate) type Reply = Response<Full<Bytes>>;

pub(crate) struct Loopback {
    /// Without a slash at the end.
    pub(crate) url: String,
    _accepting: JoinSet<()>,
}

/// Starts a server that answers every request with what `answer` makes of it.
pub(crate) async fn start(answer: impl Fn(Request<Bytes>) -> Reply + Send + Sync + 'static) -> Loopback {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut accepting = JoinSet::new();
    accepting.spawn(accept(listener, Arc::new(answer)));
    Loopback { url, _accepting: accepting }
}

async fn accept(listener: TcpListener, answer: Arc<impl Fn(Request<Bytes>) -> Reply + Send + Sync + 'static>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(serve(stream, Arc::clone(&answer)));
    }
}

async fn serve(stream: TcpStream, answer: Arc<impl Fn(Request<Bytes>) -> Reply + Send + Sync + 'static>) {
    let service = service_fn(|request: Request<Incoming>| {
        let answer = Arc::clone(&answer);
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            Ok::<_, hyper::Error>(answer(Request::from_parts(head, body)))
        }
    });
    // A client that goes away is no concern of a test.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

pub(crate) fn reply(status: StatusCode, content_type: &str, body: impl Into<Bytes>) -> Reply {
    let reply = Response::builder().status(status).header("content-type", content_type);
    reply.body(Full::new(body.into())).unwrap()
}

pub(crate) fn json(status: StatusCode, body: &serde_json::Value) -> Reply {
    reply(status, "application/json", body.to_string())
}
