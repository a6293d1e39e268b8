//! What this registry knows of the security of a crate: what is yanked and why, and how it is published.

use std::collections::HashSet;

use askama::Template;
use axum::extract::State;
use cargohold_protocol::api::{AuditAction, VersionObject};
use cargohold_registry::VersionQuery;

use super::head::{Head, Tab};
use super::publisher::Publisher;
use crate::app::App;
use crate::extract::CrateAt;
use crate::pages::at::At;
use crate::pages::filters;
use crate::pages::frame::Frame;
use crate::pages::refusal::PageResult;
use crate::pages::visit::Visit;

/// How many yanked versions are shown.
const SHOWN: usize = 100;

#[derive(Template)]
#[template(path = "crate_security.html")]
pub(super) struct Security {
    frame: Frame,
    head: Head,
    /// The highest yanked versions.
    yanked: Vec<VersionObject>,
    num_yanked: usize,
    publisher: Option<Publisher>,
}

impl Security {
    fn new(frame: Frame, head: Head, yanked: Vec<VersionObject>) -> Self {
        let num_yanked = head.page.versions.iter().filter(|version| version.is_yanked).count();
        Self { publisher: Publisher::of(&head.page.version), frame, head, yanked, num_yanked }
    }
}

/// The last yank of a version.
fn yank(version: &VersionObject) -> Option<&AuditAction> {
    version.audit_actions.iter().rev().find(|action| action.action == "yank")
}

pub(super) async fn show(State(app): State<App>, visit: Visit, At(at): At<CrateAt>) -> PageResult {
    let head = Head::load(&app, &visit, &at.name, None, Tab::Security).await?;
    let yanked = head.page.versions.iter().filter(|version| version.is_yanked).take(SHOWN);
    let nums: HashSet<String> = yanked.map(|version| version.num.to_string()).collect();
    let query = VersionQuery { nums: Some(nums), ..VersionQuery::default() };
    let found = app.registry.list_versions(&at.name, &query).await?;
    visit.page(&Security::new(visit.frame(), head, found.versions))
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;
