#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use super::*;

fn parse(text: &str) -> Result<SmtpServer, TransportError> {
    text.parse()
}

#[test]
fn the_scheme_says_how_the_connection_is_protected() {
    for (text, host, port, security) in [
        ("smtps://mail.example", "mail.example", 465, Security::Tls),
        ("smtps://mail.example:4465/", "mail.example", 4465, Security::Tls),
        ("smtp://mail.example", "mail.example", 587, Security::StartTls),
        ("smtp://127.0.0.1:2525", "127.0.0.1", 2525, Security::StartTls),
        ("smtp://127.0.0.1?tls=none", "127.0.0.1", 25, Security::Nothing),
        ("smtp://localhost:2525?tls=none", "localhost", 2525, Security::Nothing),
        ("smtp://[::1]:2525?tls=none", "::1", 2525, Security::Nothing),
    ] {
        let server = parse(text).unwrap();
        assert_eq!((server.host.as_str(), server.port, server.security), (host, port, security), "{text}");
        assert_eq!((server.user, server.password), (None, None), "{text}");
    }
}

#[test]
fn user_and_password_may_contain_anything() {
    let server = parse("smtps://crates%40registry.example:p%3A%2F%20s@mail.example").unwrap();
    assert_eq!(server.user.as_deref(), Some("crates@registry.example"));
    assert_eq!(server.password.as_deref(), Some("p:/ s"));
}

#[test]
fn mail_in_the_clear_stays_on_this_machine() {
    for text in [
        "smtp://mail.example?tls=none",
        "smtp://192.0.2.1?tls=none",
        "smtp://localhost.mail.example?tls=none",
        "smtp://[2001:db8::1]?tls=none",
        "smtps://127.0.0.1?tls=none",
    ] {
        assert_eq!(parse(text), Err(TransportError::InTheClear), "{text}");
    }
}

#[test]
fn an_address_that_says_something_else_is_refused() {
    for (text, expected) in [
        ("http://mail.example", TransportError::Unknown),
        ("mail.example", TransportError::Unknown),
        ("smtp://mail.example:99999", TransportError::Unknown),
        ("smtp:mail.example", TransportError::Host),
        ("smtp://", TransportError::Host),
        ("smtp://m%20il.example", TransportError::Host),
        ("smtp://mail.example/inbox", TransportError::Surplus),
        ("smtp://mail.example#x", TransportError::Surplus),
        ("smtp://mail.example?tls=opportunistic", TransportError::Surplus),
        ("smtp://127.0.0.1?tls=none&x=1", TransportError::Surplus),
        ("smtp://:secret@mail.example", TransportError::NoUser),
        ("smtp://u%ff@mail.example", TransportError::Encoding),
    ] {
        assert_eq!(parse(text), Err(expected), "{text}");
    }
}

#[test]
fn a_password_may_come_apart_from_the_address_but_once() {
    let server = parse("smtps://crates@mail.example").unwrap().with_password("secret".to_owned()).unwrap();
    assert_eq!(server, parse("smtps://crates:secret@mail.example").unwrap());
    assert_eq!(server.with_password("other".to_owned()), Err(TransportError::TwoPasswords));
    let nobody = parse("smtps://mail.example").unwrap();
    assert_eq!(nobody.with_password("secret".to_owned()), Err(TransportError::NoUser));
}

#[test]
fn debug_hides_the_password() {
    let shown = format!("{:?}", parse("smtps://crates:secret@mail.example").unwrap());
    assert!(!shown.contains("secret") && shown.contains("***") && shown.contains("crates"), "{shown}");
}
