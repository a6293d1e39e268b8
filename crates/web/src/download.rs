//! `GET /crates/{name}/{version}/download` and `/crates/{name}/{name}-{version}.crate`: the tarballs; and the files derived from
//! them: source archives, rendered readmes, feeds (contract §9.1).
//!
//! Never with a `Content-Encoding`: cargo would decode it and find another checksum. [`NeverCoded`] tells the layer that compresses.

use std::ops::Range;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, State};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, ETAG,
    IF_RANGE, LOCATION, RANGE, USER_AGENT, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use cargohold_protocol::{Timestamp, Version};
use cargohold_registry::{Call, Download, FileBytes, StoredFile};

use crate::app::App;
use crate::error::{ApiError, plain};
use crate::extract::{Caller, VersionAt};
use crate::{headers, negotiate};

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
pub(crate) async fn by_file(app: &App, call: &Call, name: &str, file: &str, request: Request<Body>) -> Response {
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

async fn derived(State(app): State<App>, request: Request<Body>) -> Response {
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

/// What a file is, by its path, and how long it may be kept by everybody or, of a private registry, by who asked.
#[derive(Clone, Copy)]
struct Kind {
    content_type: &'static str,
    public: &'static str,
    private: &'static str,
}

macro_rules! kind {
    ($content_type:literal, $max_age:literal) => {
        Kind {
            content_type: $content_type,
            public: concat!("public, ", $max_age),
            private: concat!("private, ", $max_age),
        }
    };
}

const README: Kind = kind!("text/html; charset=utf-8", "max-age=604800");
const TARBALL: Kind = kind!("application/gzip", "max-age=31536000, immutable");

fn kind_of(path: &str) -> Kind {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") if path.contains("/archive/") => kind!("text/html; charset=utf-8", "max-age=60"),
        Some("csv") => kind!("text/csv; charset=utf-8", "max-age=3600"),
        Some("zip") => kind!("application/zip", "max-age=31536000, immutable"),
        Some("json") if path.ends_with(".zip.json") => kind!("application/json", "max-age=31536000, immutable"),
        Some("json") => kind!("application/json", "max-age=60"),
        Some("xml") => kind!("text/xml; charset=UTF-8", "max-age=60"),
        _ => README,
    }
}

/// The version that a file name spells.
fn file_at(name: &str, file: &str) -> Option<VersionAt> {
    Some(VersionAt { name: name.to_owned(), version: version_in(name, file)?.parse().ok()? })
}

fn version_in<'a>(name: &str, file: &'a str) -> Option<&'a str> {
    file.strip_prefix(name)?.strip_prefix('-')?.strip_suffix(".crate")
}

/// A version in the path, with refusals in plain text.
struct PlainVersionAt(VersionAt);

impl FromRequestParts<App> for PlainVersionAt {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, app: &App) -> Result<Self, Response> {
        VersionAt::from_request_parts(parts, app).await.map(Self).map_err(|error| plain(&error, app))
    }
}

/// The answer to a read of a public registry, if it is a tarball and needs nothing but memory.
pub(crate) fn cached<B>(app: &App, now: impl FnOnce() -> Timestamp, request: &Request<B>) -> Option<Response> {
    let (name, version) = tarball_at(request)?;
    let file = app.registry.known_download(name, version)?;
    let part = wanted_part(request.headers(), &file);
    let body = match part.range(request.method(), &file) {
        Some(range) => Body::from(app.registry.kept_file(&file, range)?),
        None => Body::empty(),
    };
    let response = dressed(app, request.method(), body, &part, &file, TARBALL);
    count(app, request.method(), request.headers(), &file, &response, now);
    Some(response)
}

/// The crate and the version whose tarball is at an address that is spelled plainly. Who has cookies may be somebody whom pages
/// refuse, and the addresses of files are among those of pages.
fn tarball_at<B>(request: &Request<B>) -> Option<(&str, &str)> {
    let path = request.uri().path().strip_prefix("/crates/").filter(|path| !path.contains('%'))?;
    let (name, rest) = path.split_once('/')?;
    let version = match rest.strip_suffix("/download") {
        Some(version) => version,
        None if request.headers().contains_key(COOKIE) => return None,
        None => version_in(name, rest)?,
    };
    (!version.contains('/')).then_some((name, version))
}

async fn answer(app: &App, call: &Call, method: &Method, headers: &HeaderMap, at: &VersionAt) -> Response {
    let file = match app.registry.find_download(&at.name, &at.version).await {
        Ok(Download::Redirect(url)) => return redirect(url),
        Ok(Download::File(file)) => file,
        Err(error) => return plain(&error.into(), app),
    };
    let response = send(app, method, headers, &file, TARBALL).await;
    count(app, method, headers, &file, &response, || call.now);
    response
}

/// Counts a download of the whole.
fn count(
    app: &App,
    method: &Method,
    headers: &HeaderMap,
    file: &StoredFile,
    response: &Response,
    now: impl FnOnce() -> Timestamp,
) {
    if *method == Method::GET && response.status() == StatusCode::OK {
        let user_agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        app.registry.count_download(file, user_agent, now());
    }
}

async fn send(app: &App, method: &Method, headers: &HeaderMap, file: &Arc<StoredFile>, kind: Kind) -> Response {
    let part = wanted_part(headers, file);
    let body = match part.range(method, file) {
        Some(range) => match app.registry.read_file(file, range).await {
            Ok(FileBytes::AtOnce(bytes)) => Body::from(bytes),
            Ok(FileBytes::Stream(pieces)) => Body::from_stream(pieces),
            Err(error) => return plain(&error.into(), app),
        },
        None => Body::empty(),
    };
    let mut response = dressed(app, method, body, &part, file, kind);
    response.extensions_mut().insert(NeverCoded);
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

impl Part {
    /// The bytes that the body is to have, if it is to have any.
    fn range(&self, method: &Method, file: &StoredFile) -> Option<Range<u64>> {
        match self {
            _ if *method == Method::HEAD => None,
            Self::NotModified | Self::Unsatisfiable => None,
            Self::Whole => Some(0..file.size_bytes),
            Self::Range(range) => Some(range.clone()),
        }
    }
}

/// Marks an answer whose bytes are sent as they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NeverCoded;

fn dressed(app: &App, method: &Method, body: Body, part: &Part, file: &StoredFile, kind: Kind) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = match part {
        Part::Whole => StatusCode::OK,
        Part::Range(_) => StatusCode::PARTIAL_CONTENT,
        Part::NotModified => StatusCode::NOT_MODIFIED,
        Part::Unsatisfiable => StatusCode::RANGE_NOT_SATISFIABLE,
    };
    let headers = response.headers_mut();
    *headers = HeaderMap::with_capacity(headers::USUAL);
    let size = file.size_bytes;
    match part {
        Part::Whole => headers::insert_ready(headers, CONTENT_LENGTH, &file.length),
        Part::Range(range) => {
            headers.insert(CONTENT_LENGTH, (range.end - range.start).into());
            let text = format!("bytes {}-{}/{size}", range.start, range.end - 1);
            headers::insert_ready(headers, CONTENT_RANGE, &text.into());
        }
        Part::Unsatisfiable => {
            let text =
                format!("the file is {size} bytes long, and none of them is in this range; ask for a part of it\n");
            headers.insert(CONTENT_LENGTH, text.len().into());
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
            headers::insert_ready(headers, CONTENT_RANGE, &format!("bytes */{size}").into());
            if *method != Method::HEAD {
                *response.body_mut() = Body::from(text);
            }
            return response;
        }
        Part::NotModified => {}
    }
    headers::insert_ready(headers, ETAG, &file.etag);
    let caching = if app.is_private() { kind.private } else { kind.public };
    for (name, value) in [
        (CACHE_CONTROL, caching),
        (ACCEPT_RANGES, "bytes"),
        (CONTENT_TYPE, kind.content_type),
        // What people wrote must not act in our name, should a sanitiser ever miss something.
        (CONTENT_SECURITY_POLICY, "default-src 'none'; img-src *; sandbox"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if app.is_private() {
        headers.insert(VARY, HeaderValue::from_static("authorization"));
    }
    response
}

/// The part that is asked for. Several ranges, other units and a stale `If-Range` get the whole file, as RFC 9110 §14.2
/// allows.
fn wanted_part(headers: &HeaderMap, file: &StoredFile) -> Part {
    if negotiate::none_match(headers, |tag| tag.as_bytes() == file.etag) == Some(true) {
        return Part::NotModified;
    }
    let size = file.size_bytes;
    let range = headers.get(RANGE).and_then(|value| value.to_str().ok()).and_then(|value| value.strip_prefix("bytes="));
    let is_stale = headers.get(IF_RANGE).is_some_and(|value| value.as_bytes() != file.etag);
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
