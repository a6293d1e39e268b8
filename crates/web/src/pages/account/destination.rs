//! Where people go on after they have signed in: always to a page of this site.

use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::api::elsewhere::KEEP_SECONDS;
use crate::api::session::{host_cookie, session_cookie};
use crate::app::App;
use crate::headers;
use crate::pages::visit::HOME_OF_PEOPLE;

/// The cookie that remembers it while the browser is at a provider.
const COOKIE: &str = "cargo_to";

/// A path of this site, with its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Destination(String);

impl Destination {
    /// The path, if it is one of this site: it begins with one `/` and contains neither `//` nor anything that browsers take
    /// for a slash or pass over, and leads nowhere else. Anything else leads to the dashboard.
    pub(super) fn of(path: &str) -> Self {
        let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let is_own = path.starts_with('/') && !path.contains("//") && is_plain && !leads_elsewhere(path);
        Self(if is_own { path.to_owned() } else { HOME_OF_PEOPLE.to_owned() })
    }

    /// What a browser remembers that comes back from a provider.
    pub(super) fn kept(app: &App, headers: &HeaderMap) -> Self {
        let value = headers::cookie(headers, &host_cookie(app, COOKIE)).unwrap_or_default();
        Self::of(&percent_decode_str(&value).decode_utf8_lossy())
    }

    /// The path.
    pub(super) fn path(&self) -> &str {
        &self.0
    }

    /// The address of a step on the way, which remembers where the way leads.
    pub(super) fn by(&self, step: &str) -> String {
        match self.path() {
            HOME_OF_PEOPLE => step.to_owned(),
            path => format!("{step}?to={}", utf8_percent_encode(path, NON_ALPHANUMERIC)),
        }
    }

    /// Lets the browser remember it while it is at a provider.
    pub(super) fn keep(&self, app: &App, response: &mut Response) {
        let value = utf8_percent_encode(self.path(), NON_ALPHANUMERIC).to_string();
        add_cookie(response, &session_cookie(app, &host_cookie(app, COOKIE), &value, KEEP_SECONDS));
    }

    /// Lets the browser forget it.
    pub(super) fn forget(app: &App, response: &mut Response) {
        add_cookie(response, &session_cookie(app, &host_cookie(app, COOKIE), "", 0));
    }
}

/// Whether what is at this path is a way to where a publisher says that documentation or sources are: to any site, that is.
fn leads_elsewhere(path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = percent_decode_str(path).decode_utf8_lossy();
    // Dots between slashes are resolved before a path is looked at.
    let is_plain = !path.contains("/.");
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    !is_plain || path.starts_with("/crates/") && matches!(last, "docs" | "repo")
}

/// Gives a cookie to the browser.
pub(super) fn add_cookie(response: &mut Response, cookie: &str) {
    if let Ok(cookie) = cookie.parse() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests;
