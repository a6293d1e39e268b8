//! The settings of a crate: who owns it, and what may publish it.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use cargohold_protocol::Timestamp;
use cargohold_protocol::api::{Crate, Owner};
use cargohold_registry::{InvitationFilter, InvitationPage, PublishersOf};

use super::pipeline::{Pipeline, list_pipelines};
use crate::app::App;
use crate::extract::CrateAt;
use crate::pages::at::At;
use crate::pages::filters;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageError, PageResult, redirect};
use crate::pages::visit::Visit;

/// How many open invitations are shown.
const MAX_INVITATIONS: usize = 100;

#[derive(Template)]
#[template(path = "crate_settings.html")]
pub(super) struct CrateSettings {
    frame: Frame,
    form: Form,
    krate: Crate,
    owners: Vec<Owner>,
    invitations: Vec<OpenInvitation>,
    pipelines: Vec<Pipeline>,
    /// Whether there is a host that builds documentation.
    has_docs_host: bool,
}

/// Somebody who has yet to say whether they want to own the crate.
struct OpenInvitation {
    login: String,
    inviter: String,
    expires_at: Timestamp,
}

impl CrateSettings {
    async fn load(app: &App, visit: &Visit, name: &str, form: Form) -> Result<Self, PageError> {
        visit.signed_in()?;
        let (registry, call) = (&app.registry, visit.call());
        let krate = registry.find_own_crate(call, name).await?;
        let actor = registry.authorize_invitation_list(call).await?;
        let filter = InvitationFilter::ToCrate(name);
        let open = registry.list_invitations(call, &actor, filter, None, MAX_INVITATIONS).await?;
        Ok(Self {
            frame: visit.frame(),
            form,
            owners: registry.list_owners(name).await?,
            invitations: open_invitations(&open),
            has_docs_host: registry.settings().docs_rebuild_url.is_some(),
            pipelines: list_pipelines(app, visit, &PublishersOf::Crate(krate.name.to_string())).await?,
            krate,
        })
    }

    /// Some person always owns a crate, so the last one has no button.
    fn may_be_removed(&self, owner: &Owner) -> bool {
        owner.kind == "team" || self.owners.iter().filter(|owner| owner.kind == "user").count() > 1
    }
}

fn open_invitations(page: &InvitationPage) -> Vec<OpenInvitation> {
    let login = |id: i64| {
        let user = page.users.iter().find(|user| user.id == id);
        user.map_or_else(String::new, |user| user.login.clone())
    };
    let open = page.invitations.iter().map(|invitation| OpenInvitation {
        login: login(invitation.invitee_id),
        inviter: login(invitation.inviter_id),
        expires_at: invitation.expires_at,
    });
    open.collect()
}

/// Where this page was at first.
pub(super) async fn moved(At(at): At<CrateAt>) -> Response {
    let to = format!("/crates/{}/settings", filters::path_segment(&at.name));
    (StatusCode::PERMANENT_REDIRECT, [(LOCATION, to)]).into_response()
}

pub(super) async fn show(State(app): State<App>, visit: Visit, At(at): At<CrateAt>) -> PageResult {
    show_with(&app, &visit, &at, Form::default()).await
}

pub(super) async fn add_owner(State(app): State<App>, visit: Visit, At(at): At<CrateAt>, form: Form) -> PageResult {
    let login = form.text("login").to_owned();
    let done = if login.contains(':') { "team-owns" } else { "owner-invited" };
    match app.registry.add_owners(visit.call(), &at.name, &[login]).await {
        Ok(_) => Ok(redirect(&format!("/crates/{}/settings?done={done}", at.name))),
        Err(error) => show_with(&app, &visit, &at, form.refused_by("login", error)?).await,
    }
}

pub(super) async fn remove_owner(State(app): State<App>, visit: Visit, At(at): At<CrateAt>, form: Form) -> PageResult {
    let login = form.text("owner").to_owned();
    let is_me = visit.signed_in()?.login == login;
    match app.registry.remove_owners(visit.call(), &at.name, &[login]).await {
        Ok(_) if is_me => Ok(redirect(&format!("/crates/{}?done=owner-left", at.name))),
        Ok(_) => Ok(redirect(&format!("/crates/{}/settings?done=owner-removed", at.name))),
        Err(error) => show_with(&app, &visit, &at, form.refused_by("", error)?).await,
    }
}

pub(super) async fn withdraw_invitation(
    State(app): State<App>,
    visit: Visit,
    At(at): At<CrateAt>,
    form: Form,
) -> PageResult {
    match app.registry.withdraw_owner_invitation(visit.call(), &at.name, form.text("login")).await {
        Ok(()) => Ok(redirect(&format!("/crates/{}/settings?done=owner-uninvited", at.name))),
        Err(error) => show_with(&app, &visit, &at, Form::default().refused_by("", error)?).await,
    }
}

pub(super) async fn set_trusted_only(
    State(app): State<App>,
    visit: Visit,
    At(at): At<CrateAt>,
    form: Form,
) -> PageResult {
    let wanted = form.has("trustpub_only");
    app.registry.change_settings(visit.call(), &at.name, Some(wanted)).await?;
    let done = if wanted { "trusted-only" } else { "not-trusted-only" };
    Ok(redirect(&format!("/crates/{}/settings?done={done}", at.name)))
}

async fn show_with(app: &App, visit: &Visit, at: &CrateAt, form: Form) -> PageResult {
    let page = CrateSettings::load(app, visit, &at.name, form).await?;
    visit.page_with(page.form.status(), &page)
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;
