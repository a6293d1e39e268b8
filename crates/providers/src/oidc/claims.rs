//! What a provider says about somebody, and the [`Person`] made of it.

use openidconnect::AdditionalClaims;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use crate::{OidcConfig, Person};

/// All claims the standard does not name.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Claims(Map<String, Value>);

impl AdditionalClaims for Claims {}

/// All claims as JSON again, those of the standard and the others alike, for a setting may name any of them.
pub(super) fn to_value(claims: &impl Serialize) -> Value {
    serde_json::to_value(claims).expect("it was JSON before")
}

/// Whether everything the settings name is there.
pub(super) fn suffice(config: &OidcConfig, claims: &Value) -> bool {
    let has_groups = config.groups_claim.as_ref().is_none_or(|path| find_list(claims, path).is_some());
    has_groups && find_text(claims, &config.login_claim).is_some()
}

/// Who it is. `documents` are the claims of the id token and, behind them, those of the user info; the first that knows
/// something is believed.
pub(super) fn person(config: &OidcConfig, subject: String, documents: &[Value]) -> Person {
    let text = |path: &str| documents.iter().find_map(|claims| find_text(claims, path));
    let groups = |path: &String| documents.iter().find_map(|claims| find_list(claims, path));
    let (email, is_email_verified) = documents.iter().find_map(email).unzip();
    Person {
        issuer: config.issuer.clone(),
        subject,
        login: text(&config.login_claim),
        name: text("name"),
        email,
        is_email_verified: is_email_verified.unwrap_or_default(),
        avatar: text("picture").filter(|address| is_web_address(address)),
        groups: config.groups_claim.as_ref().and_then(groups).unwrap_or_default(),
    }
}

/// An address and whether it is verified: said by the same document, for one must not vouch for the address of another.
fn email(claims: &Value) -> Option<(String, bool)> {
    Some((find_text(claims, "email")?, claims["email_verified"] == Value::Bool(true)))
}

/// People may set their picture themselves, and not every address is one that may stand on a page.
fn is_web_address(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "https" | "http"))
}

fn find_text(claims: &Value, path: &str) -> Option<String> {
    find(claims, path)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn find_list(claims: &Value, path: &str) -> Option<Vec<String>> {
    match find(claims, path)? {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(many) => Some(many.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        _ => None,
    }
}

/// The claim at a path. The name of a claim may have dots of its own, as in `https://login.example/groups`.
fn find<'a>(claims: &'a Value, path: &str) -> Option<&'a Value> {
    claims
        .get(path)
        .or_else(|| path.match_indices('.').find_map(|(dot, _)| find(claims.get(&path[..dot])?, &path[dot + 1..])))
}
