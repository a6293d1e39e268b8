//! `GET /crates/{name}/{version}/download` and `/crates/{name}/{name}-{version}.crate`: the tarballs; and the files derived from
//! them: source archives, rendered readmes, feeds (contract §9.1).
//!
//! Never with a `Content-Encoding`: cargo would decode it and find another checksum. [`NeverCoded`] tells the layer that compresses.

use std::ops::Range;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_RANGE,
    LOCATION, RANGE, USER_AGENT, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use cargohold_protocol::Version;
use cargohold_registry::{Call, Download, Error, StoredFile};

use crate::app::App;
use crate::error::{ApiError, plain};
use crate::extract::{Caller, VersionAt};
use crate::negotiate;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/crates/{name}/{version}/download", get(by_version))
        .route("/readmes/{name}/{file}", get(derived))
        .route("/rss/{file}", get(derived))
        .route("/archive/version-downloads/{file}", get(derived))
        .route("/rss/crates/{file}", get(derived))
}

async fn by_version(
    State(app): State<App>,
    Caller(call): Caller,
    method: Method,
    headers: HeaderMap,
    at: PlainVersionAt,
) -> Response {
    answer(&app, &call, &method, &headers, &at.0).await
}

/// Whether the last part of an address below `/crates/{name}/` names a file, rather than a version.
pub(crate) fn is_file_name(last: &str) -> bool {
    let is_file = [".crate", ".zip", ".zip.json"].iter().any(|extension| last.ends_with(extension));
    is_file && last.parse::<Version>().is_err()
}

/// The file of a crate at `/crates/{name}/{file}`.
pub(crate) async fn by_file(app: &App, call: &Call, name: &str, file: &str, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    if let Some(at) = file_at(name, file) {
        return answer(app, call, &parts.method, &parts.headers, &at).await;
    }
    if kind_of(parts.uri.path()).content_type != README.content_type {
        return derived_file(app, &parts).await;
    }
    let text = "there is no such file; crate files are at `/crates/NAME/NAME-VERSION.crate`".to_owned();
    plain(&ApiError::Request(StatusCode::NOT_FOUND, text), app)
}

async fn derived(State(app): State<App>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    derived_file(&app, &parts).await
}

/// The file that was derived and put at exactly this path.
async fn derived_file(app: &App, parts: &Parts) -> Response {
    let path = percent_encoding::percent_decode_str(parts.uri.path()).decode_utf8_lossy();
    let file = match app.registry.find_derived_file(path.trim_start_matches('/')).await {
        Ok(file) => file,
        Err(error) => return plain(&error.into(), app),
    };
    send(app, &parts.method, &parts.headers, &file, kind_of(&path)).await
}

/// What a file is, by its path, and how long it may be kept.
#[derive(Clone, Copy)]
struct Kind {
    content_type: &'static str,
    max_age: &'static str,
}

const README: Kind = Kind { content_type: "text/html; charset=utf-8", max_age: "max-age=604800" };
const TARBALL: Kind = Kind { content_type: "application/gzip", max_age: "max-age=31536000, immutable" };

fn kind_of(path: &str) -> Kind {
    let (content_type, max_age) = match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") if path.contains("/archive/") => ("text/html; charset=utf-8", "max-age=60"),
        Some("csv") => ("text/csv; charset=utf-8", "max-age=3600"),
        Some("zip") => ("application/zip", "max-age=31536000, immutable"),
        Some("json") if path.ends_with(".zip.json") => ("application/json", "max-age=31536000, immutable"),
        Some("json") => ("application/json", "max-age=60"),
        Some("xml") => ("text/xml; charset=UTF-8", "max-age=60"),
        _ => return README,
    };
    Kind { content_type, max_age }
}

/// The version that a file name spells.
fn file_at(name: &str, file: &str) -> Option<VersionAt> {
    let version = file.strip_prefix(name)?.strip_prefix('-')?.strip_suffix(".crate")?;
    Some(VersionAt { name: name.to_owned(), version: version.parse().ok()? })
}

/// A version in the path, with refusals in plain text.
struct PlainVersionAt(VersionAt);

impl FromRequestParts<App> for PlainVersionAt {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, app: &App) -> Result<Self, Response> {
        VersionAt::from_request_parts(parts, app).await.map(Self).map_err(|error| plain(&error, app))
    }
}

async fn answer(app: &App, call: &Call, method: &Method, headers: &HeaderMap, at: &VersionAt) -> Response {
    let file = match app.registry.find_download(&at.name, &at.version).await {
        Ok(Download::Redirect(url)) => return redirect(url),
        Ok(Download::File(file)) => file,
        Err(error) => return plain(&error.into(), app),
    };
    let response = send(app, method, headers, &file, TARBALL).await;
    if *method == Method::GET && response.status() == StatusCode::OK {
        let user_agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        app.registry.count_download(&file, user_agent, call.now);
    }
    response
}

async fn send(app: &App, method: &Method, headers: &HeaderMap, file: &StoredFile, kind: Kind) -> Response {
    let tag = format!("\"{}\"", file.cksum);
    let asked = match wanted_part(headers, &tag, file.size_bytes) {
        _ if negotiate::none_match(headers, |other| other == tag) == Some(true) => Part::NotModified,
        asked => asked,
    };
    let mut response = match body(app, method, file, &asked).await {
        Ok(body) => body.into_response(),
        Err(error) => return plain(&error.into(), app),
    };
    dress(&mut response, app, &asked, &tag, file.size_bytes, kind);
    response
}

/// A redirect carries no validators, for cargo would take them for the target's (cargo-client §1.6).
fn redirect(url: String) -> Response {
    (StatusCode::FOUND, [(LOCATION, url), (CACHE_CONTROL, "no-store".to_owned())]).into_response()
}

/// What of a file the client gets.
enum Part {
    Whole,
    Range(Range<u64>),
    NotModified,
    Unsatisfiable,
}

async fn body(app: &App, method: &Method, file: &StoredFile, part: &Part) -> Result<Body, Error> {
    match part {
        Part::NotModified | Part::Unsatisfiable => Ok(Body::empty()),
        _ if *method == Method::HEAD => Ok(Body::empty()),
        Part::Whole => Ok(Body::from_stream(app.registry.read_file(file).await?)),
        Part::Range(range) => Ok(Body::from_stream(app.registry.read_file_part(file, range.clone()).await?)),
    }
}

/// Marks an answer whose bytes are sent as they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NeverCoded;

fn dress(response: &mut Response, app: &App, part: &Part, tag: &str, size: u64, kind: Kind) {
    let status = match part {
        Part::Whole => StatusCode::OK,
        Part::Range(_) => StatusCode::PARTIAL_CONTENT,
        Part::NotModified => StatusCode::NOT_MODIFIED,
        Part::Unsatisfiable => StatusCode::RANGE_NOT_SATISFIABLE,
    };
    *response.status_mut() = status;
    response.extensions_mut().insert(NeverCoded);
    let headers = response.headers_mut();
    let mut set = |header, value: String| {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(header, value);
        }
    };
    match part {
        Part::Whole => set(CONTENT_LENGTH, size.to_string()),
        Part::Range(range) => {
            set(CONTENT_LENGTH, (range.end - range.start).to_string());
            set(CONTENT_RANGE, format!("bytes {}-{}/{size}", range.start, range.end - 1));
        }
        Part::Unsatisfiable => return set(CONTENT_RANGE, format!("bytes */{size}")),
        Part::NotModified => {}
    }
    let audience = if app.is_private() { "private" } else { "public" };
    set(CACHE_CONTROL, format!("{audience}, {}", kind.max_age));
    set(ETAG, tag.to_owned());
    set(ACCEPT_RANGES, "bytes".to_owned());
    set(CONTENT_TYPE, kind.content_type.to_owned());
    // What people wrote must not act in our name, should a sanitiser ever miss something.
    set(CONTENT_SECURITY_POLICY, "default-src 'none'; img-src *; sandbox".to_owned());
    set(X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned());
    if app.is_private() {
        set(VARY, "authorization".to_owned());
    }
}

/// The part a `Range` header asks for. Several ranges, other units and a stale `If-Range` get the whole file, as RFC
/// 9110 §14.2 allows.
fn wanted_part(headers: &HeaderMap, tag: &str, size: u64) -> Part {
    let range = headers.get(RANGE).and_then(|value| value.to_str().ok()).and_then(|value| value.strip_prefix("bytes="));
    let is_stale = headers.get(IF_RANGE).is_some_and(|value| value.as_bytes() != tag.as_bytes());
    let Some((first, last)) = range.filter(|_| !is_stale).and_then(|range| range.trim().split_once('-')) else {
        return Part::Whole;
    };
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Ok(first), Err(_)) if last.is_empty() => first..size,
        (Err(_), Ok(suffix)) if first.is_empty() => size.saturating_sub(suffix)..size,
        _ => return Part::Whole,
    };
    if range.is_empty() { Part::Unsatisfiable } else { Part::Range(range) }
}
