//! Filling an empty registry with millions of rows, as `cargohold-bench seed` does.
//!
//! Rows go in as one JSON array a statement, and come with their ids and with everything that is derived from them but for
//! what [`count_tags`] and [`make_reverse_dependencies`] make. Nothing here checks a rule, and nobody else may write
//! meanwhile.

use cargohold_protocol::Day;
use serde::Serialize;

use crate::dialect::Sql;
use crate::{Result, Tx, changes};

/// How many rows go into one statement: enough to forget what a statement costs, few enough to stay in the CPU's caches.
const ROWS_A_STATEMENT: usize = 500;

/// The Rust type of a column.
macro_rules! rust_type {
    (Int) => { i64 };
    (MaybeInt) => { Option<i64> };
    (Text) => { String };
    (MaybeText) => { Option<String> };
    (Bool) => { bool };
}

/// PostgreSQL's type of a column; SQLite takes what JSON has.
macro_rules! sql_type {
    (Int) => {
        "bigint"
    };
    (MaybeInt) => {
        "bigint"
    };
    (Text) => {
        "text"
    };
    (MaybeText) => {
        "text"
    };
    (Bool) => {
        "boolean"
    };
}

/// A struct for the rows of a table, with a function that inserts many. Fields are columns.
macro_rules! rows {
    ($(#[$attribute:meta])* $row:ident of $table:literal { $first:ident: $first_type:ident, $($name:ident: $type:ident,)* }) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
        #[expect(missing_docs, reason = "the fields are the table's columns; see the migrations")]
        pub struct $row {
            pub $first: rust_type!($first_type),
            $(pub $name: rust_type!($type),)*
        }

        impl $row {
            const INSERT: Sql = Sql {
                sqlite: concat!(
                    "INSERT INTO ", $table, " (", stringify!($first), $(", ", stringify!($name),)* ") SELECT value ->> '",
                    stringify!($first), "'", $(", value ->> '", stringify!($name), "'",)* " FROM json_each($1)"
                ),
                postgres: concat!(
                    "INSERT INTO ", $table, " (", stringify!($first), $(", ", stringify!($name),)* ") SELECT ",
                    stringify!($first), $(", ", stringify!($name),)* " FROM jsonb_to_recordset($1::jsonb) AS rows (",
                    stringify!($first), " ", sql_type!($first_type),
                    $(", ", stringify!($name), " ", sql_type!($type),)* ")"
                ),
            };

            /// Adds all of these rows, in their order.
            ///
            /// # Errors
            /// When the database fails, or one of the rows is there already.
            pub async fn insert_all(tx: &mut Tx, rows: &[Self]) -> Result<()> {
                for rows in rows.chunks(ROWS_A_STATEMENT) {
                    tx.query_pair(Self::INSERT).bind(serde_json::to_string(rows)?).execute().await?;
                }
                Ok(())
            }
        }
    };
}

rows! {
    /// A person.
    UserRow of "users" {
        id: Int, login: Text, canonical_login: Text, name: MaybeText, email: Text, is_email_verified: Bool, is_admin: Bool,
        password_hash: Text, must_change_password: Bool, avatar: MaybeText, github_login: MaybeText, created_at: Int,
    }
}
rows! {
    /// A crate with its derived values.
    CrateRow of "crates" {
        id: Int, name: Text, canonical_name: Text, created_at: Int, updated_at: Int, index_changed_at: Int,
        description: MaybeText, homepage: MaybeText, documentation: MaybeText, repository: MaybeText, readme: MaybeText,
        downloads: Int, recent_downloads: MaybeInt, num_versions: Int, default_version_id: MaybeInt,
        default_version: MaybeText, is_yanked: Bool, max_version: MaybeText, newest_version: MaybeText,
        max_stable_version: MaybeText, max_upload_bytes: MaybeInt, max_features: MaybeInt, is_trustpub_only: Bool,
    }
}
rows! {
    /// A version with its finished index line.
    VersionRow of "versions" {
        id: Int, crate_id: Int, num: Text, num_no_build: Text, created_at: Int, updated_at: Int, is_yanked: Bool,
        yank_message: MaybeText, line_head: Text, line_tail: Text, blob_key: Text, cksum: Text, size_bytes: Int,
        published_by: MaybeInt, published_email: MaybeText, features: Text, keywords: Text, categories: Text,
        license: MaybeText, links: MaybeText, rust_version: MaybeText, edition: MaybeText, has_lib: Bool,
        lib_name: MaybeText, bin_names: MaybeText, description: MaybeText, homepage: MaybeText,
        documentation: MaybeText, repository: MaybeText, readme_file: MaybeText, downloads: Int, linecounts: MaybeText,
    }
}
rows! {
    /// A dependency, which numbers itself.
    DependencyRow of "dependencies" {
        version_id: Int, name: Text, explicit_name: MaybeText, req: Text, kind: Text, is_optional: Bool,
        default_features: Bool, features: Text, target: MaybeText, registry: MaybeText,
    }
}
rows! {
    /// That a crate has a keyword.
    CrateKeywordRow of "crate_keywords" { crate_id: Int, keyword: Text, }
}
rows! {
    /// That a crate is in a category.
    CrateCategoryRow of "crate_categories" { crate_id: Int, slug: Text, }
}
rows! {
    /// That a person owns a crate.
    OwnerRow of "crate_owners" { crate_id: Int, user_id: Int, created_at: Int, created_by: Int, }
}
rows! {
    /// What was done to a version; numbers itself.
    ActionRow of "version_actions" { version_id: Int, user_id: Int, action: Text, at: Int, }
}
rows! {
    /// The downloads of a version on a day. `counted` is what the totals already contain.
    DownloadsRow of "version_downloads" { version_id: Int, day: Int, downloads: Int, counted: Int, }
}

/// Whether nothing was ever published here, so that ids may begin at 1.
///
/// # Errors
/// When the database fails.
pub async fn is_unused(tx: &mut Tx) -> Result<bool> {
    Ok(changes::latest_seq(tx).await? == 0 && crate::crates::count(tx).await? == 0)
}

/// The lowest id that no person has and no later one gets.
///
/// # Errors
/// When the database fails.
pub async fn next_user_id(tx: &mut Tx) -> Result<i64> {
    let (id,): (i64,) = tx.query("SELECT COALESCE(MAX(id), 0) + 1 FROM users").fetch_one().await?;
    Ok(id)
}

/// Gives the writer of SQLite enough memory to keep the inner pages of every index: without, each row costs a read.
///
/// # Errors
/// When the database fails.
pub async fn use_memory(tx: &mut Tx) -> Result<()> {
    if matches!(tx, Tx::Sqlite(_)) {
        tx.query("PRAGMA cache_size = -524288").execute().await?;
    }
    Ok(())
}

/// Makes the keywords from what crates have, and counts the crates of each keyword and category.
///
/// # Errors
/// When the database fails.
pub async fn count_tags(tx: &mut Tx) -> Result<()> {
    tx.query(
        "INSERT INTO keywords (keyword, created_at, crates_cnt) \
         SELECT k.keyword, MIN(c.created_at), COUNT(*) FROM crate_keywords k JOIN crates c ON c.id = k.crate_id \
         WHERE TRUE GROUP BY k.keyword ORDER BY MIN(c.id), k.keyword \
         ON CONFLICT (keyword) DO UPDATE SET crates_cnt = excluded.crates_cnt",
    )
    .execute()
    .await?;
    let counts =
        "UPDATE categories SET crates_cnt = (SELECT COUNT(*) FROM crate_categories WHERE slug = categories.slug)";
    tx.query(counts).execute().await?;
    Ok(())
}

/// Makes the reverse dependencies of the crates with ids from `first` to `last`, both included, which have none yet.
///
/// # Errors
/// When the database fails.
pub async fn make_reverse_dependencies(tx: &mut Tx, first: i64, last: i64) -> Result<()> {
    tx.query(
        "INSERT INTO reverse_dependencies (name, dependent_id, dependency_id, version_id, downloads) \
         SELECT d.name, c.id, MIN(d.id), d.version_id, c.downloads \
         FROM crates c JOIN dependencies d ON d.version_id = c.default_version_id \
         WHERE c.id >= $1 AND c.id <= $2 AND NOT c.is_yanked AND d.registry IS NULL \
         GROUP BY d.name, c.id, d.version_id, c.downloads",
    )
    .bind(first)
    .bind(last)
    .execute()
    .await?;
    Ok(())
}

/// Sums up all downloads, and notes that the recent ones were made on `today`.
///
/// # Errors
/// When the database fails.
pub async fn sum_downloads(tx: &mut Tx, today: Day) -> Result<()> {
    tx.query(
        "UPDATE download_totals SET recent_day = $1, \
            downloads = (SELECT COALESCE(CAST(SUM(downloads) AS BIGINT), 0) FROM crates) WHERE id = 1",
    )
    .bind(today)
    .execute()
    .await?;
    Ok(())
}

/// Lets PostgreSQL number on behind the ids that rows came with, and look at how they are spread. SQLite sees to the first
/// itself and has no use for the second.
///
/// # Errors
/// When the database fails.
pub async fn settle(tx: &mut Tx) -> Result<()> {
    const NUMBER_ON: [&str; 3] = [
        "SELECT setval(pg_get_serial_sequence('users', 'id'), MAX(id)) FROM users",
        "SELECT setval(pg_get_serial_sequence('crates', 'id'), MAX(id)) FROM crates",
        "SELECT setval(pg_get_serial_sequence('versions', 'id'), MAX(id)) FROM versions",
    ];
    if matches!(tx, Tx::Sqlite(_)) {
        return Ok(());
    }
    for sql in NUMBER_ON.into_iter().chain(["ANALYZE"]) {
        tx.query(sql).execute().await?;
    }
    Ok(())
}
