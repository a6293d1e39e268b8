//! Refusals as pages: what is wrong, what to do, and a way on.

mod suggest;

use std::sync::Arc;

use askama::Template;
use axum::http::header::{CACHE_CONTROL, LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use cargohold_registry::Error;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

pub(super) use self::suggest::similar;
use self::suggest::{Suggestion, suggest};
use super::NEW_PASSWORD;
use super::frame::Frame;
use super::visit::Visit;
use crate::app::App;
use crate::error::{ApiError, RETRY_SOON, trouble};

/// What a handler of a page answers.
pub(crate) type PageResult = Result<Response, PageError>;

/// A refusal on its way to a person. The layer around all pages dresses it, since only that knows who looks.
#[derive(Clone, Debug)]
pub(crate) struct PageError(Arc<ApiError>);

impl<E: Into<ApiError>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self(Arc::new(error.into()))
    }
}

impl PageError {
    /// There is nothing at an address.
    pub(super) fn not_found(text: impl Into<String>) -> Self {
        ApiError::Request(StatusCode::NOT_FOUND, text.into()).into()
    }

    /// The request does not fit the page.
    pub(super) fn bad_request(text: impl Into<String>) -> Self {
        ApiError::bad_request(text).into()
    }

    /// Nobody may do this.
    pub(super) fn forbidden(text: impl Into<String>) -> Self {
        ApiError::Request(StatusCode::FORBIDDEN, text.into()).into()
    }

    /// What is at this address takes forms, and this request brings none; or the other way round.
    pub(super) fn forms_only() -> Self {
        let text = "this address is for what a form sends, not for looking at; go back to the page with the form";
        ApiError::Request(StatusCode::METHOD_NOT_ALLOWED, text.to_owned()).into()
    }

    /// The form does not come from a page of ours.
    pub(super) fn stale_form() -> Self {
        Self::forbidden("this form is too old or comes from elsewhere; go back, reload the page and send it again")
    }

    pub(super) fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// The sentence to show beside a field of the form, if the refusal is about what was typed; a failure of ours, a missing
    /// right and a missing sign-in are not.
    pub(super) fn about_input(&self) -> Option<String> {
        let is_about_me = matches!(&*self.0, ApiError::Rule(Error::LoginNeeded | Error::PasswordChangeNeeded));
        (self.status().is_client_error() && !is_about_me).then(|| self.0.to_string())
    }

    fn rule(&self) -> Option<&Error> {
        match &*self.0 {
            ApiError::Rule(error) => Some(error),
            _ => None,
        }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A refusal as people see it.
#[derive(Template)]
#[template(path = "refusal.html")]
struct RefusalPage {
    frame: Frame,
    status: u16,
    title: &'static str,
    text: String,
    /// What may have been meant.
    suggestions: Vec<Suggestion>,
}

/// The page that tells a person of a refusal, or the way to where they sign in.
pub(super) async fn show(app: &App, visit: &Visit, error: &PageError) -> Response {
    match error.rule() {
        Some(Error::LoginNeeded) if visit.viewer().is_none() => return redirect_to_sign_in(visit.here()),
        Some(Error::PasswordChangeNeeded) => return redirect(NEW_PASSWORD),
        _ => {}
    }
    let status = error.status();
    let failure = error.0.failure();
    let text = if failure.is_some() { trouble(&visit.call().id) } else { sentence(&error.0.to_string()) };
    let frame = visit.frame();
    // A private registry names nothing of what it has to strangers.
    let may_suggest = status == StatusCode::NOT_FOUND && !frame.is_closed();
    let suggestions = if may_suggest { suggest(app, visit, error.rule()).await } else { Vec::new() };
    let page = RefusalPage { frame, status: status.as_u16(), title: title(status), text, suggestions };
    let mut response = visit.page_with(status, &page).unwrap_or_else(|_| status.into_response());
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(Error::TooOften { retry_at, .. }) = error.rule()
        && let Ok(at) = HeaderValue::from_str(&httpdate::fmt_http_date(retry_at.to_system_time()))
    {
        headers.insert(RETRY_AFTER, at);
    }
    if matches!(error.rule(), Some(Error::Busy)) {
        headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_SOON));
    }
    if let Some(failure) = failure {
        tracing::error!(request.id = %visit.call().id, cause = failure.0, "a page failed on our side");
    }
    response
}

/// Leads to where people sign in, and back from there.
pub(super) fn redirect_to_sign_in(here: &str) -> Response {
    redirect(&format!("/sign-in?to={}", utf8_percent_encode(here, NON_ALPHANUMERIC)))
}

/// Leads to another page, which is then loaded by `GET`.
pub(super) fn redirect(to: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(to) = HeaderValue::from_str(to) {
        response.headers_mut().insert(LOCATION, to);
    }
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "There is nothing here",
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => "You may not do this",
        StatusCode::TOO_MANY_REQUESTS => "Too often",
        status if status.is_server_error() => "Something is wrong on our side",
        _ => "This does not work",
    }
}

/// A refusal of a rule as a sentence of its own. What the API must begin some with says nothing to people.
pub(super) fn sentence(text: &str) -> String {
    let text = text.strip_prefix("Not Found: ").unwrap_or(text);
    let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(text);
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;
