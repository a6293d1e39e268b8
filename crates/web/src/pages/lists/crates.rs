//! All crates, also those that begin with one letter.

use askama::Template;
use axum::extract::State;
use cargohold_registry::Group;

use super::shelf::{OF_AN_INDEX, Selection, Shelf};
use crate::app::App;
use crate::pages::filters;
use crate::pages::frame::Frame;
use crate::pages::refusal::PageResult;
use crate::pages::visit::Visit;
use crate::params::Params;

#[derive(Template)]
#[template(path = "crates.html")]
struct CratesPage {
    frame: Frame,
    /// The letter the crates begin with, if only those are shown.
    letter: Option<char>,
    /// Each letter, where its crates are, and whether those are shown.
    letters: Vec<(char, String, bool)>,
    /// Where the crates of all letters are.
    all: String,
    shelf: Shelf,
}

impl CratesPage {
    fn new(frame: Frame, letter: Option<char>, params: &Params, shelf: Shelf) -> Self {
        let kept = params.without(&["letter", "page", "done"]);
        let link = |each: char| {
            let link = format!("/crates{}", kept.link("letter", &each.to_string()));
            (each, link, letter == Some(each))
        };
        Self { frame, letter, letters: ('a'..='z').map(link).collect(), all: format!("/crates{}", kept.query()), shelf }
    }

    /// What is shown in place of crates if there are none.
    fn nothing(&self) -> &'static str {
        if self.letter.is_some() { "No crate begins with this letter yet." } else { "There are no crates here yet." }
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit, params: Params) -> PageResult {
    let letter = params.text("letter")?.and_then(|text| text.chars().next());
    // Names begin with nothing else.
    let letter = letter.map(|letter| letter.to_ascii_lowercase()).filter(char::is_ascii_lowercase);
    let selection = Selection { group: letter.map(Group::Letter), ..Selection::all("/crates", OF_AN_INDEX) };
    let shelf = selection.load(&app, &params).await?;
    visit.page(&CratesPage::new(visit.frame(), letter, &params, shelf))
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;
