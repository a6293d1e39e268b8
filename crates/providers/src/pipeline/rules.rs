//! Rules for pipelines of anybody else: which claims must say what.

use serde_json::{Map, Value};

/// What one claim must say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimRule {
    /// The name of the claim. A dot leads into an object: `project.path`. Names that have dots themselves are found too, and
    /// the longest name that exists counts.
    pub claim: String,
    /// What it must say, to the letter, except that `*` stands for any text, also none.
    pub pattern: String,
}

/// Whether claims satisfy every rule. Of a claim that is a list one member must say it; numbers and booleans count as the text
/// they have in JSON. An absent claim, null or an object never matches, and neither does anything when there are no rules.
#[must_use]
pub fn matches(rules: &[ClaimRule], claims: &Map<String, Value>) -> bool {
    let is_satisfied = |rule: &ClaimRule| find(claims, &rule.claim).is_some_and(|claim| says(claim, &rule.pattern));
    !rules.is_empty() && rules.iter().all(is_satisfied)
}

/// The claim under a dotted path.
fn find<'a>(claims: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(claim) = claims.get(path) {
        return Some(claim);
    }
    path.rmatch_indices('.').find_map(|(dot, _)| {
        let inner = claims.get(&path[..dot])?.as_object()?;
        find(inner, &path[dot + 1..])
    })
}

fn says(claim: &Value, pattern: &str) -> bool {
    match claim {
        Value::Array(members) => members.iter().any(|member| is_scalar(member, pattern)),
        claim => is_scalar(claim, pattern),
    }
}

fn is_scalar(claim: &Value, pattern: &str) -> bool {
    match claim {
        Value::String(text) => fits(pattern, text),
        Value::Number(number) => fits(pattern, &number.to_string()),
        Value::Bool(value) => fits(pattern, if *value { "true" } else { "false" }),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

/// Whether a text fits a pattern. Taking each piece between two stars where it first occurs leaves most room for the next, so
/// nothing is ever tried twice.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(text) = text.strip_prefix(start).and_then(|text| text.strip_suffix(end)) else { return false };
    let after = |text: &'_ str, piece: &str| text.find(piece).map(|at| at + piece.len());
    let mut from = 0;
    middle.split('*').all(|piece| match after(&text[from..], piece) {
        Some(length) => {
            from += length;
            true
        }
        None => false,
    })
}
