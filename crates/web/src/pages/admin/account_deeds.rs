//! What is done about an account. Each leads back to its page.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use cargohold_protocol::Timestamp;
use cargohold_registry::{Call, Error, Lock, RateOverride, Registry};

use super::account::show_with;
use super::password::PasswordPage;
use super::{day_to_come, refused};
use crate::app::App;
use crate::extract::param;
use crate::pages::form::Form;
use crate::pages::refusal::{PageError, PageResult, redirect};
use crate::pages::visit::Visit;

/// The account that a form is about, and who sent it.
pub(super) struct Account {
    app: App,
    visit: Visit,
    login: String,
}

impl FromRequestParts<App> for Account {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let visit = Visit::from_request_parts(parts, app).await?;
        Ok(Self { app: app.clone(), visit, login: param(parts, app, "login").await? })
    }
}

impl Account {
    /// The rules, who asks, and about whom.
    fn parts(&self) -> (&Registry, &Call, &str) {
        (&self.app.registry, self.visit.call(), &self.login)
    }

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
        show_with(&self.app, &self.visit, &self.login, status, form).await
    }
}

/// Locks the account until a day, or for good.
pub(super) async fn lock(account: Account, form: Form) -> PageResult {
    let until = match day_to_come(form.text("until"), account.visit.call().now) {
        Ok(until) => until,
        Err(problem) => return account.again(StatusCode::BAD_REQUEST, form.refused("until", problem)).await,
    };
    let lock = Lock { reason: form.text("reason").to_owned(), until };
    let (registry, call, login) = account.parts();
    let outcome = registry.set_lock(call, login, Some(&lock)).await;
    account.after(outcome, "user-locked", form, "reason").await
}

pub(super) async fn unlock(account: Account, form: Form) -> PageResult {
    let (registry, call, login) = account.parts();
    let outcome = registry.set_lock(call, login, None).await;
    account.after(outcome, "user-unlocked", form, "").await
}

/// Shows the one-time password, this once.
pub(super) async fn reset_password(account: Account, form: Form) -> PageResult {
    let drops_second_factor = form.has("drop_second_factor");
    let (registry, call, login) = account.parts();
    match registry.reset_password_of(call, login, drops_second_factor).await {
        Ok(password) => {
            let (frame, login) = (super::frame(&account.visit), account.login.clone());
            account.visit.secret_page(&PasswordPage { frame, login, password, is_new: false })
        }
        Err(error) => account.after(Err(error), "", form, "").await,
    }
}

pub(super) async fn verify_email(account: Account, form: Form) -> PageResult {
    let (registry, call, login) = account.parts();
    let outcome = registry.verify_email_of(call, login).await;
    account.after(outcome, "email-verified", form, "").await
}

/// Makes them an administrator, or no longer one.
pub(super) async fn set_admin(account: Account, form: Form) -> PageResult {
    let is_admin = form.text("is_admin") == "true";
    let (registry, call, login) = account.parts();
    let outcome = registry.set_admin_of(call, login, is_admin).await;
    let done = if is_admin { "admin-made" } else { "admin-unmade" };
    account.after(outcome, done, form, "").await
}

pub(super) async fn end_sessions(account: Account, form: Form) -> PageResult {
    let (registry, call, login) = account.parts();
    let outcome = registry.end_sessions_of(call, login).await.map(|_| ());
    account.after(outcome, "sessions-ended", form, "").await
}

pub(super) async fn set_rate(account: Account, form: Form) -> PageResult {
    let Ok(burst) = form.text("burst").parse::<u32>() else {
        let form = form.refused("burst", "this is no whole number; use 0 to forbid it altogether");
        return account.again(StatusCode::BAD_REQUEST, form).await;
    };
    let end = match day_to_come(form.text("rate_until"), account.visit.call().now) {
        Ok(end) => end,
        Err(problem) => return account.again(StatusCode::BAD_REQUEST, form.refused("rate_until", problem)).await,
    };
    let expires_at = end.map(Timestamp::micros);
    let wanted = RateOverride { action: form.text("action").to_owned(), burst: i64::from(burst), expires_at };
    let (registry, call, login) = account.parts();
    let outcome = registry.set_rate_override(call, login, &wanted).await;
    account.after(outcome, "rate-set", form, "burst").await
}

pub(super) async fn remove_rate(account: Account, form: Form) -> PageResult {
    let (registry, call, login) = account.parts();
    let outcome = registry.remove_rate_override(call, login, form.text("action")).await;
    account.after(outcome, "rate-removed", form, "").await
}
