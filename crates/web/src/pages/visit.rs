//! Who looks at a page: read from the request once, before any handler.

use std::sync::Arc;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY, SET_COOKIE, VARY,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use cargohold_registry::{Call, Error, SessionSecret};
use sha2::{Digest, Sha256};

use super::frame::{Frame, Viewer};
use super::notice::Notice;
use super::refusal::{PageError, PageResult};
use crate::api::session::{COOKIE, host_cookie, session_cookie};
use crate::app::App;
use crate::headers;

/// The cookie from which forms of people who are not signed in get their token.
const FORM_COOKIE: &str = "cargo_form";

/// The cookie that remembers whether somebody wants pages light or dark.
pub(super) const COLORS_COOKIE: &str = "cargo_colors";

/// The content security policy of a page that shows pictures from these places.
macro_rules! policy {
    ($pictures:literal) => {
        concat!(
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src ",
            $pictures,
            "; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )
    };
}

/// How long such a form may stay open, in seconds.
const FORM_COOKIE_SECONDS: u64 = 24 * 60 * 60;

/// What the address of a page says was just done, such as `/settings/tokens?done=token-revoked`.
const DONE: &str = "done";

/// Where people go on who did not say where.
pub(super) const HOME_OF_PEOPLE: &str = "/dashboard";

/// A look at a page: who looks, at what, and when.
#[derive(Clone)]
pub(crate) struct Visit(Arc<Look>);

struct Look {
    app: App,
    call: Call,
    viewer: Option<Viewer>,
    must_change_password: bool,
    /// What the tokens of forms follow from: the cookie of the session, or that of forms.
    form_secret: Option<String>,
    /// The path and query of the page; where to go on instead, if the request changes something.
    here: String,
    /// What was typed into a search, to be shown again.
    searched: String,
    notice: Option<Notice>,
    /// Whether the page is to be light or dark, whatever the system says.
    colors: Option<&'static str>,
    /// The page that the browser has kept.
    kept: Option<HeaderValue>,
}

impl Visit {
    /// Who sends this request.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn of(app: &App, request: &Parts) -> Result<Self, Error> {
        let call = request.extensions.get::<Call>().cloned().ok_or(Error::LoginNeeded)?;
        let headers = &request.headers;
        let session = headers::cookie(headers, COOKIE);
        let (viewer, must_change_password) = match &session {
            None => (None, false),
            Some(_) => who(app, &call).await?,
        };
        let query = request.uri.query().unwrap_or_default();
        let value = |key: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find(|(name, _)| name == key).map(|(_, value)| value.into_owned())
        };
        let colors = headers::cookie(headers, COLORS_COOKIE);
        let is_read = matches!(request.method, Method::GET | Method::HEAD);
        let here = request.uri.path_and_query().filter(|_| is_read);
        let here = here.map_or_else(|| HOME_OF_PEOPLE.to_owned(), ToString::to_string);
        Ok(Self(Arc::new(Look {
            app: app.clone(),
            viewer,
            must_change_password,
            form_secret: session.or_else(|| headers::cookie(headers, &host_cookie(app, FORM_COOKIE))),
            here,
            searched: value("q").unwrap_or_default(),
            notice: value(DONE).as_deref().and_then(Notice::from_key),
            colors: ["light", "dark"].into_iter().find(|it| Some(*it) == colors.as_deref()),
            kept: headers.get(IF_NONE_MATCH).cloned(),
            call,
        })))
    }

    /// The call to hand to rules.
    pub(super) fn call(&self) -> &Call {
        &self.0.call
    }

    /// Who is signed in.
    pub(super) fn viewer(&self) -> Option<&Viewer> {
        self.0.viewer.as_ref()
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// When nobody is; their browser is then led to where they sign in.
    pub(super) fn signed_in(&self) -> Result<&Viewer, PageError> {
        self.viewer().ok_or_else(|| {
            let error = if self.0.must_change_password { Error::PasswordChangeNeeded } else { Error::LoginNeeded };
            error.into()
        })
    }

    /// Who is signed in, if they administrate the registry.
    ///
    /// # Errors
    /// When nobody is, or they do not.
    pub(super) fn administrator(&self) -> Result<&Viewer, PageError> {
        let viewer = self.signed_in()?;
        if viewer.is_admin { Ok(viewer) } else { Err(Error::AdministratorsOnly.into()) }
    }

    /// Whether somebody is signed in who has to choose a password first.
    pub(super) fn must_change_password(&self) -> bool {
        self.0.must_change_password
    }

    /// The path and query of this page, or where people go on after a form that cannot be sent again.
    pub(super) fn here(&self) -> &str {
        &self.0.here
    }

    /// The path of this page, as it stands in its address.
    pub(super) fn path(&self) -> &str {
        self.here().split('?').next().unwrap_or_default()
    }

    /// What surrounds the contents of a page.
    pub(super) fn frame(&self) -> Frame {
        let registry = &self.0.app.registry;
        let look = &self.0;
        let frame = Frame::new(registry, look.viewer.clone(), self.form_token(), look.searched.clone(), look.notice);
        Frame { here: look.here.clone(), colors: look.colors, ..frame }
    }

    /// A page. Whoever is not signed in gets the same as everybody, which caches may keep as long as they ask whether it is
    /// still the same; what somebody sees who is signed in, or what a private registry shows, is theirs alone.
    pub(super) fn page(&self, template: &impl Template) -> PageResult {
        self.page_with(StatusCode::OK, template)
    }

    /// A page with another status, such as a form that is shown again because of what was typed into it.
    pub(super) fn page_with(&self, status: StatusCode, template: &impl Template) -> PageResult {
        let html = template.render().map_err(|error| Error::Internal(error.into()))?;
        let is_shared = self.viewer().is_none() && !self.0.app.is_private() && status == StatusCode::OK;
        let mut response = if is_shared { self.shared(html) } else { html.into_response() };
        if !is_shared {
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        }
        if response.status() == StatusCode::OK {
            *response.status_mut() = status;
        }
        dress(response.headers_mut());
        Ok(response)
    }

    /// A page with a readme, whose pictures may lie elsewhere if the operator has nothing against it.
    pub(super) fn readme_page(&self, template: &impl Template) -> PageResult {
        let mut response = self.page(template)?;
        if self.0.app.registry.settings().external_images {
            let policy = HeaderValue::from_static(policy!("'self' https: data:"));
            response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
        }
        Ok(response)
    }

    /// A page that nothing may keep: it shows a secret.
    pub(super) fn secret_page(&self, template: &impl Template) -> PageResult {
        self.secret_page_with(StatusCode::OK, template)
    }

    /// Such a page with another status, as of [`Visit::page_with`].
    pub(super) fn secret_page_with(&self, status: StatusCode, template: &impl Template) -> PageResult {
        let mut response = self.page_with(status, template)?;
        let headers = response.headers_mut();
        headers.remove(ETAG);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }

    /// A page with forms for people who are not signed in: it brings the cookie from which their token follows.
    pub(super) fn form_page(&self, status: StatusCode, make: impl FnOnce(Frame) -> PageResult) -> PageResult {
        let (visit, cookie) = match &self.0.form_secret {
            Some(_) => (self.clone(), None),
            None => self.with_form_cookie(),
        };
        let mut response = make(visit.frame())?;
        if response.status() == StatusCode::OK {
            *response.status_mut() = status;
        }
        let headers = response.headers_mut();
        headers.remove(ETAG);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(cookie) = cookie.and_then(|cookie| cookie.parse().ok()) {
            headers.append(SET_COOKIE, cookie);
        }
        Ok(response)
    }

    fn with_form_cookie(&self) -> (Self, Option<String>) {
        let secret = SessionSecret::random();
        let look = &self.0;
        let cookie =
            session_cookie(&look.app, &host_cookie(&look.app, FORM_COOKIE), secret.reveal(), FORM_COOKIE_SECONDS);
        let look = Look {
            app: look.app.clone(),
            call: look.call.clone(),
            viewer: look.viewer.clone(),
            form_secret: Some(secret.reveal().to_owned()),
            here: look.here.clone(),
            searched: look.searched.clone(),
            kept: None,
            ..**look
        };
        (Self(Arc::new(look)), Some(cookie))
    }

    /// What a form must send back to show that it is one of ours (S39). It follows from a cookie, so nothing is stored.
    pub(super) fn form_token(&self) -> String {
        let secret = self.0.form_secret.as_deref().unwrap_or_default();
        let hash = Sha256::new().chain_update("a form of ").chain_update(secret).finalize();
        BASE64_URL_SAFE_NO_PAD.encode(&hash[..16])
    }

    /// Whether forms can be told from forged ones at all.
    pub(super) fn has_form_secret(&self) -> bool {
        self.0.form_secret.is_some()
    }

    fn shared(&self, html: String) -> Response {
        let hash = Sha256::digest(html.as_bytes());
        let tag = HeaderValue::from_str(&format!("W/\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(&hash[..16])));
        let is_kept = tag.as_ref().is_ok_and(|tag| self.0.kept.as_ref() == Some(tag));
        let mut response = if is_kept { StatusCode::NOT_MODIFIED.into_response() } else { html.into_response() };
        let headers = response.headers_mut();
        if let Ok(tag) = tag {
            headers.insert(ETAG, tag);
        }
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
        headers.append(VARY, HeaderValue::from_static("cookie"));
        response
    }
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageError> {
        let visit = parts.extensions.get::<Self>().cloned();
        visit.ok_or_else(|| Error::Internal("a page without a visit".into()).into())
    }
}

/// Who is signed in, and whether they have to choose a password first. Whoever's account is locked counts as a stranger.
async fn who(app: &App, call: &Call) -> Result<(Option<Viewer>, bool), Error> {
    match app.registry.who_is_signed_in(call).await {
        Ok(actor) => Ok((Some(Viewer::of(&actor.user)), false)),
        Err(Error::PasswordChangeNeeded) => Ok((None, true)),
        Err(error @ Error::Store(_)) => Err(error),
        Err(_) => Ok((None, false)),
    }
}

/// The headers of every page: nothing but our own style, script and pictures, no frames, no other place for forms.
fn dress(headers: &mut HeaderMap) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy!("'self' data:")));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
}
