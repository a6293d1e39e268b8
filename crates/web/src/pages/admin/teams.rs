//! The teams there are.

use askama::Template;
use axum::extract::State;
use cargohold_registry::CountedTeam;

use crate::app::App;
use crate::pages::filters;
use crate::pages::frame::Frame;
use crate::pages::refusal::PageResult;
use crate::pages::visit::Visit;

#[derive(Template)]
#[template(path = "admin_teams.html")]
pub(super) struct TeamsPage {
    pub(super) frame: Frame,
    pub(super) teams: Vec<TeamView>,
}

/// A team as the page shows it.
pub(super) struct TeamView {
    pub(super) login: String,
    pub(super) name: Option<String>,
    pub(super) provider: String,
    /// How many people are in it, if that is managed here.
    pub(super) members: Option<i64>,
    pub(super) crates: i64,
}

impl TeamView {
    fn of(counted: CountedTeam) -> Self {
        let CountedTeam { team, members, crates } = counted;
        let members = (team.provider == "local").then_some(members);
        Self { login: team.login, name: team.name, provider: team.provider, members, crates }
    }
}

pub(super) async fn list(State(app): State<App>, visit: Visit) -> PageResult {
    let listed = app.registry.list_teams(visit.call()).await?;
    let teams = listed.into_iter().map(TeamView::of).collect();
    visit.page(&TeamsPage { frame: super::frame(&visit), teams })
}
