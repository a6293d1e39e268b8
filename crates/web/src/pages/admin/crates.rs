//! The crates there are, the newest first.

use askama::Template;
use axum::extract::State;
use cargohold_registry::{CrateQuery, CrateSummary};

use super::{ASKED, cut};
use crate::app::App;
use crate::pages::filters;
use crate::pages::frame::Frame;
use crate::pages::refusal::PageResult;
use crate::pages::visit::Visit;
use crate::params::Params;

#[derive(Template)]
#[template(path = "admin_crates.html")]
pub(super) struct CratesPage {
    pub(super) frame: Frame,
    pub(super) text: String,
    pub(super) owner: String,
    pub(super) crates: Vec<CrateSummary>,
    /// The query of the page behind this one.
    pub(super) next: Option<String>,
}

pub(super) async fn list(State(app): State<App>, visit: Visit, params: Params) -> PageResult {
    let text = |key: &str| params.text(key).map(|text| text.map(str::trim).unwrap_or_default().to_owned());
    let (text, owner) = (text("q")?, text("owner")?);
    let query = CrateQuery {
        text: Some(text.clone()),
        owner: Some(owner.clone()).filter(|owner| !owner.is_empty()),
        before: params.number("before")?,
    };
    let mut crates = app.registry.list_crates_to_administrate(visit.call(), &query, ASKED).await?;
    let has_more = cut(&mut crates);
    let last = crates.last().filter(|_| has_more);
    let next = last.map(|last| params.link("before", &last.id.to_string()));
    visit.page(&CratesPage { frame: super::frame(&visit), text, owner, crates, next })
}
