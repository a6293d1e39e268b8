//! The front page: what there is here, and on an empty registry how to publish the first crate.

use std::mem::take;

use askama::Template;
use axum::extract::State;
use cargohold_protocol::api::{Crate, Summary};

use super::filters;
use super::frame::Frame;
use super::refusal::PageResult;
use super::visit::Visit;
use crate::app::App;

#[derive(Template)]
#[template(path = "home.html")]
pub(super) struct Home {
    pub(super) frame: Frame,
    /// Each list with its title, where there is more of it, and its feed.
    pub(super) lists: [(&'static str, &'static str, Option<&'static str>, Vec<Crate>); 4],
    pub(super) summary: Summary,
}

impl Home {
    pub(super) fn new(frame: Frame, mut summary: Summary) -> Self {
        summary.popular_categories.retain(|category| category.crates_cnt > 0);
        let lists = [
            ("New", "/crates?sort=new", Some("/rss/crates.xml"), take(&mut summary.new_crates)),
            ("Just updated", "/crates?sort=recent-updates", Some("/rss/updates.xml"), take(&mut summary.just_updated)),
            ("Most downloaded", "/crates?sort=downloads", None, take(&mut summary.most_downloaded)),
            ("Popular now", "/crates?sort=recent-downloads", None, take(&mut summary.most_recently_downloaded)),
        ];
        Self { frame, lists, summary }
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit) -> PageResult {
    let summary = app.registry.summary().await?;
    visit.page(&Home::new(visit.frame(), summary))
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;
