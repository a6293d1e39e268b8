//! Keywords (contract §5.11).

use axum::extract::State;
use cargohold_protocol::api::{Errors, KeywordFound, Keywords};
use cargohold_registry::KeywordOrder;

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Json, PathText};
use crate::params::Params;

/// Lists keywords, those that no crate has any more included.
#[utoipa::path(get, path = "/api/v1/keywords", operation_id = "list_keywords", tag = "keywords",
    params(
        ("sort" = Option<String>, Query, description = "`crates` for the most used first; anything else sorts by keyword"),
        ("page" = Option<i64>, Query, minimum = 1, maximum = 4_294_967_295_u32, description = "The number of the page"),
        ("per_page" = Option<u32>, Query, minimum = 1, maximum = 100, description = "How many keywords a page has, 10 if nobody says"),
    ),
    responses((status = 200, body = Keywords), (status = 400, body = Errors)))]
pub(super) async fn list(State(app): State<App>, params: Params) -> ApiResult<Json<Keywords>> {
    let is_by_use = params.raw("sort")? == Some("crates");
    let order = if is_by_use { KeywordOrder::Crates } else { KeywordOrder::Alphabetical };
    let page = params.paging()?.offset()?;
    Ok(Json(app.registry.list_keywords(order, page.skip, page.limit).await?))
}

/// Shows a keyword.
#[utoipa::path(get, path = "/api/v1/keywords/{keyword}", operation_id = "find_keyword", tag = "keywords",
    params(("keyword" = String, Path, description = "The keyword in any casing")),
    responses((status = 200, body = KeywordFound), (status = 404, body = Errors)))]
pub(super) async fn find(State(app): State<App>, PathText(keyword): PathText) -> ApiResult<Json<KeywordFound>> {
    Ok(Json(KeywordFound { keyword: app.registry.find_keyword(&keyword).await? }))
}
