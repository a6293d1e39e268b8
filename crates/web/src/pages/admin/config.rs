//! The configuration as the server sees it. Secrets are masked before they get here.

use askama::Template;
use axum::extract::State;

use crate::app::{App, ConfigSection};
use crate::pages::frame::Frame;
use crate::pages::refusal::PageResult;
use crate::pages::visit::Visit;

#[derive(Template)]
#[template(path = "admin_config.html")]
pub(super) struct ConfigPage<'a> {
    pub(super) frame: Frame,
    pub(super) sections: &'a [ConfigSection],
}

pub(super) async fn show(State(app): State<App>, visit: Visit) -> PageResult {
    visit.page(&ConfigPage { frame: super::frame(&visit), sections: app.config() })
}
