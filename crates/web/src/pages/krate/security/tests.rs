use cargohold_protocol::Timestamp;
use cargohold_protocol::api::AuditAction;

use super::Security;
use crate::pages::krate::head::Tab;
use crate::pages::krate::sample::{assert_inert, head, version};
use crate::pages::samples::{Sample, frame, sample};

pub(in crate::pages::krate) fn samples() -> Vec<Sample> {
    let mut yanked = version("1.1.0");
    let user = yanked.published_by.clone().unwrap();
    yanked.audit_actions =
        vec![AuditAction { action: "yank".to_owned(), user, time: Timestamp::from_micros(1_700_000_000_000_000) }];
    vec![
        sample("crate_security.html", &Security::new(frame(), head(Tab::Security), vec![yanked])),
        sample("crate_security.html", &Security::new(frame(), head(Tab::Security), vec![])),
    ]
}

#[test]
fn a_yank_says_who_when_and_why() {
    let (_, html) = samples().remove(0);
    assert_inert(&html);
    assert!(html.contains("href=\"/users/alice\"") && html.contains("2023-11-14"), "{html}");
}
