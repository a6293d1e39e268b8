//! What needs no directory.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use super::LdapConfig;
use super::address::{issuer, parse};
use super::error::LdapProblem;
use super::filter::{fill, is_usable};

#[test]
fn values_are_escaped_and_filled_in_once() {
    let fill =
        |login: &str, dn: &str| fill("(|(uid={login})(member={dn}){other})", &[("{login}", login), ("{dn}", dn)]);
    assert_eq!(fill("alice", "uid=alice"), "(|(uid=alice)(member=uid=alice){other})");
    assert_eq!(fill("*", r"cn=a\2cb"), r"(|(uid=\2a)(member=cn=a\5c2cb){other})");
    assert_eq!(fill("a)(b", "\0"), r"(|(uid=a\29\28b)(member=\00){other})");
    assert_eq!(fill("{dn}", "{login}"), "(|(uid={dn})(member={login}){other})");
    assert_eq!(fill("Zoë", "{"), "(|(uid=Zoë)(member={){other})");
}

#[test]
fn filters_that_match_everybody_or_cannot_be_read_are_refused() {
    let is_usable = |filter| is_usable(filter, &["{dn}", "{login}"]);
    assert!(is_usable("(&(objectClass=group)(member:1.2.840.113556.1.4.1941:={dn}))"));
    assert!(is_usable("(memberUid={login})"));
    for filter in
        ["", "(objectClass=*)", "(uid={user})", "(uid={login}", "(&(uid={login})", "{login}", "(uid={login}))"]
    {
        assert!(!is_usable(filter), "{filter}");
    }
}

#[test]
fn an_issuer_ignores_encryption_case_and_spaces() {
    let same = "ldap://ldap.example/ou=people,dc=example,dc=org";
    for (url, base) in [
        ("ldap://ldap.example", "ou=people,dc=example,dc=org"),
        ("ldap://ldap.example:389/", " OU = People, DC=Example ,dc= org "),
        ("ldaps://LDAP.example", "ou=people,dc=example,dc=org"),
        ("ldaps://ldap.example:636", "ou=people,dc=example,dc=org"),
    ] {
        assert_eq!(issuer(&url.parse().unwrap(), base).unwrap(), same, "{url} {base}");
    }
    for (url, base, other) in [
        ("ldap://ldap.example:3389", "dc=org", "ldap://ldap.example:3389/dc=org"),
        ("ldaps://[2001:db8::1]", "dc=org", "ldap://[2001:db8::1]/dc=org"),
        ("ldap://ldap.example/", " ", "ldap://ldap.example"),
        ("ldap://ldap.example", "ou=Straße und Weg?", "ldap://ldap.example/ou=stra%C3%9Fe%20und%20weg%3F"),
    ] {
        assert_eq!(issuer(&url.parse().unwrap(), base).unwrap(), other);
    }
}

#[test]
fn only_bare_addresses_of_directories_are_addresses() {
    for url in [
        "",
        "ldap.example",
        "ldap://",
        "ldap:///",
        "ldaps:///dc=org",
        "ldapi://%2frun%2fslapd",
        "https://ldap.example",
        "ldaps://ldap.example/dc=org",
        "ldaps://ldap.example?x",
        "ldaps://ldap.example#x",
        "ldaps://cn=admin:secret@ldap.example",
        "ldaps://ldap.example:70000",
    ] {
        let problem = parse(&config(url)).unwrap_err();
        assert!(matches!(problem, LdapProblem::Address), "{url}: {problem}");
        assert!(!format!("{problem} {problem:?}").contains("secret"));
    }
    let twice = LdapConfig { start_tls: true, ..config("ldaps://ldap.example") };
    assert!(matches!(parse(&twice), Err(LdapProblem::TlsTwice)));
}

#[test]
fn half_a_service_account_is_refused() {
    let text = |text: &str| Some(text.to_owned());
    for (bind_dn, bind_password, is_fine) in [
        (None, None, true),
        (text("cn=reader"), text("secret"), true),
        (text("cn=reader"), None, false),
        (text("cn=reader"), text(""), false),
        (None, text("secret"), false),
    ] {
        let config = LdapConfig { bind_dn, bind_password, ..config("ldap://127.0.0.1") };
        assert_eq!(config.check().is_ok(), is_fine, "{config:?}");
        assert!(!format!("{config:?}").contains("secret"));
    }
}

fn config(url: &str) -> LdapConfig {
    LdapConfig {
        name: "example".to_owned(),
        url: url.to_owned(),
        start_tls: false,
        allow_plain: false,
        ca_file: None,
        bind_dn: None,
        bind_password: None,
        user_base: "dc=org".to_owned(),
        user_filter: "(uid={login})".to_owned(),
        subject_attribute: "entryUUID".to_owned(),
        login_attribute: "uid".to_owned(),
        name_attribute: "cn".to_owned(),
        email_attribute: "mail".to_owned(),
        group_base: None,
        group_filter: String::new(),
        group_attribute: "cn".to_owned(),
    }
}
