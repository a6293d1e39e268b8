//! Who somebody is here.

use askama::Template;
use axum::extract::State;
use cargohold_protocol::api::OwnUser;
use cargohold_registry::ListedIdentity;

use crate::app::App;
use crate::pages::filters;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageResult, redirect};
use crate::pages::visit::Visit;

#[derive(Template)]
#[template(path = "settings_profile.html")]
pub(super) struct Profile {
    pub(super) frame: Frame,
    pub(super) form: Form,
    pub(super) user: OwnUser,
    pub(super) identities: Vec<ListedIdentity>,
}

impl Profile {
    async fn show(app: &App, visit: &Visit, form: Option<Form>) -> PageResult {
        visit.signed_in()?;
        let user = app.registry.me(visit.call()).await?.user;
        let identities = app.registry.list_identities(visit.call()).await?;
        let form = form.unwrap_or_else(|| Form::with(&[("name", user.name.as_deref().unwrap_or_default())]));
        visit.page_with(form.status(), &Self { frame: visit.frame(), form, user, identities })
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit) -> PageResult {
    Profile::show(&app, &visit, None).await
}

pub(super) async fn change(State(app): State<App>, visit: Visit, form: Form) -> PageResult {
    match app.registry.change_name(visit.call(), form.text("name")).await {
        Ok(()) => Ok(redirect("/settings/profile?done=name-changed")),
        Err(error) => Profile::show(&app, &visit, Some(form.refused_by("name", error)?)).await,
    }
}
