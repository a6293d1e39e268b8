//! A crate with what administrators can do about it.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use cargohold_protocol::CrateName;
use cargohold_registry::{CrateLimits, CrateSummary, Limits, MyRights};

use super::{refused, sizes};
use crate::app::App;
use crate::extract::PathText;
use crate::pages::at::At;
use crate::pages::filters;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageResult, redirect};
use crate::pages::visit::Visit;

#[derive(Template)]
#[template(path = "admin_crate.html")]
pub(super) struct CratePage {
    pub(super) frame: Frame,
    pub(super) krate: CrateSummary,
    /// What it could be mistaken for.
    pub(super) look_alikes: Vec<CrateName>,
    /// What the administrator may do with it besides.
    pub(super) rights: MyRights,
    /// The hints of the limits, which say what holds without them.
    pub(super) upload_hint: String,
    pub(super) features_hint: String,
    pub(super) form: Form,
}

impl CratePage {
    async fn of(app: &App, visit: &Visit, name: &str, form: Option<Form>) -> Result<Self, cargohold_registry::Error> {
        let (registry, call) = (&app.registry, visit.call());
        let form = match form {
            Some(form) => form,
            None => form_of(&registry.find_crate_limits(call, name).await?),
        };
        let (upload_hint, features_hint) = hints(&registry.settings().limits);
        Ok(Self {
            frame: super::frame(visit),
            krate: registry.find_crate_to_administrate(call, name).await?,
            look_alikes: registry.list_look_alikes(call, name).await?,
            rights: registry.find_my_rights(call, name).await?,
            upload_hint,
            features_hint,
            form,
        })
    }
}

/// The form of the limits as they are.
pub(super) fn form_of(limits: &CrateLimits) -> Form {
    let upload = limits.max_upload_bytes.map(sizes::write).unwrap_or_default();
    let features = limits.max_features.map(|limit| limit.to_string()).unwrap_or_default();
    Form::with(&[("max_upload", &upload), ("max_features", &features)])
}

pub(super) fn hints(limits: &Limits) -> (String, String) {
    let upload = filters::bytes(i64::try_from(limits.max_upload_bytes).unwrap_or(i64::MAX));
    let upload = format!("Such as 20 MiB; leave it empty for everybody's limit, {upload}.");
    (upload, format!("Leave it empty for everybody's limit, {}.", limits.max_features))
}

/// The limits that were typed.
///
/// # Errors
/// Names the field that holds none, and what is wrong.
fn limits_in(form: &Form) -> Result<CrateLimits, (&'static str, &'static str)> {
    let size = |text| sizes::read(text).ok_or(("max_upload", "this is no size; write it like `20 MiB`, below 4 GiB"));
    let number = |text: &str| text.parse().map_err(|_| ("max_features", "this is no whole number"));
    Ok(CrateLimits {
        max_upload_bytes: form.some("max_upload").map(size).transpose()?,
        max_features: form.some("max_features").map(number).transpose()?,
    })
}

pub(super) async fn show(State(app): State<App>, visit: Visit, At(PathText(name)): At<PathText>) -> PageResult {
    visit.page(&CratePage::of(&app, &visit, &name, None).await?)
}

pub(super) async fn set_limits(
    State(app): State<App>,
    visit: Visit,
    At(PathText(name)): At<PathText>,
    form: Form,
) -> PageResult {
    let (status, form) = match limits_in(&form) {
        Err((field, problem)) => (StatusCode::BAD_REQUEST, form.refused(field, problem)),
        Ok(limits) => match app.registry.set_crate_limits(visit.call(), &name, &limits).await {
            Ok(()) => return Ok(redirect(&format!("/admin/crates/{name}?done=limits-set"))),
            Err(error) => refused(form, "max_upload", error)?,
        },
    };
    visit.page_with(status, &CratePage::of(&app, &visit, &name, Some(form)).await?)
}

pub(super) async fn hand_over(
    State(app): State<App>,
    visit: Visit,
    At(PathText(name)): At<PathText>,
    form: Form,
) -> PageResult {
    match app.registry.hand_over(visit.call(), &name, form.text("login")).await {
        Ok(()) => Ok(redirect(&format!("/admin/crates/{name}?done=handed-over"))),
        Err(error) => {
            let limits = app.registry.find_crate_limits(visit.call(), &name).await?;
            let typed = form_of(&limits).completed("login", form.text("login"));
            let (status, form) = refused(typed, "login", error)?;
            visit.page_with(status, &CratePage::of(&app, &visit, &name, Some(form)).await?)
        }
    }
}
