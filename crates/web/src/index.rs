//! `GET /index/…`: the sparse index (contract §8; cargo-client §1). Answered before the router, from memory.

use axum::body::Body;
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, LAST_MODIFIED, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use cargohold_registry::{Call, Coding, IndexFile};

use crate::app::App;
use crate::error::{plain, sentence};
use crate::negotiate;

/// Everything below this path belongs to the index.
pub(crate) const PREFIX: &str = "/index/";

/// Clients ask every time, and a 304 costs next to nothing.
const PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=0, must-revalidate");
const PRIVATE: HeaderValue = HeaderValue::from_static("private, max-age=0, must-revalidate");

pub(crate) async fn answer<B>(app: &App, call: &Call, request: &Request<B>) -> Response<Body> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET,HEAD"));
        return response;
    }
    if let Err(error) = app.registry.authorize_read(call).await {
        return plain(&error.into(), app);
    }
    let path = request.uri().path().strip_prefix(PREFIX).unwrap_or_default();
    let mut response = match path {
        "config.json" => config(app),
        path => file(app, path, request.headers()).await,
    };
    if request.method() == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    response
}

fn config(app: &App) -> Response<Body> {
    let mut response = Response::new(Body::from(app.index_config.clone()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_LENGTH, app.index_config.len().into());
    set_caching(headers, app, "");
    response
}

async fn file(app: &App, path: &str, headers: &HeaderMap) -> Response<Body> {
    let file = match app.registry.index_file(path).await {
        Ok(Some(file)) => file,
        Ok(None) => {
            let text = "this registry has no such crate; check the spelling of its name";
            return sentence(StatusCode::NOT_FOUND, text.to_owned());
        }
        Err(error) => return plain(&error.into(), app),
    };
    let coding = negotiate::coding(headers);
    let mut response = Response::new(Body::empty());
    if is_fresh(&file, headers) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        match file.text.bytes(coding).await {
            Ok(bytes) => {
                response.headers_mut().insert(CONTENT_LENGTH, bytes.len().into());
                *response.body_mut() = Body::from(bytes);
            }
            Err(error) => return plain(&error.into(), app),
        }
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        if let Some(name) = negotiate::coding_name(coding) {
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(name));
        }
    }
    set_caching(response.headers_mut(), app, "accept-encoding");
    set_validators(response.headers_mut(), &file, coding);
    response
}

/// Whether the client has this very file, in whatever coding.
fn is_fresh(file: &IndexFile, headers: &HeaderMap) -> bool {
    if let Some(matched) = negotiate::none_match(headers, |tag| plain_tag(tag) == plain_tag(&file.etag)) {
        return matched;
    }
    let since = headers.get(IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok());
    since == Some(last_modified(file).as_str())
}

/// A tag without quotes and without the mark of its coding.
fn plain_tag(tag: &str) -> &str {
    let tag = tag.trim_matches('"');
    tag.split_once('-').map_or(tag, |(plain, _)| plain)
}

fn last_modified(file: &IndexFile) -> String {
    httpdate::fmt_http_date(file.changed_at.to_system_time())
}

/// Strong tags differ between codings, as RFC 9110 §8.8.3 wants; all of them are accepted back.
fn set_validators(headers: &mut HeaderMap, file: &IndexFile, coding: Coding) {
    let tag = match negotiate::coding_name(coding) {
        None => file.etag.clone(),
        Some(name) => format!("\"{}-{name}\"", plain_tag(&file.etag)),
    };
    for (header, value) in [(ETAG, tag), (LAST_MODIFIED, last_modified(file))] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(header, value);
        }
    }
}

fn set_caching(headers: &mut HeaderMap, app: &App, vary: &'static str) {
    let (caching, vary) = match (app.is_private(), vary) {
        (false, vary) => (PUBLIC, vary),
        (true, "") => (PRIVATE, "authorization"),
        (true, _) => (PRIVATE, "accept-encoding, authorization"),
    };
    headers.insert(CACHE_CONTROL, caching);
    if !vary.is_empty() {
        headers.insert(VARY, HeaderValue::from_static(vary));
    }
}
