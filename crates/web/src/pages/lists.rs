//! Lists: search, crates, keywords, categories, people and teams; what machines read of the site: `OpenSearch`, the sitemap; and
//! the texts about the registry itself.

mod categories;
mod crates;
mod keywords;
mod limits;
mod machines;
mod people;
mod pipelines;
mod search;
mod shelf;
mod support;
mod texts;
mod wanted;

use axum::Router;
use axum::http::header::LOCATION;
use axum::http::{HeaderName, StatusCode};
use axum::response::Redirect;
use axum::routing::get;

use crate::app::App;

/// Where people learn how to install Rust.
const INSTALL_RUST: &str = "https://www.rust-lang.org/tools/install";

/// These pages.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/search", get(search::show))
        .route("/search/suggestions", get(machines::suggestions))
        .route("/crates", get(crates::show))
        .route("/keywords", get(keywords::list))
        .route("/keywords/{keyword}", get(keywords::show))
        .route("/categories", get(categories::list))
        .route("/categories/{slug}", get(categories::show))
        .route("/category_slugs", get(categories::slugs))
        .route("/users/{login}", get(people::user))
        .route("/teams/{login}", get(people::team))
        .route("/opensearch.xml", get(machines::opensearch))
        .route("/robots.txt", get(machines::robots))
        .route("/sitemap.xml", get(machines::sitemap_index))
        .route("/sitemap/{file}", get(machines::sitemap))
        .route("/policies", get(texts::policies))
        .route("/policies/security", get(texts::security))
        .route("/security", get(async || Redirect::permanent("/policies/security")))
        .route("/data-access", get(texts::data_access))
        .route("/docs/rate-limits", get(limits::show))
        .route("/docs/trusted-publishing", get(pipelines::show))
        .route("/help", get(texts::help))
        .route("/support", get(support::show))
        .route("/install", get(install))
}

async fn install() -> (StatusCode, [(HeaderName, &'static str); 1]) {
    (StatusCode::MOVED_PERMANENTLY, [(LOCATION, INSTALL_RUST)])
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;
