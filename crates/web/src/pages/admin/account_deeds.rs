//! What is done about an account. Each leads back to its page.

use axum::extract::State;
use axum::http::StatusCode;
use cargohold_protocol::Timestamp;
use cargohold_registry::{Error, Lock, RateOverride};

use super::account::show_with;
use super::password::PasswordPage;
use super::{day_to_come, refused};
use crate::app::App;
use crate::extract::PathText;
use crate::pages::at::At;
use crate::pages::form::Form;
use crate::pages::refusal::{PageResult, redirect};
use crate::pages::visit::Visit;

/// The page of the account about which a form was sent.
struct Account<'a> {
    app: &'a App,
    visit: &'a Visit,
    login: &'a str,
}

impl Account<'_> {
    /// The way back, with what was done; or the page again, with what is wrong beside the field.
    async fn after(&self, outcome: Result<(), Error>, done: &str, form: Form, field: &'static str) -> PageResult {
        match outcome {
            Ok(()) => Ok(redirect(&format!("/admin/users/{}?done={done}", self.login))),
            Err(error) => {
                let (status, form) = refused(form, field, error)?;
                self.again(status, form).await
            }
        }
    }

    async fn again(&self, status: StatusCode, form: Form) -> PageResult {
        show_with(self.app, self.visit, self.login, status, form).await
    }
}

/// Locks the account until a day, or for good.
pub(super) async fn lock(
    State(app): State<App>,
    visit: Visit,
    At(PathText(login)): At<PathText>,
    form: Form,
) -> PageResult {
    let account = Account { app: &app, visit: &visit, login: &login };
    let until = match day_to_come(form.text("until"), visit.call().now) {
        Ok(until) => until,
        Err(problem) => return account.again(StatusCode::BAD_REQUEST, form.refused("until", problem)).await,
    };
    let lock = Lock { reason: form.text("reason").to_owned(), until };
    let outcome = app.registry.set_lock(visit.call(), &login, Some(&lock)).await;
    account.after(outcome, "user-locked", form, "reason").await
}

pub(super) async fn unlock(
    State(app): State<App>,
    visit: Visit,
    At(PathText(login)): At<PathText>,
    form: Form,
) -> PageResult {
    let outcome = app.registry.set_lock(visit.call(), &login, None).await;
    Account { app: &app, visit: &visit, login: &login }.after(outcome, "user-unlocked", form, "").await
}

/// Shows the one-time password, this once.
pub(super) async fn reset_password(
    State(app): State<App>,
    visit: Visit,
    At(PathText(login)): At<PathText>,
    form: Form,
) -> PageResult {
    let drops_second_factor = form.has("drop_second_factor");
    match app.registry.reset_password_of(visit.call(), &login, drops_second_factor).await {
        Ok(password) => {
            visit.secret_page(&PasswordPage { frame: super::frame(&visit), login, password, is_new: false })
        }
        Err(error) => {
            let account = Account { app: &app, visit: &visit, login: &login };
            account.after(Err(error), "", form, "").await
        }
    }
}

pub(super) async fn verify_email(
    State(app): State<App>,
    visit: Visit,
    At(PathText(login)): At<PathText>,
    form: Form,
) -> PageResult {
    let outcome = app.registry.verify_email_of(visit.call(), &login).await;
    Account { app: &app, visit: &visit, login: &login }.after(outcome, "email-verified", form, "").await
}

/// Makes them an administrator, or no longer one.
pub(super) async fn set_admin(
    State(app): State<App>,
    visit: Visit,
    At(PathText(login)): At<PathText>,
    form: Form,
) -> PageResult {
    let is_admin = form.text("is_admin") == "true";
    let outcome = app.registry.set_admin_of(visit.call(), &login, is_admin).await;
    let done = if is_admin { "admin-made" } else { "admin-unmade" };
    Account { app: &app, visit: &visit, login: &login }.after(outcome, done, form, "").await
}

pub(super) async fn end_sessions(
    State(app): State<App>,
    visit: Visit,
    At(PathText(login)): At<PathText>,
    form: Form,
) -> PageResult {
    let outcome = app.registry.end_sessions_of(visit.call(), &login).await.map(|_| ());
    Account { app: &app, visit: &visit, login: &login }.after(outcome, "sessions-ended", form, "").await
}

pub(super) async fn set_rate(
    State(app): State<App>,
    visit: Visit,
    At(PathText(login)): At<PathText>,
    form: Form,
) -> PageResult {
    let account = Account { app: &app, visit: &visit, login: &login };
    let Ok(burst) = form.text("burst").parse::<u32>() else {
        let form = form.refused("burst", "this is no whole number; use 0 to forbid it altogether");
        return account.again(StatusCode::BAD_REQUEST, form).await;
    };
    let end = match day_to_come(form.text("rate_until"), visit.call().now) {
        Ok(end) => end,
        Err(problem) => return account.again(StatusCode::BAD_REQUEST, form.refused("rate_until", problem)).await,
    };
    let expires_at = end.map(Timestamp::micros);
    let wanted = RateOverride { action: form.text("action").to_owned(), burst: i64::from(burst), expires_at };
    let outcome = app.registry.set_rate_override(visit.call(), &login, &wanted).await;
    account.after(outcome, "rate-set", form, "burst").await
}

pub(super) async fn remove_rate(
    State(app): State<App>,
    visit: Visit,
    At(PathText(login)): At<PathText>,
    form: Form,
) -> PageResult {
    let outcome = app.registry.remove_rate_override(visit.call(), &login, form.text("action")).await;
    Account { app: &app, visit: &visit, login: &login }.after(outcome, "rate-removed", form, "").await
}
