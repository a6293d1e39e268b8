//! `GET /api/v1/crates/{name}/{version}/download`: where a tarball is. Asks nobody, so it works when the database is
//! down; the address it names decides.

use axum::http::header::{ACCEPT, LOCATION, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::extract::{Json, VersionAt};

#[derive(Serialize)]
struct Address {
    url: String,
}

pub(super) async fn redirect(headers: HeaderMap, at: VersionAt) -> Response {
    let (name, version) = (&at.name, at.version.to_string().replace('+', "%2B"));
    let url = format!("/crates/{name}/{name}-{version}.crate");
    let wants_json = |value: &axum::http::HeaderValue| value.to_str().is_ok_and(|accept| accept.contains("json"));
    let vary = [(VARY, "accept")];
    if headers.get_all(ACCEPT).iter().any(wants_json) {
        return (vary, Json(Address { url })).into_response();
    }
    (StatusCode::FOUND, vary, [(LOCATION, url)]).into_response()
}
