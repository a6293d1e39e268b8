//! Transactions and statements over either engine.

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{FromRow, Postgres, Sqlite, Transaction};

use crate::dialect::Sql;
use crate::{Error, Result, Value};

/// A transaction. It is rolled back unless [`Tx::commit`] is reached.
#[derive(Debug)]
pub enum Tx {
    /// On SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// On PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
    /// A single statement on SQLite, which needs no transaction to see one state of the database.
    SqliteSingle(Single<Sqlite>),
    /// A single statement on PostgreSQL.
    PostgresSingle(Single<Postgres>),
}

/// A connection outside of any transaction, good for one statement.
#[derive(Debug)]
pub struct Single<D: sqlx::Database> {
    connection: PoolConnection<D>,
    is_spent: bool,
}

impl<D: sqlx::Database> Single<D> {
    pub(crate) fn new(connection: PoolConnection<D>) -> Self {
        Self { connection, is_spent: false }
    }

    fn spend(&mut self) -> Result<&mut D::Connection> {
        if std::mem::replace(&mut self.is_spent, true) {
            let text = "two statements outside of a transaction may see two states; use `Store::read`";
            return Err(Error::Statement(sqlx::Error::Protocol(text.to_owned())));
        }
        Ok(&mut self.connection)
    }
}

/// What a statement runs on.
enum Connection<'t> {
    Sqlite(&'t mut SqliteConnection),
    Postgres(&'t mut PgConnection),
}

/// A row that decodes from both engines.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl Tx {
    /// Makes everything done in this transaction true and visible.
    ///
    /// # Errors
    /// When the engine cannot; then nothing was done.
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
            Self::SqliteSingle(_) | Self::PostgresSingle(_) => {}
        }
        Ok(())
    }

    /// A statement with the same text on both engines.
    pub fn query(&mut self, sql: &'static str) -> Query<'_> {
        self.query_pair(Sql { sqlite: sql, postgres: sql })
    }

    /// A statement that differs between the engines.
    pub(crate) fn query_pair(&mut self, sql: Sql) -> Query<'_> {
        let text = match self {
            Self::Sqlite(_) | Self::SqliteSingle(_) => sql.sqlite,
            Self::Postgres(_) | Self::PostgresSingle(_) => sql.postgres,
        };
        Query { tx: self, text, values: Vec::new() }
    }

    fn connection(&mut self) -> Result<Connection<'_>> {
        Ok(match self {
            Self::Sqlite(tx) => Connection::Sqlite(tx),
            Self::Postgres(tx) => Connection::Postgres(tx),
            Self::SqliteSingle(single) => Connection::Sqlite(single.spend()?),
            Self::PostgresSingle(single) => Connection::Postgres(single.spend()?),
        })
    }
}

/// A statement with the values bound so far.
#[derive(Debug)]
pub struct Query<'t> {
    tx: &'t mut Tx,
    text: &'static str,
    values: Vec<Value>,
}

impl Query<'_> {
    /// Binds the next marker.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Runs the statement and answers how many rows it changed.
    ///
    /// # Errors
    /// When the engine refuses it.
    pub async fn execute(self) -> Result<u64> {
        Ok(match self.tx.connection()? {
            Connection::Sqlite(on) => sqlite(self.text, self.values).execute(on).await?.rows_affected(),
            Connection::Postgres(on) => postgres(self.text, self.values).execute(on).await?.rows_affected(),
        })
    }

    /// All rows of the answer.
    ///
    /// # Errors
    /// When the engine refuses the statement or a row does not decode.
    pub async fn fetch_all<R: Row>(self) -> Result<Vec<R>> {
        match self.tx.connection()? {
            Connection::Sqlite(on) => {
                let rows = sqlite(self.text, self.values).fetch_all(on).await?;
                Ok(rows.iter().map(R::from_row).collect::<Result<_, _>>()?)
            }
            Connection::Postgres(on) => {
                let rows = postgres(self.text, self.values).fetch_all(on).await?;
                Ok(rows.iter().map(R::from_row).collect::<Result<_, _>>()?)
            }
        }
    }

    /// The first row of the answer, if there is one.
    ///
    /// # Errors
    /// When the engine refuses the statement or the row does not decode.
    pub async fn fetch_optional<R: Row>(self) -> Result<Option<R>> {
        match self.tx.connection()? {
            Connection::Sqlite(on) => {
                let row = sqlite(self.text, self.values).fetch_optional(on).await?;
                Ok(row.as_ref().map(R::from_row).transpose()?)
            }
            Connection::Postgres(on) => {
                let row = postgres(self.text, self.values).fetch_optional(on).await?;
                Ok(row.as_ref().map(R::from_row).transpose()?)
            }
        }
    }

    /// The one row of the answer.
    ///
    /// # Errors
    /// When the engine refuses the statement, there is no row or it does not decode.
    pub async fn fetch_one<R: Row>(self) -> Result<R> {
        self.fetch_optional().await?.ok_or(crate::Error::Statement(sqlx::Error::RowNotFound))
    }
}

fn sqlite(text: &'static str, values: Vec<Value>) -> sqlx::query::Query<'static, Sqlite, SqliteArguments> {
    values.into_iter().fold(sqlx::query(text), |query, value| match value {
        Value::Bool(value) => query.bind(value),
        Value::Int(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
    })
}

fn postgres(text: &'static str, values: Vec<Value>) -> sqlx::query::Query<'static, Postgres, PgArguments> {
    values.into_iter().fold(sqlx::query(text), |query, value| match value {
        Value::Bool(value) => query.bind(value),
        Value::Int(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
    })
}
