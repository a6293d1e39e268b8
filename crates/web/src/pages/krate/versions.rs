//! All versions of a crate.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use cargohold_protocol::api::VersionObject;
use cargohold_registry::{VersionOrder, VersionPage, VersionQuery, VersionsFound};

use super::head::{Head, Tab, diff_path};
use super::publisher::Publisher;
use crate::app::App;
use crate::extract::CrateAt;
use crate::pages::at::At;
use crate::pages::filters;
use crate::pages::frame::Frame;
use crate::pages::pager::{self, Pager};
use crate::pages::refusal::PageResult;
use crate::pages::visit::Visit;
use crate::params::Params;

/// How many versions a page has.
const PER_PAGE: usize = 100;

#[derive(Template)]
#[template(path = "crate_versions.html")]
pub(super) struct Versions {
    frame: Frame,
    head: Head,
    order: VersionOrder,
    rows: Vec<Row>,
    /// The tracks of compatible releases, each with its highest version.
    tracks: Vec<(String, String)>,
    pager: Pager,
    /// Whether there is a host that builds documentation.
    has_docs_host: bool,
}

/// A version in the list.
struct Row {
    version: VersionObject,
    publisher: Option<Publisher>,
    /// What has changed since the version below it.
    changes: Option<String>,
}

impl Versions {
    fn new(
        frame: Frame,
        head: Head,
        order: VersionOrder,
        found: VersionsFound,
        pager: Pager,
        has_docs_host: bool,
    ) -> Self {
        let all: Vec<String> = head.page.versions.iter().map(|version| version.num.to_string()).collect();
        let below: HashMap<&String, &String> = all.iter().zip(all.iter().skip(1)).collect();
        let row = |version: VersionObject| Row {
            publisher: Publisher::of(&version),
            changes: below.get(&version.num).map(|below| diff_path(head.name(), below, &version.num)),
            version,
        };
        let rows = found.versions.into_iter().map(row).collect();
        let tracks = found.release_tracks.into_iter().flatten();
        let tracks = tracks.map(|(track, highest)| (track, highest.highest.to_string())).collect();
        Self { frame, head, order, rows, tracks, pager, has_docs_host }
    }

    fn is_by_date(&self) -> bool {
        self.order == VersionOrder::Date
    }

    fn path(&self, version: &VersionObject) -> String {
        format!("/crates/{}/{}", self.head.name(), version.num)
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit, At(at): At<CrateAt>, params: Params) -> PageResult {
    let head = Head::load(&app, &visit, &at.name, None, Tab::Versions).await?;
    let is_by_date = params.text("sort")? == Some("date");
    let order = if is_by_date { VersionOrder::Date } else { VersionOrder::Semver };
    let page = pager::page(&params)?;
    let query = VersionQuery {
        nums: None,
        order,
        page: Some(VersionPage { after: None, skip: (page - 1) * PER_PAGE, limit: PER_PAGE }),
        with_release_tracks: true,
    };
    let found = app.registry.list_versions(&at.name, &query).await?;
    let path = format!("/crates/{}/versions", head.name());
    let pager = Pager::new(page, head.page.versions.len(), PER_PAGE, &path, &params);
    let has_docs_host = app.registry.settings().docs_rebuild_url.is_some();
    visit.page(&Versions::new(visit.frame(), head, order, found, pager, has_docs_host))
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;
