//! Every letter says what it has to, in both forms.

use cargohold_mail::{Letter, Publisher};

use crate::arrived::{self, write};

fn text(text: &str) -> String {
    text.to_owned()
}

/// Sends a letter; its subject must contain `subject`, both forms every one of `facts`, and both its links, in order.
async fn assert_says(letter: &Letter, subject: &str, facts: &[&str], links: &[&str]) {
    let mail = write(letter).await;
    assert!(mail.subject.contains(subject), "{} is not about {subject}", mail.subject);
    for fact in facts {
        assert!(mail.text.contains(fact), "no {fact} in {}", mail.text);
        assert!(mail.html.contains(fact), "no {fact} in {}", mail.html);
    }
    let links: Vec<_> = links.iter().map(|path| format!("https://registry.example{path}")).collect();
    assert_eq!(mail.links(), links);
    let in_text: Vec<_> = mail.text.lines().filter(|line| line.starts_with("https://")).collect();
    assert_eq!(in_text, links);
    for form in [&mail.text, &mail.html] {
        assert!(form.contains("Nobody at Example Crates will ever ask you for a password or a token"), "{form}");
        assert!(!form.contains("<form") && !form.contains("<script") && !form.contains("<img"), "{form}");
    }
}

#[tokio::test]
async fn an_address_is_confirmed_by_a_link() {
    let letter = Letter::ConfirmAddress { token: text("S3cret"), login: text("ferris") };
    assert_says(&letter, "Confirm your mail address", &["`ferris`"], &["/confirm/S3cret"]).await;
}

#[tokio::test]
async fn a_new_token_is_told_by_its_name() {
    let letter = Letter::NewToken { token_name: text("nightly builds") };
    assert_says(&letter, "New API token", &["nightly builds"], &["/settings/tokens"]).await;
}

#[tokio::test]
async fn a_token_that_expires_can_be_made_anew() {
    let letter = Letter::TokenExpires { token_name: text("ci"), token_id: 42, expires_at: text("2026-07-04") };
    assert_says(&letter, "expires soon", &["ci", "2026-07-04"], &["/settings/tokens/new?from=42"]).await;
}

#[tokio::test]
async fn a_leaked_token_is_told_with_the_place_but_without_a_link_to_it() {
    let mut letter = Letter::TokenExposed {
        token_name: text("ci"),
        reporter: text("GitHub"),
        source: text("commit"),
        url: Some(text("https://elsewhere.example/leak")),
    };
    let facts = ["ci", "GitHub", "commit", "https://elsewhere.example/leak", "has been revoked"];
    assert_says(&letter, "leaked and was revoked", &facts, &["/settings/tokens"]).await;

    let Letter::TokenExposed { url, .. } = &mut letter else { unreachable!() };
    *url = None;
    assert!(!write(&letter).await.text.contains("Address:"));
}

#[tokio::test]
async fn a_leaked_publishing_token_is_told_with_the_crates() {
    let letter = Letter::TrustpubTokenExposed {
        crates: vec![text("serde"), text("syn")],
        reporter: text("GitHub"),
        source: text("gist"),
        url: None,
    };
    assert_says(&letter, "publishing token", &["serde", "syn", "GitHub", "gist", "has been revoked"], &[]).await;
}

#[tokio::test]
async fn an_invitation_can_be_accepted_by_link_and_on_the_site() {
    let letter = Letter::OwnerInvitation { inviter: text("corro"), krate: text("serde"), token: text("S3cret") };
    let links = ["/accept-invite/S3cret", "/me/pending-invites"];
    assert_says(&letter, "corro invites you to own the crate serde", &["`corro`", "`serde`"], &links).await;
}

#[tokio::test]
async fn a_publish_says_who_did_it() {
    let run = Publisher::Workflow { provider: text("GitHub"), project: text("serde-rs/serde"), run: text("77") };
    for (by, who) in [
        (Publisher::You, "you"),
        (Publisher::User(text("corro")), "corro"),
        (run, "run 77 of serde-rs/serde on GitHub"),
    ] {
        let letter = Letter::Published { krate: text("serde"), version: text("1.2.3+b"), at: text("12:00 UTC"), by };
        let links = ["/crates/serde/1.2.3+b", "/settings/tokens", "/settings/profile"];
        assert_says(&letter, "serde 1.2.3+b was published", &["`serde`", "1.2.3+b", "12:00 UTC"], &links).await;
        assert!(write(&letter).await.text.contains(&format!("  Published by: {who}\n")));
    }
}

#[tokio::test]
async fn whoever_gets_no_more_mails_learns_how_to_get_them_again() {
    assert_says(&Letter::Unsubscribed, "No more mails", &["no longer write"], &["/settings/profile"]).await;
}

#[tokio::test]
async fn a_deleted_crate_is_named() {
    let letter = Letter::CrateDeleted { krate: text("serde") };
    let facts = ["`serde`", "If it was not you"];
    assert_says(&letter, "The crate serde was deleted", &facts, &["/settings/tokens"]).await;
}

#[tokio::test]
async fn a_trusted_publisher_is_described_and_so_is_who_changed_it() {
    let facts = ["corro", "serde-rs/serde", "release.yml", "`serde`"];
    let publisher = vec![(text("Repository"), text("serde-rs/serde")), (text("Workflow"), text("release.yml"))];
    let (actor, krate) = (text("corro"), text("serde"));
    let links = ["/crates/serde/settings"];
    let created = |is_actor| Letter::TrustpubConfigCreated {
        actor: actor.clone(),
        is_actor,
        krate: krate.clone(),
        publisher: publisher.clone(),
    };
    assert_says(&created(false), "has a new trusted publisher", &facts, &links).await;
    assert!(write(&created(true)).await.text.starts_with("You added a trusted publisher"));
    let deleted = |is_actor| Letter::TrustpubConfigDeleted {
        actor: actor.clone(),
        is_actor,
        krate: krate.clone(),
        publisher: publisher.clone(),
    };
    assert_says(&deleted(false), "has lost a trusted publisher", &facts, &links).await;
    assert!(write(&deleted(true)).await.text.starts_with("You removed a trusted publisher"));
}

#[tokio::test]
async fn the_switch_to_trusted_publishing_says_which_way_it_went() {
    let letter =
        |is_actor, is_on| Letter::TrustpubOnlyChanged { actor: text("corro"), is_actor, krate: text("serde"), is_on };
    let links = ["/crates/serde/settings"];
    assert_says(&letter(false, true), "only be published by", &["`corro`", "publishers only"], &links).await;
    assert_says(&letter(true, false), "API tokens again", &["You changed", "with API tokens"], &links).await;
}

#[tokio::test]
async fn operators_learn_what_a_new_name_resembles() {
    let letter = Letter::PossibleTyposquat { krate: text("serbe"), findings: vec![text("one letter off: serde")] };
    assert_says(&letter, "The new crate serbe", &["`serbe`", "one letter off: serde"], &["/crates/serbe"]).await;
}

#[tokio::test]
async fn administrators_learn_who_came_and_who_went() {
    let letter = Letter::AdminsChanged { granted: vec![text("corro")], revoked: vec![text("ferris")] };
    let facts = ["Became an administrator:", "corro", "No longer an administrator:", "ferris"];
    assert_says(&letter, "administrators of Example Crates", &facts, &[]).await;
    let letter = Letter::AdminsChanged { granted: vec![text("corro")], revoked: Vec::new() };
    assert!(!write(&letter).await.text.contains("No longer"));
}

#[tokio::test]
async fn an_invitation_to_sign_up_carries_its_link() {
    let letter = Letter::SignUpInvitation { inviter: text("corro"), token: text("S3cret") };
    assert_says(&letter, "corro invites you to Example Crates", &["`corro`"], &["/sign-up/S3cret"]).await;
}

#[tokio::test]
async fn a_security_notice_says_what_when_and_from_where() {
    let letter = Letter::SecurityNotice {
        what: text("Two-factor authentication was switched off"),
        at: text("2026-07-01 12:00 UTC"),
        address: text("192.0.2.7"),
    };
    let facts = ["Two-factor authentication was switched off.", "2026-07-01 12:00 UTC", "192.0.2.7"];
    assert_says(&letter, "security of your account", &facts, &["/settings/profile", "/settings/tokens"]).await;
}

#[tokio::test]
async fn every_mail_has_the_headers_it_needs_and_no_others() {
    let mail = write(&Letter::Unsubscribed).await;
    let expected = ["Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"];
    assert_eq!(mail.header_names(), expected);
    assert_eq!(mail.header("From"), format!("\"Example Crates\" <{}>", arrived::FROM));
    assert_eq!(mail.header("To"), arrived::TO);
    assert_eq!(mail.header("Message-ID"), "<id-1@registry.example>");
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    assert_eq!(mail.header("Date"), "Wed, 01 Jul 2026 12:00:00 +0000");
    assert!(mail.header("Content-Type").starts_with("multipart/alternative;"));
    let (text, html) = (mail.raw.find("text/plain").unwrap(), mail.raw.find("text/html").unwrap());
    assert!(text < html, "the last alternative is the best one");
}

#[test]
fn debug_tells_the_kind_but_no_secret() {
    let letter = Letter::SignUpInvitation { inviter: text("corro"), token: text("S3cret") };
    assert_eq!(format!("{letter:?}"), "Letter(\"sign_up_invitation\")");
}
