//! The pages for people: what this registry is, and how to set up cargo for it.

use askama::Template;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use cargohold_registry::ListedProvider;

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

/// Where people sign in, and where providers send their browsers back to.
#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    site_name: String,
    providers: Vec<ListedProvider>,
}

pub(crate) async fn sign_in(State(app): State<App>) -> Response {
    let site_name = app.registry.settings().site_name.clone();
    let mut response = page(&SignIn { site_name, providers: app.registry.list_providers() });
    let policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; \
                  form-action 'none'; frame-ancestors 'none'";
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    // The address may hold a code, which is nobody else's business.
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

pub(crate) async fn sign_in_script() -> Response {
    let headers = [(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, "public, max-age=3600")];
    (headers, include_str!("../assets/sign_in.js")).into_response()
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
