//! A real mail server for a test, on a port of its own, which puts what arrives into a maildir.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::arrived::Arrived;

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_mins(1);
/// The server's classes for this test, in a module that Python finds.
const HANDLERS: &str = include_str!("handlers.py");

/// Runs until it is dropped.
pub(crate) struct Server {
    process: Child,
    port: u16,
    folder: TempDir,
}

impl Server {
    /// Starts the server's own maildir handler with further options.
    pub(crate) fn start(options: &[&str]) -> Self {
        Self::start_as("aiosmtpd.handlers.Mailbox", options, false)
    }

    /// Starts it with a class of `handlers.py`.
    pub(crate) fn start_with(class: &str, options: &[&str]) -> Self {
        Self::start_as(&format!("handlers.{class}"), options, false)
    }

    /// The same, where TLS comes before anything else.
    pub(crate) fn start_with_tls_first(class: &str, options: &[&str]) -> Self {
        Self::start_as(&format!("handlers.{class}"), options, true)
    }

    fn start_as(class: &str, options: &[&str], is_silent: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("handlers.py"), HANDLERS).unwrap();
        let port = free_port();
        let process = Command::new(program())
            .args(["-n", "-l", &format!("127.0.0.1:{port}"), "-c", class])
            .args(options)
            .arg("--")
            .arg(folder.path().join("maildir"))
            .env("PYTHONPATH", folder.path())
            .stdin(Stdio::null())
            .stderr(File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut server = Self { process, port, folder };
        server.wait(is_silent);
        server
    }

    /// Waits until the server greets, or, if it waits for TLS first, until it accepts a connection.
    fn wait(&mut self, is_silent: bool) {
        let started = Instant::now();
        while !self.answers(is_silent) {
            let log = || std::fs::read_to_string(self.folder.path().join("log")).unwrap();
            let ended = self.process.try_wait().unwrap();
            assert!(ended.is_none(), "the mail server ended with {ended:?}: {}", log());
            assert!(started.elapsed() < PATIENCE, "the mail server does not answer: {}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn answers(&self, is_silent: bool) -> bool {
        let Ok(stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return false };
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut greeting = String::new();
        is_silent || BufReader::new(stream).read_line(&mut greeting).is_ok() && greeting.starts_with("220 ")
    }

    /// Its address with this scheme, and this behind the port.
    pub(crate) fn address(&self, scheme: &str, end: &str) -> String {
        format!("{scheme}127.0.0.1:{}{end}", self.port)
    }

    /// Its address without TLS.
    pub(crate) fn in_the_clear(&self) -> String {
        self.address("smtp://", "?tls=none")
    }

    /// What has arrived.
    pub(crate) fn mails(&self) -> Vec<Arrived> {
        let entries = std::fs::read_dir(self.folder.path().join("maildir/new")).unwrap();
        entries.map(|entry| Arrived::parse(&std::fs::read(entry.unwrap().path()).unwrap())).collect()
    }

    /// The one mail that has arrived.
    pub(crate) fn mail(&self) -> Arrived {
        let mut mails = self.mails();
        assert_eq!(mails.len(), 1);
        mails.remove(0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already, and a panic here would hide the first one.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port that nobody uses at this moment.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[expect(clippy::disallowed_methods, reason = "the tests are told so where the server is")]
fn program() -> OsString {
    let hint = "TEST_SMTP_SERVER is not set; run the tests under `cargo xtask with-services`";
    std::env::var_os("TEST_SMTP_SERVER").expect(hint)
}

/// A certificate for this machine that no one has signed but itself: its file and its key's.
pub(crate) fn certificate(folder: &Path) -> (PathBuf, PathBuf) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (certificate, key)
}
