//! To a provider and back.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use cargohold_registry::Returned;

use super::destination::{Destination, add_cookie};
use super::sign_in::go_on;
use crate::api::elsewhere::{forget_pending, pending, pending_cookie};
use crate::app::App;
use crate::extract::PathText;
use crate::pages::at::At;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageError, PageResult, redirect};
use crate::pages::visit::Visit;
use crate::params::Params;

/// A provider has not signed anybody in: why, and the way back.
#[derive(Template)]
#[template(path = "sign_in_failed.html")]
pub(super) struct SignInFailed {
    pub(super) frame: Frame,
    /// What is wrong.
    pub(super) form: Form,
    /// Where to try again.
    pub(super) again: String,
}

/// Sends the browser to a provider.
pub(super) async fn begin(
    State(app): State<App>,
    visit: Visit,
    At(PathText(provider)): At<PathText>,
    headers: HeaderMap,
    params: Params,
) -> PageResult {
    check_is_wanted(&headers)?;
    let to = Destination::of(params.text("to")?.unwrap_or_default());
    let begun = app.registry.begin_elsewhere(visit.call(), Some(&provider), false).await?;
    let mut response = redirect(&begun.url);
    add_cookie(&mut response, &pending_cookie(&app, &begun.secret));
    to.keep(&app, &mut response);
    Ok(response)
}

/// Makes sure that a person wants to go there: the pictures and frames of other sites would use up their attempts to sign in.
fn check_is_wanted(headers: &HeaderMap) -> Result<(), PageError> {
    let says = |name: &str, value: &str| headers.get(name).is_some_and(|said| said == value);
    if says("sec-fetch-site", "cross-site") && !says("sec-fetch-dest", "document") {
        let text = "a page of another site tried to sign you in here; open the sign-in page of this registry instead";
        return Err(PageError::forbidden(text));
    }
    Ok(())
}

/// Takes the browser back from a provider. Neither code nor state stays in the address of a page.
pub(super) async fn come_back(State(app): State<App>, visit: Visit, headers: HeaderMap, params: Params) -> PageResult {
    let to = Destination::kept(&app, &headers);
    let mut response = match back(&app, &visit, &headers, &params).await {
        Ok(Returned::SignedIn(signed_in)) => go_on(&app, &visit, &signed_in, &to).await?,
        Ok(Returned::Linked) => redirect("/settings/accounts?done=account-linked"),
        // The browser keeps its secret until it has decided.
        Ok(Returned::SignUpRequired) => return Ok(redirect("/sign-in/new")),
        Err(error) => failed(&visit, &to, error)?,
    };
    forget_pending(&app, &mut response);
    Destination::forget(&app, &mut response);
    Ok(response)
}

async fn back(app: &App, visit: &Visit, headers: &HeaderMap, params: &Params) -> Result<Returned, PageError> {
    let (Some(code), Some(state)) = (params.text("code")?, params.text("state")?) else {
        return Err(PageError::bad_request("the provider did not sign you in; try again, or another way"));
    };
    let secret = pending(app, headers);
    Ok(app.registry.return_from_elsewhere(visit.call(), secret.as_ref(), code, state).await?)
}

fn failed(visit: &Visit, to: &Destination, error: PageError) -> PageResult {
    let form = Form::default().refused_by("", error)?;
    let again = if visit.viewer().is_some() { "/settings/accounts".to_owned() } else { to.by("/sign-in") };
    let status: StatusCode = form.status();
    visit.form_page(status, |frame| visit.page(&SignInFailed { frame, form, again }))
}
