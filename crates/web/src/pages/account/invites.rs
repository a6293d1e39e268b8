//! Somebody's invitations to own crates.

use askama::Template;
use axum::extract::State;
use cargohold_protocol::Timestamp;
use cargohold_registry::{InvitationFilter, InvitationPage};

use crate::app::App;
use crate::extract::PathId;
use crate::pages::at::At;
use crate::pages::filters;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageResult, redirect};
use crate::pages::visit::Visit;
use crate::params::Params;
use crate::seek;

/// How many invitations a page has.
const PER_PAGE: usize = 50;

#[derive(Template)]
#[template(path = "invites.html")]
pub(super) struct Invites {
    pub(super) frame: Frame,
    pub(super) form: Form,
    pub(super) invitations: Vec<InvitationView>,
    /// Where there are more.
    pub(super) next: Option<String>,
}

/// An invitation to own a crate.
pub(super) struct InvitationView {
    pub(super) crate_id: i64,
    pub(super) krate: String,
    pub(super) inviter: String,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

impl Invites {
    fn new(frame: Frame, form: Form, page: InvitationPage) -> Self {
        let next = page.next.map(|next| format!("/me/pending-invites?seek={}", seek::encode_invitation(next)));
        let users = page.users;
        let login = |id: i64| users.iter().find(|user| user.id == id).map(|user| user.login.clone());
        let view = |it: cargohold_protocol::api::OwnerInvitation| InvitationView {
            crate_id: it.crate_id,
            krate: it.crate_name,
            inviter: login(it.inviter_id).unwrap_or_default(),
            created_at: it.created_at,
            expires_at: it.expires_at,
        };
        Self { frame, form, invitations: page.invitations.into_iter().map(view).collect(), next }
    }

    async fn show(app: &App, visit: &Visit, form: Form, seek: Option<&str>) -> PageResult {
        let actor = app.registry.authorize_invitation_list(visit.call()).await?;
        let after = seek.map(seek::decode_invitation).transpose()?;
        let filter = InvitationFilter::OfUser(actor.user.id);
        let page = app.registry.list_invitations(visit.call(), &actor, filter, after, PER_PAGE).await?;
        visit.page_with(form.status(), &Self::new(visit.frame(), form, page))
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit, params: Params) -> PageResult {
    visit.signed_in()?;
    Invites::show(&app, &visit, Form::default(), params.text("seek")?).await
}

pub(super) async fn accept(State(app): State<App>, visit: Visit, At(PathId(id)): At<PathId>, form: Form) -> PageResult {
    answer(&app, &visit, id, true, form).await
}

pub(super) async fn decline(
    State(app): State<App>,
    visit: Visit,
    At(PathId(id)): At<PathId>,
    form: Form,
) -> PageResult {
    answer(&app, &visit, id, false, form).await
}

async fn answer(app: &App, visit: &Visit, crate_id: i64, is_accepted: bool, form: Form) -> PageResult {
    visit.signed_in()?;
    let done = if is_accepted { "invitation-accepted" } else { "invitation-declined" };
    match app.registry.answer_invitation(visit.call(), crate_id, is_accepted).await {
        Ok(()) => Ok(redirect(&format!("/me/pending-invites?done={done}"))),
        Err(error) => Invites::show(app, visit, form.refused_by("", error)?, None).await,
    }
}
