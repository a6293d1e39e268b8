//! What links in mails lead to. Looking at such a page changes nothing, since programs that scan mails look, too; its button does.

use askama::Template;
use axum::extract::State;
use cargohold_registry::{Confirmation, MailedInvitation};

use crate::app::App;
use crate::extract::PathText;
use crate::pages::at::At;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::PageResult;
use crate::pages::visit::Visit;

/// What whoever has the link is about to do.
#[derive(Template)]
#[template(path = "mailed.html")]
pub(super) struct Mailed {
    pub(super) frame: Frame,
    pub(super) form: Form,
    pub(super) asked: Asked,
}

/// What was done.
#[derive(Template)]
#[template(path = "mailed_done.html")]
pub(super) struct MailedDone {
    pub(super) frame: Frame,
    pub(super) asked: Asked,
}

/// What a link is for.
pub(super) enum Asked {
    /// To confirm an address.
    Confirm(Confirmation),
    /// To own a crate.
    Own(MailedInvitation),
}

impl Mailed {
    fn show(visit: &Visit, form: Form, asked: Asked) -> PageResult {
        visit.form_page(form.status(), |frame| visit.page(&Self { frame, form, asked }))
    }
}

impl MailedDone {
    fn show(visit: &Visit, asked: Asked) -> PageResult {
        visit.secret_page(&Self { frame: visit.frame(), asked })
    }
}

type Secret = At<PathText>;

pub(super) async fn show_confirmation(
    State(app): State<App>,
    visit: Visit,
    At(PathText(secret)): Secret,
) -> PageResult {
    let confirmation = app.registry.find_confirmation(visit.call(), &secret).await?;
    Mailed::show(&visit, Form::default(), Asked::Confirm(confirmation))
}

pub(super) async fn confirm(State(app): State<App>, visit: Visit, At(PathText(secret)): Secret, _: Form) -> PageResult {
    let confirmation = app.registry.find_confirmation(visit.call(), &secret).await?;
    app.registry.confirm_email(visit.call(), &secret).await?;
    MailedDone::show(&visit, Asked::Confirm(confirmation))
}

pub(super) async fn show_invitation(State(app): State<App>, visit: Visit, At(PathText(secret)): Secret) -> PageResult {
    let invitation = app.registry.find_invitation_by_secret(visit.call(), &secret).await?;
    Mailed::show(&visit, Form::default(), Asked::Own(invitation))
}

pub(super) async fn accept(
    State(app): State<App>,
    visit: Visit,
    At(PathText(secret)): Secret,
    form: Form,
) -> PageResult {
    let invitation = app.registry.find_invitation_by_secret(visit.call(), &secret).await?;
    match app.registry.accept_invitation_by_secret(visit.call(), &secret).await {
        Ok(_) => MailedDone::show(&visit, Asked::Own(invitation)),
        Err(error) => Mailed::show(&visit, form.refused_by("", error)?, Asked::Own(invitation)),
    }
}
