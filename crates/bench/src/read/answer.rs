//! The little that is read of an answer.

use serde_json::Value;

/// A JSON object.
#[derive(Debug)]
pub(super) struct Answer(Value);

impl Answer {
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok().filter(Value::is_object).map(Self)
    }

    /// Whether there is something under this key; anywhere if the key is `""`.
    pub(super) fn has(&self, key: &str) -> bool {
        match self.0.get(key) {
            Some(Value::Array(rows)) => !rows.is_empty(),
            Some(value) => !value.is_null(),
            None => key.is_empty() && has_rows(&self.0),
        }
    }

    pub(super) fn number(&self, key: &str) -> Option<u64> {
        self.0.get(key)?.as_u64()
    }

    /// The query of the next page.
    pub(super) fn next_page(&self) -> Option<&str> {
        self.0.get("meta")?.get("next_page")?.as_str()
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
