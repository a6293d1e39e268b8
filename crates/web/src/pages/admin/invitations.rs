//! Invitations to have an account.

use askama::Template;
use axum::extract::State;
use cargohold_protocol::Timestamp;
use cargohold_registry::{ListedInvitation, SignUp};

use super::refused;
use crate::app::App;
use crate::extract::PathId;
use crate::pages::at::At;
use crate::pages::filters;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageResult, redirect};
use crate::pages::visit::Visit;

#[derive(Template)]
#[template(path = "admin_invitations.html")]
pub(super) struct InvitationsPage {
    pub(super) frame: Frame,
    pub(super) rule: SignUp,
    pub(super) invitations: Vec<InvitationView>,
    /// The link of the invitation just made, shown this once.
    pub(super) link: Option<String>,
    pub(super) form: Form,
}

/// An invitation that is still good.
pub(super) struct InvitationView {
    pub(super) id: i64,
    pub(super) email: Option<String>,
    pub(super) inviter: String,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

impl InvitationView {
    fn of(listed: ListedInvitation) -> Self {
        let ListedInvitation { invitation, inviter } = listed;
        Self {
            id: invitation.id,
            email: invitation.email,
            inviter: inviter.unwrap_or_else(|| "(command line)".to_owned()),
            created_at: Timestamp::from_micros(invitation.created_at),
            expires_at: Timestamp::from_micros(invitation.expires_at),
        }
    }
}

impl InvitationsPage {
    async fn of(app: &App, visit: &Visit, link: Option<String>, form: Form) -> Result<Self, cargohold_registry::Error> {
        let listed = app.registry.list_sign_up_invitations(visit.call()).await?;
        let invitations = listed.into_iter().map(InvitationView::of).collect();
        Ok(Self { frame: super::frame(visit), rule: app.registry.sign_up_rule(), invitations, link, form })
    }

    /// Whether an invitation is worth anything here.
    fn is_closed(&self) -> bool {
        self.rule == SignUp::Closed
    }
}

pub(super) async fn list(State(app): State<App>, visit: Visit) -> PageResult {
    visit.page(&InvitationsPage::of(&app, &visit, None, Form::default()).await?)
}

pub(super) async fn create(State(app): State<App>, visit: Visit, form: Form) -> PageResult {
    match app.registry.invite(visit.call(), form.some("email")).await {
        Ok(secret) => {
            let link = format!("{}/sign-up/{secret}", app.base_url());
            visit.secret_page(&InvitationsPage::of(&app, &visit, Some(link), Form::default()).await?)
        }
        Err(error) => {
            let (status, form) = refused(form, "email", error)?;
            visit.page_with(status, &InvitationsPage::of(&app, &visit, None, form).await?)
        }
    }
}

pub(super) async fn withdraw(State(app): State<App>, visit: Visit, At(PathId(id)): At<PathId>, _: Form) -> PageResult {
    app.registry.withdraw_sign_up_invitation(visit.call(), id).await?;
    Ok(redirect("/admin/invitations?done=invitation-withdrawn"))
}
