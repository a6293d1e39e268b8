//! Trusting a pipeline with a crate: of GitHub, of GitLab, or of any other issuer.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use cargohold_registry::{Error, NewTrustedPublisher, TrustedProvider};

use super::pipeline::{Guess, field_of, read, rows};
use crate::app::App;
use crate::extract::CrateAt;
use crate::pages::at::At;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageError, PageResult, redirect};
use crate::pages::visit::Visit;
use crate::params::Params;

/// How many rows for rules a new form has.
const ROWS: usize = 2;

/// How many rules a pipeline may have.
const MAX_ROWS: usize = 10;

#[derive(Template)]
#[template(path = "new_publisher.html")]
pub(super) struct NewPublisher {
    frame: Frame,
    form: Form,
    /// The crate; nothing if its name is yet to be typed, since it is yet to be published.
    krate: Option<String>,
    provider: TrustedProvider,
    /// Whether the operator lets it vouch for anything.
    is_believed: bool,
    /// What the operator calls the other issuers.
    issuers: Vec<String>,
    rows: Vec<(String, String)>,
}

impl NewPublisher {
    pub(super) fn new(app: &App, visit: &Visit, krate: Option<String>, provider: TrustedProvider, form: Form) -> Self {
        let mut rows = rows(&form);
        let wanted = if form.has("more") { rows.len() + 1 } else { rows.len().max(ROWS) };
        rows.resize(wanted.min(MAX_ROWS), Default::default());
        Self {
            frame: visit.frame(),
            krate,
            provider,
            is_believed: app.registry.believes(provider),
            issuers: app.registry.settings().trustpub_issuers.clone(),
            rows,
            form,
        }
    }

    /// Where the page is.
    fn path(&self) -> String {
        match &self.krate {
            Some(krate) => format!("/crates/{krate}/settings/new-trusted-publisher"),
            None => "/me/pending-publishers/new".to_owned(),
        }
    }

    /// The kinds to choose from: their words, what people call them, and whether they are chosen.
    fn kinds(&self) -> Vec<(&'static str, &'static str, bool)> {
        let name = |provider: TrustedProvider| match provider {
            TrustedProvider::GitHub => "GitHub",
            TrustedProvider::GitLab => "GitLab",
            TrustedProvider::Oidc => "Another issuer",
        };
        let kind = |provider: TrustedProvider| (provider.as_str(), name(provider), provider == self.provider);
        TrustedProvider::ALL.map(kind).to_vec()
    }

    pub(super) fn status(&self) -> StatusCode {
        self.form.status()
    }

    fn may_have_more_rows(&self) -> bool {
        self.rows.len() < MAX_ROWS
    }
}

/// Who is to vouch, as the address of the page says.
pub(super) fn asked(params: &Params) -> Result<Option<TrustedProvider>, PageError> {
    Ok(params.text("provider")?.map(str::parse).transpose()?)
}

pub(super) async fn show(State(app): State<App>, visit: Visit, At(at): At<CrateAt>, params: Params) -> PageResult {
    visit.signed_in()?;
    let krate = app.registry.find_own_crate(visit.call(), &at.name).await?;
    let guess = krate.repository.as_deref().and_then(Guess::from_repository);
    let asked = asked(&params)?;
    let provider = asked.or(guess.as_ref().map(|guess| guess.provider)).unwrap_or(TrustedProvider::GitHub);
    let form = guess.filter(|guess| guess.provider == provider).map(|guess| guess.form()).unwrap_or_default();
    visit.page(&NewPublisher::new(&app, &visit, Some(krate.name.to_string()), provider, form))
}

pub(super) async fn add(State(app): State<App>, visit: Visit, At(at): At<CrateAt>, form: Form) -> PageResult {
    let krate = app.registry.find_own_crate(visit.call(), &at.name).await?.name.to_string();
    let provider: TrustedProvider = form.text("kind").parse()?;
    if form.has("more") {
        return visit.page(&NewPublisher::new(&app, &visit, Some(krate), provider, form));
    }
    let new = NewTrustedPublisher { krate: krate.clone(), is_pending: false, pipeline: read(&form, provider) };
    match app.registry.add_trusted_publisher(visit.call(), &new).await {
        Ok(_) => Ok(redirect(&format!("/crates/{krate}/settings?done=publisher-added"))),
        Err(error) => {
            let page = NewPublisher::new(&app, &visit, Some(krate), provider, refused(form, error)?);
            visit.page_with(page.status(), &page)
        }
    }
}

/// The form with a refusal beside the field it speaks of.
pub(super) fn refused(form: Form, error: Error) -> Result<Form, PageError> {
    let field = match &error {
        Error::Name(_) | Error::RecentlyDeleted { .. } => "crate",
        other => field_of(&other.to_string()),
    };
    form.refused_by(field, error)
}

pub(super) async fn remove(State(app): State<App>, visit: Visit, At(at): At<CrateAt>, form: Form) -> PageResult {
    let provider: TrustedProvider = form.text("provider").parse()?;
    app.registry.remove_trusted_publisher(visit.call(), provider, form.number("id")?).await?;
    Ok(redirect(&format!("/crates/{}/settings?done=publisher-removed", at.name)))
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;
