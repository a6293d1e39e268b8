//! Pipelines that wait to publish the first version of a crate.

use askama::Template;
use axum::extract::State;
use cargohold_registry::{NewTrustedPublisher, PublishersOf, TrustedProvider};

use super::pipeline::{Pipeline, list_pipelines, read};
use super::publisher::{NewPublisher, asked, refused};
use crate::app::App;
use crate::pages::filters;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageResult, redirect};
use crate::pages::visit::Visit;
use crate::params::Params;

#[derive(Template)]
#[template(path = "pending_publishers.html")]
pub(super) struct PendingPublishers {
    frame: Frame,
    pipelines: Vec<Pipeline>,
}

pub(super) async fn show(State(app): State<App>, visit: Visit) -> PageResult {
    let of = PublishersOf::User(visit.signed_in()?.id);
    let mut pipelines = list_pipelines(&app, &visit, &of).await?;
    pipelines.retain(|pipeline| pipeline.is_pending);
    visit.page(&PendingPublishers { frame: visit.frame(), pipelines })
}

pub(super) async fn show_new(State(app): State<App>, visit: Visit, params: Params) -> PageResult {
    visit.signed_in()?;
    let provider = asked(&params)?.unwrap_or(TrustedProvider::GitHub);
    visit.page(&NewPublisher::new(&app, &visit, None, provider, Form::default()))
}

pub(super) async fn add(State(app): State<App>, visit: Visit, form: Form) -> PageResult {
    visit.signed_in()?;
    let provider: TrustedProvider = form.text("kind").parse()?;
    if form.has("more") {
        return visit.page(&NewPublisher::new(&app, &visit, None, provider, form));
    }
    let krate = form.text("crate").to_owned();
    let new = NewTrustedPublisher { krate, is_pending: true, pipeline: read(&form, provider) };
    let error = match app.registry.add_trusted_publisher(visit.call(), &new).await {
        Ok(publisher) if publisher.crate_id.is_some() => {
            return Ok(redirect(&format!("/crates/{}/settings?done=publisher-added", publisher.crate_name)));
        }
        Ok(_) => return Ok(redirect("/me/pending-publishers?done=publisher-pending")),
        Err(error) => error,
    };
    let page = NewPublisher::new(&app, &visit, None, provider, refused(form, error)?);
    visit.page_with(page.status(), &page)
}

pub(super) async fn remove(State(app): State<App>, visit: Visit, form: Form) -> PageResult {
    let provider: TrustedProvider = form.text("provider").parse()?;
    app.registry.remove_trusted_publisher(visit.call(), provider, form.number("id")?).await?;
    Ok(redirect("/me/pending-publishers?done=publisher-removed"))
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;
