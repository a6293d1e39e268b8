//! What can go wrong with the database.

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The database failed. None of these is a caller's mistake.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database could not be opened.
    #[error("the database cannot be opened; check `database.url` and that it is reachable")]
    Open(#[source] sqlx::Error),
    /// A statement failed.
    #[error("the database refused a statement")]
    Statement(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the database schema cannot be brought up to date")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A stored value is not what its column promises.
    #[error("the value of {table}.{column} in the row with id {id} cannot be read")]
    Decode {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's id.
        id: i64,
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A list cannot be written as JSON, which no list of texts can cause.
    #[error("a value cannot be stored as JSON")]
    Encode(#[from] serde_json::Error),
}

impl Error {
    pub(crate) fn open(error: sqlx::Error) -> Self {
        Self::Open(error)
    }
}

/// Reads a stored value, naming table, column and row where it cannot be read.
pub(crate) fn decode<T, E>(value: Result<T, E>, table: &'static str, column: &'static str, id: i64) -> Result<T>
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    value.map_err(|source| Error::Decode { table, column, id, source: source.into() })
}
