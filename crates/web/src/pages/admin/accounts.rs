//! The accounts there are, and new ones.

use askama::Template;
use axum::extract::State;
use cargohold_registry::{Account, AccountFilter, AccountQuery};

use super::password::PasswordPage;
use super::{ASKED, cut, refused};
use crate::app::App;
use crate::pages::filters;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageError, PageResult};
use crate::pages::visit::Visit;
use crate::params::Params;

/// Which accounts can be listed: the word in the address, what people read, and the filter.
const FILTERS: [(&str, &str, AccountFilter); 4] = [
    ("", "Everybody", AccountFilter::All),
    ("locked", "Locked", AccountFilter::Locked),
    ("administrators", "Administrators", AccountFilter::Administrators),
    ("unverified", "Without a confirmed address", AccountFilter::Unverified),
];

#[derive(Template)]
#[template(path = "admin_users.html")]
pub(super) struct AccountsPage {
    pub(super) frame: Frame,
    pub(super) text: String,
    pub(super) filter: &'static str,
    pub(super) filters: [(&'static str, &'static str, AccountFilter); 4],
    pub(super) accounts: Vec<Account>,
    /// The query of the page behind this one.
    pub(super) next: Option<String>,
}

pub(super) async fn list(State(app): State<App>, visit: Visit, params: Params) -> PageResult {
    let word = params.text("filter")?.unwrap_or_default();
    let found = FILTERS.iter().find(|(name, ..)| *name == word);
    let (filter, _, which) = *found.ok_or_else(|| {
        let known = FILTERS[1..].iter().map(|(name, ..)| *name).collect::<Vec<_>>().join("`, `");
        PageError::bad_request(format!("`filter` does not know `{word}`; it can be `{known}`"))
    })?;
    let text = params.text("q")?.map(str::to_owned);
    let query = AccountQuery { text: text.clone(), filter: which, after: params.number("after")?.unwrap_or(0) };
    let mut accounts = app.registry.list_accounts(visit.call(), &query, ASKED).await?;
    let has_more = cut(&mut accounts);
    let last = accounts.last().filter(|_| has_more);
    let next = last.map(|last| params.link("after", &last.id.to_string()));
    let text = text.unwrap_or_default();
    visit.page(&AccountsPage { frame: super::frame(&visit), text, filter, filters: FILTERS, accounts, next })
}

#[derive(Template)]
#[template(path = "admin_user_new.html")]
pub(super) struct NewAccountPage {
    pub(super) frame: Frame,
    pub(super) form: Form,
}

pub(super) async fn new(visit: Visit) -> PageResult {
    visit.page(&NewAccountPage { frame: super::frame(&visit), form: Form::default() })
}

pub(super) async fn create(State(app): State<App>, visit: Visit, form: Form) -> PageResult {
    let (login, email) = (form.text("login"), form.text("email"));
    match app.registry.create_account(visit.call(), login, form.some("name"), email).await {
        Ok(password) => {
            let page = PasswordPage { frame: super::frame(&visit), login: login.to_owned(), password, is_new: true };
            visit.secret_page(&page)
        }
        Err(error) => {
            let (status, form) = refused(form, field_of(&error), error)?;
            visit.page_with(status, &NewAccountPage { frame: super::frame(&visit), form })
        }
    }
}

/// The field that a refusal is about.
fn field_of(error: &cargohold_registry::Error) -> &'static str {
    use cargohold_registry::Error;
    match error {
        Error::NoMailbox(_) => "email",
        Error::Refused(text) if text.starts_with("a name") => "name",
        _ => "login",
    }
}
