//! People and teams, and what they own.

use askama::Template;
use axum::extract::State;
use cargohold_protocol::api::{Team, TeamMember, User};
use cargohold_registry::Group;

use super::shelf::{OF_AN_INDEX, Selection, Shelf};
use crate::app::App;
use crate::extract::PathText;
use crate::pages::at::At;
use crate::pages::filters;
use crate::pages::frame::Frame;
use crate::pages::refusal::PageResult;
use crate::pages::visit::Visit;
use crate::params::Params;

#[derive(Template)]
#[template(path = "user.html")]
struct UserPage {
    frame: Frame,
    user: User,
    /// All downloads of their crates.
    downloads: i64,
    shelf: Shelf,
}

#[derive(Template)]
#[template(path = "team.html")]
struct TeamPage {
    frame: Frame,
    team: Team,
    /// Who is in it, if that is decided here.
    members: Option<Vec<TeamMember>>,
    shelf: Shelf,
}

impl UserPage {
    /// Their page elsewhere.
    fn elsewhere(&self) -> Option<&str> {
        Some(self.user.url.as_str()).filter(|url| is_web(url) && !url.starts_with(&self.frame.base_url))
    }

    /// What people call them.
    fn title(&self) -> &str {
        self.user.name.as_deref().unwrap_or(&self.user.login)
    }
}

impl TeamPage {
    /// What people call it.
    fn title(&self) -> &str {
        self.team.name.as_deref().unwrap_or(&self.team.login)
    }

    /// Whether whoever looks decides who is in it; the pages for that ask again.
    fn may_change(&self) -> bool {
        let mut members = self.members.iter().flatten();
        self.frame.is_admin() || members.any(|member| member.is_maintainer && self.frame.is_me(&member.login))
    }

    /// The page of its organisation.
    fn elsewhere(&self) -> Option<&str> {
        self.team.url.as_deref().filter(|url| is_web(url))
    }
}

/// Shows a person. What they have yanked altogether is for their own eyes.
pub(super) async fn user(
    State(app): State<App>,
    visit: Visit,
    At(PathText(login)): At<PathText>,
    params: Params,
) -> PageResult {
    let (frame, user) = (visit.frame(), app.registry.find_user(&login).await?);
    let downloads = app.registry.count_downloads_of_owner(user.id).await?;
    let (group, hide_yanked) = (Some(Group::User(user.id)), !frame.is_me(&user.login));
    let selection = Selection { group, hide_yanked, ..Selection::all(visit.path(), OF_AN_INDEX) };
    let shelf = selection.load(&app, &params).await?;
    visit.page(&UserPage { frame, user, downloads, shelf })
}

pub(super) async fn team(
    State(app): State<App>,
    visit: Visit,
    At(PathText(login)): At<PathText>,
    params: Params,
) -> PageResult {
    let team = app.registry.find_team(&login).await?;
    let is_local = team.login.starts_with("local:");
    let members = if is_local { Some(app.registry.list_team_members(&team.login).await?) } else { None };
    let selection =
        Selection { group: Some(Group::Team(team.id)), hide_yanked: true, ..Selection::all(visit.path(), OF_AN_INDEX) };
    let shelf = selection.load(&app, &params).await?;
    visit.page(&TeamPage { frame: visit.frame(), team, members, shelf })
}

/// The letter that stands for somebody in place of a picture.
fn initial(name: &str) -> String {
    let letter = name.chars().find(|letter| letter.is_alphanumeric());
    letter.map_or_else(|| "·".to_owned(), |letter| letter.to_uppercase().collect())
}

fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;
