//! Somebody's address, and what they are written about.

use askama::Template;
use axum::extract::State;
use cargohold_protocol::api::OwnUser;
use cargohold_registry::UserChange;

use crate::app::App;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageResult, redirect};
use crate::pages::visit::Visit;

#[derive(Template)]
#[template(path = "settings_email.html")]
pub(super) struct Email {
    pub(super) frame: Frame,
    pub(super) form: Form,
    pub(super) user: OwnUser,
    /// Whether this registry writes mails at all.
    pub(super) sends_mail: bool,
}

impl Email {
    async fn show(app: &App, visit: &Visit, form: Option<Form>) -> PageResult {
        let user = app.registry.me(visit.call()).await?.user;
        let form = form.unwrap_or_else(|| Form::with(&[("email", user.email.as_deref().unwrap_or_default())]));
        visit
            .page_with(form.status(), &Self { frame: visit.frame(), form, user, sends_mail: app.registry.sends_mail() })
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit) -> PageResult {
    visit.signed_in()?;
    Email::show(&app, &visit, None).await
}

pub(super) async fn change(State(app): State<App>, visit: Visit, form: Form) -> PageResult {
    let id = visit.signed_in()?.id;
    let change = UserChange { email: Some(form.text("email").to_owned()), ..UserChange::default() };
    match app.registry.change_user(visit.call(), id, &change).await {
        Ok(()) if app.registry.sends_mail() => Ok(redirect("/settings/email?done=confirmation-sent")),
        Ok(()) => Ok(redirect("/settings/email?done=address-saved")),
        Err(error) => Email::show(&app, &visit, Some(form.refused_by("email", error)?)).await,
    }
}

pub(super) async fn resend(State(app): State<App>, visit: Visit, _: Form) -> PageResult {
    let id = visit.signed_in()?.id;
    app.registry.resend_confirmation(visit.call(), id).await?;
    Ok(redirect("/settings/email?done=confirmation-sent"))
}

pub(super) async fn set_notifications(State(app): State<App>, visit: Visit, form: Form) -> PageResult {
    let id = visit.signed_in()?.id;
    let publish_notifications = Some(form.has("publish_notifications"));
    let change = UserChange { publish_notifications, ..UserChange::default() };
    app.registry.change_user(visit.call(), id, &change).await?;
    Ok(redirect("/settings/email?done=notifications-set"))
}
