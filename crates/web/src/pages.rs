//! The pages for people: what this registry is, and how to set up cargo for it.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::app::App;

/// How to set up cargo: the page at `/`, and at `/me`, where cargo sends people for a token.
#[derive(Template)]
#[template(path = "setup.html")]
struct Setup {
    index_url: String,
    is_private: bool,
}

pub(crate) async fn setup(State(app): State<App>) -> Response {
    let settings = app.registry.settings();
    page(&Setup { index_url: settings.index_url(), is_private: settings.auth_required })
}

pub(crate) async fn style() -> Response {
    let headers = [(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "public, max-age=3600")];
    (headers, include_str!("../assets/style.css")).into_response()
}

pub(crate) fn page(template: &impl Template) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-cache"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'"),
    ];
    match template.render() {
        Ok(html) => (headers, html).into_response(),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a page cannot be rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, "this page cannot be shown; try again in a minute").into_response()
        }
    }
}
