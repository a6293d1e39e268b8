//! Somebody's API tokens. Cargo's hint for `cargo login` leads here.

use askama::Template;
use axum::extract::State;
use cargohold_protocol::Timestamp;
use cargohold_protocol::api::ApiToken;

use crate::app::App;
use crate::extract::PathId;
use crate::pages::at::At;
use crate::pages::filters;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageResult, redirect};
use crate::pages::visit::Visit;

/// For how many days tokens are shown after their end.
const EXPIRED_DAYS: i64 = 30;

#[derive(Template)]
#[template(path = "settings_tokens.html")]
pub(super) struct Tokens {
    pub(super) frame: Frame,
    pub(super) listed: Vec<ApiToken>,
    pub(super) now: Timestamp,
    /// Why nobody may create tokens at the moment.
    pub(super) disabled: Option<String>,
}

impl Tokens {
    fn is_expired(&self, token: &ApiToken) -> bool {
        token.expired_at.is_some_and(|end| end <= self.now)
    }

    /// What limits the crates of a token; nothing if it covers all.
    fn patterns(token: &ApiToken) -> &[String] {
        token.crate_scopes.as_deref().unwrap_or_default()
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit) -> PageResult {
    visit.signed_in()?;
    let listed = app.registry.list_my_tokens(visit.call(), Some(EXPIRED_DAYS)).await?;
    let disabled = app.registry.settings().tokens.creation_disabled.clone();
    visit.page(&Tokens { frame: visit.frame(), listed, now: visit.call().now, disabled })
}

pub(super) async fn revoke(State(app): State<App>, visit: Visit, At(PathId(id)): At<PathId>, _: Form) -> PageResult {
    visit.signed_in()?;
    app.registry.revoke_my_token(visit.call(), id).await?;
    Ok(redirect("/settings/tokens?done=token-revoked"))
}

pub(super) async fn revoke_all(State(app): State<App>, visit: Visit, _: Form) -> PageResult {
    visit.signed_in()?;
    app.registry.revoke_all_my_tokens(visit.call()).await?;
    Ok(redirect("/settings/tokens?done=tokens-revoked"))
}
