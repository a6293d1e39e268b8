//! Choosing another password: in the settings, and at sign-in in place of one that somebody else has chosen.

use askama::Template;
use axum::extract::State;
use cargohold_registry::{Error, SignedIn};

use super::destination::{Destination, add_cookie};
use super::security::Security;
use super::sign_in::go_on;
use crate::api::session::cookie_of;
use crate::app::App;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageError, PageResult, redirect};
use crate::pages::visit::Visit;
use crate::params::Params;

/// The form with which a password from somebody else is replaced.
#[derive(Template)]
#[template(path = "sign_in_password.html")]
pub(super) struct ChoosePassword {
    pub(super) frame: Frame,
    pub(super) form: Form,
}

impl ChoosePassword {
    fn show(visit: &Visit, form: Form) -> PageResult {
        visit.form_page(form.status(), |frame| visit.page(&Self { frame, form }))
    }
}

pub(super) async fn show(visit: Visit, params: Params) -> PageResult {
    if visit.viewer().is_some() {
        return Ok(redirect("/settings/security"));
    }
    let to = params.text("to")?.unwrap_or_default();
    if !visit.must_change_password() {
        return Ok(redirect(&Destination::of(to).by("/sign-in")));
    }
    ChoosePassword::show(&visit, Form::with(&[("to", to)]))
}

pub(super) async fn choose(State(app): State<App>, visit: Visit, form: Form) -> PageResult {
    let to = Destination::of(form.text("to"));
    match replace(&app, &visit, form).await? {
        Ok(signed_in) => go_on(&app, &visit, &signed_in, &to).await,
        Err(form) => ChoosePassword::show(&visit, form),
    }
}

pub(super) async fn change(State(app): State<App>, visit: Visit, form: Form) -> PageResult {
    visit.signed_in()?;
    match replace(&app, &visit, form).await? {
        Ok(signed_in) => {
            let mut response = redirect("/settings/security?done=password-changed");
            add_cookie(&mut response, &cookie_of(&app, &signed_in));
            Ok(response)
        }
        Err(form) => Security::show(&app, &visit, form).await,
    }
}

/// Replaces the password as a form says; answers the form with what is wrong if that cannot be done.
async fn replace(app: &App, visit: &Visit, form: Form) -> Result<Result<SignedIn, Form>, PageError> {
    let (old, new) = (form.raw("old"), form.raw("new"));
    if new != form.raw("again") {
        return Ok(Err(form.refused("again", "this is not the same password; type the new one twice")));
    }
    Ok(match app.registry.change_password(visit.call(), old, new).await {
        Ok(signed_in) => Ok(signed_in),
        Err(error @ Error::SignInRefused) => Err(form.refused_by("old", error)?),
        Err(error @ Error::WeakPassword(_)) => Err(form.refused_by("new", error)?),
        Err(error) => Err(form.refused_by("", error)?),
    })
}
