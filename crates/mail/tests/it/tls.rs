//! Mails at a real server that speaks TLS.
//!
//! Which certificates are trusted is a matter of the process, so a test starts itself anew with its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use cargohold_mail::{Error, Letter};

use crate::arrived::{TO, noon, to_server};
use crate::server::{Server, certificate};

/// Tells the test in the second process which server to send to.
const SERVER: &str = "TEST_TRUSTED_SMTP_SERVER";

/// The server's names for a certificate and its key.
const STARTTLS: [&str; 2] = ["--tlscert", "--tlskey"];
const TLS_FIRST: [&str; 2] = ["--smtpscert", "--smtpskey"];

/// The options that give the server a certificate.
fn options<'a>(names: [&'a str; 2], files: &'a (PathBuf, PathBuf)) -> [&'a str; 4] {
    [names[0], files.0.to_str().unwrap(), names[1], files.1.to_str().unwrap()]
}

async fn send(address: &str) -> Result<(), Error> {
    to_server(address).send(TO, &Letter::Unsubscribed, "id-1", noon()).await
}

/// Runs this test in a process that trusts `certificate` and no other, and sends there; answers whether that worked.
fn send_trusting(certificate: &Path, address: &str) -> bool {
    let mut test = Command::new(std::env::current_exe().unwrap());
    test.args(["--exact", "tls::a_trusted_server_gets_mail"]);
    test.env(SERVER, address).env("SSL_CERT_FILE", certificate).env_remove("SSL_CERT_DIR");
    test.output().unwrap().status.success()
}

/// In the second process: the server to send to.
#[expect(clippy::disallowed_methods, reason = "the first process says so where the second sends")]
fn told_server() -> Option<String> {
    std::env::var(SERVER).ok()
}

#[tokio::test]
async fn a_trusted_server_gets_mail() {
    if let Some(address) = told_server() {
        return send(&address).await.unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let files = certificate(folder.path());
    let starttls = Server::start_with("Guarded", &options(STARTTLS, &files));
    assert!(!send_trusting(&files.0, &starttls.address("smtp://ferris:wrong@", "")));
    assert!(!send_trusting(&files.0, &starttls.address("smtp://", "")));
    assert!(starttls.mails().is_empty());
    assert!(send_trusting(&files.0, &starttls.address("smtp://ferris:secret@", "")));
    assert_eq!(starttls.mail().header("X-RcptTo"), TO);

    let tls_first = Server::start_with_tls_first("Picky", &options(TLS_FIRST, &files));
    assert!(send_trusting(&files.0, &tls_first.address("smtps://", "")));
    assert_eq!(tls_first.mail().header("X-RcptTo"), TO);
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_gets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let files = certificate(folder.path());
    let starttls = Server::start_with("Picky", &options(STARTTLS, &files));
    let sent = send(&starttls.address("smtp://", "")).await;
    assert!(matches!(sent, Err(Error::Connection(_))), "{sent:?}");
    assert!(starttls.mails().is_empty());

    let tls_first = Server::start_with_tls_first("Picky", &options(TLS_FIRST, &files));
    let sent = send(&tls_first.address("smtps://", "")).await;
    assert!(matches!(sent, Err(Error::Connection(_))), "{sent:?}");
    assert!(tls_first.mails().is_empty());
}
