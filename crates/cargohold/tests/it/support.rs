//! What the tests share: a real server in either shape, crates to publish, and a real cargo.

mod browser;
mod cargo;
mod chrome;
mod contract;
mod krate;
mod mailbox;
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
pub(crate) use krate::{add_file, add_odd, frame, gzip};
pub(crate) use mailbox::Mailbox;
pub(crate) use person::{Person, create_account, in_seconds};
pub(crate) use raw::RawAnswer;
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
