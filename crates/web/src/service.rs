//! The outermost service: gives a request its id and its time, answers from memory what it can, keeps strangers out of a private
//! registry, hands the request to the index or the router, and writes one line about it.

use std::borrow::Cow;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, ORIGIN, USER_AGENT};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use cargohold_protocol::Timestamp;
use cargohold_registry::{Call, Credentials, RequestId, SessionSecret};
use futures_util::FutureExt;
use futures_util::future::Either;
use hyper::body::Incoming;
use tower::ServiceExt;
use tower_http::CompressionLevel;
use tower_http::compression::predicate::DefaultPredicate;
use tower_http::compression::{CompressionLayer, Predicate};

use crate::app::App;
use crate::error::{ApiError, Failure, envelope, plain, sentence, trouble};
use crate::{api, block, download, edge, headers, health, index, negotiate, openapi, pages, schemas};

/// Where the id of a request is told to its client.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How much of what a program calls itself is kept.
const MAX_AGENT_CHARS: usize = 300;

/// A request under way: the id it is given, and since when.
struct Arrival {
    id: RequestId,
    at: Instant,
}

/// What the log says of a request; nothing else of it is ever logged.
struct Asked<'a> {
    method: &'a Method,
    uri: &'a Uri,
    version: Version,
}

/// The whole site as one service. Cheap to clone; every connection has its own.
#[derive(Clone)]
pub(crate) struct Site {
    parts: Arc<Parts>,
    /// Who is connected.
    peer: Option<IpAddr>,
}

struct Parts {
    app: App,
    router: Router,
}

/// An answer that is there already, or one that somebody works on.
type Answer = Either<Ready<Result<Response<Body>, Infallible>>, Working>;

type Working = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

impl Site {
    pub(crate) fn new(app: App) -> Self {
        let router = Router::new()
            .route("/healthz", get(health::healthz))
            .route("/readyz", get(health::readyz))
            .route("/api/openapi.json", get(openapi::document))
            .route("/schemas/", get(schemas::list))
            .route("/schemas/{name}", get(schemas::file))
            .merge(Router::from(api::routes()))
            .route_layer(from_fn_with_state(app.clone(), block::refuse_route))
            .merge(pages::routes(&app))
            .layer(from_fn_with_state(app.clone(), edge::charged))
            .layer(compression())
            .merge(download::routes())
            .with_state(app.clone());
        Self { parts: Arc::new(Parts { app, router }), peer: None }
    }

    /// The site as whoever is connected from this address sees it.
    pub(crate) fn seen_from(&self, peer: IpAddr) -> Self {
        Self { peer: Some(peer.to_canonical()), ..self.clone() }
    }

    /// Answers a request: at once where nothing but memory is needed, so that most requests cost no future.
    fn respond(&self, request: Request<Incoming>) -> Answer {
        let arrival = Arrival { id: RequestId::unique(), at: Instant::now() };
        let request = normalize(request);
        let at_once = std::panic::catch_unwind(AssertUnwindSafe(|| self.at_once(&arrival, &request)));
        let response = match at_once {
            Ok(Some(response)) => response,
            Ok(None) => return Either::Right(Box::pin(self.clone().work(arrival, request).map(Ok))),
            Err(_) => panicked(),
        };
        Either::Left(ready(Ok(finished(&arrival, &Asked::of(&request), response))))
    }

    /// The refusal of a request that nothing is done for, or the answer from memory. These are the first rules for every request;
    /// what goes on from here is [`Site::work`]'s.
    fn at_once<B>(&self, arrival: &Arrival, request: &Request<B>) -> Option<Response<Body>> {
        let app = &self.parts.app;
        if let Some(refusal) = app.blocked.refuse(self.peer, request, arrival.id.as_str()) {
            return Some(refusal);
        }
        if let Some(refusal) = app.hosts.refuse(request) {
            return Some(refusal);
        }
        if app.is_private() || !matches!(*request.method(), Method::GET | Method::HEAD) {
            return None;
        }
        if let Some(path) = request.uri().path().strip_prefix(index::PREFIX) {
            let mut response = index::cached(app, path, request)?;
            headers::allow_every_origin(response.headers_mut());
            return Some(response);
        }
        let mut response = download::cached(app, || Timestamp::from((app.clock)()), request)?;
        headers::add_common(response.status(), response.headers_mut());
        Some(response)
    }

    async fn work(self, arrival: Arrival, request: Request<Incoming>) -> Response<Body> {
        let app = &self.parts.app;
        let call = Call {
            id: arrival.id,
            now: Timestamp::from((app.clock)()),
            credentials: Credentials::from_header(request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes)),
            session: headers::cookie(request.headers(), api::session::COOKIE)
                .map(|value| SessionSecret::from_cookie(&value)),
            address: app.blocked.client(self.peer, request.headers()),
            user_agent: request
                .headers()
                .get(USER_AGENT)
                .map(lossy)
                .map(|agent| agent.chars().take(MAX_AGENT_CHARS).collect()),
            origins: request.headers().get_all(ORIGIN).iter().map(lossy).collect(),
        };
        let (method, uri, version) = (request.method().clone(), request.uri().clone(), request.version());
        let asked = Asked { method: &method, uri: &uri, version };
        let limit = self.time_limit(&asked);
        let work = AssertUnwindSafe(self.route(&call, request)).catch_unwind();
        let response = match tokio::time::timeout(limit, work).await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => panicked(),
            Err(_) => timed_out(&asked),
        };
        finished(&arrival, &asked, response)
    }

    fn time_limit(&self, asked: &Asked<'_>) -> Duration {
        let is_publish = *asked.method == Method::PUT && asked.uri.path().ends_with("/crates/new");
        let times = &self.parts.app.times;
        if is_publish { times.publish } else { times.request }
    }

    /// What takes long is boxed: what is polled here is as large as the largest of its parts.
    async fn route(&self, call: &Call, request: Request<Incoming>) -> Response<Body> {
        let app = &self.parts.app;
        if request.uri().path().starts_with(index::PREFIX) {
            let mut response = Box::pin(index::answer(app, call, &request)).await;
            headers::allow_every_origin(response.headers_mut());
            return response;
        }
        let has_agent_rule = !is_open_page(request.uri().path()) && !request.uri().path().starts_with("/crates/");
        if has_agent_rule {
            let id = request.headers().get(REQUEST_ID).map_or_else(|| call.id.to_string(), lossy);
            let blocked_agent = &app.registry.settings().cdn_user_agent;
            if let Some(refusal) = headers::refuse_nameless(&request, blocked_agent, &id) {
                return refusal;
            }
        }
        let is_api = request.uri().path().starts_with("/api/");
        let is_private = app.is_private() && !is_open_to_all(request.uri().path());
        let mut response = Box::pin(self.handle(call, request)).await;
        if is_private {
            headers::keep_private(response.headers_mut());
        }
        headers::add_common(response.status(), response.headers_mut());
        if !is_api {
            return response;
        }
        headers::allow_every_origin(response.headers_mut());
        Box::pin(headers::wrap_text(response)).await
    }

    async fn handle(&self, call: &Call, mut request: Request<Incoming>) -> Response<Body> {
        let app = &self.parts.app;
        let needs_reader = app.is_private() && !is_open_to_all(request.uri().path());
        if needs_reader && let Err(error) = Box::pin(app.registry.authorize_read(call)).await {
            if let Some(way) = pages::way_in(&request, &error) {
                return way;
            }
            let is_api = request.uri().path().starts_with("/api/");
            let error = ApiError::from(error);
            return if is_api { axum::response::IntoResponse::into_response(error) } else { plain(&error, app) };
        }
        if needs_reader && let Some(connection) = request.extensions().get::<Arc<edge::Connection>>() {
            connection.mark_known();
        }
        request.extensions_mut().insert(call.clone());
        negotiate::spell_out_any(request.headers_mut());
        match self.parts.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

impl<'a> Asked<'a> {
    fn of<B>(request: &'a Request<B>) -> Self {
        Self { method: request.method(), uri: request.uri(), version: request.version() }
    }
}

fn lossy(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// Compresses what is worth it. Files that are checked against a checksum never are: cargo would decode them and find another.
fn compression() -> CompressionLayer<impl Predicate> {
    let may_be_coded = |_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions| {
        extensions.get::<download::NeverCoded>().is_none()
    };
    let predicate = DefaultPredicate::new().and(may_be_coded);
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(predicate)
}

/// What a private registry shows to strangers: that it is alive, and how they cease to be strangers.
fn is_open_to_all(path: &str) -> bool {
    is_open_page(path) || is_way_in(path)
}

fn is_open_page(path: &str) -> bool {
    const PREFIXES: [&str; 5] = ["/sign-in/", "/sign-up/", "/confirm/", "/accept-invite/", "/assets/"];
    PREFIXES.iter().any(|prefix| path.starts_with(prefix))
        || matches!(path, "/sign-in" | "/sign-up" | "/sign-out" | "/github-redirect.html")
        || matches!(path, "/favicon.svg" | "/favicon.ico" | "/robots.txt" | "/healthz" | "/readyz")
}

/// Where people and pipelines prove who they are, and where a secret link from a mail is all the proof there is.
fn is_way_in(path: &str) -> bool {
    path == "/api/private/session"
        || path.starts_with("/api/private/session/")
        || path == "/api/private/account"
        || path == "/api/v1/trusted_publishing/tokens"
        || path.starts_with("/api/v1/confirm/")
        || path.starts_with("/api/v1/me/crate_owner_invitations/accept/")
        || path == "/api/v1/secret_scanning/verify"
        || path == "/api/github/secret-scanning/verify"
}

/// Drops empty and `.` segments and resolves `..` where a path has any (contract §1.1): cargo makes `//api/v1/…` of an
/// `api` address with a slash at the end.
fn normalize<B>(mut request: Request<B>) -> Request<B> {
    let path = request.uri().path();
    if !path.contains("//") && !path.contains("/.") {
        return request;
    }
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => _ = segments.pop(),
            segment => segments.push(segment),
        }
    }
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    // The rest of the address stays: over HTTP/2 it says which host is asked.
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = format!("/{}{query}", segments.join("/")).parse().ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    request
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// What is answered when it is not finished in time.
fn timed_out(asked: &Asked<'_>) -> Response<Body> {
    let text = "this took longer than the registry allows; try again, and if it stays so, tell its operator".to_owned();
    let is_api = asked.uri.path().starts_with("/api/");
    if is_api { envelope(StatusCode::REQUEST_TIMEOUT, text) } else { sentence(StatusCode::REQUEST_TIMEOUT, text) }
}

fn panicked() -> Response<Body> {
    let mut response = empty(StatusCode::INTERNAL_SERVER_ERROR);
    response.extensions_mut().insert(Failure("a handler panicked".to_owned()));
    response
}

/// Gives an answer the id of its request, and writes a line about it.
fn finished(arrival: &Arrival, asked: &Asked<'_>, mut response: Response<Body>) -> Response<Body> {
    let failure = response.extensions_mut().remove::<Failure>();
    if failure.is_some() {
        response = hide_failure(&response, &arrival.id, asked.uri);
    }
    if let Ok(id) = HeaderValue::from_str(arrival.id.as_str()) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    log(arrival, asked, &response, failure.as_ref());
    response
}

/// Replaces what we know of a failure by what a client may know of it.
fn hide_failure(response: &Response<Body>, id: &RequestId, uri: &Uri) -> Response<Body> {
    let text = trouble(id);
    let is_api = uri.path().starts_with("/api/");
    let mut hidden = if is_api { envelope(response.status(), text) } else { sentence(response.status(), text) };
    if let Some(after) = response.headers().get(axum::http::header::RETRY_AFTER) {
        hidden.headers_mut().insert(axum::http::header::RETRY_AFTER, after.clone());
    }
    hidden
}

/// What the paths of links in mails begin with, and of what their pages ask; a secret follows.
const SECRET_PATHS: [&str; 6] = [
    "/api/v1/confirm/",
    "/api/v1/me/crate_owner_invitations/accept/",
    "/confirm/",
    "/accept-invite/",
    "/reset-password/",
    "/sign-up/",
];

/// A path as the log may have it.
fn shown_path(path: &str) -> Cow<'_, str> {
    match SECRET_PATHS.iter().find(|prefix| path.starts_with(**prefix)) {
        Some(prefix) => format!("{prefix}***").into(),
        None => path.into(),
    }
}

fn log(arrival: &Arrival, asked: &Asked<'_>, response: &Response<Body>, failure: Option<&Failure>) {
    let (Arrival { id, at }, Asked { method, uri, version }) = (arrival, asked);
    let status = response.status().as_u16();
    let duration_ms = at.elapsed().as_secs_f64() * 1000.0;
    let path = &*shown_path(uri.path());
    if let Some(Failure(cause)) = failure {
        tracing::error!(request.id = %id, %method, path, http.version = ?version, status, duration_ms, cause, "a request failed on our side");
    } else if path.starts_with("/api/") {
        tracing::info!(request.id = %id, %method, path, http.version = ?version, status, duration_ms, "request");
    } else {
        tracing::debug!(request.id = %id, %method, path, http.version = ?version, status, duration_ms, "request");
    }
}

impl tower::Service<Request<Incoming>> for Site {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        self.respond(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_other_request_costs_is_small() {
        fn size<A, B, C, F>(_: impl Fn(A, B, C) -> F) -> usize {
            size_of::<F>()
        }
        let size = size(Site::work);
        assert!(size <= 2048, "the future of a request has {size} bytes; box what is rarely there");
    }
}
