//! What everybody is told on every page.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;

use super::refused;
use crate::app::App;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageError, PageResult, redirect};
use crate::pages::visit::Visit;

#[derive(Template)]
#[template(path = "admin_banner.html")]
pub(super) struct BannerPage {
    pub(super) frame: Frame,
    /// What is shown if nobody sets anything.
    pub(super) configured: Option<String>,
    /// What administrators have set; an empty text hides what is configured.
    pub(super) set: Option<String>,
    /// How the text that was typed would look.
    pub(super) preview: Option<String>,
    pub(super) form: Form,
}

impl BannerPage {
    async fn of(app: &App, visit: &Visit, form: Option<Form>) -> Result<Self, cargohold_registry::Error> {
        let set = app.registry.find_set_banner(visit.call()).await?;
        let frame = super::frame(visit);
        let shown = frame.banner.clone().unwrap_or_default();
        Ok(Self {
            frame,
            configured: app.registry.settings().banner.clone().filter(|text| !text.is_empty()),
            set,
            preview: None,
            form: form.unwrap_or_else(|| Form::with(&[("text", &shown)])),
        })
    }

    /// What everybody sees now, and why.
    fn state(&self) -> &'static str {
        match (self.set.as_deref(), &self.configured) {
            (Some(""), _) => "No banner is shown: an administrator has hidden it.",
            (Some(_), _) => "Everybody sees on every page what an administrator has set here.",
            (None, Some(_)) => "Everybody sees on every page what is configured as server.banner.",
            (None, None) => "No banner is shown.",
        }
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit) -> PageResult {
    visit.page(&BannerPage::of(&app, &visit, None).await?)
}

/// Does what the button says that was pressed.
pub(super) async fn set(State(app): State<App>, visit: Visit, form: Form) -> PageResult {
    let (text, done) = match form.text("do") {
        "preview" => {
            let preview = Some(form.text("text").to_owned()).filter(|text| !text.is_empty());
            let page = BannerPage { preview, ..BannerPage::of(&app, &visit, Some(form)).await? };
            return visit.page_with(StatusCode::OK, &page);
        }
        "show" => (Some(form.text("text")), "banner-set"),
        "hide" => (Some(""), "banner-hidden"),
        "reset" => (None, "banner-reset"),
        _ => return Err(PageError::bad_request("press one of the buttons of the form")),
    };
    match app.registry.set_banner(visit.call(), text).await {
        Ok(()) => Ok(redirect(&format!("/admin/banner?done={done}"))),
        Err(error) => {
            let (status, form) = refused(form, "text", error)?;
            visit.page_with(status, &BannerPage::of(&app, &visit, Some(form)).await?)
        }
    }
}
