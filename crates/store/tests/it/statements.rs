//! No statement may make SQLite compile it anew at every run.
//!
//! SQLite does so where its plan depends on a bound value: on that of `LIMIT $1` and of `LIKE $1`, but not on that of
//! `LIMIT $1 + 0` or `LIKE $1 || ''`. It counts how often it did, but sqlx shows that count to nobody. So every statement that a
//! test of this crate runs on SQLite is taken from sqlx's log, run once more by the same library through `rusqlite`, which
//! shows the count, and undone.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Mutex, Once, PoisonError};

use rusqlite::types::Null;
use rusqlite::{Connection, StatementStatus};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// What has been run on SQLite in this process, and whether it has been looked at.
static RUN: Mutex<BTreeMap<String, bool>> = Mutex::new(BTreeMap::new());

/// What sqlx calls the threads on which SQLite works. PostgreSQL has none of its own.
const THREADS: &str = "sqlx-sqlite-worker";

/// Listens to sqlx's log from now on.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Log).unwrap());
}

/// Runs whatever was not looked at yet once more, in the database at `path`.
pub(crate) fn check(path: &Path) {
    let mut run = RUN.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(run.keys().any(|sql| is_ours(sql)), "sqlx logs no statements of SQLite any more");
    let new: Vec<String> = run.extract_if(.., |_, is_looked_at| !*is_looked_at).map(|(sql, _)| sql).collect();
    run.extend(new.iter().map(|sql| (sql.clone(), true)));
    drop(run);
    let connection = Connection::open(path).unwrap();
    connection.execute_batch("BEGIN").unwrap();
    for sql in new.iter().filter(|sql| is_ours(sql)) {
        assert_eq!(count_recompilations(&connection, sql), 0, "SQLite compiles this anew at every run:\n{sql}");
    }
    connection.execute_batch("ROLLBACK").unwrap();
}

/// Whether it is a statement of the store's: neither of sqlx's own nor of a migration.
fn is_ours(sql: &str) -> bool {
    !sql.contains("_sqlx_migrations")
        && ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].iter().any(|verb| sql.starts_with(verb))
}

fn count_recompilations(connection: &Connection, sql: &str) -> i32 {
    let mut statement = match connection.prepare(sql) {
        Ok(statement) => statement,
        // A script by which a test fills an old schema.
        Err(rusqlite::Error::MultipleStatement) => return 0,
        Err(error) => panic!("{error}: {sql}"),
    };
    for marker in 1..=statement.parameter_count() {
        statement.raw_bind_parameter(marker, Null).unwrap();
    }
    // Whether it comes to anything without values does not matter: a statement is compiled anew before it begins.
    let _ = statement.raw_query().next();
    statement.get_status(StatementStatus::RePrepare)
}

/// Takes down the statements in sqlx's log.
struct Log;

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn event(&self, event: &Event<'_>) {
        if !std::thread::current().name().is_some_and(|name| name.starts_with(THREADS)) {
            return;
        }
        let mut logged = Logged::default();
        event.record(&mut logged);
        // A statement of a few words is its own summary.
        let text = if logged.statement.is_empty() { logged.summary } else { logged.statement };
        RUN.lock().unwrap_or_else(PoisonError::into_inner).entry(text.trim().to_owned()).or_default();
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Logged {
    summary: String,
    statement: String,
}

impl Visit for Logged {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.clone_into(&mut self.statement),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

#[test]
fn a_bound_limit_is_what_sqlite_compiles_anew_and_a_sum_is_not() {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch("CREATE TABLE tides (id INTEGER PRIMARY KEY, name TEXT)").unwrap();
    for (condition, recompilations) in [
        ("LIMIT $1", 1),
        ("LIMIT $1 + 0", 0),
        ("LIMIT 1 OFFSET $1", 0),
        ("WHERE name LIKE $1", 1),
        ("WHERE name LIKE $1 || ''", 0),
    ] {
        let sql = format!("SELECT id FROM tides {condition}");
        assert_eq!(count_recompilations(&connection, &sql), recompilations, "{condition}");
    }
}

/// The statements of the store that no test of its own runs.
#[test]
fn no_statement_has_a_bound_limit_alone() {
    for file in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for word in ["LIMIT $", "LIKE $"] {
            for (_, after) in text.match_indices(word).map(|(at, _)| text.split_at(at + word.len())) {
                let rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
                let is_sum = rest.starts_with(" + 0") || rest.starts_with(" || ''");
                assert!(
                    is_sum,
                    "{}: write `{word}1 + 0` or `{word}1 || ''`, so that SQLite keeps the statement",
                    path.display()
                );
            }
        }
    }
}
