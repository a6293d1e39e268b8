#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use cargohold_protocol::Timestamp;
use cargohold_protocol::api::ApiToken;

use super::{blank, wanted};
use crate::pages::form::Form;

fn now() -> Timestamp {
    "2026-11-23T10:20:30.5Z".parse().unwrap()
}

fn end(lifetime: &str, last_day: &str) -> Result<Option<String>, &'static str> {
    let form = Form::with(&[("name", "ci"), ("scope", "yank"), ("lifetime", lifetime), ("last_day", last_day)]);
    let wanted = wanted(&form, now()).map_err(|(field, _)| field)?;
    Ok(wanted.expires_at.map(|end| end.to_string()))
}

#[test]
fn a_token_ends_after_some_days_or_with_a_day_or_never() {
    assert_eq!(end("none", ""), Ok(None));
    assert_eq!(end("7", ""), Ok(Some("2026-11-30T10:20:30.500Z".to_owned())));
    assert_eq!(end("90", "2020-01-01"), Ok(Some("2027-02-21T10:20:30.500Z".to_owned())));
    assert_eq!(end("365", ""), Ok(Some("2027-11-23T10:20:30.500Z".to_owned())));
    assert_eq!(end("custom", "2026-11-23"), Ok(Some("2026-11-23T23:59:59Z".to_owned())));
    assert_eq!(end("custom", "2028-02-29"), Ok(Some("2028-02-29T23:59:59Z".to_owned())));
    for day in ["2026-11-22", "2027-02-29", "tomorrow", ""] {
        assert_eq!(end("custom", day), Err("last_day"), "{day}");
    }
    for lifetime in ["", "0", "366", "-1", "99999999999"] {
        assert_eq!(end(lifetime, ""), Err("lifetime"), "{lifetime}");
    }
}

#[test]
fn a_token_says_what_it_is_for() {
    let form = |more: &[(&str, &str)]| Form::with(&[&[("name", " ci "), ("lifetime", "none")], more].concat());
    assert_eq!(wanted(&form(&[]), now()).unwrap_err().0, "scope");
    let scoped = wanted(&form(&[("scope", "yank"), ("scope", "read"), ("patterns", "tide-*\r\nebb")]), now()).unwrap();
    assert_eq!(scoped.name, "ci");
    assert_eq!(scoped.endpoint_scopes.unwrap(), ["yank", "read"]);
    assert_eq!(scoped.crate_scopes.unwrap(), ["tide-*", "ebb"]);
    let everything = wanted(&form(&[("everything", "on"), ("patterns", "\n")]), now()).unwrap();
    assert_eq!((everything.endpoint_scopes, everything.crate_scopes), (None, None));
    let (field, problem) = wanted(&form(&[("scope", "yank"), ("patterns", "tide\n*x")]), now()).unwrap_err();
    assert_eq!(field, "patterns");
    assert!(problem.contains("`*x` is no crate pattern"), "{problem}");
}

#[test]
fn a_token_is_made_again_from_an_earlier_one() {
    let token = ApiToken {
        id: 1,
        name: "ci".to_owned(),
        created_at: now(),
        last_used_at: None,
        crate_scopes: Some(vec!["tide-*".to_owned(), "ebb".to_owned()]),
        endpoint_scopes: Some(vec!["yank".to_owned(), "read".to_owned()]),
        expired_at: Some(now()),
    };
    let again = wanted(&blank(Some(&token)), now()).unwrap();
    assert_eq!((again.name.as_str(), &again.crate_scopes), ("ci", &token.crate_scopes));
    assert_eq!(again.endpoint_scopes, token.endpoint_scopes);
    assert_eq!(again.expires_at.unwrap().to_string(), "2027-02-21T10:20:30.500Z");
    let old = ApiToken { endpoint_scopes: None, crate_scopes: None, ..token };
    assert!(wanted(&blank(Some(&old)), now()).unwrap().endpoint_scopes.is_none());
    assert_eq!(wanted(&blank(None), now()).unwrap_err().0, "scope", "nothing is ticked at first");
}
