//! Setting up the codes that are asked for beside a password, and doing without them again.

use askama::Template;
use axum::extract::State;
use cargohold_registry::{Error, OfferedSecret};
use qrcode::{Color, QrCode};

use super::security::Security;
use crate::app::App;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageError, PageResult, redirect};
use crate::pages::visit::Visit;

/// The margin around a QR code, in modules: readers need four.
const QUIET_ZONE: usize = 4;

/// What somebody puts into the device that makes their codes.
#[derive(Template)]
#[template(path = "settings_second_factor.html")]
pub(super) struct Offer {
    pub(super) frame: Frame,
    pub(super) form: Form,
    /// The shared secret, in groups of four letters.
    pub(super) secret: String,
    /// Its address, for devices that this page is opened on.
    pub(super) url: String,
    pub(super) picture: Picture,
}

/// A QR code.
pub(super) struct Picture {
    /// The width and height, in modules.
    pub(super) size: usize,
    /// The dark modules, as a path of SVG.
    pub(super) path: String,
}

/// Codes for when the device is lost, shown once.
#[derive(Template)]
#[template(path = "settings_recovery_codes.html")]
pub(super) struct RecoveryCodes {
    pub(super) frame: Frame,
    pub(super) codes: Vec<String>,
}

impl Offer {
    pub(super) fn new(frame: Frame, form: Form, offered: OfferedSecret) -> Result<Self, PageError> {
        let picture = Picture::of(&offered.url)?;
        Ok(Self { frame, form, secret: in_groups(&offered.secret), url: offered.url, picture })
    }
}

impl Picture {
    fn of(text: &str) -> Result<Self, Error> {
        let code = QrCode::new(text).map_err(|error| Error::Internal(error.into()))?;
        let width = code.width();
        let colors = code.to_colors();
        let dark = colors.iter().enumerate().filter(|(_, color)| **color == Color::Dark);
        let at = dark.map(|(at, _)| (at % width + QUIET_ZONE, at / width + QUIET_ZONE));
        let path = at.map(|(x, y)| format!("M{x} {y}h1v1h-1z")).collect();
        Ok(Self { size: width + 2 * QUIET_ZONE, path })
    }
}

/// A text in groups of four, which is easier to type.
fn in_groups(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

pub(super) async fn offer(State(app): State<App>, visit: Visit, _: Form) -> PageResult {
    visit.signed_in()?;
    app.registry.offer_second_factor(visit.call()).await?;
    Ok(redirect("/settings/security/second-factor"))
}

pub(super) async fn show(State(app): State<App>, visit: Visit) -> PageResult {
    visit.signed_in()?;
    show_offer(&app, &visit, Form::default()).await
}

/// The form for the first code, with the secret that it is made of.
async fn show_offer(app: &App, visit: &Visit, form: Form) -> PageResult {
    match app.registry.find_offered_second_factor(visit.call()).await? {
        Some(offered) => visit.secret_page_with(form.status(), &Offer::new(visit.frame(), form, offered)?),
        None => Ok(redirect("/settings/security")),
    }
}

pub(super) async fn confirm(State(app): State<App>, visit: Visit, form: Form) -> PageResult {
    visit.signed_in()?;
    match app.registry.confirm_second_factor(visit.call(), form.text("code")).await {
        Ok(codes) => visit.secret_page(&RecoveryCodes { frame: visit.frame(), codes }),
        Err(error) => show_offer(&app, &visit, form.refused_by("code", error)?).await,
    }
}

pub(super) async fn remove(State(app): State<App>, visit: Visit, form: Form) -> PageResult {
    visit.signed_in()?;
    match app.registry.remove_second_factor(visit.call(), form.text("code")).await {
        Ok(()) => Ok(redirect("/settings/security?done=second-factor-off")),
        Err(error) => Security::show(&app, &visit, form.refused_by("code", error)?).await,
    }
}

#[cfg(test)]
mod tests;
