//! Making a team.

use askama::Template;
use axum::extract::State;
use cargohold_registry::{Error, NewTeam};

use crate::app::App;
use crate::pages::filters;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageError, PageResult, redirect};
use crate::pages::visit::Visit;

#[derive(Template)]
#[template(path = "new_team.html")]
pub(super) struct NewTeamPage {
    pub(super) frame: Frame,
    pub(super) form: Form,
}

pub(in crate::pages::manage) async fn show(visit: Visit) -> PageResult {
    visit.administrator()?;
    visit.page(&NewTeamPage { frame: visit.frame(), form: Form::default() })
}

pub(in crate::pages::manage) async fn create(State(app): State<App>, visit: Visit, form: Form) -> PageResult {
    let new = NewTeam {
        org: form.text("org").to_owned(),
        team: form.text("team").to_owned(),
        name: form.some("name").map(str::to_owned),
    };
    match app.registry.create_team(visit.call(), &new).await {
        Ok(team) => Ok(redirect(&format!("/teams/{}/edit?done=team-created", filters::path_segment(&team.login)))),
        Err(error) => {
            let form = refused(form, error)?;
            visit.page_with(form.status(), &NewTeamPage { frame: visit.frame(), form })
        }
    }
}

/// The form with a refusal beside the part of the name it speaks of.
fn refused(form: Form, error: Error) -> Result<Form, PageError> {
    let text = error.to_string();
    let is_about = |name: &str| text.starts_with(&format!("`{}` cannot be part", form.text(name)));
    let field = match () {
        () if is_about("org") => "org",
        () if is_about("team") => "team",
        () if text.contains("display name") => "name",
        () => "",
    };
    form.refused_by(field, error)
}
