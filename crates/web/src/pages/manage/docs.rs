//! Having a version's documentation built once more.

use askama::Template;
use axum::extract::State;

use crate::app::App;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::krate::address::VersionPath;
use crate::pages::refusal::{PageResult, redirect};
use crate::pages::visit::Visit;

#[derive(Template)]
#[template(path = "rebuild_docs.html")]
pub(super) struct RebuildDocs {
    frame: Frame,
    krate: String,
    num: String,
}

pub(super) async fn show(State(app): State<App>, visit: Visit, at: VersionPath) -> PageResult {
    visit.signed_in()?;
    let version = app.registry.find_version(&at.name, &at.version).await?;
    app.registry.check_may_rebuild_docs(visit.call(), &at.name).await?;
    visit.page(&RebuildDocs { frame: visit.frame(), krate: version.krate, num: version.num })
}

pub(super) async fn rebuild(State(app): State<App>, visit: Visit, at: VersionPath, _: Form) -> PageResult {
    app.registry.rebuild_docs(visit.call(), &at.name, &at.version).await?;
    Ok(redirect(&format!("/crates/{}/{}?done=docs-asked", at.name, at.version)))
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;
