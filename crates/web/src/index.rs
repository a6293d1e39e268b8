//! `GET /index/…`: the sparse index (contract §8; cargo-client §1). Answered before the router, from memory.

use axum::body::Body;
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, LAST_MODIFIED, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use bytes::Bytes;
use cargohold_registry::{Call, Coding, Form, IndexFile};

use crate::app::App;
use crate::error::{plain, sentence};
use crate::{headers, negotiate};

/// Everything below this path belongs to the index.
pub(crate) const PREFIX: &str = "/index/";

/// Clients ask every time, and a 304 costs next to nothing.
const PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=0, must-revalidate");
const PRIVATE: HeaderValue = HeaderValue::from_static("private, max-age=0, must-revalidate");

/// The answer to a read of a public index, if it needs nothing but memory.
pub(crate) fn cached<B>(app: &App, path: &str, request: &Request<B>) -> Option<Response<Body>> {
    match path {
        "config.json" => Some(config(app, request.method())),
        path => kept(app, request, &*app.registry.kept_index_file(path)?),
    }
}

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
        "config.json" => config(app, request.method()),
        path => file(app, path, request).await,
    };
    if request.method() == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    response
}

fn config(app: &App, method: &Method) -> Response<Body> {
    let mut response = ready(StatusCode::OK, method, &app.index_config);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_LENGTH, app.index_config.len().into());
    set_caching(headers, app, "");
    response
}

async fn file<B>(app: &App, path: &str, request: &Request<B>) -> Response<Body> {
    let file = match app.registry.index_file(path).await {
        Ok(Some(file)) => file,
        Ok(None) => {
            let text = "this registry has no such crate; check the spelling of its name";
            return sentence(StatusCode::NOT_FOUND, text.to_owned());
        }
        Err(error) => return plain(&error.into(), app),
    };
    if let Some(response) = kept(app, request, &file) {
        return response;
    }
    let coding = negotiate::coding(request.headers());
    match file.text.form(coding).await {
        Ok(form) => whole(app, request.method(), &file, coding, form),
        Err(error) => plain(&error.into(), app),
    }
}

/// The answer that is this file, unless its form in the client's coding is still to be made.
fn kept<B>(app: &App, request: &Request<B>, file: &IndexFile) -> Option<Response<Body>> {
    let coding = negotiate::coding(request.headers());
    if is_fresh(file, request.headers()) {
        let mut response = ready(StatusCode::NOT_MODIFIED, request.method(), &Bytes::new());
        set_caching(response.headers_mut(), app, "accept-encoding");
        set_validators(response.headers_mut(), file, coding);
        return Some(response);
    }
    file.text.kept_form(coding).map(|form| whole(app, request.method(), file, coding, form))
}

fn whole(app: &App, method: &Method, file: &IndexFile, coding: Coding, form: &Form) -> Response<Body> {
    let mut response = ready(StatusCode::OK, method, &form.bytes);
    let headers = response.headers_mut();
    headers::insert_ready(headers, CONTENT_LENGTH, &form.length);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    if let Some(name) = coding.name() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    set_caching(headers, app, "accept-encoding");
    set_validators(headers, file, coding);
    response
}

/// An answer with room for its headers, and a body if it was asked for.
fn ready(status: StatusCode, method: &Method, body: &Bytes) -> Response<Body> {
    let body = if *method == Method::HEAD || body.is_empty() { Body::empty() } else { Body::from(body.clone()) };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = HeaderMap::with_capacity(headers::USUAL);
    response
}

/// Whether the client has this very file, in whatever coding.
fn is_fresh(file: &IndexFile, headers: &HeaderMap) -> bool {
    if let Some(matched) = negotiate::none_match(headers, |tag| plain_tag(tag) == file.digest) {
        return matched;
    }
    headers.get(IF_MODIFIED_SINCE).is_some_and(|since| since.as_bytes() == file.last_modified)
}

/// A tag without quotes and without the mark of its coding. All of them are accepted back.
fn plain_tag(tag: &str) -> &str {
    let tag = tag.trim_matches('"');
    tag.split_once('-').map_or(tag, |(plain, _)| plain)
}

fn set_validators(headers: &mut HeaderMap, file: &IndexFile, coding: Coding) {
    headers::insert_ready(headers, ETAG, file.etag(coding));
    headers::insert_ready(headers, LAST_MODIFIED, &file.last_modified);
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
