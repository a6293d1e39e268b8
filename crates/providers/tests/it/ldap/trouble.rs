//! Directories that cannot be trusted, cannot be reached or do not let us in.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use cargohold_providers::{Ldap, LdapConfig, LdapProblem};

use super::fixture::{ALICE, Authority, config, config_at, directory, fill, ldap, sign_in};
use crate::slapd::{BASE, READER, Slapd};

#[tokio::test]
async fn a_check_finds_what_keeps_everybody_out() {
    let mut slapd = directory().await;
    let good = config(&slapd);
    ldap(good.clone()).check().await.unwrap();
    ldap(LdapConfig { group_base: None, ..good.clone() }).check().await.unwrap();

    let nowhere = || format!("ou=nowhere,{BASE}");
    let error = ldap(LdapConfig { user_base: nowhere(), ..good.clone() }).check().await.unwrap_err();
    assert!(matches!(&error.problem, LdapProblem::Search("user_base", answer) if answer.code == 32), "{error}");
    let error = ldap(LdapConfig { group_base: Some(nowhere()), ..good.clone() }).check().await.unwrap_err();
    assert!(matches!(&error.problem, LdapProblem::Search("group_base", answer) if answer.code == 32), "{error}");
    let nobody = LdapConfig { bind_dn: None, bind_password: None, ..good.clone() };
    let error = ldap(nobody).check().await.unwrap_err();
    assert!(matches!(&error.problem, LdapProblem::Search("user_base", _)), "{error}");

    slapd.stop();
    let error = ldap(good).check().await.unwrap_err();
    assert!(matches!(&error.problem, LdapProblem::Unreachable(_)), "{error}");
}

#[tokio::test]
async fn a_service_account_that_is_locked_or_has_another_password_is_our_problem_not_the_users() {
    let slapd = directory().await;
    let wrong = LdapConfig { bind_password: Some("not the secret".to_owned()), ..config(&slapd) };
    let refused = async |config: LdapConfig| {
        let ldap = ldap(config);
        for error in
            [ldap.authenticate("alice", "alice's password").await.unwrap_err(), ldap.check().await.unwrap_err()]
        {
            assert!(matches!(&error.problem, LdapProblem::ServiceAccount(answer) if answer.code == 49), "{error}");
            let shown = format!("{error} {error:?} {ldap:?} {:?}", std::error::Error::source(&error));
            assert!(!shown.contains("secret") && !shown.contains("password\""), "{shown}");
        }
    };
    refused(wrong).await;
    ldap(config(&slapd)).check().await.unwrap();
    slapd.replace(READER, "pwdAccountLockedTime", b"000001010000Z").await;
    refused(config(&slapd)).await;
}

#[tokio::test]
async fn an_account_that_is_locked_is_nobody() {
    let slapd = directory().await;
    assert!(sign_in(&slapd, "alice", "alice's password").await.is_some());
    slapd.replace(ALICE, "pwdAccountLockedTime", b"000001010000Z").await;
    assert_eq!(sign_in(&slapd, "alice", "alice's password").await, None);
}

#[tokio::test]
async fn a_private_authority_is_trusted_for_both_kinds_of_encryption() {
    let authority = Authority::new();
    let (certificate, key) = authority.certify("127.0.0.1");
    let slapd = fill(Slapd::start(Some((&certificate, &key))).await).await;
    let trusting = LdapConfig { ca_file: Some(authority.file()), ..config(&slapd) };
    let start_tls = ldap(LdapConfig { start_tls: true, ..trusting.clone() });
    let ldaps = ldap(LdapConfig { url: slapd.tls_url(), ..trusting });
    for ldap in [start_tls, ldaps] {
        ldap.check().await.unwrap();
        assert!(ldap.authenticate("alice", "alice's password").await.unwrap().is_some());
        assert_eq!(ldap.authenticate("alice", "wrong").await.unwrap(), None);
    }
}

#[tokio::test]
async fn certificates_of_others_are_refused() {
    let (authority, other) = (Authority::new(), Authority::new());
    let (certificate, key) = authority.certify("127.0.0.1");
    let slapd = fill(Slapd::start(Some((&certificate, &key))).await).await;
    refused_with_tls(&slapd, Some(other.file())).await;
    refused_with_tls(&slapd, None).await;

    let (certificate, key) = authority.certify("ldap.example");
    let slapd = fill(Slapd::start(Some((&certificate, &key))).await).await;
    refused_with_tls(&slapd, Some(authority.file())).await;
}

async fn refused_with_tls(slapd: &Slapd, ca_file: Option<PathBuf>) {
    let config = LdapConfig { ca_file, ..config(slapd) };
    let start_tls = LdapConfig { start_tls: true, ..config.clone() };
    let ldaps = LdapConfig { url: slapd.tls_url(), ..config };
    for config in [start_tls, ldaps] {
        match Ldap::new(config) {
            Ok(ldap) => {
                let error = ldap.authenticate("alice", "alice's password").await.unwrap_err();
                assert!(matches!(&error.problem, LdapProblem::Tls(_)), "{error}");
            }
            // A system without authorities trusts nobody either.
            Err(error) => assert!(matches!(&error.problem, LdapProblem::NoSystemAuthority), "{error}"),
        }
    }
}

#[tokio::test]
async fn a_server_that_does_not_encrypt_gets_no_password() {
    let authority = Authority::new();
    let slapd = directory().await;
    let config = LdapConfig { start_tls: true, ca_file: Some(authority.file()), ..config(&slapd) };
    let error = ldap(config).authenticate("alice", "alice's password").await.unwrap_err();
    assert!(matches!(&error.problem, LdapProblem::NoStartTls(_)), "{error}");
}

#[test]
fn plain_text_to_another_machine_is_refused_before_anything_is_sent() {
    for url in [
        "ldap://192.0.2.1",
        "ldap://ldap.example:389",
        "ldap://localhost.example",
        "ldap://127.0.0.1.example",
        "ldap://127.1",
        "ldap://[2001:db8::1]",
        "ldap://[::ffff:192.0.2.1]",
    ] {
        let config = LdapConfig { url: url.to_owned(), ..config_at(url) };
        let error = Ldap::new(config.clone()).unwrap_err();
        assert!(matches!(&error.problem, LdapProblem::PlainText), "{url}: {error}");
        Ldap::new(LdapConfig { allow_plain: true, ..config }).unwrap();
    }
    for url in ["ldap://127.0.0.1", "ldap://127.8.9.10:3389/", "ldap://LOCALHOST", "ldap://[::1]:389"] {
        Ldap::new(config_at(url)).unwrap();
    }
}

#[tokio::test]
async fn a_directory_that_is_down_is_an_error() {
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let error = ldap(config_at(&format!("ldap://127.0.0.1:{port}"))).authenticate("alice", "secret").await.unwrap_err();
    assert!(matches!(&error.problem, LdapProblem::Unreachable(_)), "{error}");
    assert!(error.to_string().starts_with("the directory `example` cannot be reached; "), "{error}");
}

#[tokio::test]
async fn what_no_directory_should_see_is_nobody_without_asking() {
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let down = ldap(config_at(&format!("ldap://127.0.0.1:{port}")));
    for (login, password) in [("", "secret"), ("alice", ""), ("ali\0ce", "secret"), ("alice", "sec\0ret")] {
        assert_eq!(down.authenticate(login, password).await.unwrap(), None, "{login:?} {password:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_directory_that_says_nothing_is_given_up_after_ten_seconds() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("ldap://{}", silent.local_addr().unwrap());
    let started = tokio::time::Instant::now();
    let error = ldap(config_at(&url)).authenticate("alice", "secret").await.unwrap_err();
    assert!(matches!(&error.problem, LdapProblem::Timeout), "{error}");
    assert_eq!(started.elapsed().as_secs(), Duration::from_secs(10).as_secs());
}

#[tokio::test]
async fn whatever_is_no_directory_is_an_error() {
    for (answer, is_expected) in [
        (
            &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
            (|problem| matches!(problem, LdapProblem::NotLdap)) as fn(&_) -> bool,
        ),
        // An empty message: the LDAP library panics at it.
        (b"\x30\x00", |problem| matches!(problem, LdapProblem::NotLdap)),
        (b"", |problem| matches!(problem, LdapProblem::Lost)),
    ] {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("ldap://{}", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.read_exact(&mut [0; 16]).unwrap();
            stream.write_all(answer).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            stream.read_to_end(&mut Vec::new()).unwrap();
        });
        let error = ldap(config_at(&url)).authenticate("alice", "secret").await.unwrap_err();
        assert!(is_expected(&error.problem), "{answer:?}: {error} {error:?}");
        server.join().unwrap();
    }
}
