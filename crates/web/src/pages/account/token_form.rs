//! What the form for a new token says.

use std::time::Duration;

use cargohold_protocol::Timestamp;
use cargohold_protocol::api::ApiToken;
use cargohold_registry::{Scope, WantedToken};

use super::patterns::{Explained, lines};
use crate::pages::form::Form;

/// How long a token works, as the form offers it: the value of the field and what people read.
pub(super) const LIFETIMES: [(&str, &str); 7] = [
    ("7", "7 days"),
    ("30", "30 days"),
    ("60", "60 days"),
    ("90", "90 days"),
    ("365", "365 days"),
    ("custom", "until the day below"),
    ("none", "until it is revoked"),
];

/// How long it works if nobody says.
const DEFAULT_LIFETIME: &str = "90";

const DAY: Duration = Duration::from_hours(24);

/// What a scope lets a token do.
pub(super) const fn meaning(scope: Scope) -> &'static str {
    match scope {
        Scope::PublishNew => "publish crates that do not exist yet",
        Scope::PublishUpdate => "publish new versions of crates that exist",
        Scope::Yank => "yank and unyank versions",
        Scope::ChangeOwners => "invite and remove owners",
        Scope::TrustedPublishing => "configure trusted publishing",
        Scope::Read => "nothing but read, where that needs a token; every token may read",
    }
}

/// The form before anybody has typed, like an earlier token if one is given.
pub(super) fn blank(from: Option<&ApiToken>) -> Form {
    let mut fields = vec![("lifetime", DEFAULT_LIFETIME)];
    let patterns = from.and_then(|token| token.crate_scopes.as_ref()).map(|patterns| patterns.join("\n"));
    if let Some(token) = from {
        fields.push(("name", &token.name));
        match &token.endpoint_scopes {
            Some(scopes) => fields.extend(scopes.iter().map(|scope| ("scope", scope.as_str()))),
            None => fields.push(("everything", "on")),
        }
    }
    if let Some(patterns) = &patterns {
        fields.push(("patterns", patterns));
    }
    Form::with(&fields)
}

/// What the patterns in the form cover.
pub(super) fn explain(form: &Form) -> Vec<Explained> {
    lines(form.raw("patterns")).iter().map(|pattern| Explained::of(pattern)).collect()
}

/// The token that a form describes, or the field in which it does not and what is wrong there.
pub(super) fn wanted(form: &Form, now: Timestamp) -> Result<WantedToken, (&'static str, String)> {
    let scopes: Vec<String> = form.all("scope").into_iter().map(str::to_owned).collect();
    let endpoint_scopes = if form.has("everything") { None } else { Some(scopes) };
    if endpoint_scopes.as_ref().is_some_and(Vec::is_empty) {
        return Err(("scope", "say what the token is for: tick one or more".to_owned()));
    }
    if let Some(bad) = explain(form).iter().find(|explained| !explained.is_good) {
        return Err(("patterns", format!("`{}` is no crate pattern; mend it or take it out", bad.pattern)));
    }
    let crate_scopes = Some(lines(form.raw("patterns"))).filter(|patterns| !patterns.is_empty());
    let expires_at = end(form, now)?;
    Ok(WantedToken { name: form.text("name").to_owned(), endpoint_scopes, crate_scopes, expires_at })
}

/// When the token stops working.
fn end(form: &Form, now: Timestamp) -> Result<Option<Timestamp>, (&'static str, String)> {
    match form.text("lifetime") {
        "none" => Ok(None),
        "custom" => last_day(form.text("last_day"), now).map(Some).map_err(|problem| ("last_day", problem)),
        days => match days.parse::<u32>() {
            Ok(days @ 1..=365) => Ok(Some(now.after(DAY * days))),
            _ => Err(("lifetime", "choose how long the token works".to_owned())),
        },
    }
}

/// The last second of a day such as `2026-11-23`.
fn last_day(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let end: Result<Timestamp, _> = format!("{text}T23:59:59Z").parse();
    let end = end.map_err(|_| "choose a day, such as 2027-01-31".to_owned())?;
    if end > now { Ok(end) } else { Err("this day has passed; choose a later one".to_owned()) }
}

#[cfg(test)]
mod tests;
