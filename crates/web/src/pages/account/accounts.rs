//! The accounts at providers that somebody signs in with.

use askama::Template;
use axum::extract::State;
use cargohold_registry::{ListedIdentity, ListedProvider};

use super::destination::add_cookie;
use crate::api::elsewhere::pending_cookie;
use crate::app::App;
use crate::extract::PathId;
use crate::pages::at::At;
use crate::pages::filters;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageResult, redirect};
use crate::pages::visit::Visit;

#[derive(Template)]
#[template(path = "settings_accounts.html")]
pub(super) struct Accounts {
    pub(super) frame: Frame,
    pub(super) form: Form,
    pub(super) identities: Vec<ListedIdentity>,
    pub(super) providers: Vec<ListedProvider>,
}

/// The way to a provider. A form may not be answered by a redirect to another site, so this page leads on.
#[derive(Template)]
#[template(path = "leaving.html")]
pub(super) struct Leaving {
    pub(super) frame: Frame,
    /// What people call the provider.
    pub(super) title: String,
    /// Where to.
    pub(super) url: String,
}

impl Accounts {
    async fn show(app: &App, visit: &Visit, form: Form) -> PageResult {
        let identities = app.registry.list_identities(visit.call()).await?;
        let providers = app.registry.list_providers();
        visit.page_with(form.status(), &Self { frame: visit.frame(), form, identities, providers })
    }

    /// What people call a provider, even if it is not offered any more.
    fn title<'a>(&'a self, name: &'a str) -> &'a str {
        self.providers.iter().find(|it| it.name == name).map_or(name, |it| &it.title)
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit) -> PageResult {
    visit.signed_in()?;
    Accounts::show(&app, &visit, Form::default()).await
}

pub(super) async fn link(State(app): State<App>, visit: Visit, form: Form) -> PageResult {
    visit.signed_in()?;
    let name = form.text("provider");
    let begun = app.registry.begin_elsewhere(visit.call(), Some(name), true).await?;
    let provider = app.registry.list_providers().into_iter().find(|it| it.name == name);
    let title = provider.map_or_else(|| name.to_owned(), |it| it.title);
    let mut response = visit.secret_page(&Leaving { frame: visit.frame(), title, url: begun.url })?;
    add_cookie(&mut response, &pending_cookie(&app, &begun.secret));
    Ok(response)
}

pub(super) async fn unlink(State(app): State<App>, visit: Visit, At(PathId(id)): At<PathId>, form: Form) -> PageResult {
    visit.signed_in()?;
    match app.registry.unlink(visit.call(), id).await {
        Ok(()) => Ok(redirect("/settings/accounts?done=account-unlinked")),
        Err(error) => Accounts::show(&app, &visit, form.refused_by("", error)?).await,
    }
}
