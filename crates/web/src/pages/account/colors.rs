//! Whether somebody wants pages light or dark, whatever their system says. The browser remembers it; nobody need be signed in.

use axum::extract::State;

use super::destination::{Destination, add_cookie};
use crate::api::session::session_cookie;
use crate::app::App;
use crate::pages::refusal::{PageError, PageResult, redirect};
use crate::pages::visit::COLORS_COOKIE;
use crate::params::Params;

/// How long it is remembered, in seconds: a year.
const KEEP_SECONDS: u64 = 365 * 24 * 60 * 60;

/// Remembers the choice and leads back to the page it was made on.
pub(super) async fn choose(State(app): State<App>, params: Params) -> PageResult {
    let (choice, seconds) = match params.text("colors")?.unwrap_or_default() {
        choice @ ("light" | "dark") => (choice, KEEP_SECONDS),
        "system" => ("", 0),
        other => return Err(PageError::bad_request(format!("there are no `{other}` colours; choose light or dark"))),
    };
    let mut response = redirect(Destination::of(params.text("to")?.unwrap_or_default()).path());
    add_cookie(&mut response, &session_cookie(&app, COLORS_COOKIE, choice, seconds));
    Ok(response)
}
