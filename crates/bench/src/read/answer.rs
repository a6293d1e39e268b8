//! The little that is read of an answer: a JSON object, or a page.

use serde_json::Value;

/// What a server answered.
#[derive(Debug)]
pub(super) enum Answer {
    Json(Value),
    Page(String),
}

impl Answer {
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        if body.starts_with(b"<!doctype html>") {
            return Some(Self::Page(String::from_utf8_lossy(body).into_owned()));
        }
        serde_json::from_slice(body).ok().filter(Value::is_object).map(Self::Json)
    }

    /// Whether there is something under this key, anywhere if the key is `""`; whether a page has this text.
    pub(super) fn has(&self, key: &str) -> bool {
        let json = match self {
            Self::Json(json) => json,
            Self::Page(html) => return html.contains(key),
        };
        match json.get(key) {
            Some(Value::Array(rows)) => !rows.is_empty(),
            Some(value) => !value.is_null(),
            None => key.is_empty() && has_rows(json),
        }
    }

    pub(super) fn number(&self, key: &str) -> Option<u64> {
        self.json()?.get(key)?.as_u64()
    }

    /// The query of the next page.
    pub(super) fn next_page(&self) -> Option<&str> {
        self.json()?.get("meta")?.get("next_page")?.as_str()
    }

    fn json(&self) -> Option<&Value> {
        match self {
            Self::Json(json) => Some(json),
            Self::Page(_) => None,
        }
    }
}

/// Whether there is a list in it that is not empty.
fn has_rows(value: &Value) -> bool {
    match value {
        Value::Array(rows) => !rows.is_empty(),
        Value::Object(members) => members.values().any(has_rows),
        _ => false,
    }
}
