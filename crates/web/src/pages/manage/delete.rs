//! Deleting a crate: under which conditions, why, and whether really.

use askama::Template;
use axum::extract::State;
use cargohold_registry::DeletionPreview;

use crate::app::App;
use crate::extract::CrateAt;
use crate::pages::at::At;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageError, PageResult, redirect};
use crate::pages::visit::Visit;

#[derive(Template)]
#[template(path = "delete_crate.html")]
pub(super) struct DeleteCrate {
    frame: Frame,
    form: Form,
    krate: String,
    preview: DeletionPreview,
}

impl DeleteCrate {
    async fn load(app: &App, visit: &Visit, at: &CrateAt, form: Form) -> Result<Self, PageError> {
        visit.signed_in()?;
        let krate = app.registry.find_own_crate(visit.call(), &at.name).await?.name.to_string();
        let preview = app.registry.preview_deletion(visit.call(), &at.name).await?;
        Ok(Self { frame: visit.frame(), form, krate, preview })
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit, At(at): At<CrateAt>) -> PageResult {
    visit.page(&DeleteCrate::load(&app, &visit, &at, Form::default()).await?)
}

pub(super) async fn delete(State(app): State<App>, visit: Visit, At(at): At<CrateAt>, form: Form) -> PageResult {
    let page = DeleteCrate::load(&app, &visit, &at, form).await?;
    let form = match page.check() {
        Err((field, problem)) => page.form.refused(field, &problem),
        Ok(()) => match app.registry.delete_crate(visit.call(), &at.name, page.form.some("message")).await {
            Ok(()) => return Ok(redirect("/?done=crate-deleted")),
            Err(error) => page.form.refused_by("", error)?,
        },
    };
    visit.page_with(form.status(), &DeleteCrate { form, ..page })
}

impl DeleteCrate {
    /// A deletion cannot be taken back, so nobody gets to it by pressing Enter.
    fn check(&self) -> Result<(), (&'static str, String)> {
        if self.form.some("message").is_none() {
            let text = "say why; it is kept with the name";
            return Err(("message", text.to_owned()));
        }
        if self.form.text("confirm") != self.krate {
            return Err(("confirm", format!("this is not the name of the crate; type `{}`", self.krate)));
        }
        Ok(())
    }
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;
