//! The audit log: who did what, and whether anybody has changed it since.

use askama::Template;
use axum::extract::State;
use cargohold_registry::{AuditChain, AuditEntry, AuditQuery, Error};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::{ASKED, cut};
use crate::app::App;
use crate::pages::filters;
use crate::pages::frame::Frame;
use crate::pages::refusal::PageResult;
use crate::pages::visit::Visit;
use crate::params::Params;

#[derive(Template)]
#[template(path = "admin_audit.html")]
pub(super) struct AuditPage {
    pub(super) frame: Frame,
    pub(super) actor: String,
    pub(super) action: String,
    pub(super) subject: String,
    pub(super) entries: Vec<EntryView>,
    /// The query of the page behind this one.
    pub(super) next: Option<String>,
    /// The same entries as JSON.
    pub(super) json: String,
}

/// An entry as the page shows it.
pub(super) struct EntryView {
    entry: AuditEntry,
    details: Vec<(String, String)>,
    /// The page of what it was done to.
    subject_page: Option<String>,
}

impl EntryView {
    pub(super) fn of(entry: AuditEntry) -> Self {
        let details = match &entry.details {
            Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), words(value))).collect(),
            other => vec![("details".to_owned(), words(other))],
        };
        Self { details, subject_page: page_of(&entry.action, &entry.subject), entry }
    }
}

/// A value as people read it.
fn words(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(is_so) => if *is_so { "yes" } else { "no" }.to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Where administrators find what something was done to, if it is a crate or an account.
fn page_of(action: &str, subject: &str) -> Option<String> {
    let family = action.split('.').next().unwrap_or_default();
    let folder = match family {
        _ if subject.is_empty() => return None,
        "crate" | "owner" | "trustpub_config" | "version" => "crates",
        "key" | "session" | "token" | "user" if action != "user.invite" => "users",
        _ => return None,
    };
    Some(format!("/admin/{folder}/{}", utf8_percent_encode(subject, NON_ALPHANUMERIC)))
}

pub(super) async fn list(State(app): State<App>, visit: Visit, params: Params) -> PageResult {
    let text = |key: &str| params.text(key).map(|text| text.map(str::trim).unwrap_or_default().to_owned());
    let (actor, action, subject) = (text("actor")?, text("action")?, text("subject")?);
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let query = AuditQuery {
        before: params.number("before")?,
        actor_id: None,
        actor: some(&actor),
        subject: some(&subject),
        action: some(&action),
    };
    let mut entries = app.registry.list_audit(visit.call(), &query, ASKED).await?;
    let has_more = cut(&mut entries);
    let last = entries.last().filter(|_| has_more);
    let next = last.map(|last| params.link("before", &last.seq.to_string()));
    let json = format!("/api/private/audit{}", params.link("per_page", "100"));
    let entries = entries.into_iter().map(EntryView::of).collect();
    visit.page(&AuditPage { frame: super::frame(&visit), actor, action, subject, entries, next, json })
}

/// What became of computing the chain anew.
#[derive(Template)]
#[template(path = "admin_audit_chain.html")]
pub(super) struct ChainPage {
    pub(super) frame: Frame,
    /// The chain, or the sentence that says where it is broken.
    pub(super) outcome: Result<AuditChain, String>,
}

pub(super) async fn verify(State(app): State<App>, visit: Visit) -> PageResult {
    let outcome = match app.registry.check_audit(visit.call()).await {
        Ok(chain) => Ok(chain),
        Err(error @ Error::AuditBroken(_)) => Err(crate::pages::refusal::sentence(&error.to_string())),
        Err(error) => return Err(error.into()),
    };
    visit.page(&ChainPage { frame: super::frame(&visit), outcome })
}
