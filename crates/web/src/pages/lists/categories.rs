//! Categories, and the crates that are in one.

use askama::Template;
use axum::extract::State;
use cargohold_protocol::api::{Category, CategorySlug, SingleCategory};
use cargohold_registry::{CategoryOrder, Error};

use super::shelf::{OF_A_SHELF, OrderLink, Selection, Shelf, order_links};
use crate::app::App;
use crate::extract::PathText;
use crate::pages::at::At;
use crate::pages::filters;
use crate::pages::frame::Frame;
use crate::pages::pager::{self, Pager};
use crate::pages::refusal::{PageError, PageResult};
use crate::pages::visit::Visit;
use crate::params::Params;

/// How many categories a page has.
const PER_PAGE: usize = 100;

#[derive(Template)]
#[template(path = "categories.html")]
struct CategoriesPage {
    frame: Frame,
    categories: Vec<Category>,
    orders: Vec<OrderLink>,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "category.html")]
struct CategoryPage {
    frame: Frame,
    found: SingleCategory,
    shelf: Shelf,
}

#[derive(Template)]
#[template(path = "category_slugs.html")]
struct SlugsPage {
    frame: Frame,
    slugs: Vec<CategorySlug>,
}

/// The categories of the top level by name, unless the address asks for the most used ones.
pub(super) async fn list(State(app): State<App>, visit: Visit, params: Params) -> PageResult {
    let is_by_use = params.raw("sort")? == Some("crates");
    let (key, order) =
        if is_by_use { ("crates", CategoryOrder::Crates) } else { ("alpha", CategoryOrder::Alphabetical) };
    let page = pager::page(&params)?;
    let found = app.registry.list_categories(order, (page - 1) * PER_PAGE, PER_PAGE).await?;
    let total = usize::try_from(found.meta.total).unwrap_or_default();
    visit.page(&CategoriesPage {
        frame: visit.frame(),
        categories: found.categories,
        orders: order_links(&[("alpha", "Name"), ("crates", "Crates")], key, "/categories", &params),
        pager: Pager::new(page, total, PER_PAGE, "/categories", &params),
    })
}

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    At(PathText(slug)): At<PathText>,
    params: Params,
) -> PageResult {
    let found = app.registry.find_category(&slug).await.map_err(|error| match error {
        Error::NoSuchCategory(slug) => {
            PageError::not_found(format!("there is no category `{slug}`; see /category_slugs for all there are"))
        }
        error => error.into(),
    })?;
    let category = Some(found.category.slug.clone());
    let shelf = Selection { category, ..Selection::all(visit.path(), OF_A_SHELF) }.load(&app, &params).await?;
    visit.page(&CategoryPage { frame: visit.frame(), found, shelf })
}

pub(super) async fn slugs(State(app): State<App>, visit: Visit) -> PageResult {
    let slugs = app.registry.list_category_slugs().await?;
    visit.page(&SlugsPage { frame: visit.frame(), slugs })
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;
