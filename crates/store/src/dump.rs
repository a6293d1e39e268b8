//! The public part of the database, table by table, for the database dump (contract §10).
//!
//! Never part of it: tokens, sessions, passwords, email addresses, follows, jobs, what was done to versions and why they
//! are yanked, trusted publishing, line counts and library names, invitations and who is in a team. What this registry does
//! not know at all, such as the numbers of accounts at GitHub, is an empty column.

use cargohold_protocol::{Day, Timestamp};
use sqlx::{ColumnIndex, Decode, FromRow, Type};

use crate::downloads::RECENT_DAYS;
use crate::error::decode;
use crate::{Result, Tx};

/// A table of the dump.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name, such as `crates_categories`, from which its file gets its own.
    pub file: &'static str,
    /// Its columns in alphabetical order.
    pub columns: &'static [&'static str],
    forms: &'static [Form],
    source: Source,
}

/// How far a table has been read; the default is its beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor(i64, i64);

/// One row: a cell for each column, `None` for null.
pub type Cells = Vec<Option<String>>;

/// How the text of a cell is made from what is selected.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// It is that text.
    Text,
    /// From Unix microseconds.
    Time,
    /// From the number of a day.
    Date,
    /// From a JSON list of texts.
    List,
}

/// Where rows come from. Each statement also selects the numbers by which they are ordered.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// There are none.
    Nowhere,
    /// From a statement with the limit, and the number behind which to go on.
    ByOne(&'static str),
    /// From a statement with the limit, and the two numbers behind which to go on.
    ByTwo(&'static str),
    /// As `ByTwo`, with the last day that is too old.
    ByTwoSince(&'static str),
}

/// The text of the rest of a statement, `$from`, that selects `$expression`s as text and the numbers it is ordered by. To
/// PostgreSQL, `CAST(id AS TEXT)` is called `id`, so that `ORDER BY id` would put 10 before 9: order by the two keys alone.
macro_rules! select {
    ([$($expression:expr),*], $first:expr, $second:expr, $from:expr) => {
        concat!(
            "SELECT ", $("CAST(", $expression, " AS TEXT), ",)*
            $first, " AS first_key, ", $second, " AS second_key FROM ", $from
        )
    };
}

/// A [`Table`] from its columns, each with a [`Form`] and the expression that selects it.
macro_rules! table {
    ($name:ident { $($column:ident: $form:ident $expression:expr,)* } by $first:literal from $from:literal) => {
        table!($name { $($column: $form,)* } Source::ByOne(select!(
            [$($expression),*], $first, "CAST(0 AS BIGINT)",
            concat!($from, " ", $first, " > $2 ORDER BY first_key LIMIT $1 + 0")
        )))
    };
    ($name:ident { $($column:ident: $form:ident $expression:expr,)* } by $first:literal, $second:literal from $from:literal) => {
        table!($name { $($column: $form,)* } Source::ByTwo(select!(
            [$($expression),*], $first, $second,
            concat!(
                $from, " ", $first, " >= $2 AND (", $first, " > $2 OR ", $second, " > $3) \
                ORDER BY first_key, second_key LIMIT $1 + 0"
            )
        )))
    };
    ($name:ident { $($column:ident: $form:ident,)* } $source:expr) => {
        Table {
            file: stringify!($name),
            columns: &[$(stringify!($column)),*],
            forms: &[$(Form::$form),*],
            source: $source,
        }
    };
}

/// A truth as `t` or `f`.
macro_rules! truth {
    ($column:literal) => {
        concat!("CASE WHEN ", $column, " THEN 't' WHEN NOT ", $column, " THEN 'f' END")
    };
}

/// A checksum in hexadecimal digits as bytes.
macro_rules! bytes {
    ($column:literal) => {
        concat!("'\\x' || ", $column)
    };
}

/// The tables in the order of the dump, in which every table comes after those it refers to.
///
/// - `oauth_github` has the people of `users` who have linked an account; its number, `account_id`, is not known, nor is
///   `gh_id` in `users`.
/// - `users` are those who own a crate or have published a version.
/// - `reserved_crate_names` come from the configuration, so the caller adds them; there are no `reserved_usernames`.
/// - `teams` are those that own a crate.
/// - `dependencies` on crates of other registries are left out.
/// - `version_downloads` are those of the last 90 days.
pub const TABLES: &[Table] = &[
    table!(categories {
        category: Text "name",
        crates_cnt: Text "crates_cnt",
        created_at: Time "created_at",
        description: Text "description",
        id: Text "id",
        path: Text "'root.' || REPLACE(REPLACE(slug, '-', '_'), '::', '.')",
        slug: Text "slug",
    } by "id" from "categories WHERE"),
    table!(crate_downloads {
        crate_id: Text "id",
        downloads: Text "downloads",
    } by "id" from "crates WHERE"),
    table!(crates {
        created_at: Time "created_at",
        description: Text "description",
        documentation: Text "documentation",
        homepage: Text "homepage",
        id: Text "id",
        max_features: Text "max_features",
        max_upload_size: Text "max_upload_bytes",
        name: Text "name",
        readme: Text "readme",
        repository: Text "repository",
        trustpub_only: Text truth!("is_trustpub_only"),
        updated_at: Time "updated_at",
    } by "id" from "crates WHERE"),
    table!(keywords {
        crates_cnt: Text "crates_cnt",
        created_at: Time "created_at",
        id: Text "id",
        keyword: Text "keyword",
    } by "id" from "keywords WHERE"),
    table!(metadata {
        total_downloads: Text "downloads",
    } by "id" from "download_totals WHERE"),
    table!(oauth_github {
        account_id: Text "NULL",
        avatar: Text "u.avatar",
        login: Text "u.github_login",
        user_id: Text "u.id",
    } by "u.id" from "users u WHERE u.github_login IS NOT NULL AND ( \
        EXISTS (SELECT 1 FROM crate_owners o WHERE o.user_id = u.id) \
        OR EXISTS (SELECT 1 FROM versions v WHERE v.published_by = u.id)) AND"),
    table!(reserved_crate_names { name: Text, } Source::Nowhere),
    table!(reserved_usernames { username: Text, } Source::Nowhere),
    table!(teams {
        avatar: Text "t.avatar",
        github_id: Text "CASE WHEN t.provider = 'github' THEN t.external_id END",
        id: Text "t.id",
        login: Text "t.login",
        name: Text "t.name",
        org_id: Text "CASE WHEN t.provider = 'github' THEN t.external_org_id END",
    } by "t.id" from "teams t WHERE EXISTS (SELECT 1 FROM crate_teams o WHERE o.team_id = t.id) AND"),
    table!(users {
        created_at: Time "u.created_at",
        gh_id: Text "NULL",
        gh_login: Text "u.github_login",
        id: Text "u.id",
        name: Text "u.name",
        username: Text "u.login",
    } by "u.id" from "users u WHERE (EXISTS (SELECT 1 FROM crate_owners o WHERE o.user_id = u.id) \
        OR EXISTS (SELECT 1 FROM versions v WHERE v.published_by = u.id)) AND"),
    table!(crates_categories {
        category_id: Text "c.id",
        crate_id: Text "m.crate_id",
    } by "m.crate_id", "c.id" from "crate_categories m JOIN categories c ON c.slug = m.slug WHERE"),
    table!(crates_keywords {
        crate_id: Text "m.crate_id",
        keyword_id: Text "k.id",
    } by "m.crate_id", "k.id" from "crate_keywords m JOIN keywords k ON k.keyword = m.keyword WHERE"),
    table!(crate_owners {
        crate_id: Text "o.crate_id",
        created_at: Time "o.created_at",
        created_by: Text "o.created_by",
        owner_id: Text "o.owner_id",
        owner_kind: Text "o.owner_kind",
    } by "o.crate_id", "o.place" from "( \
        SELECT crate_id, user_id AS owner_id, 0 AS owner_kind, created_at, created_by, user_id * 2 AS place \
            FROM crate_owners \
        UNION ALL \
        SELECT crate_id, team_id, 1, created_at, created_by, team_id * 2 + 1 FROM crate_teams) o WHERE"),
    table!(deleted_crates {
        available_at: Time "available_at",
        created_at: Time "created_at",
        deleted_at: Time "deleted_at",
        deleted_by: Text "deleted_by",
        id: Text "id",
        message: Text "message",
        name: Text "name",
    } by "id" from "tombstones WHERE"),
    table!(versions {
        bin_names: List "v.bin_names",
        categories: List "v.categories",
        crate_id: Text "v.crate_id",
        crate_size: Text "v.size_bytes",
        created_at: Time "v.created_at",
        description: Text "v.description",
        documentation: Text "v.documentation",
        downloads: Text "v.downloads",
        edition: Text "v.edition",
        features: Text "v.features",
        has_lib: Text truth!("v.has_lib"),
        homepage: Text "v.homepage",
        id: Text "v.id",
        keywords: List "v.keywords",
        license: Text "v.license",
        links: Text "v.links",
        num: Text "v.num",
        num_no_build: Text "v.num_no_build",
        published_by: Text "v.published_by",
        repository: Text "v.repository",
        rust_version: Text "v.rust_version",
        tar_sha256: Text bytes!("v.cksum"),
        updated_at: Time "v.updated_at",
        yanked: Text truth!("v.is_yanked"),
        zip_json_sha256: Text bytes!("j.cksum"),
        zip_sha256: Text bytes!("z.cksum"),
    } by "v.id" from "versions v JOIN crates c ON c.id = v.crate_id \
        LEFT JOIN derived_files z ON z.path = 'crates/' || c.name || '/' || c.name || '-' || v.num || '.zip' \
        LEFT JOIN derived_files j ON j.path = 'crates/' || c.name || '/' || c.name || '-' || v.num || '.zip.json' WHERE"),
    table!(default_versions {
        crate_id: Text "id",
        num_versions: Text "num_versions",
        version_id: Text "default_version_id",
    } by "id" from "crates WHERE default_version_id IS NOT NULL AND"),
    table!(dependencies {
        crate_id: Text "c.id",
        default_features: Text truth!("d.default_features"),
        explicit_name: Text "d.explicit_name",
        features: List "d.features",
        id: Text "d.id",
        kind: Text "CASE d.kind WHEN 'normal' THEN 0 WHEN 'build' THEN 1 WHEN 'dev' THEN 2 END",
        optional: Text truth!("d.is_optional"),
        req: Text "d.req",
        target: Text "d.target",
        version_id: Text "d.version_id",
    } by "d.id" from "dependencies d JOIN crates c \
        ON c.canonical_name = LOWER(REPLACE(d.name, '-', '_')) AND c.name = d.name WHERE d.registry IS NULL AND"),
    table!(version_downloads {
        date: Date,
        downloads: Text,
        version_id: Text,
    } Source::ByTwoSince(select!(
        ["day", "downloads", "version_id"], "version_id", "day",
        "version_downloads WHERE version_id >= $2 AND (version_id > $2 OR day > $3) AND day > $4 \
            ORDER BY first_key, second_key LIMIT $1 + 0"
    ))),
];

/// The next rows of a table, at most `limit`, and where to go on after them; nowhere if these are the last.
///
/// Cells are written as PostgreSQL writes them in CSV: `t` and `f`, `2026-01-31 12:00:00.5+00`, `{a,"b c"}`, `\x0123ab`.
/// Quotation marks around cells are up to the caller. To get tables that fit together, read all of them in one
/// [`crate::Store::snapshot`].
///
/// # Errors
/// When the database fails or a stored list is none.
pub async fn rows(
    tx: &mut Tx,
    table: &Table,
    today: Day,
    after: Cursor,
    limit: i64,
) -> Result<(Vec<Cells>, Option<Cursor>)> {
    let query = match table.source {
        Source::Nowhere => return Ok((Vec::new(), None)),
        Source::ByOne(sql) => tx.query(sql).bind(limit).bind(after.0),
        Source::ByTwo(sql) => tx.query(sql).bind(limit).bind(after.0).bind(after.1),
        Source::ByTwoSince(sql) => {
            tx.query(sql).bind(limit).bind(after.0).bind(after.1).bind(today.before(RECENT_DAYS))
        }
    };
    let records: Vec<Record> = query.fetch_all().await?;
    let is_full = i64::try_from(records.len()).is_ok_and(|count| count >= limit);
    let next = records.last().filter(|_| is_full).map(|record| record.key);
    let rows = records.into_iter().map(|record| table.cells(record)).collect::<Result<_>>()?;
    Ok((rows, next))
}

impl Table {
    fn cells(&self, record: Record) -> Result<Cells> {
        let id = record.key.0;
        let cell = |((form, column), text): ((&Form, &&'static str), Option<String>)| {
            text.map(|text| form.write(text, self.file, column, id)).transpose()
        };
        self.forms.iter().zip(self.columns).zip(record.texts).map(cell).collect()
    }
}

impl Form {
    fn write(self, text: String, table: &'static str, column: &'static str, id: i64) -> Result<String> {
        Ok(match self {
            Self::Text => text,
            Self::Time => time(Timestamp::from_micros(decode(text.parse(), table, column, id)?)),
            Self::Date => Day::from_number(decode(text.parse(), table, column, id)?).to_string(),
            Self::List => list(&decode(serde_json::from_str::<Cells>(&text), table, column, id)?),
        })
    }
}

/// An instant as PostgreSQL writes it, with no more digits than it needs.
fn time(time: Timestamp) -> String {
    let text = time.to_string().trim_end_matches('Z').replacen('T', " ", 1);
    match text.split_once('.') {
        Some((seconds, fraction)) => format!("{seconds}.{}+00", fraction.trim_end_matches('0')),
        None => format!("{text}+00"),
    }
}

/// A list as PostgreSQL writes an array of texts.
fn list(members: &[Option<String>]) -> String {
    let member = |member: &Option<String>| match member {
        None => "NULL".to_owned(),
        Some(text) if is_plain(text) => text.clone(),
        Some(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    };
    format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
}

/// Whether a member of an array needs no quotation marks.
fn is_plain(text: &str) -> bool {
    let is_special = |byte: u8| matches!(byte, b'{' | b'}' | b',' | b'"' | b'\\' | b' ' | b'\t'..=b'\r');
    !text.is_empty() && !text.eq_ignore_ascii_case("null") && !text.bytes().any(is_special)
}

/// A selected row: the texts of the cells, and the numbers by which the rows are ordered.
struct Record {
    texts: Cells,
    key: Cursor,
}

impl<'r, R: sqlx::Row> FromRow<'r, R> for Record
where
    usize: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    Option<String>: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        let count = row.len() - 2;
        let texts = (0..count).map(|at| row.try_get(at)).collect::<sqlx::Result<_>>()?;
        Ok(Self { texts, key: Cursor(row.try_get(count)?, row.try_get(count + 1)?) })
    }
}
