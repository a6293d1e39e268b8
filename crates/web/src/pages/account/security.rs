//! How somebody signs in, and where they are signed in.

use askama::Template;
use axum::extract::State;
use cargohold_protocol::Timestamp;
use cargohold_registry::{ListedSession, SecondFactorState};

use super::destination::add_cookie;
use crate::api::session::no_cookie;
use crate::app::App;
use crate::extract::PathId;
use crate::pages::at::At;
use crate::pages::filters;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageResult, redirect};
use crate::pages::visit::Visit;

#[derive(Template)]
#[template(path = "settings_security.html")]
pub(super) struct Security {
    pub(super) frame: Frame,
    pub(super) form: Form,
    pub(super) has_password: bool,
    pub(super) factor: SecondFactorState,
    pub(super) sessions: Vec<SessionView>,
}

/// A browser that is signed in.
pub(super) struct SessionView {
    pub(super) id: i64,
    pub(super) address: Option<String>,
    pub(super) user_agent: Option<String>,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Timestamp,
    /// Whether it is the one that looks.
    pub(super) is_current: bool,
}

impl SessionView {
    fn of(session: ListedSession, current: Option<i64>) -> Self {
        Self {
            is_current: Some(session.id) == current,
            id: session.id,
            address: session.address,
            user_agent: session.user_agent,
            created_at: Timestamp::from_micros(session.created_at),
            expires_at: Timestamp::from_micros(session.expires_at),
        }
    }
}

impl Security {
    pub(super) async fn show(app: &App, visit: &Visit, form: Form) -> PageResult {
        let call = visit.call();
        let has_password = app.registry.has_password(call).await?;
        let factor = app.registry.find_second_factor(call).await?;
        let (listed, current) = app.registry.list_sessions(call).await?;
        let sessions = listed.into_iter().map(|session| SessionView::of(session, current)).collect();
        visit.page_with(form.status(), &Self { frame: visit.frame(), form, has_password, factor, sessions })
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit) -> PageResult {
    visit.signed_in()?;
    Security::show(&app, &visit, Form::default()).await
}

pub(super) async fn end_session(
    State(app): State<App>,
    visit: Visit,
    At(PathId(id)): At<PathId>,
    _: Form,
) -> PageResult {
    visit.signed_in()?;
    app.registry.end_session(visit.call(), id).await?;
    Ok(redirect("/settings/security?done=session-ended"))
}

pub(super) async fn end_all_sessions(State(app): State<App>, visit: Visit, _: Form) -> PageResult {
    visit.signed_in()?;
    app.registry.end_all_sessions(visit.call()).await?;
    let mut response = redirect("/sign-in?done=signed-out-everywhere");
    add_cookie(&mut response, &no_cookie(&app));
    Ok(response)
}
