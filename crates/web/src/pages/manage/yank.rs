//! Yanking a version, with a look at who would notice, and bringing it back.

use askama::Template;
use axum::extract::State;
use cargohold_protocol::api::VersionObject;
use cargohold_registry::{Error, VersionChange, YankPreview};

use crate::app::App;
use crate::pages::filters;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::krate::address::VersionPath;
use crate::pages::refusal::{PageError, PageResult, redirect};
use crate::pages::visit::Visit;

#[derive(Template)]
#[template(path = "yank.html")]
pub(super) struct Yank {
    frame: Frame,
    form: Form,
    version: VersionObject,
    preview: YankPreview,
}

impl Yank {
    async fn load(app: &App, visit: &Visit, at: &VersionPath, form: Form) -> Result<Self, PageError> {
        let version = load_version(app, visit, at).await?;
        let preview = app.registry.preview_yank(&at.name, &at.version, visit.call().now).await?;
        let form = form.completed("message", version.yank_message.as_deref().unwrap_or_default());
        Ok(Self { frame: visit.frame(), form, version, preview })
    }

    /// How many of the dependents that are shown could only build with an old lockfile.
    fn breaking(&self) -> usize {
        self.preview.dependents.iter().filter(|dependent| dependent.would_break).count()
    }

    /// How many dependents are not shown.
    fn hidden(&self) -> i64 {
        self.preview.total - i64::try_from(self.preview.dependents.len()).unwrap_or(i64::MAX)
    }
}

#[derive(Template)]
#[template(path = "unyank.html")]
pub(super) struct Unyank {
    frame: Frame,
    form: Form,
    version: VersionObject,
}

/// The version, for whoever may yank it.
async fn load_version(app: &App, visit: &Visit, at: &VersionPath) -> Result<VersionObject, PageError> {
    visit.signed_in()?;
    let version = app.registry.find_version(&at.name, &at.version).await?;
    app.registry.check_may_yank(visit.call(), &at.name).await?;
    Ok(version)
}

pub(super) async fn show(State(app): State<App>, visit: Visit, at: VersionPath) -> PageResult {
    visit.page(&Yank::load(&app, &visit, &at, Form::default()).await?)
}

pub(super) async fn yank(State(app): State<App>, visit: Visit, at: VersionPath, form: Form) -> PageResult {
    let change = VersionChange { yanked: Some(true), yank_message: form.some("message").map(str::to_owned) };
    match change_version(&app, &visit, &at, &change).await {
        Ok(()) => Ok(redirect(&format!("/crates/{}/versions?done=yanked", at.name))),
        Err(error) => {
            let page = Yank::load(&app, &visit, &at, form.refused_by("", error)?).await?;
            visit.page_with(page.form.status(), &page)
        }
    }
}

pub(super) async fn show_unyank(State(app): State<App>, visit: Visit, at: VersionPath) -> PageResult {
    let version = load_version(&app, &visit, &at).await?;
    visit.page(&Unyank { frame: visit.frame(), form: Form::default(), version })
}

pub(super) async fn unyank(State(app): State<App>, visit: Visit, at: VersionPath, form: Form) -> PageResult {
    let change = VersionChange { yanked: Some(false), yank_message: None };
    match change_version(&app, &visit, &at, &change).await {
        Ok(()) => Ok(redirect(&format!("/crates/{}/versions?done=unyanked", at.name))),
        Err(error) => {
            let (form, version) = (form.refused_by("", error)?, load_version(&app, &visit, &at).await?);
            visit.page_with(form.status(), &Unyank { frame: visit.frame(), form, version })
        }
    }
}

async fn change_version(app: &App, visit: &Visit, at: &VersionPath, change: &VersionChange) -> Result<(), Error> {
    app.registry.change_version(visit.call(), &at.name, &at.version, change).await.map(drop)
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;
