//! Names that people chose, and values from elsewhere, stay what they are.

use cargohold_mail::{Error, Letter, Mailer, Publisher, Site, Transport};

use crate::arrived::{self, Arrived, FROM, TO, noon, to_folder, write};

const HTML: &str = "<script a='\"'>&</script>";
const LINES: &str = "x\r\nBcc: all@mail.example\r\n\r\n-- \nhttps://evil.example/";

/// Letters with `value` wherever somebody from outside chooses it.
fn letters(value: &str) -> Vec<Letter> {
    let v = || value.to_owned();
    let publisher = || vec![(v(), v())];
    let (is_actor, is_on) = (false, true);
    let run = Publisher::Workflow { provider: v(), project: v(), run: v() };
    vec![
        Letter::ConfirmAddress { token: v(), login: v() },
        Letter::NewToken { token_name: v() },
        Letter::TokenExpires { token_name: v(), token_id: 1, expires_at: v() },
        Letter::TokenExposed { token_name: v(), reporter: v(), source: v(), url: Some(v()) },
        Letter::TrustpubTokenExposed { crates: vec![v()], reporter: v(), source: v(), url: Some(v()) },
        Letter::OwnerInvitation { inviter: v(), krate: v(), token: v() },
        Letter::Published { krate: v(), version: v(), at: v(), by: Publisher::User(v()) },
        Letter::Published { krate: v(), version: v(), at: v(), by: run },
        Letter::CrateDeleted { krate: v() },
        Letter::TrustpubConfigCreated { actor: v(), is_actor, krate: v(), publisher: publisher() },
        Letter::TrustpubConfigDeleted { actor: v(), is_actor, krate: v(), publisher: publisher() },
        Letter::TrustpubOnlyChanged { actor: v(), is_actor, krate: v(), is_on },
        Letter::PossibleTyposquat { krate: v(), findings: vec![v()] },
        Letter::AdminsChanged { granted: vec![v()], revoked: vec![v()] },
        Letter::SignUpInvitation { inviter: v(), token: v() },
        Letter::SecurityNotice { what: v(), at: v(), address: v() },
    ]
}

fn assert_only_own_links(mail: &Arrived) {
    let links = mail.links();
    assert!(links.iter().all(|link| link.starts_with("https://registry.example/")), "{links:?}");
    let mut addresses = mail.text.lines().filter(|line| line.starts_with("http"));
    assert!(addresses.all(|line| line.starts_with("https://registry.example/")), "{}", mail.text);
}

#[tokio::test]
async fn markup_in_names_is_shown_as_it_was_typed() {
    for letter in letters(HTML) {
        let mail = write(&letter).await;
        assert!(!mail.html.contains("<script"), "{letter:?}: {}", mail.html);
        assert_only_own_links(&mail);
    }
    let mail = write(&Letter::NewToken { token_name: HTML.to_owned() }).await;
    assert!(mail.text.contains(HTML), "{}", mail.text);
    assert!(mail.html.contains("&lt;script a=&#39;&quot;&#39;&gt;&amp;&lt;/script&gt;"), "{}", mail.html);
}

#[tokio::test]
async fn line_breaks_in_names_add_neither_headers_nor_lines() {
    for letter in letters(LINES) {
        let mail = write(&letter).await;
        let names = mail.header_names();
        assert_eq!(names.len(), 8, "{letter:?}: {names:?}");
        assert!(!mail.subject.contains(char::is_control), "{letter:?}: {}", mail.subject);
        assert_eq!(mail.text.lines().filter(|line| *line == "-- ").count(), 1, "{letter:?}: {}", mail.text);
        assert!(!mail.text.lines().any(|line| line.starts_with("Bcc")), "{letter:?}: {}", mail.text);
        assert_only_own_links(&mail);
    }
}

#[tokio::test]
async fn a_name_without_end_is_cut() {
    let name = "a".repeat(100_000);
    for letter in letters(&name) {
        let mail = write(&letter).await;
        assert!(mail.subject.chars().count() <= 161, "{letter:?}");
        // More would break RFC 5322, section 2.1.1.
        assert!(mail.raw.split("\r\n").all(|line| line.len() <= 998), "{letter:?}");
    }
    let mail = write(&Letter::NewToken { token_name: name }).await;
    assert!(mail.text.len() < 2000, "{}", mail.text.len());
}

#[tokio::test]
async fn names_beyond_ascii_arrive_whole() {
    let krate = "größe-日本".to_owned();
    let mail = write(&Letter::CrateDeleted { krate }).await;
    assert!(mail.subject.contains("größe-日本"), "{}", mail.subject);
    assert!(mail.text.contains("`größe-日本`") && mail.html.contains("`größe-日本`"));
    assert!(mail.raw.is_ascii());
}

#[tokio::test]
async fn the_name_of_the_site_cannot_break_the_sender() {
    let folder = tempfile::tempdir().unwrap();
    let name = "Crates\" <evil@mail.example>\r\nBcc: all@mail.example".to_owned();
    let site = Site { name, base_url: "https://registry.example/".to_owned() };
    let mailer = Mailer::new(site, FROM, &Transport::Folder(folder.path().to_owned())).unwrap();
    mailer.send(TO, &Letter::Unsubscribed, "id-1", noon()).await.unwrap();
    let (_, mail) = arrived::list(folder.path()).remove(0);
    assert_eq!(mail.header_names().len(), 8);
    assert!(mail.header("From").ends_with(&format!("<{FROM}>")), "{}", mail.header("From"));
    // A slash at the end of the site's address is not doubled.
    assert_eq!(mail.links(), ["https://registry.example/settings/profile"]);
}

#[tokio::test]
async fn a_recipient_is_one_mailbox_and_an_id_is_one_word() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = to_folder(folder.path());
    for to in ["", "ferris", "Ferris <ferris@mail.example>", "a@mail.example, b@mail.example", "a@mail.example\r\nX: y"]
    {
        let sent = mailer.send(to, &Letter::Unsubscribed, "id-1", noon()).await;
        assert!(matches!(sent, Err(Error::Address)), "{to}: {sent:?}");
    }
    let long = "a".repeat(65);
    for id in ["", "<a@b>", "../a", "a\r\nX: y", "a b", &long] {
        let sent = mailer.send(TO, &Letter::Unsubscribed, id, noon()).await;
        assert!(matches!(sent, Err(Error::MessageId(_))), "{id}: {sent:?}");
    }
    assert!(arrived::list(folder.path()).is_empty());
}

#[test]
fn a_sender_and_a_site_must_be_usable() {
    for from in ["", "crates", "Crates <crates@registry.example>", "kisten@größe.example", "jürgen@registry.example"]
    {
        let made = Mailer::new(arrived::site(), from, &Transport::Off);
        assert!(matches!(made, Err(Error::Sender(_))), "{from}: {made:?}");
    }
    for base_url in
        ["", "registry.example", "ftp://registry.example", "https://u@registry.example", "https://r.example?a"]
    {
        let site = Site { base_url: base_url.to_owned(), ..arrived::site() };
        let made = Mailer::new(site, FROM, &Transport::Off);
        assert!(matches!(made, Err(Error::BaseUrl(_))), "{base_url}: {made:?}");
    }
}
