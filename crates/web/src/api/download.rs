//! Where the files of a version are. Asks nobody, so it works when the database is down; the address it names decides
//! (contract §5.7).

use axum::extract::State;
use axum::http::header::{ACCEPT, LOCATION, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use cargohold_protocol::CrateName;
use cargohold_protocol::Version;
use cargohold_protocol::api::{Errors, FileAddress};
use cargohold_registry::Error;

use crate::app::App;
use crate::error::ApiError;
use crate::extract::{Json, VersionAt};

/// Redirects to the tarball of a version, whether or not there is one.
#[utoipa::path(get, path = "/api/v1/crates/{name}/{version}/download", operation_id = "download_version", tag = "versions",
    params(("name" = String, Path, description = "The name in its stored spelling"), ("version" = inline(Version), Path, description = "The full version, build metadata included")),
    responses((status = 200, body = FileAddress, description = "For clients that accept JSON"), (status = 302, description = "The address is in `Location`", headers(("Location" = String, description = "Relative to this host unless another one serves the files"))), (status = 400, body = Errors), (status = 404, body = Errors)))]
pub(super) async fn tarball(State(app): State<App>, headers: HeaderMap, at: VersionAt) -> Response {
    answer(&app, &headers, &at, |name, version| format!("/crates/{name}/{name}-{version}.crate"))
}

/// Redirects to the rendered readme of a version, whether or not there is one.
#[utoipa::path(get, path = "/api/v1/crates/{name}/{version}/readme", operation_id = "get_version_readme", tag = "versions",
    params(("name" = String, Path, description = "The name in its stored spelling"), ("version" = inline(Version), Path, description = "The full version, build metadata included")),
    responses((status = 200, body = FileAddress, description = "For clients that accept JSON"), (status = 302, description = "The address is in `Location`", headers(("Location" = String, description = "Relative to this host unless another one serves the files"))), (status = 400, body = Errors), (status = 404, body = Errors)))]
pub(super) async fn readme(State(app): State<App>, headers: HeaderMap, at: VersionAt) -> Response {
    answer(&app, &headers, &at, |name, version| format!("/readmes/{name}/{name}-{version}.html"))
}

fn answer(app: &App, headers: &HeaderMap, at: &VersionAt, path: impl Fn(&str, &str) -> String) -> Response {
    if at.name.parse::<CrateName>().is_err() {
        return ApiError::from(Error::NoSuchCrate(at.name.clone())).into_response();
    }
    let url = path(&at.name, &at.version.to_string().replace('+', "%2B"));
    let vary = if app.is_private() { "accept, authorization" } else { "accept" };
    let wants_json = |value: &HeaderValue| value.to_str().is_ok_and(|accept| accept.contains("json"));
    if headers.get_all(ACCEPT).iter().any(wants_json) {
        return ([(VARY, vary)], Json(FileAddress { url })).into_response();
    }
    (StatusCode::FOUND, [(VARY, vary)], [(LOCATION, url)]).into_response()
}
