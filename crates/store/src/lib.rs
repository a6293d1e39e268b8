//! The only SQL in the house: schema, rows and transactions, on SQLite and PostgreSQL with one text for both.
//!
//! Modules are free functions over [`Tx`], one per table family. This crate has never heard of HTTP or of blobs.
//!
//! Bound limits and patterns are written `LIMIT $1 + 0` and `LIKE $1 || ''`: without the sum SQLite plans with the value, and so
//! compiles the statement anew whenever it is bound.

pub mod accounts;
pub mod audit;
pub mod bulk;
pub mod categories;
pub mod changes;
pub mod crate_limits;
pub mod crate_list;
pub mod crate_names;
pub mod crate_teams;
pub mod crates;
pub mod dependencies;
pub mod derived_files;
mod dialect;
pub mod downloads;
pub mod dump;
mod error;
pub mod follows;
pub mod health;
pub mod identities;
pub mod identity;
pub mod job_list;
pub mod jobs;
pub mod keywords;
mod migrations;
pub mod owned_crates;
pub mod owner_invitations;
pub mod owners;
mod pattern;
pub mod public_keys;
pub mod rate;
pub mod reverse_dependencies;
pub mod second_factors;
pub mod sessions;
pub mod sign_ins;
pub mod sign_up_invitations;
pub mod site_texts;
pub mod team_members;
pub mod teams;
pub mod tokens;
pub mod tombstones;
pub mod trusted_publishers;
pub mod trustpub_tokens;
mod tx;
pub mod users;
mod value;
pub mod versions;

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, SqlitePool};

use crate::tx::Single;

pub use crate::error::{Error, Result};
pub use crate::tx::{Query, Row, Tx};
pub use crate::value::Value;

/// How long a statement waits for a connection or a lock before it fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// An open database.
#[derive(Clone, Debug)]
pub struct Store(Pools);

#[derive(Clone, Debug)]
enum Pools {
    /// SQLite has many readers and exactly one writer, so that nobody ever sees "database is locked".
    Sqlite {
        readers: SqlitePool,
        writer: SqlitePool,
    },
    Postgres(PgPool),
}

impl Store {
    /// Opens the SQLite database at `path`, creating it if need be, and brings its schema up to date.
    ///
    /// # Errors
    /// When the file cannot be opened or a migration fails.
    pub async fn open_sqlite(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE);
        let pool = |max| SqlitePoolOptions::new().max_connections(max).acquire_timeout(PATIENCE);
        let writer = pool(1).connect_with(options.clone()).await.map_err(Error::open)?;
        migrations::run_sqlite(&writer).await?;
        let readers = pool(8).connect_with(options.read_only(true)).await.map_err(Error::open)?;
        Ok(Self(Pools::Sqlite { readers, writer }))
    }

    /// Connects to the PostgreSQL database at `url` and brings its schema up to date.
    ///
    /// # Errors
    /// When the database cannot be reached or a migration fails.
    pub async fn open_postgres(url: &str, max_connections: u32) -> Result<Self> {
        let options = PgConnectOptions::from_str(url).map_err(Error::open)?;
        let pool = |max| PgPoolOptions::new().max_connections(max).acquire_timeout(PATIENCE);
        // A migration may take as long as it takes; everything else gives up, so that one stuck process stops no other.
        let migrating = pool(1).connect_with(options.clone()).await.map_err(Error::open)?;
        migrations::run_postgres(&migrating).await?;
        migrating.close().await;
        let options = options.options([
            ("lock_timeout", "30s"),
            ("statement_timeout", "30s"),
            ("idle_in_transaction_session_timeout", "60s"),
        ]);
        Ok(Self(Pools::Postgres(pool(max_connections).connect_with(options).await.map_err(Error::open)?)))
    }

    /// What the engine is called.
    #[must_use]
    pub fn engine(&self) -> &'static str {
        match &self.0 {
            Pools::Sqlite { .. } => "SQLite",
            Pools::Postgres(_) => "PostgreSQL",
        }
    }

    /// Begins a transaction that only reads.
    ///
    /// # Errors
    /// When no connection is to be had.
    pub async fn read(&self) -> Result<Tx> {
        match &self.0 {
            Pools::Sqlite { readers, .. } => Ok(Tx::Sqlite(readers.begin().await?)),
            Pools::Postgres(pool) => Ok(Tx::Postgres(pool.begin().await?)),
        }
    }

    /// A connection for a single statement that only reads. It sees one state of the database without a transaction around it,
    /// which costs two round trips; a second statement is refused.
    ///
    /// # Errors
    /// When no connection is to be had.
    pub async fn read_once(&self) -> Result<Tx> {
        match &self.0 {
            Pools::Sqlite { readers, .. } => Ok(Tx::SqliteSingle(Single::new(readers.acquire().await?))),
            Pools::Postgres(pool) => Ok(Tx::PostgresSingle(Single::new(pool.acquire().await?))),
        }
    }

    /// Begins a transaction that only reads, and in which every statement sees the same state of the database. PostgreSQL
    /// ends it when nothing is asked for a minute.
    ///
    /// # Errors
    /// When no connection is to be had.
    pub async fn snapshot(&self) -> Result<Tx> {
        match &self.0 {
            // A reader of SQLite's sees what there was at its first statement.
            Pools::Sqlite { readers, .. } => Ok(Tx::Sqlite(readers.begin().await?)),
            Pools::Postgres(pool) => {
                Ok(Tx::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?))
            }
        }
    }

    /// Begins a transaction that may write. On SQLite it is the only one until it ends: do nothing slow inside.
    ///
    /// # Errors
    /// When no connection is to be had.
    pub async fn write(&self) -> Result<Tx> {
        match &self.0 {
            Pools::Sqlite { writer, .. } => Ok(Tx::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?)),
            Pools::Postgres(pool) => Ok(Tx::Postgres(pool.begin().await?)),
        }
    }

    /// Closes all connections after their statements have finished.
    pub async fn close(&self) {
        match &self.0 {
            Pools::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}
