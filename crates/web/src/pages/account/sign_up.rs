//! How new people get an account: with a password, or because a provider vouches for them.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use cargohold_registry::{Error, ListedProvider, NewAccount, PendingSignUp, SignUp};

use super::destination::Destination;
use super::sign_in::go_on;
use crate::api::elsewhere::{forget_pending, pending};
use crate::app::App;
use crate::extract::PathText;
use crate::pages::at::At;
use crate::pages::filters;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageResult, redirect};
use crate::pages::visit::Visit;

/// Where somebody with a new account begins.
const FIRST_PAGE: &str = "/dashboard?done=signed-up";

/// How to get an account with a password, or that one cannot.
#[derive(Template)]
#[template(path = "sign_up.html")]
pub(super) struct SignUpPage {
    pub(super) frame: Frame,
    pub(super) form: Form,
    pub(super) rule: SignUp,
    pub(super) providers: Vec<ListedProvider>,
}

impl SignUpPage {
    fn show(app: &App, visit: &Visit, form: Form) -> PageResult {
        visit.form_page(form.status(), |frame| {
            let (rule, providers) = (app.registry.sign_up_rule(), app.registry.list_providers());
            visit.page(&Self { frame, form, rule, providers })
        })
    }

    /// Whether there is a field for an invitation.
    fn asks_for_invitation(&self) -> bool {
        self.rule == SignUp::Invite || self.form.some("invitation").is_some()
    }
}

/// An account for whom a provider vouches for.
#[derive(Template)]
#[template(path = "sign_up_pending.html")]
pub(super) struct SignUpPending {
    pub(super) frame: Frame,
    pub(super) form: Form,
    /// The login they would get, if it is free.
    pub(super) login: String,
    pub(super) rule: SignUp,
}

impl SignUpPending {
    fn show(app: &App, visit: &Visit, login: String, form: Form) -> PageResult {
        let rule = app.registry.sign_up_rule();
        visit.form_page(form.status(), |frame| visit.page(&Self { frame, form, login, rule }))
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit) -> PageResult {
    match visit.viewer() {
        Some(_) => Ok(redirect(Destination::of("").path())),
        None => SignUpPage::show(&app, &visit, Form::default()),
    }
}

/// The form for whoever has the secret of an invitation.
pub(super) async fn show_invited(
    State(app): State<App>,
    visit: Visit,
    At(PathText(secret)): At<PathText>,
) -> PageResult {
    let email = app.registry.find_invited_address(visit.call(), &secret).await?;
    let form = Form::with(&[("invitation", &secret), ("email", email.as_deref().unwrap_or_default())]);
    SignUpPage::show(&app, &visit, form)
}

pub(super) async fn sign_up(State(app): State<App>, visit: Visit, form: Form) -> PageResult {
    let wanted = NewAccount {
        login: form.text("login").to_owned(),
        email: form.text("email").to_owned(),
        password: form.raw("password").to_owned(),
        invitation: form.some("invitation").map(str::to_owned),
    };
    match app.registry.sign_up(visit.call(), &wanted).await {
        Ok(signed_in) => go_on(&app, &visit, &signed_in, &Destination::of(FIRST_PAGE)).await,
        // Of what is refused here, only a login has no error of its own.
        Err(error @ Error::Refused(_)) => SignUpPage::show(&app, &visit, form.refused_by("login", error)?),
        Err(error) => SignUpPage::show(&app, &visit, form.refused_by(field_of(&error), error)?),
    }
}

/// Asks whoever comes back from a provider without an account whether they want one.
pub(super) async fn show_pending(State(app): State<App>, visit: Visit, headers: HeaderMap) -> PageResult {
    let secret = pending(&app, &headers);
    let PendingSignUp { login, email } = app.registry.find_sign_up(visit.call(), secret.as_ref()).await?;
    let form = Form::with(&[("email", email.as_deref().unwrap_or_default())]);
    SignUpPending::show(&app, &visit, login, form)
}

pub(super) async fn decide(State(app): State<App>, visit: Visit, headers: HeaderMap, form: Form) -> PageResult {
    let secret = pending(&app, &headers);
    let login = app.registry.find_sign_up(visit.call(), secret.as_ref()).await?.login;
    let (email, invitation) = (form.text("email"), form.some("invitation"));
    let signed_in = app.registry.sign_up_elsewhere(visit.call(), secret.as_ref(), email, invitation).await;
    match signed_in {
        Ok(signed_in) => {
            let mut response = go_on(&app, &visit, &signed_in, &Destination::kept(&app, &headers)).await?;
            forget_pending(&app, &mut response);
            Destination::forget(&app, &mut response);
            Ok(response)
        }
        Err(error) => SignUpPending::show(&app, &visit, login, form.refused_by(field_of(&error), error)?),
    }
}

/// Forgets whom a provider vouches for.
pub(super) async fn forget(State(app): State<App>, visit: Visit, headers: HeaderMap, _: Form) -> PageResult {
    app.registry.forget_sign_up(visit.call(), pending(&app, &headers).as_ref()).await?;
    let mut response = redirect("/sign-in");
    forget_pending(&app, &mut response);
    Destination::forget(&app, &mut response);
    Ok(response)
}

/// The field beside which a refusal belongs.
fn field_of(error: &Error) -> &'static str {
    match error {
        Error::LoginTaken(_) => "login",
        Error::NoMailbox(_) => "email",
        Error::WeakPassword(_) => "password",
        Error::InvitationNeeded => "invitation",
        _ => "",
    }
}
