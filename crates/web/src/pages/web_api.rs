//! The page at `/api`: every operation of the web API with its parameters and answers.

use askama::Template;
use axum::extract::State;

use super::frame::Frame;
use super::refusal::PageResult;
use super::visit::Visit;
use crate::app::App;
use crate::openapi::OperationView;

#[derive(Template)]
#[template(path = "api.html")]
pub(super) struct WebApi<'a> {
    pub(super) frame: Frame,
    pub(super) operations: &'a [OperationView],
}

pub(super) async fn show(State(app): State<App>, visit: Visit) -> PageResult {
    visit.page(&WebApi { frame: visit.frame(), operations: &app.documents.operations })
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;
