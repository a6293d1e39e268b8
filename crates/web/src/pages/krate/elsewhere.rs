//! Addresses that lead elsewhere: to the version that satisfies a requirement, to documentation, to the source.

use axum::extract::State;

use super::head::without_scheme;
use crate::app::App;
use crate::extract::{CrateAt, PathPair};
use crate::pages::at::At;
use crate::pages::refusal::{PageError, PageResult, redirect};
use crate::pages::visit::Visit;

pub(super) async fn resolve_range(State(app): State<App>, At(PathPair(name, req)): At<PathPair>) -> PageResult {
    let version = app.registry.resolve_range(&name, &req).await?;
    Ok(redirect(&format!("/crates/{name}/{version}")))
}

pub(super) async fn documentation(State(app): State<App>, visit: Visit, At(at): At<CrateAt>) -> PageResult {
    let page = app.registry.crate_page(visit.call(), &at.name, None).await?;
    lead_to(page.version.documentation.as_deref(), &at.name, "documentation")
}

pub(super) async fn repository(State(app): State<App>, visit: Visit, At(at): At<CrateAt>) -> PageResult {
    let page = app.registry.crate_page(visit.call(), &at.name, None).await?;
    lead_to(page.version.repository.as_deref(), &at.name, "repository")
}

fn lead_to(url: Option<&str>, name: &str, what: &str) -> PageResult {
    match url.filter(|url| without_scheme(url).is_some()) {
        Some(url) => Ok(redirect(url)),
        None => Err(PageError::not_found(format!("`{name}` names no {what}; its readme or its files may help"))),
    }
}
