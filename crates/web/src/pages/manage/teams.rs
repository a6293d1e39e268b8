//! Teams that are managed here: what they are called, and who is in them.

pub(super) mod new;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use cargohold_registry::{ManagedTeam, NewMember};

use crate::app::App;
use crate::extract::PathText;
use crate::pages::at::At;
use crate::pages::filters;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageError, PageResult, redirect};
use crate::pages::visit::Visit;

#[derive(Template)]
#[template(path = "edit_team.html")]
pub(super) struct EditTeam {
    frame: Frame,
    form: Form,
    managed: ManagedTeam,
}

impl EditTeam {
    async fn load(app: &App, visit: &Visit, login: &str, form: Form) -> Result<Self, PageError> {
        visit.signed_in()?;
        let managed = app.registry.find_managed_team(visit.call(), login).await?;
        let form = form.completed("name", managed.team.name.as_deref().unwrap_or_default());
        Ok(Self { frame: visit.frame(), form, managed })
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit, At(PathText(login)): At<PathText>) -> PageResult {
    show_with(&app, &visit, &login, Form::default()).await
}

pub(super) async fn rename(
    State(app): State<App>,
    visit: Visit,
    At(PathText(login)): At<PathText>,
    form: Form,
) -> PageResult {
    match app.registry.rename_team(visit.call(), &login, form.some("name")).await {
        Ok(_) => Ok(back_to(&login, "team-renamed")),
        Err(error) => show_with(&app, &visit, &login, form.refused_by("name", error)?).await,
    }
}

pub(super) async fn put_member(
    State(app): State<App>,
    visit: Visit,
    At(PathText(team)): At<PathText>,
    form: Form,
) -> PageResult {
    let member = NewMember { login: form.text("login").to_owned(), is_maintainer: form.has("maintainer") };
    match app.registry.put_team_members(visit.call(), &team, &[member]).await {
        Ok(_) => Ok(back_to_team(&app, &visit, &team, "member-put").await?),
        Err(error) => show_with(&app, &visit, &team, form.refused_by("login", error)?).await,
    }
}

pub(super) async fn remove_member(
    State(app): State<App>,
    visit: Visit,
    At(PathText(team)): At<PathText>,
    form: Form,
) -> PageResult {
    let login = form.text("member").to_owned();
    match app.registry.remove_team_members(visit.call(), &team, &[login]).await {
        Ok(_) => Ok(back_to_team(&app, &visit, &team, "member-removed").await?),
        Err(error) => show_with(&app, &visit, &team, form.refused_by("", error)?).await,
    }
}

pub(super) async fn delete(
    State(app): State<App>,
    visit: Visit,
    At(PathText(login)): At<PathText>,
    form: Form,
) -> PageResult {
    match app.registry.delete_team(visit.call(), &login).await {
        Ok(()) => Ok(redirect("/?done=team-deleted")),
        Err(error) => show_with(&app, &visit, &login, form.refused_by("", error)?).await,
    }
}

async fn show_with(app: &App, visit: &Visit, login: &str, form: Form) -> PageResult {
    let page = EditTeam::load(app, visit, login, form).await?;
    visit.page_with(page.form.status(), &page)
}

fn back_to(login: &str, done: &str) -> Response {
    redirect(&format!("/teams/{}/edit?done={done}", filters::path_segment(login)))
}

/// Back to this page, or to the page that everybody sees for a maintainer who no longer is one.
async fn back_to_team(app: &App, visit: &Visit, login: &str, done: &str) -> Result<Response, PageError> {
    if app.registry.may_manage_team(visit.call(), login).await? {
        return Ok(back_to(login, done));
    }
    Ok(redirect(&format!("/teams/{}?done={done}", filters::path_segment(login))))
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;
