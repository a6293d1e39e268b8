//! What the tests share: a real server in either shape, crates to publish, and a real cargo.

mod browser;
mod cargo;
mod chrome;
mod contract;
mod krate;
mod locked;
mod mailbox;
mod nginx;
mod owners;
mod person;
mod raw;
mod server;
mod shop;

pub(crate) use browser::{Browser, html, leads_to, shown_again};
pub(crate) use cargo::Cargo;
pub(crate) use chrome::{Chrome, DESK, PHONE};
pub(crate) use contract::{Contract, Exchange, METHODS};
pub(crate) use krate::{Krate, krate};
pub(crate) use krate::{add_file, add_odd, frame, gzip, noise};
pub(crate) use locked::{RELAXED, locked, locked_graph};
pub(crate) use mailbox::Mailbox;
pub(crate) use nginx::Nginx;
pub(crate) use person::{Person, create_account, in_seconds};
pub(crate) use raw::{RawAnswer, read_answer};
pub(crate) use server::{Shape, TestServer, User, new_database, refusal, service};
pub(crate) use shop::{NAMES, Shop};

/// Asks again and again until the answer is yes; fails after a minute, for no promise of ours takes that long.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let started = std::time::Instant::now();
    while !is_so().await {
        assert!(started.elapsed().as_secs() < 60, "waited a minute in vain until {what}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// How often a test does what it does, or to how many: the usual number, or what this variable says, for long runs by hand.
pub(crate) fn number(variable: &str, usual: usize) -> usize {
    #[expect(clippy::disallowed_methods, reason = "asked by whoever runs one test for long")]
    let asked = std::env::var(variable);
    asked.map_or(usual, |number| number.parse().unwrap_or_else(|_| panic!("{variable} is not a number")))
}

/// Lets this process open many files, for tests with many connections: as many as it may, up to 8,192.
pub(crate) fn allow_many_files() {
    let process = std::process::id().to_string();
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let hard: u32 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(hard >= 4096, "this test needs 4,096 open files, and {hard} are allowed; raise the hard limit");
    let limit = format!("--nofile={}:", hard.min(8192));
    let raised = std::process::Command::new("prlimit").args(["--pid", &process, &limit]).status().unwrap();
    assert!(raised.success(), "prlimit failed");
}

/// The SHA-256 of bytes, as the index spells it.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    sha2::Digest::finalize(<sha2::Sha256 as sha2::Digest>::new_with_prefix(bytes))
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Makes two tests of each function, one for every [`Shape`].
macro_rules! on_both_shapes {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            use $crate::support::Shape;

            #[tokio::test]
            async fn on_sqlite_and_disk() {
                super::$name(Shape::Small).await;
            }

            #[tokio::test]
            async fn on_postgres_and_s3() {
                super::$name(Shape::Fleet).await;
            }
        }
    )*};
}
pub(crate) use on_both_shapes;
