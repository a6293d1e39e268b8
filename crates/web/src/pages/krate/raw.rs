//! Single files of a version, as they are.

use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use cargohold_registry::SourceFile;

use super::address::{FilePath, VersionPath};
use super::code::text;
use crate::app::App;
use crate::edge::ChargedBefore;
use crate::negotiate;
use crate::pages::refusal::PageResult;

pub(super) async fn send(
    State(app): State<App>,
    headers: HeaderMap,
    at: VersionPath,
    FilePath(path): FilePath,
) -> PageResult {
    let file = app.registry.read_source(&at.name, &at.version, &path).await?;
    Ok(answer(file, &headers, app.is_private()))
}

/// A file that nothing in it can act in our name (S11): browsers show text as text, and keep the rest as a file.
fn answer(file: SourceFile, asked: &HeaderMap, is_private: bool) -> Response {
    let tag = format!("\"{}\"", file.sha256);
    let is_text = text(&file.bytes).is_some();
    let is_kept = negotiate::none_match(asked, |other| other == tag) == Some(true);
    let mut response = if is_kept { StatusCode::NOT_MODIFIED.into_response() } else { file.bytes.into_response() };
    response.extensions_mut().insert(ChargedBefore);
    let headers = response.headers_mut();
    let content_type = if is_text { "text/plain; charset=utf-8" } else { "application/octet-stream" };
    let kept = if is_private { "private, max-age=31536000, immutable" } else { "public, max-age=31536000, immutable" };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(kept));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !is_text {
        headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    }
    // A weak one: what is between us and the browser may compress it.
    if let Ok(tag) = HeaderValue::from_str(&format!("W/{tag}")) {
        headers.insert(ETAG, tag);
    }
    response
}
