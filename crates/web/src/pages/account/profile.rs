//! Who somebody is here.

use askama::Template;
use axum::extract::State;
use cargohold_protocol::api::OwnUser;
use cargohold_registry::ListedIdentity;

use crate::app::App;
use crate::pages::filters;
use crate::pages::frame::Frame;
use crate::pages::refusal::PageResult;
use crate::pages::visit::Visit;

#[derive(Template)]
#[template(path = "settings_profile.html")]
pub(super) struct Profile {
    pub(super) frame: Frame,
    pub(super) user: OwnUser,
    pub(super) identities: Vec<ListedIdentity>,
}

pub(super) async fn show(State(app): State<App>, visit: Visit) -> PageResult {
    visit.signed_in()?;
    let user = app.registry.me(visit.call()).await?.user;
    let identities = app.registry.list_identities(visit.call()).await?;
    visit.page(&Profile { frame: visit.frame(), user, identities })
}
