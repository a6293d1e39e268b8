//! The outermost service: gives a request its id and its time, keeps strangers out of a private registry, hands the
//! request to the index or the router, and writes one line about it.

use std::borrow::Cow;
use std::convert::Infallible;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, ORIGIN, USER_AGENT};
use axum::http::{Extensions, HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use cargohold_protocol::Timestamp;
use cargohold_registry::{Call, Credentials, RequestId, SessionSecret};
use futures_util::FutureExt;
use hyper::body::Incoming;
use tower::ServiceExt;
use tower_http::CompressionLevel;
use tower_http::compression::predicate::DefaultPredicate;
use tower_http::compression::{CompressionLayer, Predicate};

use crate::app::App;
use crate::error::{ApiError, Failure, envelope, plain, sentence, trouble};
use crate::{api, block, download, edge, headers, health, index, negotiate, openapi, pages, schemas};

/// Where the id of a request is told to its client.
const REQUEST_ID: &str = "x-request-id";

/// How much of what a program calls itself is kept.
const MAX_AGENT_CHARS: usize = 300;

/// What the log says of a request; nothing else of it is ever logged.
struct Asked {
    method: Method,
    uri: Uri,
    version: Version,
}

/// The whole site as one service. Cheap to clone; every connection has its own.
#[derive(Clone)]
pub(crate) struct Site {
    app: App,
    router: Arc<Router>,
    /// Who is connected.
    peer: Option<IpAddr>,
}

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
        Self { app, router: Arc::new(router), peer: None }
    }

    /// The site as whoever is connected from this address sees it.
    pub(crate) fn seen_from(&self, peer: IpAddr) -> Self {
        Self { peer: Some(peer), ..self.clone() }
    }

    async fn answer(self, request: Request<Incoming>) -> Response<Body> {
        let started = Instant::now();
        let request = normalize(request);
        let call = Call {
            id: RequestId::unique(),
            now: Timestamp::from((self.app.clock)()),
            credentials: Credentials::from_header(request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes)),
            session: headers::cookie(request.headers(), api::session::COOKIE)
                .map(|value| SessionSecret::from_cookie(&value)),
            address: self.app.blocked.client(self.peer, request.headers()),
            user_agent: request
                .headers()
                .get(USER_AGENT)
                .map(lossy)
                .map(|agent| agent.chars().take(MAX_AGENT_CHARS).collect()),
            origins: request.headers().get_all(ORIGIN).iter().map(lossy).collect(),
        };
        let asked = Asked { method: request.method().clone(), uri: request.uri().clone(), version: request.version() };
        let limit = self.time_limit(&asked);
        let work = AssertUnwindSafe(self.route(&call, request)).catch_unwind();
        let mut response = match tokio::time::timeout(limit, work).await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => failed(Failure("a handler panicked".to_owned())),
            Err(_) => timed_out(&asked),
        };
        let failure = response.extensions_mut().remove::<Failure>();
        if failure.is_some() {
            response = hide_failure(&response, &call, &asked.uri);
        }
        if let Ok(id) = HeaderValue::from_str(call.id.as_str()) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        log(&call, &asked, &response, started.elapsed(), failure.as_ref());
        response
    }

    fn time_limit(&self, asked: &Asked) -> Duration {
        let is_publish = asked.method == Method::PUT && asked.uri.path().ends_with("/crates/new");
        if is_publish { self.app.times.publish } else { self.app.times.request }
    }

    async fn route(&self, call: &Call, request: Request<Incoming>) -> Response<Body> {
        if let Some(refusal) = self.app.blocked.refuse(self.peer, &request, call.id.as_str()) {
            return refusal;
        }
        if request.uri().path().starts_with(index::PREFIX) {
            return index::answer(&self.app, call, &request).await;
        }
        let has_agent_rule = !is_open_page(request.uri().path()) && !request.uri().path().starts_with("/crates/");
        if has_agent_rule {
            let id = request.headers().get(REQUEST_ID).map_or_else(|| call.id.to_string(), lossy);
            let blocked_agent = &self.app.registry.settings().cdn_user_agent;
            if let Some(refusal) = headers::refuse_nameless(&request, blocked_agent, &id) {
                return refusal;
            }
        }
        let is_api = request.uri().path().starts_with("/api/");
        let is_private = self.app.is_private() && !is_open_to_all(request.uri().path());
        let mut response = self.handle(call, request).await;
        if is_private {
            headers::keep_private(response.headers_mut());
        }
        headers::add_common(response.status(), response.headers_mut());
        if is_api { headers::wrap_text(response).await } else { response }
    }

    async fn handle(&self, call: &Call, mut request: Request<Incoming>) -> Response<Body> {
        let path = request.uri().path();
        if !is_open_to_all(path)
            && let Err(error) = self.app.registry.authorize_read(call).await
        {
            if let Some(way) = pages::way_in(&request, &error) {
                return way;
            }
            let is_api = request.uri().path().starts_with("/api/");
            let error = ApiError::from(error);
            return if is_api { axum::response::IntoResponse::into_response(error) } else { plain(&error, &self.app) };
        }
        request.extensions_mut().insert(call.clone());
        negotiate::spell_out_any(request.headers_mut());
        match self.router.as_ref().clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
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
    if let Ok(uri) = format!("/{}{query}", segments.join("/")).parse() {
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
fn timed_out(asked: &Asked) -> Response<Body> {
    let text = "this took longer than the registry allows; try again, and if it stays so, tell its operator".to_owned();
    let is_api = asked.uri.path().starts_with("/api/");
    if is_api { envelope(StatusCode::REQUEST_TIMEOUT, text) } else { sentence(StatusCode::REQUEST_TIMEOUT, text) }
}

fn failed(failure: Failure) -> Response<Body> {
    let mut response = empty(StatusCode::INTERNAL_SERVER_ERROR);
    response.extensions_mut().insert(failure);
    response
}

/// Replaces what we know of a failure by what a client may know of it.
fn hide_failure(response: &Response<Body>, call: &Call, uri: &Uri) -> Response<Body> {
    let text = trouble(&call.id);
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

fn log(call: &Call, asked: &Asked, response: &Response<Body>, took: Duration, failure: Option<&Failure>) {
    let Asked { method, uri, version } = asked;
    let status = response.status().as_u16();
    let duration_ms = took.as_secs_f64() * 1000.0;
    let path = &*shown_path(uri.path());
    if let Some(Failure(cause)) = failure {
        tracing::error!(request.id = %call.id, %method, path, http.version = ?version, status, duration_ms, cause, "a request failed on our side");
    } else if path.starts_with("/api/") {
        tracing::info!(request.id = %call.id, %method, path, http.version = ?version, status, duration_ms, "request");
    } else {
        tracing::debug!(request.id = %call.id, %method, path, http.version = ?version, status, duration_ms, "request");
    }
}

impl tower::Service<Request<Incoming>> for Site {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        Box::pin(self.clone().answer(request).map(Ok))
    }
}
