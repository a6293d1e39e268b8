//! Reports of tokens that were found in public (contract part 2, §13).

use axum::extract::State;
use axum::http::HeaderMap;
use cargohold_protocol::api::{Errors, LeakReport, LeakVerdicts};

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Caller, Json, RawBody};

/// Takes a report that GitHub has signed.
///
/// Every token of this registry in it is revoked, and its owner gets a mail.
#[utoipa::path(post, path = "/api/github/secret-scanning/verify", operation_id = "verify_github_secrets", tag = "internal",
    request_body = Vec<LeakReport>,
    responses((status = 200, body = LeakVerdicts), (status = 400, body = Errors), (status = 404, body = Errors), (status = 413, body = Errors)))]
pub(super) async fn verify_github(
    State(app): State<App>,
    Caller(call): Caller,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> ApiResult<Json<LeakVerdicts>> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (key, signature) = (header("github-public-key-identifier"), header("github-public-key-signature"));
    Ok(Json(app.registry.take_github_report(&call, key, signature, &body).await?))
}

/// Takes a report of whoever presents the secret that the operator has set for scanners.
///
/// Every token of this registry in it is revoked, and its owner gets a mail.
#[utoipa::path(post, path = "/api/v1/secret_scanning/verify", operation_id = "verify_secrets", tag = "internal",
    request_body = Vec<LeakReport>,
    responses((status = 200, body = LeakVerdicts), (status = 400, body = Errors), (status = 401, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors), (status = 413, body = Errors)))]
pub(super) async fn verify(
    State(app): State<App>,
    Caller(call): Caller,
    RawBody(body): RawBody,
) -> ApiResult<Json<LeakVerdicts>> {
    Ok(Json(app.registry.take_scanner_report(&call, &body).await?))
}
