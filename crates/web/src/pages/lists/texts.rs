//! What the registry says of itself: its rules, its data, how to use it.

use askama::Template;
use axum::extract::State;
use cargohold_registry::Policy;

use crate::app::App;
use crate::pages::frame::Frame;
use crate::pages::refusal::PageResult;
use crate::pages::visit::Visit;

#[derive(Template)]
#[template(path = "policies.html")]
struct PoliciesPage {
    frame: Frame,
    policy: Policy,
    /// Whether there is somebody to write to.
    has_contact: bool,
}

#[derive(Template)]
#[template(path = "security.html")]
struct SecurityPage {
    frame: Frame,
    has_contact: bool,
}

#[derive(Template)]
#[template(path = "data_access.html")]
struct DataPage {
    frame: Frame,
    /// Whether every version has an archive of its source that can be read in parts.
    has_source_archives: bool,
}

#[derive(Template)]
#[template(path = "help.html")]
struct HelpPage {
    frame: Frame,
}

pub(super) async fn policies(State(app): State<App>, visit: Visit) -> PageResult {
    let policy = app.registry.settings().policy;
    visit.page(&PoliciesPage { frame: visit.frame(), policy, has_contact: has_contact(&app) })
}

pub(super) async fn security(State(app): State<App>, visit: Visit) -> PageResult {
    visit.page(&SecurityPage { frame: visit.frame(), has_contact: has_contact(&app) })
}

pub(super) async fn data_access(State(app): State<App>, visit: Visit) -> PageResult {
    let has_source_archives = app.registry.settings().source_archives;
    visit.page(&DataPage { frame: visit.frame(), has_source_archives })
}

pub(super) async fn help(visit: Visit) -> PageResult {
    visit.page(&HelpPage { frame: visit.frame() })
}

fn has_contact(app: &App) -> bool {
    !app.registry.settings().operators.is_empty()
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;
