//! The keys with which somebody's cargo signs its requests (RFC 3231).

use askama::Template;
use axum::extract::State;
use cargohold_protocol::Timestamp;
use cargohold_registry::ListedKey;

use crate::app::App;
use crate::extract::PathId;
use crate::pages::at::At;
use crate::pages::filters;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageResult, redirect};
use crate::pages::visit::Visit;

#[derive(Template)]
#[template(path = "settings_keys.html")]
pub(super) struct Keys {
    pub(super) frame: Frame,
    pub(super) form: Form,
    pub(super) listed: Vec<KeyView>,
}

/// A key of somebody's.
pub(super) struct KeyView {
    pub(super) id: i64,
    pub(super) key_id: String,
    pub(super) name: String,
    pub(super) created_at: Timestamp,
    pub(super) last_used_at: Option<Timestamp>,
}

impl KeyView {
    fn of(key: ListedKey) -> Self {
        Self {
            id: key.id,
            key_id: key.key_id,
            name: key.name,
            created_at: Timestamp::from_micros(key.created_at),
            last_used_at: key.last_used_at.map(Timestamp::from_micros),
        }
    }
}

impl Keys {
    async fn show(app: &App, visit: &Visit, form: Form) -> PageResult {
        let listed = app.registry.list_keys(visit.call()).await?.into_iter().map(KeyView::of).collect();
        visit.page_with(form.status(), &Self { frame: visit.frame(), form, listed })
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit) -> PageResult {
    visit.signed_in()?;
    Keys::show(&app, &visit, Form::default()).await
}

pub(super) async fn register(State(app): State<App>, visit: Visit, form: Form) -> PageResult {
    visit.signed_in()?;
    let (name, key) = (form.text("name"), form.text("key"));
    let field = if name.is_empty() { "name" } else { "key" };
    match app.registry.register_key(visit.call(), name, key).await {
        Ok(_) => Ok(redirect("/settings/keys?done=key-registered")),
        Err(error) => Keys::show(&app, &visit, form.refused_by(field, error)?).await,
    }
}

pub(super) async fn revoke(State(app): State<App>, visit: Visit, At(PathId(id)): At<PathId>, _: Form) -> PageResult {
    visit.signed_in()?;
    app.registry.revoke_key(visit.call(), id).await?;
    Ok(redirect("/settings/keys?done=key-revoked"))
}
