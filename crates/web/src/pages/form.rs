//! Forms: what was typed, and what is wrong with it.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;

use super::refusal::{PageError, sentence};
use super::visit::Visit;
use crate::app::App;
use crate::extract::RawBody;
use crate::params::Params;

/// The field with which a form shows that it is one of ours.
const TOKEN: &str = "form_token";

/// What somebody sent with a form of ours. A form of another site never becomes one (S39).
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    fields: Vec<(String, String)>,
    /// The field and what is wrong with it; an empty name for the form as a whole.
    problem: Option<(&'static str, String)>,
    /// The status of the page that shows the problem.
    status: StatusCode,
}

impl Form {
    /// A form that nobody has touched yet, with what its fields hold.
    pub(super) fn with(fields: &[(&str, &str)]) -> Self {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { fields, ..Self::default() }
    }

    /// What a form that changes nothing says in the address of its page.
    pub(super) fn of(params: &Params) -> Self {
        Self { fields: params.pairs().to_vec(), ..Self::default() }
    }

    /// The same form with what a field of it holds, if it has no such field: a page may have several forms.
    pub(super) fn completed(mut self, name: &str, value: &str) -> Self {
        if !self.has(name) {
            self.fields.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// What was typed into a field, without blanks around it; an empty text if it is not there.
    pub(super) fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// What was typed into a field, to the letter, as passwords are.
    pub(super) fn raw(&self, name: &str) -> &str {
        self.fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// What was typed into a field, if anything was.
    pub(super) fn some(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// All values of the boxes of this name that are ticked, or of fields that may be repeated.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        self.fields.iter().filter(|(field, _)| field == name).map(|(_, value)| value.as_str()).collect()
    }

    /// Whether the box of this name is ticked, or the button of this name was pressed.
    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(field, _)| field == name)
    }

    /// Whether the box of this name and value is ticked.
    pub(super) fn is_ticked(&self, name: &str, value: &str) -> bool {
        self.fields.iter().any(|(field, found)| field == name && found == value)
    }

    /// A whole number.
    ///
    /// # Errors
    /// When there is none in the field.
    pub(super) fn number(&self, name: &str) -> Result<i64, PageError> {
        self.text(name).parse().map_err(|_| PageError::bad_request(format!("`{name}` must be a whole number")))
    }

    /// The same form with what is wrong with a field of it, to be shown again; an empty name is for the form as a whole.
    pub(super) fn refused(mut self, field: &'static str, text: &str) -> Self {
        self.problem = Some((field, sentence(text)));
        self.status = StatusCode::BAD_REQUEST;
        self
    }

    /// The same form with a refusal beside the field that caused it; the refusal itself if it is not about what was typed.
    ///
    /// # Errors
    /// When the refusal is not about what was typed.
    pub(super) fn refused_by(self, field: &'static str, error: impl Into<PageError>) -> Result<Self, PageError> {
        let error = error.into();
        match error.about_input() {
            Some(text) => Ok(Self { status: error.status(), ..self.refused(field, &text) }),
            None => Err(error),
        }
    }

    /// The status of the page with this form: that of what is wrong with it, if anything is.
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// What is wrong with a field; with an empty name, with the form as a whole.
    pub(super) fn problem(&self, field: &str) -> Option<&str> {
        self.problem.as_ref().filter(|(name, _)| *name == field).map(|(_, text)| text.as_str())
    }
}

impl FromRequest<App> for Form {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, app).await?;
        let is_form = parts.headers.get(CONTENT_TYPE).is_some_and(|value| {
            value.to_str().is_ok_and(|value| value.starts_with("application/x-www-form-urlencoded"))
        });
        let site = parts.headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
        let is_foreign = site.is_some_and(|site| !matches!(site, "same-origin" | "none"));
        let RawBody(bytes) = RawBody::from_request(Request::from_parts(parts, body), app).await?;
        let fields: Vec<(String, String)> = form_urlencoded::parse(&bytes).into_owned().collect();
        let form = Self { fields, ..Self::default() };
        let is_ours = is_form && !is_foreign && visit.has_form_secret() && form.raw(TOKEN) == visit.form_token();
        if form.fields.iter().any(|(_, value)| value.contains('\0')) {
            return Err(PageError::bad_request("the form contains a NUL character; remove it"));
        }
        if is_ours { Ok(form) } else { Err(PageError::stale_form()) }
    }
}
