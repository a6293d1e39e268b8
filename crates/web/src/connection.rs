//! Connections: HTTP/1.1 with keep-alive, HTTP/2 over TLS, by prior knowledge and by upgrade; graceful shutdown.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONNECTION, UPGRADE};
use axum::http::{HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::app::App;
use crate::h2c;
use crate::service::Site;
use crate::tls::Tls;
use crate::wire::Wire;

/// Streams of one connection at once: what cargo opens, and some room.
const MAX_STREAMS: u32 = 200;

/// Flow control windows for uploads, in bytes.
const STREAM_WINDOW: u32 = 1024 * 1024;
const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;

/// How long an HTTP/1.1 connection may wait for the next request: a build lies between cargo's index and download phases.
const KEEP_ALIVE: Duration = Duration::from_secs(90);

/// How often a silent HTTP/2 connection is asked whether anybody is still there.
const PING_EVERY: Duration = Duration::from_mins(1);

const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// How long to wait when the process has no file handles left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves the site on `listener`, with TLS if there is a certificate, until `stop` becomes true; then finishes the requests
/// in flight.
pub async fn serve(app: App, listener: TcpListener, tls: Option<Tls>, mut stop: watch::Receiver<bool>) {
    let tls = tls.map(|tls| tls.into_acceptor(stop.clone()));
    let shutdown_time = app.times.shutdown;
    let is_h2c_offered = app.is_h2c_offered;
    let site = Site::new(app);
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let watchers = [graceful.watcher(), graceful.watcher()];
                let site = site.seen_from(peer.ip().to_canonical());
                spawn(connection(stream, tls.clone(), site, watchers, is_h2c_offered));
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(shutdown_time, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still in flight when the time for shutdown was over");
    }
}

async fn connection(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    site: Site,
    watchers: [Watcher; 2],
    is_h2c_offered: bool,
) {
    let result = match tls {
        None => {
            _ = stream.set_nodelay(true);
            talk(stream, site, watchers, is_h2c_offered).await
        }
        Some(acceptor) => match tokio::time::timeout(HANDSHAKE_TIME, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => {
                _ = stream.get_ref().0.set_nodelay(true);
                talk(stream, site, watchers, false).await
            }
            Ok(Err(error)) => Err(error.into()),
            Err(_) => return,
        },
    };
    if let Err(error) = result {
        tracing::debug!(error = &*error as &dyn std::error::Error, "a connection broke off");
    }
}

type ConnectionResult = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Serves one connection. The first watcher tells it to stop; the second one is for what it may be upgraded to.
async fn talk<S>(stream: S, site: Site, watchers: [Watcher; 2], may_upgrade: bool) -> ConnectionResult
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let [watcher, spare] = watchers;
    let spare = Arc::new(Mutex::new(Some(spare)));
    let service = tower::service_fn(move |mut request: Request<Incoming>| {
        let site = site.clone();
        // A connection is upgraded once at most, so the spare watcher is there when it is needed.
        let take_spare = || spare.lock().unwrap_or_else(PoisonError::into_inner).take();
        let frame = if may_upgrade { h2c::upgrade_of(&request) } else { None };
        let upgrade = frame.and_then(|frame| Some((frame, take_spare()?)));
        async move {
            match upgrade {
                Some((frame, watcher)) => Ok(switch(&mut request, frame, site, watcher)),
                None => site.oneshot(request).await,
            }
        }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(KEEP_ALIVE);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .keep_alive_interval(PING_EVERY);
    let service = TowerToHyperService::new(service);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(Wire::new(stream)), service).into_owned();
    watcher.watch(connection).await
}

/// Answers 101 and goes on in HTTP/2, with the request as its first stream.
fn switch(request: &mut Request<Incoming>, frame: Vec<u8>, site: Site, watcher: Watcher) -> Response<Body> {
    let upgraded = hyper::upgrade::on(request);
    spawn(async move {
        let talked: ConnectionResult = async {
            let stream = h2c::Upgraded::new(Wire::new(TokioIo::new(upgraded.await?)), frame);
            let connection = http2::Builder::new(TokioExecutor::new())
                .timer(TokioTimer::new())
                .max_concurrent_streams(MAX_STREAMS)
                .initial_stream_window_size(STREAM_WINDOW)
                .initial_connection_window_size(CONNECTION_WINDOW)
                .keep_alive_interval(PING_EVERY)
                .serve_connection(TokioIo::new(stream), TowerToHyperService::new(site));
            Ok(watcher.watch(connection).await?)
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

#[expect(clippy::disallowed_methods, reason = "connections are awaited by the graceful shutdown")]
fn spawn(connection: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(connection);
}
