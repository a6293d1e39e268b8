//! Keywords, and the crates that have one.

use askama::Template;
use axum::extract::State;
use cargohold_protocol::api::Keyword;
use cargohold_registry::{Group, KeywordOrder};

use super::shelf::{OF_A_SHELF, OrderLink, Selection, Shelf, order_links};
use crate::app::App;
use crate::extract::PathText;
use crate::pages::at::At;
use crate::pages::filters;
use crate::pages::frame::Frame;
use crate::pages::pager::{self, Pager};
use crate::pages::refusal::PageResult;
use crate::pages::visit::Visit;
use crate::params::Params;

/// How many keywords a page has.
const PER_PAGE: usize = 100;

#[derive(Template)]
#[template(path = "keywords.html")]
struct KeywordsPage {
    frame: Frame,
    keywords: Vec<Keyword>,
    orders: Vec<OrderLink>,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "keyword.html")]
struct KeywordPage {
    frame: Frame,
    keyword: String,
    shelf: Shelf,
}

/// The most used keywords first, unless the address asks for the alphabet.
pub(super) async fn list(State(app): State<App>, visit: Visit, params: Params) -> PageResult {
    let is_by_name = params.raw("sort")? == Some("alpha");
    let (key, order) =
        if is_by_name { ("alpha", KeywordOrder::Alphabetical) } else { ("crates", KeywordOrder::Crates) };
    let page = pager::page(&params)?;
    let found = app.registry.list_keywords(order, (page - 1) * PER_PAGE, PER_PAGE).await?;
    let total = usize::try_from(found.meta.total).unwrap_or_default();
    visit.page(&KeywordsPage {
        frame: visit.frame(),
        keywords: found.keywords,
        orders: order_links(&[("crates", "Crates"), ("alpha", "Name")], key, "/keywords", &params),
        pager: Pager::new(page, total, PER_PAGE, "/keywords", &params),
    })
}

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    At(PathText(keyword)): At<PathText>,
    params: Params,
) -> PageResult {
    let keyword = app.registry.find_keyword(&keyword).await?.keyword;
    let group = Some(Group::Keyword(keyword.clone()));
    let shelf = Selection { group, ..Selection::all(visit.path(), OF_A_SHELF) }.load(&app, &params).await?;
    visit.page(&KeywordPage { frame: visit.frame(), keyword, shelf })
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;
