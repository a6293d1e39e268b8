//! Runs a test on each engine, in a database of its own.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use cargohold_store::{Store, Tx};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;

use crate::statements;

/// Makes two tests of each named function, `on_sqlite` and `on_postgres`.
macro_rules! on_both_engines {
    ($($test:ident),+ $(,)?) => {
        $(mod $test {
            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                crate::engines::on_sqlite(super::$test).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres() {
                crate::engines::on_postgres(super::$test).await;
            }
        })+
    };
}

/// A new database that only one test knows.
pub(crate) struct Database {
    pub(crate) store: Store,
    place: Place,
}

/// Where a database is.
pub(crate) enum Place {
    Folder(TempDir),
    Server(String),
}

impl Database {
    pub(crate) async fn read(&self) -> Tx {
        self.store.read().await.unwrap()
    }

    pub(crate) async fn write(&self) -> Tx {
        self.store.write().await.unwrap()
    }

    /// The same database once more, as another process would open it.
    pub(crate) async fn open_again(&self) -> Store {
        self.place.open().await
    }

    /// Whether the engine is SQLite, for statements of a test's own.
    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.place, Place::Folder(_))
    }
}

impl Place {
    /// Makes an SQLite file without tables, for SQLite cannot begin the file itself twice at once.
    pub(crate) async fn make_empty(&self) {
        let Self::Folder(folder) = self else { return };
        let options = SqliteConnectOptions::new().filename(folder.path().join("test.db")).create_if_missing(true);
        let connection = options.journal_mode(SqliteJournalMode::Wal).connect().await.unwrap();
        connection.close().await.unwrap();
    }

    pub(crate) async fn open(&self) -> Store {
        match self {
            Self::Folder(folder) => Store::open_sqlite(&folder.path().join("test.db")).await.unwrap(),
            Self::Server(url) => Store::open_postgres(url, 8).await.unwrap(),
        }
    }
}

pub(crate) async fn on_sqlite(test: impl AsyncFnOnce(&Database)) {
    in_new_folder(async |place| run(test, place).await).await;
}

pub(crate) async fn on_postgres(test: impl AsyncFnOnce(&Database)) {
    on_new_server_database(async |place| run(test, place).await).await;
}

async fn run(test: impl AsyncFnOnce(&Database), place: Place) {
    statements::listen();
    let database = Database { store: place.open().await, place };
    test(&database).await;
    database.store.close().await;
    if let Place::Folder(folder) = &database.place {
        statements::check(&folder.path().join("test.db"));
    }
}

/// Gives the test a place for SQLite at which nothing is yet.
pub(crate) async fn in_new_folder(test: impl AsyncFnOnce(Place)) {
    test(Place::Folder(tempfile::tempdir().unwrap())).await;
}

/// Gives the test a PostgreSQL database without tables.
pub(crate) async fn on_new_server_database(test: impl AsyncFnOnce(Place)) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let server = server_url();
    let name = format!("store_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    psql(&server, &format!("CREATE DATABASE {name}"));
    test(Place::Server(on_server(&server, &name))).await;
    psql(&server, &format!("DROP DATABASE {name} WITH (FORCE)"));
}

#[expect(clippy::disallowed_methods, reason = "`cargo xtask test` says through the environment what it has started")]
fn server_url() -> String {
    std::env::var("TEST_POSTGRES_URL").expect("run `cargo xtask test`, which starts what the tests need")
}

/// The address of another database on the same server.
fn on_server(server: &str, database: &str) -> String {
    let (address, options) = server.split_once('?').unwrap_or((server, ""));
    let (address, _) = address.rsplit_once('/').unwrap();
    format!("{address}/{database}?{options}")
}

fn psql(server: &str, sql: &str) {
    let output = Command::new("psql").args([server, "-qc", sql]).output().unwrap();
    assert!(output.status.success(), "`{sql}` failed: {}", String::from_utf8_lossy(&output.stderr));
}
