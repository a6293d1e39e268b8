//! Categories (contract §5.12).

use axum::extract::State;
use cargohold_protocol::api::{Categories, CategoryFound, CategorySlugs, Errors};
use cargohold_registry::CategoryOrder;

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Json, PathText};
use crate::params::Params;

/// Lists the top-level categories, each with the crates of everything below it.
#[utoipa::path(get, path = "/api/v1/categories", operation_id = "list_categories", tag = "categories",
    params(
        ("sort" = Option<String>, Query, description = "`crates` for the most used first; anything else sorts by name"),
        ("page" = Option<i64>, Query, minimum = 1, maximum = 4_294_967_295_u32, description = "The number of the page"),
        ("per_page" = Option<u32>, Query, minimum = 1, maximum = 100, description = "How many categories a page has, 10 if nobody says"),
    ),
    responses((status = 200, body = Categories), (status = 400, body = Errors)))]
pub(super) async fn list(State(app): State<App>, params: Params) -> ApiResult<Json<Categories>> {
    let is_by_use = params.raw("sort")? == Some("crates");
    let order = if is_by_use { CategoryOrder::Crates } else { CategoryOrder::Alphabetical };
    let page = params.paging()?.offset()?;
    Ok(Json(app.registry.list_categories(order, page.skip, page.limit).await?))
}

/// Shows a category with those directly below it and those it is in.
#[utoipa::path(get, path = "/api/v1/categories/{category}", operation_id = "find_category", tag = "categories",
    params(("category" = String, Path, description = "The full slug in any casing")),
    responses((status = 200, body = CategoryFound), (status = 404, body = Errors)))]
pub(super) async fn find(State(app): State<App>, PathText(slug): PathText) -> ApiResult<Json<CategoryFound>> {
    Ok(Json(CategoryFound { category: app.registry.find_category(&slug).await? }))
}

/// Lists all categories as manifests name them.
#[utoipa::path(get, path = "/api/v1/category_slugs", operation_id = "list_category_slugs", tag = "categories",
    responses((status = 200, body = CategorySlugs)))]
pub(super) async fn list_slugs(State(app): State<App>) -> ApiResult<Json<CategorySlugs>> {
    Ok(Json(CategorySlugs { category_slugs: app.registry.list_category_slugs().await? }))
}
