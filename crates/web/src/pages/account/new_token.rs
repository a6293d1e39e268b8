//! Making an API token. Its secret is shown once, on the page that answers the form.

use askama::Template;
use axum::extract::State;
use cargohold_protocol::api::ApiTokenWithSecret;
use cargohold_registry::Scope;

use super::patterns::Explained;
use super::token_form::{LIFETIMES, blank, explain, meaning, wanted};
use crate::app::App;
use crate::pages::filters;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::PageResult;
use crate::pages::visit::Visit;
use crate::params::Params;

#[derive(Template)]
#[template(path = "settings_new_token.html")]
pub(super) struct NewToken {
    pub(super) frame: Frame,
    pub(super) form: Form,
    /// Each scope with what it lets a token do.
    pub(super) scopes: [(&'static str, &'static str); 6],
    pub(super) lifetimes: [(&'static str, &'static str); 7],
    pub(super) explained: Vec<Explained>,
    /// Whether tokens without scopes may be made.
    pub(super) offers_everything: bool,
    /// Why nobody may create tokens at the moment.
    pub(super) disabled: Option<String>,
}

/// A token that was just made.
#[derive(Template)]
#[template(path = "settings_token_made.html")]
pub(super) struct TokenMade {
    pub(super) frame: Frame,
    pub(super) made: ApiTokenWithSecret,
}

impl NewToken {
    pub(super) fn new(frame: Frame, form: Form, offers_everything: bool, disabled: Option<String>) -> Self {
        let scopes = Scope::ALL.map(|scope| (scope.as_str(), meaning(scope)));
        let explained = explain(&form);
        Self { frame, form, scopes, lifetimes: LIFETIMES, explained, offers_everything, disabled }
    }

    fn show(app: &App, visit: &Visit, form: Form) -> PageResult {
        let settings = app.registry.settings();
        let (everything, disabled) = (settings.policy.legacy_tokens, settings.tokens.creation_disabled.clone());
        visit.page_with(form.status(), &Self::new(visit.frame(), form, everything, disabled))
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit, params: Params) -> PageResult {
    visit.signed_in()?;
    let from = match params.number::<i32>("from")? {
        Some(id) => Some(app.registry.find_my_token(visit.call(), id.into()).await?),
        None => None,
    };
    NewToken::show(&app, &visit, blank(from.as_ref()))
}

pub(super) async fn create(State(app): State<App>, visit: Visit, form: Form) -> PageResult {
    visit.signed_in()?;
    if form.has("explain") {
        return NewToken::show(&app, &visit, form);
    }
    let wanted = match wanted(&form, visit.call().now) {
        Ok(wanted) => wanted,
        Err((field, problem)) => return NewToken::show(&app, &visit, form.refused(field, &problem)),
    };
    let field = if wanted.name.is_empty() { "name" } else { "" };
    match app.registry.create_my_token(visit.call(), &wanted).await {
        Ok(made) => visit.secret_page(&TokenMade { frame: visit.frame(), made }),
        Err(error) => NewToken::show(&app, &visit, form.refused_by(field, error)?),
    }
}
