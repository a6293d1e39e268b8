//! The web site. A page is a struct, its template and a handler of a few lines; [`frame::Frame`] is what surrounds it.
//!
//! Every page works without scripts: what changes something is a form, which is answered by a redirect to the page that
//! shows the change, or by the form again with what is wrong beside the field.

mod account;
mod admin;
mod assets;
mod at;
mod filters;
mod form;
mod frame;
mod home;
mod krate;
mod lists;
mod manage;
mod notice;
mod pager;
mod refusal;
#[cfg(test)]
mod samples;
mod visit;
mod web_api;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, ALLOW};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;

use cargohold_registry::Error;

use self::refusal::{PageError, PageResult};
use self::visit::Visit;
use crate::app::App;

/// Where somebody chooses a password in place of the one that they were given.
const NEW_PASSWORD: &str = "/sign-in/password";

/// All pages.
pub(crate) fn routes(app: &App) -> Router<App> {
    Router::new()
        .route("/", get(home::show))
        .route("/api", get(web_api::show))
        .route("/assets/{hash}/{name}", get(assets::file))
        .route("/favicon.svg", get(assets::icon))
        .route("/favicon.ico", get(assets::icon))
        .merge(lists::routes())
        .merge(krate::routes())
        .merge(account::routes())
        .merge(manage::routes())
        .merge(admin::routes())
        .fallback(nothing_here)
        .layer(from_fn_with_state(app.clone(), dress))
}

/// Finds out who looks before any page is made, and makes a page of whatever is refused.
async fn dress(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let visit = match Visit::of(&app, &parts).await {
        Ok(visit) => visit,
        Err(error) => return crate::error::plain(&error.into(), &app),
    };
    parts.extensions.insert(visit.clone());
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let mut page = refusal::show(&app, &visit, &PageError::forms_only()).await;
        page.headers_mut().extend(response.headers_mut().remove(ALLOW).map(|allowed| (ALLOW, allowed)));
        return page;
    }
    match response.extensions_mut().remove::<PageError>() {
        Some(error) => refusal::show(&app, &visit, &error).await,
        None => response,
    }
}

/// The answer to an address that is none: a page for people, the usual envelope for programs.
async fn nothing_here(method: Method, request: Request) -> PageResult {
    if !is_for_a_person(&request) {
        return Ok(crate::api::not_found(&method));
    }
    Err(PageError::not_found("there is no page at this address; check its spelling"))
}

/// Where a private registry leads a browser that it shows nothing yet: to the page where people sign in, and back from there.
pub(crate) fn way_in<B>(request: &Request<B>, error: &Error) -> Option<Response> {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if !is_read || !is_for_a_person(request) {
        return None;
    }
    match error {
        Error::LoginNeeded | Error::AccountLocked { .. } => {
            let here = request.uri().path_and_query().map_or("/", |here| here.as_str());
            Some(refusal::redirect_to_sign_in(here))
        }
        Error::PasswordChangeNeeded => Some(refusal::redirect(NEW_PASSWORD)),
        _ => None,
    }
}

/// Whether a browser asks, and not for the API.
fn is_for_a_person<B>(request: &Request<B>) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("text/html") && !request.uri().path().starts_with("/api/")
}
