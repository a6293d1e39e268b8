//! What a search finds.

use askama::Template;
use axum::extract::State;
use cargohold_protocol::api::Suggestion;
use cargohold_registry::Group;

use super::shelf::{OF_A_SEARCH, OF_AN_INDEX, Selection, Shelf};
use super::wanted::Wanted;
use crate::app::App;
use crate::pages::filters;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageError, PageResult, similar};
use crate::pages::visit::Visit;
use crate::params::Params;

/// How many crates a page has. The orders by relevance ends after fifty pages.
const PER_PAGE: usize = 20;

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    frame: Frame,
    wanted: Wanted,
    /// Each filter, and the address of the search without it.
    filters: Vec<(String, String)>,
    shelf: Shelf,
    /// Crates that may have been meant, if none was found.
    suggestions: Vec<Suggestion>,
}

impl SearchPage {
    fn new(frame: Frame, wanted: Wanted, params: &Params, shelf: Shelf, suggestions: Vec<Suggestion>) -> Self {
        let kept = params.without(&["q", "all_keywords", "page", "done"]);
        let link = |(filter, rest): (String, Wanted)| (filter, format!("/search{}", kept.link("q", &rest.typed())));
        Self { frame, filters: wanted.filters().into_iter().map(link).collect(), wanted, shelf, suggestions }
    }

    /// What the search is for, in words.
    fn title(&self) -> String {
        let typed = self.wanted.typed();
        if typed.is_empty() { "Search".to_owned() } else { format!("Search for “{typed}”") }
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit, params: Params) -> PageResult {
    let typed = params.text("q")?.unwrap_or_default();
    let wanted = Wanted::read(typed, params.text("all_keywords")?.unwrap_or_default())?;
    if !wanted.typed().is_empty() {
        app.registry.spend_search(visit.call())?;
    }
    let shelf = find(&app, &params, &wanted).await?;
    let is_lost = shelf.total == 0 && !wanted.text.is_empty() && !shelf.is_behind_the_end();
    let suggestions = if is_lost { similar(&app, &wanted.text.replace(' ', "-")).await } else { Vec::new() };
    visit.page(&SearchPage::new(visit.frame(), wanted, &params, shelf, suggestions))
}

async fn find(app: &App, params: &Params, wanted: &Wanted) -> Result<Shelf, PageError> {
    let text = Some(wanted.text.clone()).filter(|text| !text.is_empty());
    let orders = if text.is_some() { OF_A_SEARCH } else { OF_AN_INDEX };
    let group = (!wanted.keywords.is_empty()).then(|| Group::AllKeywords(wanted.keywords.clone()));
    let category = wanted.category.clone();
    let selection = Selection { per_page: PER_PAGE, text, category, group, ..Selection::all("/search", orders) };
    selection.load(app, params).await
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;
