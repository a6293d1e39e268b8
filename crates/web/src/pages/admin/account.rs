//! An account with everything that can be done about it.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use cargohold_protocol::Timestamp;
use cargohold_registry::{Account, CrateQuery, CrateSummary, Error, RateOverride};

use super::limits::{NamedRate, rates_of_users};
use super::{ASKED, cut};
use crate::app::App;
use crate::extract::PathText;
use crate::pages::at::At;
use crate::pages::filters;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageError, PageResult};
use crate::pages::visit::Visit;

#[derive(Template)]
#[template(path = "admin_user.html")]
pub(super) struct AccountPage {
    pub(super) frame: Frame,
    pub(super) account: Account,
    /// The newest crates that they own as a person.
    pub(super) crates: Vec<CrateSummary>,
    /// Whether they own more crates than these.
    pub(super) has_more_crates: bool,
    pub(super) overrides: Vec<RateOverride>,
    /// What they may do if nobody says otherwise.
    pub(super) rates: Vec<NamedRate>,
    pub(super) form: Form,
}

impl AccountPage {
    /// Whether it is the account of whoever looks.
    fn is_me(&self) -> bool {
        self.frame.is_me(&self.account.login)
    }

    /// The instant at which an override ends.
    fn end_of(over: &RateOverride) -> Option<Timestamp> {
        over.expires_at.map(Timestamp::from_micros)
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit, At(PathText(login)): At<PathText>) -> PageResult {
    show_with(&app, &visit, &login, StatusCode::OK, Form::default()).await
}

/// The page of an account with what was typed into one of its forms.
pub(super) async fn show_with(app: &App, visit: &Visit, login: &str, status: StatusCode, form: Form) -> PageResult {
    let (registry, call) = (&app.registry, visit.call());
    let account = registry.find_account(call, login).await.map_err(nobody_is_nothing)?;
    let query = CrateQuery { owner: Some(account.login.clone()), ..CrateQuery::default() };
    let mut crates = registry.list_crates_to_administrate(call, &query, ASKED).await?;
    let page = AccountPage {
        frame: super::frame(visit),
        has_more_crates: cut(&mut crates),
        crates,
        overrides: registry.list_rate_overrides(call, &account.login).await?,
        rates: rates_of_users(&registry.settings().limits),
        account,
        form,
    };
    visit.page_with(status, &page)
}

/// A page of somebody who does not exist is no page.
fn nobody_is_nothing(error: Error) -> PageError {
    match error {
        Error::NoSuchUser(_) => PageError::not_found(error.to_string()),
        error => error.into(),
    }
}
