#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use super::{Mail, SupportPage};
use crate::pages::form::Form;
use crate::pages::samples::{Sample, frame, sample};
use crate::params::Params;

fn page(operators: &[&str], query: Option<&str>) -> SupportPage {
    let operators: Vec<String> = operators.iter().map(|&address| address.to_owned()).collect();
    SupportPage::new(frame(), &operators, query.map(|query| Form::of(&Params::parse(query))))
}

const OPS: &[&str] = &["ops@registry.example"];
const WHOLE: &str = "send=1&crate=tide&reason=spam&reason=other&detail=Two%0D%0Alines+%26+%3Cscript%3Ealert(1)";

pub(in crate::pages) fn samples() -> Vec<Sample> {
    let pages = [
        page(&[], None),
        page(OPS, None),
        page(OPS, Some("crate=%22%3E%3Cbad")),
        page(OPS, Some("send=1&crate=%22%3E%3Cbad&detail=%3Cscript%3Ealert(1)")),
        page(OPS, Some(WHOLE)),
    ];
    pages.iter().map(|page| sample("support.html", page)).collect()
}

#[test]
fn a_report_becomes_a_mail_to_the_operators() {
    let mail = page(&["ops@registry.example", "a?b&c@registry.example"], Some(WHOLE)).mail.unwrap();
    let link = mail.link();
    assert!(
        link.starts_with("mailto:ops@registry.example,a%3Fb%26c@registry.example?subject=Report%20about"),
        "{link}"
    );
    assert!(link.ends_with("Two%0D%0Alines%20%26%20%3Cscript%3Ealert%281%29"), "{link}");
    assert_eq!(link.matches('&').count(), 1, "{link}");
    assert!(
        mail.body.contains("https://registry.example/crates/tide\n\n- It is spam\n- Something else"),
        "{}",
        mail.body
    );
}

#[test]
fn a_report_that_says_too_little_is_asked_for_again() {
    for (query, field) in [
        ("send=1&crate=+&reason=spam", "crate"),
        ("send=1&crate=tide", "reason"),
        ("send=1&crate=tide&reason=nonsense", "reason"),
        ("send=1&crate=tide&reason=other&detail=+", "detail"),
    ] {
        let page = page(OPS, Some(query));
        assert_eq!(page.mail, None::<Mail>, "{query}");
        assert!(page.form.unwrap().problem(field).is_some(), "{query}");
    }
    let untouched = page(OPS, Some("crate=tide"));
    assert!(untouched.mail.is_none() && untouched.form.unwrap().problem("reason").is_none());
}

#[test]
fn a_registry_whose_operator_cannot_be_reached_offers_no_report() {
    let samples = samples();
    assert!(samples[0].1.contains("published no address") && !samples[0].1.contains("inquire"), "{}", samples[0].1);
    assert!(samples[1].1.contains("href=\"mailto:ops@registry.example\""), "{}", samples[1].1);
    assert!(samples[3].1.contains("value=\"&#34;&#62;&#60;bad\""), "what was typed stays: {}", samples[3].1);
}
