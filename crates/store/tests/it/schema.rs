//! The schema and how a database is opened.

use std::collections::BTreeSet;
use std::sync::Arc;

use cargohold_store::{Error, Store, users};
use tokio::task::JoinSet;

use crate::engines::{Database, Place, in_new_folder, on_new_server_database, on_postgres, on_sqlite};
use crate::fixtures::user;

on_both_engines!(opening_again_keeps_what_is_there);

/// Table, column, type and whether it may be NULL.
type Column = (String, String, String, bool);

#[tokio::test]
async fn both_engines_end_with_the_same_tables_and_columns() {
    let mut sqlite = BTreeSet::new();
    on_sqlite(async |db: &Database| sqlite = columns(db).await).await;
    let mut postgres = BTreeSet::new();
    on_postgres(async |db: &Database| postgres = columns(db).await).await;
    assert!(sqlite.iter().any(|(table, column, ..)| table == "versions" && column == "num_no_build"), "{sqlite:?}");
    let differences: Vec<_> = sqlite.symmetric_difference(&postgres).collect();
    assert!(differences.is_empty(), "{differences:?}");
}

/// The columns of all tables, in PostgreSQL's words.
async fn columns(db: &Database) -> BTreeSet<Column> {
    let mut tx = db.read().await;
    let query = if db.is_sqlite() {
        // The ids are declared INTEGER, which SQLite demands of a column that numbers itself.
        tx.query(
            "SELECT t.name, c.name, \
                CASE c.type WHEN 'INTEGER' THEN 'bigint' WHEN 'BLOB' THEN 'bytea' ELSE lower(c.type) END, \
                c.\"notnull\" = 0 AND c.pk = 0 \
             FROM sqlite_master t JOIN pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT LIKE '_sqlx_%'",
        )
    } else {
        tx.query(
            "SELECT table_name::text, column_name::text, data_type::text, is_nullable = 'YES' \
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '_sqlx_%'",
        )
    };
    query.fetch_all().await.unwrap().into_iter().collect()
}

async fn opening_again_keeps_what_is_there(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    tx.commit().await.unwrap();
    let again = db.open_again().await;
    let found = users::find_by_login(&mut again.read().await.unwrap(), "alice").await.unwrap().unwrap();
    assert_eq!(found.id, alice);
    again.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_processes_may_bring_a_database_up_to_date_at_once() {
    let check = async |place: Place| {
        let place = Arc::new(place);
        let mut openers = JoinSet::new();
        for _ in 0..8 {
            let place = place.clone();
            openers.spawn(async move { place.open().await });
        }
        for store in openers.join_all().await {
            assert!(!users::any(&mut store.read().await.unwrap()).await.unwrap());
            store.close().await;
        }
    };
    on_new_server_database(check).await;
    in_new_folder(async |place| {
        place.make_empty().await;
        check(place).await;
    })
    .await;
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_says_which_setting_to_check() {
    let folder = tempfile::tempdir().unwrap();
    let in_a_missing_folder = folder.path().join("missing").join("test.db");
    let sqlite = Store::open_sqlite(&in_a_missing_folder).await;
    let postgres = Store::open_postgres("no address", 1).await;
    for error in [sqlite.unwrap_err(), postgres.unwrap_err()] {
        assert!(matches!(error, Error::Open(_)), "{error:?}");
        assert!(error.to_string().contains("`database.url`"), "{error}");
    }
}

#[tokio::test]
async fn a_closed_store_refuses_to_begin() {
    let check = async |db: &Database| {
        db.store.close().await;
        assert!(db.store.read().await.is_err());
        assert!(db.store.write().await.is_err());
    };
    on_sqlite(check).await;
    on_postgres(check).await;
}

#[tokio::test]
async fn a_reading_transaction_cannot_write_on_sqlite() {
    on_sqlite(async |db: &Database| {
        let mut tx = db.read().await;
        let refused = tx.query("UPDATE feed SET seq = 7").execute().await;
        assert!(matches!(refused, Err(Error::Statement(_))), "{refused:?}");
    })
    .await;
}
