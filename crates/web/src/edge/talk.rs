//! HTTP over a connection: HTTP/1.1, HTTP/2 by prior knowledge, over TLS and by upgrade, until the connection is told to end.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONNECTION, COOKIE, RETRY_AFTER, UPGRADE};
use axum::http::{HeaderValue, Request, Response, StatusCode, Version};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tower::Service;

use super::answer::Answer;
use super::h2c;
use super::listen::{Ticket, spawn};
use super::rewound::{Rewound, sniff};
use super::state::{Connection, Exchange, Order};
use super::wire::Wire;
use crate::error::sentence;
use crate::service::Site;

/// Streams of one connection at once: what cargo opens, and some room.
const MAX_STREAMS: u32 = 200;

/// Flow control windows for uploads, in bytes: what a client can make us hold before anybody reads it.
const STREAM_WINDOW: u32 = 512 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;

/// The longest head, in bytes; addresses of 64 KiB are refused with a sentence of their own.
const MAX_HEAD_BYTES: usize = 96 * 1024;

/// The most that is buffered of a head, of a piece of a body, or of answers in HTTP/1.1, in bytes.
const MAX_BUFFER_BYTES: usize = 128 * 1024;

/// What answers the requests of a connection.
#[derive(Clone)]
pub(super) enum Answering {
    /// The site.
    Site(Site),
    /// That there are too many connections.
    TooMany,
    /// Whatever a test wants.
    #[cfg(test)]
    Test(Arc<dyn Fn() -> Response<Body> + Send + Sync>),
}

pub(super) type Talked = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Serves one connection; those without TLS may be upgraded to HTTP/2.
pub(super) async fn talk<S>(stream: S, ticket: Arc<Ticket>, answering: Answering, may_upgrade: bool) -> Talked
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = ticket.connection.clone();
    let sniffed = connection.until(Order::Finish, sniff(Wire::new(stream, connection.clone()))).await;
    let Some(sniffed) = sniffed else { return Ok(()) };
    let (is_http2, stream) = sniffed?;
    connection.opens(is_http2);
    if is_http2 {
        return http2(stream, connection, answering).await;
    }
    let service = service_fn(move |mut request: Request<Incoming>| {
        let exchange = Exchange::begin(ticket.connection.clone(), !request.body().is_end_stream());
        let frame = if may_upgrade { h2c::upgrade_of(&request) } else { None };
        let answered = match frame {
            Some(frame) => Err(switch::<S>(&mut request, frame, ticket.clone(), answering.clone())),
            None => Ok(answering.answer(&exchange, request)),
        };
        async move {
            let response = match answered {
                Ok(answer) => answer.await,
                Err(switched) => switched,
            };
            Ok::<_, Infallible>(response.map(|body| Answer::new(body, exchange)))
        }
    });
    let mut builder = http1::Builder::new();
    // The time for a head is watched over from outside, where it costs nothing a request.
    builder.header_read_timeout(None).max_header_size(MAX_HEAD_BYTES).max_buf_size(MAX_BUFFER_BYTES);
    let talking = builder.serve_connection(TokioIo::new(stream), service).with_upgrades();
    drive(talking, http1::UpgradeableConnection::graceful_shutdown, &connection).await
}

async fn http2<S>(stream: S, connection: Arc<Connection>, answering: Answering) -> Talked
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let exchanged = connection.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let exchange = Exchange::begin(exchanged.clone(), !request.body().is_end_stream());
        let answer = answering.answer(&exchange, request);
        async move { Ok::<_, Infallible>(answer.await.map(|body| Answer::new(body, exchange))) }
    });
    let talking = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .serve_connection(TokioIo::new(stream), service);
    drive(talking, http2::Connection::graceful_shutdown, &connection).await
}

/// Goes on with a connection until it ends, or is told to.
async fn drive<C, E>(talking: C, finish: impl Fn(Pin<&mut C>), connection: &Connection) -> Talked
where
    C: Future<Output = Result<(), E>>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut talking = pin!(talking);
    let mut is_finishing = false;
    std::future::poll_fn(|cx| {
        match connection.poll_order(cx) {
            Order::Close => return Poll::Ready(Ok(())),
            Order::Finish if !is_finishing => {
                is_finishing = true;
                finish(talking.as_mut());
            }
            _ => {}
        }
        talking.as_mut().poll(cx).map_err(Into::into)
    })
    .await
}

impl Answering {
    fn answer(
        &self,
        exchange: &Exchange,
        mut request: Request<Incoming>,
    ) -> impl Future<Output = Response<Body>> + use<> {
        let answer = match self {
            Self::TooMany => Err(too_many(request.version())),
            #[cfg(test)]
            Self::Test(respond) => Err(respond()),
            Self::Site(site) => {
                let headers = request.headers();
                let shows_credentials = headers.contains_key(AUTHORIZATION) || headers.contains_key(COOKIE);
                if shows_credentials || !request.body().is_end_stream() {
                    request.extensions_mut().insert(exchange.connection().clone());
                }
                Ok(site.clone().call(request))
            }
        };
        async move {
            match answer {
                Ok(answer) => match answer.await {
                    Ok(response) => response,
                    Err(never) => match never {},
                },
                Err(refusal) => refusal,
            }
        }
    }
}

/// What is said on a connection for which there is no place.
fn too_many(version: Version) -> Response<Body> {
    let text = "too many connections from this address or to this registry are open at the moment; close some, or try again in a few seconds";
    let mut response = sentence(StatusCode::SERVICE_UNAVAILABLE, text.to_owned());
    let headers = response.headers_mut();
    headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
    if version < Version::HTTP_2 {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Answers 101 and goes on in HTTP/2, with the request as its first stream.
fn switch<S>(
    request: &mut Request<Incoming>,
    frame: Vec<u8>,
    ticket: Arc<Ticket>,
    answering: Answering,
) -> Response<Body>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let upgraded = hyper::upgrade::on(request);
    spawn(async move {
        let connection = ticket.connection.clone();
        let talked: Talked = async {
            // Until then the connection is told what to do where it is served; when it is closed, this ends.
            let parts =
                upgraded.await?.downcast::<TokioIo<Rewound<Wire<S>>>>().map_err(|_| "upgraded to something else")?;
            connection.opens(true);
            let stream = h2c::open(parts.io.into_inner(), &parts.read_buf, &frame);
            let Some(stream) = connection.until(Order::Finish, stream).await else { return Ok(()) };
            http2(stream?, connection.clone(), answering).await
        }
        .await;
        if let Err(error) = talked {
            tracing::debug!(error = &*error as &dyn std::error::Error, "an upgraded connection broke off");
        }
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    response.headers_mut().insert(UPGRADE, HeaderValue::from_static("h2c"));
    response
}

#[cfg(test)]
mod tests;
