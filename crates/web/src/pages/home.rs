//! The front page: what there is here, and on an empty registry how to publish the first crate.

use askama::Template;
use axum::extract::State;
use cargohold_protocol::api::{Category, Crate, Summary};

use super::filters;
use super::frame::Frame;
use super::refusal::PageResult;
use super::visit::Visit;
use crate::app::App;

#[derive(Template)]
#[template(path = "home.html")]
pub(super) struct Home<'a> {
    pub(super) frame: Frame,
    /// Each list with its title, where there is more of it, and its feed.
    pub(super) lists: [(&'static str, &'static str, Option<&'static str>, &'a [Crate]); 4],
    pub(super) summary: &'a Summary,
}

impl<'a> Home<'a> {
    pub(super) fn new(frame: Frame, summary: &'a Summary) -> Self {
        let lists = [
            ("New", "/crates?sort=new", Some("/rss/crates.xml"), &*summary.new_crates),
            ("Just updated", "/crates?sort=recent-updates", Some("/rss/updates.xml"), &*summary.just_updated),
            ("Most downloaded", "/crates?sort=downloads", None, &*summary.most_downloaded),
            ("Popular now", "/crates?sort=recent-downloads", None, &*summary.most_recently_downloaded),
        ];
        Self { frame, lists, summary }
    }

    /// The categories that have crates.
    fn categories(&self) -> Vec<&'a Category> {
        self.summary.popular_categories.iter().filter(|category| category.crates_cnt > 0).collect()
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit) -> PageResult {
    let page = app.registry.front_page().await?;
    visit.page(&Home::new(visit.frame(), &page.summary))
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;
