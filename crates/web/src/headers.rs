//! What every answer of the API has in common (contract §1.2, §1.3, §1.5): who may ask at all, headers, and the envelope around
//! errors that some other layer wrote as plain text.

use axum::body::Body;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, STRICT_TRANSPORT_SECURITY,
    USER_AGENT, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS, X_XSS_PROTECTION,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use bytes::Bytes;
use http_body_util::BodyExt;

use crate::error::{envelope, sentence};

/// The longest plain text that is put into an envelope, in bytes.
const MAX_TEXT_BYTES: usize = 16 * 1024;

/// How many headers an answer has for which there is room from the start.
pub(crate) const USUAL: usize = 16;

/// Sets a header to a text that was made ready for it.
pub(crate) fn insert_ready(headers: &mut HeaderMap, name: HeaderName, value: &Bytes) {
    if let Ok(value) = HeaderValue::from_maybe_shared(value.clone()) {
        headers.insert(name, value);
    }
}

/// Refuses whoever does not say what program they are, or is the cache in front of this server without its reader's name. Old
/// cargo sent no name with downloads.
pub(crate) fn refuse_nameless<B>(request: &Request<B>, blocked_agent: &str, id: &str) -> Option<Response<Body>> {
    let path = request.uri().path();
    let mut agents = request.headers().get_all(USER_AGENT).iter();
    let (first, more) = (agents.next(), agents.next());
    if more.is_some() {
        let text = "there is more than one `User-Agent` header; send one".to_owned();
        return Some(refusal(path, StatusCode::BAD_REQUEST, text));
    }
    let is_named = first.is_some_and(|agent| !agent.is_empty() && (blocked_agent.is_empty() || agent != blocked_agent));
    if is_named || path.ends_with("download") {
        return None;
    }
    let text = format!(
        "this registry needs to know which program asks: send a `User-Agent` header that names it and how to reach you.\n\
         If you believe that this is a mistake, tell the operator this request id: {id}"
    );
    Some(refusal(path, StatusCode::FORBIDDEN, text))
}

/// A refusal in the form of what was asked for.
pub(crate) fn refusal(path: &str, status: StatusCode, text: String) -> Response<Body> {
    if path.starts_with("/api/") { envelope(status, text) } else { sentence(status, text) }
}

/// Lets scripts of every site read an answer. Browsers send no credentials along then.
pub(crate) fn allow_every_origin(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
}

/// The headers of everything a handler answered.
pub(crate) fn add_common(status: StatusCode, headers: &mut HeaderMap) {
    if status == StatusCode::NOT_MODIFIED {
        // The router counts the body, but the length is to be that of what was not modified (RFC 9110 §8.6).
        headers.remove(CONTENT_LENGTH);
    }
    headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    if matches!(status.as_u16(), 200 | 201 | 203 | 204 | 206 | 301 | 303 | 304 | 307 | 308) {
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
        headers.insert(X_XSS_PROTECTION, HeaderValue::from_static("0"));
    }
}

/// Keeps the answers of a private registry out of caches that others share (S48).
pub(crate) fn keep_private(headers: &mut HeaderMap) {
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("private"));
    headers.append(VARY, HeaderValue::from_static("authorization, cookie"));
}

/// Puts the plain text of an error into the envelope; every other answer stays as it is.
pub(crate) async fn wrap_text(response: Response<Body>) -> Response<Body> {
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    let is_text = response.headers().get(CONTENT_TYPE).is_some_and(|value| value == "text/plain; charset=utf-8");
    if !is_error || !is_text {
        return response;
    }
    let (parts, body) = response.into_parts();
    let text = match http_body_util::Limited::new(body, MAX_TEXT_BYTES).collect().await {
        Ok(collected) => String::from_utf8_lossy(&collected.to_bytes()).into_owned(),
        Err(_) => parts.status.to_string(),
    };
    let mut wrapped = envelope(parts.status, text);
    for (name, value) in parts.headers.iter().filter(|(name, _)| !name.as_str().starts_with("content-")) {
        wrapped.headers_mut().insert(name, value.clone());
    }
    wrapped
}

/// The value of a cookie. Several of one name are as good as none: another host of the same domain may have set one of them.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value);
    let value = values.next()?;
    values.next().is_none().then(|| value.to_owned())
}
