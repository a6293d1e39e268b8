//! Signing in by login and password, by the code of a second factor, and out again.

use askama::Template;
use axum::extract::State;
use cargohold_registry::{Call, ListedProvider, NextStep, SignUp, SignedIn};

use super::destination::{Destination, add_cookie};
use crate::api::session::{cookie_of, no_cookie};
use crate::app::App;
use crate::pages::NEW_PASSWORD;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageResult, redirect};
use crate::pages::visit::Visit;
use crate::params::Params;

/// Where the code of a second factor is asked for.
const CODE: &str = "/sign-in/code";

/// The ways in.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub(super) struct SignIn {
    pub(super) frame: Frame,
    pub(super) form: Form,
    pub(super) providers: Vec<ListedProvider>,
    pub(super) to: Destination,
    pub(super) sign_up: SignUp,
}

impl SignIn {
    fn show(app: &App, visit: &Visit, form: Form) -> PageResult {
        let to = Destination::of(form.text("to"));
        visit.form_page(form.status(), |frame| {
            let (providers, sign_up) = (app.registry.list_providers(), app.registry.sign_up_rule());
            visit.page(&Self { frame, form, providers, to, sign_up })
        })
    }
}

/// The form for the code of a second factor.
#[derive(Template)]
#[template(path = "sign_in_code.html")]
pub(super) struct SignInCode {
    pub(super) frame: Frame,
    pub(super) form: Form,
}

impl SignInCode {
    fn show(visit: &Visit, form: Form) -> PageResult {
        visit.form_page(form.status(), |frame| visit.page(&Self { frame, form }))
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit, params: Params) -> PageResult {
    let to = params.text("to")?.unwrap_or_default();
    if visit.viewer().is_some() {
        return Ok(redirect(Destination::of(to).path()));
    }
    if visit.must_change_password() {
        return Ok(redirect(&Destination::of(to).by(NEW_PASSWORD)));
    }
    SignIn::show(&app, &visit, Form::with(&[("to", to)]))
}

pub(super) async fn sign_in(State(app): State<App>, visit: Visit, form: Form) -> PageResult {
    match app.registry.sign_in(visit.call(), form.text("login"), form.raw("password")).await {
        Ok(signed_in) => go_on(&app, &visit, &signed_in, &Destination::of(form.text("to"))).await,
        Err(error) => SignIn::show(&app, &visit, form.refused_by("", error)?),
    }
}

pub(super) async fn show_code(visit: Visit, params: Params) -> PageResult {
    let to = params.text("to")?.unwrap_or_default();
    match visit.viewer() {
        Some(_) => Ok(redirect(Destination::of(to).path())),
        None => SignInCode::show(&visit, Form::with(&[("to", to)])),
    }
}

pub(super) async fn complete(State(app): State<App>, visit: Visit, form: Form) -> PageResult {
    match app.registry.complete_sign_in(visit.call(), form.text("code")).await {
        Ok(signed_in) => go_on(&app, &visit, &signed_in, &Destination::of(form.text("to"))).await,
        Err(error) => SignInCode::show(&visit, form.refused_by("code", error)?),
    }
}

pub(super) async fn sign_out(State(app): State<App>, visit: Visit, _: Form) -> PageResult {
    app.registry.sign_out(visit.call()).await?;
    let mut response = redirect(if app.is_private() { "/sign-in?done=signed-out" } else { "/?done=signed-out" });
    add_cookie(&mut response, &no_cookie(&app));
    Ok(response)
}

/// Gives the browser its session and leads it to the next step, or to where it wanted to go.
///
/// # Errors
/// When the account is locked.
pub(super) async fn go_on(app: &App, visit: &Visit, signed_in: &SignedIn, to: &Destination) -> PageResult {
    let next = match signed_in.next {
        NextStep::SecondFactor => to.by(CODE),
        NextStep::NewPassword => to.by(NEW_PASSWORD),
        NextStep::None => {
            let call = Call { session: Some(signed_in.secret.clone()), ..visit.call().clone() };
            app.registry.who_is_signed_in(&call).await?;
            to.path().to_owned()
        }
    };
    let mut response = redirect(&next);
    add_cookie(&mut response, &cookie_of(app, signed_in));
    Ok(response)
}
