//! What administrators see and change: people, crates, the audit log, jobs, limits, the banner, health, the configuration.

mod account;
mod account_deeds;
mod accounts;
mod audit;
mod banner;
mod config;
mod crates;
mod invitations;
mod jobs;
mod krate;
mod limits;
mod overview;
mod password;
mod sizes;
mod spans;
mod teams;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::routing::{get, post};
use cargohold_protocol::Timestamp;
use cargohold_registry::Error;

use super::form::Form;
use super::frame::Frame;
use super::refusal::{PageError, PageResult};
use super::visit::Visit;
use crate::app::App;

/// How many rows a page of a list has.
const PER_PAGE: usize = 50;

/// How many rows to ask for to know whether another page follows.
const ASKED: i64 = 51;

/// These pages.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/admin", get(overview::show))
        .route("/admin/users", get(accounts::list))
        .route("/admin/new-user", get(accounts::new).post(accounts::create))
        .route("/admin/users/{login}", get(account::show))
        .route("/admin/users/{login}/lock", post(account_deeds::lock))
        .route("/admin/users/{login}/unlock", post(account_deeds::unlock))
        .route("/admin/users/{login}/reset-password", post(account_deeds::reset_password))
        .route("/admin/users/{login}/verify-email", post(account_deeds::verify_email))
        .route("/admin/users/{login}/administrator", post(account_deeds::set_admin))
        .route("/admin/users/{login}/end-sessions", post(account_deeds::end_sessions))
        .route("/admin/users/{login}/rates", post(account_deeds::set_rate))
        .route("/admin/users/{login}/rates/remove", post(account_deeds::remove_rate))
        .route("/admin/invitations", get(invitations::list).post(invitations::create))
        .route("/admin/invitations/{id}/withdraw", post(invitations::withdraw))
        .route("/admin/crates", get(crates::list))
        .route("/admin/crates/{name}", get(krate::show))
        .route("/admin/crates/{name}/limits", post(krate::set_limits))
        .route("/admin/crates/{name}/hand-over", post(krate::hand_over))
        .route("/admin/teams", get(teams::list))
        .route("/admin/audit", get(audit::list))
        .route("/admin/audit/verify", get(audit::verify))
        .route("/admin/jobs", get(jobs::list))
        .route("/admin/jobs/{id}/retry", post(jobs::retry))
        .route("/admin/jobs/{id}/drop", post(jobs::drop))
        .route("/admin/limits", get(limits::show))
        .route("/admin/banner", get(banner::show).post(banner::set))
        .route("/admin/config", get(config::show))
        .route_layer(from_fn(administrators_only))
}

/// Lets nobody but administrators past; no page here can forget to ask. The rules ask again.
async fn administrators_only(visit: Visit, request: Request, next: Next) -> PageResult {
    visit.administrator()?;
    Ok(next.run(request).await)
}

/// What surrounds these pages: what is searched for here is not what the search at the top searches for.
fn frame(visit: &Visit) -> Frame {
    Frame { searched: String::new(), ..visit.frame() }
}

/// The form with a refusal beside the field that caused it, and the status of the refusal.
fn refused(form: Form, field: &'static str, error: Error) -> Result<(StatusCode, Form), PageError> {
    let error = PageError::from(error);
    let status = error.status();
    Ok((status, form.refused_by(field, error)?))
}

/// The beginning of the day that was typed, which must be one to come; `None` if none was.
fn day_to_come(text: &str, now: Timestamp) -> Result<Option<Timestamp>, &'static str> {
    if text.is_empty() {
        return Ok(None);
    }
    let day: Timestamp =
        format!("{text}T00:00:00Z").parse().map_err(|_| "this is no day; write it like `2026-12-31`")?;
    if day > now { Ok(Some(day)) } else { Err("this day has begun already; choose one to come") }
}

/// Splits off what lies behind this page of a list, of which one row more was asked for. Answers whether there was any.
fn cut<T>(rows: &mut Vec<T>) -> bool {
    let is_longer = rows.len() > PER_PAGE;
    rows.truncate(PER_PAGE);
    is_longer
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;
