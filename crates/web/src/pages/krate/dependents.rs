//! The crates that depend on a crate.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use cargohold_protocol::api::{Dependency, ReverseDependencies, VersionObject};

use super::head::{Head, Tab};
use crate::app::App;
use crate::extract::CrateAt;
use crate::pages::at::At;
use crate::pages::filters;
use crate::pages::frame::Frame;
use crate::pages::pager::{self, Pager};
use crate::pages::refusal::PageResult;
use crate::pages::visit::Visit;
use crate::params::Params;

/// How many crates a page has.
const PER_PAGE: usize = 10;

#[derive(Template)]
#[template(path = "crate_dependents.html")]
pub(super) struct Dependents {
    frame: Frame,
    head: Head,
    total: i64,
    /// Each with its default version.
    rows: Vec<(Dependency, VersionObject)>,
    pager: Pager,
}

impl Dependents {
    fn new(frame: Frame, head: Head, found: ReverseDependencies, pager: Pager) -> Self {
        let mut versions: HashMap<i64, VersionObject> =
            found.versions.into_iter().map(|version| (version.id, version)).collect();
        let rows = found.dependencies.into_iter().filter_map(|dependency| {
            let version = versions.remove(&dependency.version_id)?;
            Some((dependency, version))
        });
        Self { frame, head, total: found.meta.total, rows: rows.collect(), pager }
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit, At(at): At<CrateAt>, params: Params) -> PageResult {
    let head = Head::load(&app, &visit, &at.name, None, Tab::Dependents).await?;
    let page = pager::page(&params)?;
    let found = app.registry.list_reverse_dependencies(&at.name, (page - 1) * PER_PAGE, PER_PAGE).await?;
    let path = format!("/crates/{}/reverse_dependencies", head.name());
    let total = usize::try_from(found.meta.total).unwrap_or_default();
    let pager = Pager::new(page, total, PER_PAGE, &path, &params);
    visit.page(&Dependents::new(visit.frame(), head, found, pager))
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;
