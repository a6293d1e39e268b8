//! The front page and what runs here (contract §5.13, §5.14).

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use cargohold_protocol::api::{SiteMetadata, Summary};

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Json, finished};

/// Shows what is new, popular and busy.
#[utoipa::path(get, path = "/api/v1/summary", operation_id = "get_summary", tag = "site",
    responses((status = 200, body = Summary)))]
pub(super) async fn summary(State(app): State<App>, headers: HeaderMap) -> ApiResult<Response> {
    let mut response = finished(&headers, &app.registry.front_page().await?.answer).await?;
    response.headers_mut().insert(CACHE_CONTROL, for_a_moment(&app));
    Ok(response)
}

/// Shows what runs here.
#[utoipa::path(get, path = "/api/v1/site_metadata", operation_id = "get_site_metadata", tag = "site",
    responses((status = 200, body = SiteMetadata)))]
pub(super) async fn metadata(State(app): State<App>) -> Response {
    ([(CACHE_CONTROL, for_a_moment(&app))], Json(app.registry.site_metadata())).into_response()
}

fn for_a_moment(app: &App) -> axum::http::HeaderValue {
    let text = if app.is_private() { "private, max-age=15" } else { "public, max-age=15" };
    axum::http::HeaderValue::from_static(text)
}
