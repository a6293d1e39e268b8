//! The public database dump (contract §10).

use cargohold_protocol::{Cksum, DependencyKind};
use cargohold_store::crates::CrateTexts;
use cargohold_store::dependencies::NewDependency;
use cargohold_store::derived_files::NewFile;
use cargohold_store::dump::{self, Cursor, TABLES, Table};
use cargohold_store::tombstones::NewTombstone;
use cargohold_store::versions::{NewVersion, VersionFacts};
use cargohold_store::{
    Tx, categories, crates, dependencies, derived_files, downloads, follows, jobs, keywords, owners, sessions, tokens,
    tombstones, versions,
};

use crate::engines::Database;
use crate::fixtures::{
    assert_names_row, at, blob_key_of, cksum, day, dependency, krate, line_of, name, new_session, new_user, num, set,
    show, user, version,
};

on_both_engines!(
    an_empty_registry_has_an_empty_dump,
    every_table_is_dumped_as_postgresql_would,
    rows_come_in_the_order_of_their_numbers,
    a_dump_shows_nothing_that_is_not_public,
    lists_are_quoted_as_postgresql_quotes_arrays,
    instants_have_no_more_digits_than_they_need,
    only_the_downloads_of_ninety_days_are_dumped,
    dependencies_on_other_registries_are_left_out,
    a_snapshot_does_not_see_what_comes_later,
    a_list_that_cannot_be_read_is_named,
);

/// Table, then columns, as the contract says.
const EXPECTED: &str = "
categories: category, crates_cnt, created_at, description, id, path, slug
crate_downloads: crate_id, downloads
crates: created_at, description, documentation, homepage, id, max_features, max_upload_size, name, readme, repository, trustpub_only, updated_at
keywords: crates_cnt, created_at, id, keyword
metadata: total_downloads
oauth_github: account_id, avatar, login, user_id
reserved_crate_names: name
reserved_usernames: username
teams: avatar, github_id, id, login, name, org_id
users: created_at, gh_id, gh_login, id, name, username
crates_categories: category_id, crate_id
crates_keywords: crate_id, keyword_id
crate_owners: crate_id, created_at, created_by, owner_id, owner_kind
deleted_crates: available_at, created_at, deleted_at, deleted_by, id, message, name
versions: bin_names, categories, crate_id, crate_size, created_at, description, documentation, downloads, edition, features, has_lib, homepage, id, keywords, license, links, num, num_no_build, published_by, repository, rust_version, tar_sha256, updated_at, yanked, zip_json_sha256, zip_sha256
default_versions: crate_id, num_versions, version_id
dependencies: crate_id, default_features, explicit_name, features, id, kind, optional, req, target, version_id
version_downloads: date, downloads, version_id
";

#[test]
fn the_tables_and_columns_are_those_of_the_contract() {
    let found: Vec<_> = TABLES.iter().map(|table| format!("{}: {}", table.file, table.columns.join(", "))).collect();
    assert_eq!(found.join("\n"), EXPECTED.trim());
}

fn table(file: &str) -> &'static Table {
    TABLES.iter().find(|table| table.file == file).unwrap()
}

/// A whole table, read in steps: a line for each row, cells between bars, `-` for null.
async fn read_in_steps(tx: &mut Tx, table: &Table, step: i64) -> Vec<String> {
    let (mut lines, mut after) = (Vec::new(), Cursor::default());
    loop {
        let (rows, next) = dump::rows(tx, table, day(0), after, step).await.unwrap();
        assert!(i64::try_from(rows.len()).unwrap() <= step);
        for row in rows {
            assert_eq!(row.len(), table.columns.len());
            let cells: Vec<_> = row.into_iter().map(|cell| cell.unwrap_or_else(|| "-".to_owned())).collect();
            lines.push(cells.join("|"));
        }
        match next {
            Some(next) => {
                assert!(after < next, "{} goes on where it was", table.file);
                after = next;
            }
            None => return lines,
        }
    }
}

/// A whole table, which has to be the same however it is read.
async fn read(tx: &mut Tx, file: &str) -> Vec<String> {
    let lines = read_in_steps(tx, table(file), 1000).await;
    for step in [1, 2, 3] {
        assert_eq!(read_in_steps(tx, table(file), step).await, lines, "{file} in steps of {step}");
    }
    lines
}

async fn an_empty_registry_has_an_empty_dump(db: &Database) {
    let mut tx = db.store.snapshot().await.unwrap();
    for table in TABLES {
        let expected: &[&str] = if table.file == "metadata" { &["0"] } else { &[] };
        assert_eq!(read(&mut tx, table.file).await, expected, "{}", table.file);
    }
}

/// The ids of what [`fill`] makes.
struct Filled {
    alice: i64,
    bob: i64,
    tide: i64,
    ebb: i64,
    first: i64,
    second: i64,
    third: i64,
}

fn facts() -> VersionFacts {
    let some = |text: &str| Some(text.to_owned());
    VersionFacts {
        features: r#"{"größe":["a","b"]}"#.to_owned(),
        keywords: r#"["moon", "sea water"]"#.to_owned(),
        categories: r#"["development-tools::testing"]"#.to_owned(),
        license: some("MIT"),
        links: some("z"),
        rust_version: some("1.70"),
        edition: some("2024"),
        has_lib: true,
        lib_name: "secret_library".to_owned(),
        bin_names: r#"["tide"]"#.to_owned(),
        description: some("Flut, \"hoch\"\nund \\tief"),
        homepage: some("https://h.example.org"),
        documentation: some("https://d.example.org"),
        repository: some("https://r.example.org"),
    }
}

/// Two crates, of which one has all there is.
async fn fill(tx: &mut Tx) -> Filled {
    let (alice, bob, eve) = (user(tx, "Alice").await, user(tx, "bob").await, user(tx, "eve").await);
    let set_user = "UPDATE users SET name = 'A', avatar = 'https://a.png', github_login = login WHERE login <> 'bob'";
    tx.query(set_user).execute().await.unwrap();
    let testing = ("development-tools::testing", "Development tools::Testing", "Doubting");
    categories::sync(tx, &[("games", "Games", "Playing"), testing], at(1)).await.unwrap();
    let (tide, ebb) = (krate(tx, "Tide-Pool").await, krate(tx, "ebb").await);
    let texts = CrateTexts { description: Some("Flut".to_owned()), ..CrateTexts::default() };
    crates::set_texts(tx, tide, &texts, Some("# T"), at(2)).await.unwrap();
    crates::set_trustpub_only(tx, ebb, true, at(3)).await.unwrap();
    keywords::set_of_crate(tx, tide, &set(&["moon", "sea"]), at(1)).await.unwrap();
    categories::set_of_crate(tx, tide, &set(&["development-tools::testing"])).await.unwrap();
    owners::add(tx, tide, alice, bob, at(4)).await.unwrap();
    follows::add(tx, eve, tide).await.unwrap();

    let new = NewVersion {
        crate_id: tide,
        num: &num("1.0.0+x"),
        line: &line_of("1.0.0+x"),
        blob_key: &blob_key_of(tide, "1.0.0+x"),
        cksum: &cksum(),
        size_bytes: 1234,
        published_by: Some(alice),
        published_email: Some("secret@example.org"),
        readme_file: None,
        facts: &facts(),
    };
    let first = versions::insert(tx, &new, at(5)).await.unwrap().unwrap();
    let second = version(tx, tide, bob, "2.0.0", at(6)).await;
    let third = version(tx, ebb, bob, "0.1.0", at(7)).await;
    versions::set_yanked(tx, second, true, Some("secret message"), at(8)).await.unwrap();
    let bare = "UPDATE versions SET has_lib = NULL, bin_names = NULL, published_by = NULL WHERE id = $1";
    tx.query(bare).bind(third).execute().await.unwrap();
    show(tx, tide, first, at(9)).await;
    for (suffix, byte) in [("zip", 1), ("zip.json", 2), ("html", 3)] {
        let (path, cksum) = (format!("crates/Tide-Pool/Tide-Pool-1.0.0+x.{suffix}"), Cksum::from_bytes([byte; 32]));
        let ids = (Some(tide), Some(first));
        let file =
            NewFile { path: &path, crate_id: ids.0, version_id: ids.1, blob_key: &path, cksum: &cksum, size_bytes: 1 };
        derived_files::put(tx, &file, at(9)).await.unwrap();
    }
    let renamed = NewDependency {
        explicit_name: Some("flow".to_owned()),
        kind: DependencyKind::Dev,
        features: vec!["a".to_owned(), "b c".to_owned()],
        target: Some("cfg(unix)".to_owned()),
        default_features: false,
        ..dependency("ebb")
    };
    let built = NewDependency { kind: DependencyKind::Build, is_optional: true, ..dependency("Tide-Pool") };
    dependencies::insert_all(tx, first, &[dependency("ebb"), renamed, built]).await.unwrap();
    downloads::add(tx, day(0), &[(first, 5), (third, 2)]).await.unwrap();
    downloads::add(tx, day(-1), &[(first, 1)]).await.unwrap();
    downloads::roll_up(tx, day(0), 99, at(9)).await.unwrap();
    Filled { alice, bob, tide, ebb, first, second, third }
}

/// What the dump has to say of [`fill`]ed tables.
fn expected(filled: &Filled) -> Vec<(&'static str, Vec<String>)> {
    let Filled { alice, bob, tide, ebb, first, third, .. } = filled;
    vec![
        (
            "categories",
            vec![
                "Development tools::Testing|1|2027-01-15 08:00:01+00|Doubting|1|root.development_tools.testing|development-tools::testing".to_owned(),
                "Games|0|2027-01-15 08:00:01+00|Playing|2|root.games|games".to_owned(),
            ],
        ),
        ("crate_downloads", vec![format!("{tide}|6"), format!("{ebb}|2")]),
        (
            "crates",
            vec![
                format!("2027-01-15 08:00:00+00|Flut|-|-|{tide}|-|-|Tide-Pool|# T|-|f|2027-01-15 08:00:02+00"),
                format!("2027-01-15 08:00:00+00|-|-|-|{ebb}|-|-|ebb|-|-|t|2027-01-15 08:00:03+00"),
            ],
        ),
        (
            "keywords",
            vec!["1|2027-01-15 08:00:01+00|1|moon".to_owned(), "1|2027-01-15 08:00:01+00|2|sea".to_owned()],
        ),
        ("metadata", vec!["8".to_owned()]),
        ("oauth_github", vec![format!("-|https://a.png|Alice|{alice}")]),
        (
            "users",
            vec![
                format!("2027-01-15 08:00:00+00|-|Alice|{alice}|A|Alice"),
                format!("2027-01-15 08:00:00+00|-|-|{bob}|-|bob"),
            ],
        ),
        ("crates_categories", vec![format!("1|{tide}")]),
        ("crates_keywords", vec![format!("{tide}|1"), format!("{tide}|2")]),
        ("crate_owners", vec![format!("{tide}|2027-01-15 08:00:04+00|{bob}|{alice}|0")]),
        (
            "deleted_crates",
            vec![format!(
                "2027-01-15 08:00:03+00|2027-01-15 08:00:01+00|2027-01-15 08:00:02+00|{bob}|1|zu klein|flow"
            )],
        ),
        ("versions", expected_versions(filled)),
        ("default_versions", vec![format!("{tide}|1|{first}")]),
        (
            "dependencies",
            vec![
                format!("{ebb}|t|-|{{}}|1|0|f|^1|-|{first}"),
                format!("{ebb}|f|flow|{{a,\"b c\"}}|2|2|f|^1|cfg(unix)|{first}"),
                format!("{tide}|t|-|{{}}|3|1|t|^1|-|{first}"),
            ],
        ),
        (
            "version_downloads",
            vec![
                format!("2027-01-14|1|{first}"),
                format!("2027-01-15|5|{first}"),
                format!("2027-01-15|2|{third}"),
            ],
        ),
    ]
}

fn expected_versions(filled: &Filled) -> Vec<String> {
    let Filled { alice, bob, tide, ebb, first, second, third } = filled;
    vec![
        format!(
            "{{tide}}|{{development-tools::testing}}|{tide}|1234|2027-01-15 08:00:05+00|\
                     Flut, \"hoch\"\nund \\tief|https://d.example.org|6|2024|{{\"größe\":[\"a\",\"b\"]}}|t|\
                     https://h.example.org|{first}|{{moon,\"sea water\"}}|MIT|z|1.0.0+x|1.0.0|{alice}|\
                     https://r.example.org|1.70|\\x{}|2027-01-15 08:00:05+00|f|\\x{}|\\x{}",
            "07".repeat(32),
            "02".repeat(32),
            "01".repeat(32)
        ),
        format!(
            "{{}}|{{}}|{tide}|1234|2027-01-15 08:00:06+00|-|-|0|-|{{}}|f|-|{second}|{{}}|-|-|2.0.0|2.0.0|{bob}|-|-|\
                     \\x{}|2027-01-15 08:00:08+00|t|-|-",
            "07".repeat(32)
        ),
        format!(
            "-|{{}}|{ebb}|1234|2027-01-15 08:00:07+00|-|-|2|-|{{}}|-|-|{third}|{{}}|-|-|0.1.0|0.1.0|-|-|-|\
                     \\x{}|2027-01-15 08:00:07+00|f|-|-",
            "07".repeat(32)
        ),
    ]
}

async fn every_table_is_dumped_as_postgresql_would(db: &Database) {
    let mut tx = db.write().await;
    let filled = fill(&mut tx).await;
    let stone = NewTombstone {
        name: &name("flow"),
        created_at: at(1),
        deleted_at: at(2),
        deleted_by: Some(filled.bob),
        message: Some("zu klein"),
        available_at: at(3),
    };
    tombstones::insert(&mut tx, &stone).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = db.store.snapshot().await.unwrap();
    let expected = expected(&filled);
    for table in TABLES {
        let expected = expected.iter().find(|(file, _)| *file == table.file).map(|(_, lines)| lines.as_slice());
        assert_eq!(read(&mut tx, table.file).await, expected.unwrap_or_default(), "{}", table.file);
    }
}

async fn rows_come_in_the_order_of_their_numbers(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let (mut ids, mut daily) = (Vec::new(), Vec::new());
    for number in 0..12 {
        let id = krate(&mut tx, &format!("wave-{number}")).await;
        let version_id = version(&mut tx, id, alice, "1.0.0", at(0)).await;
        for days in [-1, 0] {
            downloads::add(&mut tx, day(days), &[(version_id, 1)]).await.unwrap();
            daily.push(format!("{}|1|{version_id}", day(days)));
        }
        owners::add(&mut tx, id, alice, alice, at(0)).await.unwrap();
        ids.push(id);
    }
    assert!(ids.is_sorted() && ids.contains(&9) && ids.contains(&10), "{ids:?}");
    let crates: Vec<_> = ids.iter().map(|id| format!("{id}|0")).collect();
    assert_eq!(read(&mut tx, "crate_downloads").await, crates);
    assert_eq!(read(&mut tx, "crate_owners").await.len(), 12);
    assert_eq!(read(&mut tx, "version_downloads").await, daily);
}

async fn a_dump_shows_nothing_that_is_not_public(db: &Database) {
    let mut tx = db.write().await;
    let filled = fill(&mut tx).await;
    let secret = cargohold_store::users::NewUser {
        email: Some("secret@example.org"),
        password_hash: Some("$secret$hash"),
        ..new_user("mallory")
    };
    let mallory = cargohold_store::users::insert(&mut tx, &secret, at(0)).await.unwrap().unwrap();
    owners::add(&mut tx, filled.ebb, mallory, mallory, at(0)).await.unwrap();
    let token = tokens::NewToken {
        user_id: mallory,
        hash: &[0xEE; 32],
        name: "secret token",
        endpoint_scopes: None,
        crate_scopes: None,
        expires_at: None,
    };
    tokens::insert(&mut tx, &token, at(0)).await.unwrap();
    sessions::insert(&mut tx, &new_session(mallory, &[0xEE; 32], at(9)), at(0)).await.unwrap();
    let job = jobs::NewJob {
        kind: "secret kind",
        subject: "secret subject",
        data: Some("secret data"),
        priority: 0,
        delay: std::time::Duration::ZERO,
    };
    jobs::enqueue(&mut tx, &job, at(0)).await.unwrap();
    versions::set_linecounts(&mut tx, filled.first, r#"{"secret":1}"#).await.unwrap();
    tx.query("UPDATE versions SET trustpub_data = '{\"secret\":1}'").execute().await.unwrap();

    let mut all = String::new();
    for table in TABLES {
        all += &read(&mut tx, table.file).await.join("\n");
    }
    assert!(all.contains("|mallory"), "owners are public");
    for secret in ["secret", "eeee", "@", "argon2", "|eve"] {
        assert!(!all.contains(secret), "{secret} is in the dump: {all}");
    }
}

async fn lists_are_quoted_as_postgresql_quotes_arrays(db: &Database) {
    let mut tx = db.write().await;
    let Filled { first, .. } = fill(&mut tx).await;
    let members = [
        "plain",
        "größe-🦀",
        "",
        "NULL",
        "null",
        "nulls",
        "a b",
        "a,b",
        "a\"b",
        "a\\b",
        "a{b",
        "a}b",
        "a\tb",
        "a\nb",
        "a\u{b}b",
        "\u{c}",
        "\r",
        "a'b",
        "\u{a0}",
    ];
    let features = dependencies::list_by_ids(&mut tx, &[1]).await.unwrap();
    assert_eq!(features[0].version_id, first);
    let json = serde_json::to_string(&members).unwrap();
    let json = json.replacen('[', "[null, ", 1);
    tx.query("UPDATE versions SET bin_names = $1 WHERE id = $2")
        .bind(json.as_str())
        .bind(first)
        .execute()
        .await
        .unwrap();
    let (rows, _) = dump::rows(&mut tx, table("versions"), day(0), Cursor::default(), 1).await.unwrap();
    let found = rows[0][0].as_deref().unwrap();
    let expected = "{NULL,plain,größe-🦀,\"\",\"NULL\",\"null\",nulls,\"a b\",\"a,b\",\"a\\\"b\",\"a\\\\b\",\"a{b\",\"a}b\",\
                    \"a\tb\",\"a\nb\",\"a\u{b}b\",\"\u{c}\",\"\r\",a'b,\u{a0}}";
    assert_eq!(found, expected);
    if db.is_sqlite() {
        return;
    }
    // PostgreSQL itself writes it so.
    let sql = "SELECT array_agg(value ORDER BY number)::text FROM jsonb_array_elements_text($1::jsonb) \
               WITH ORDINALITY AS members (value, number)";
    let (theirs,): (String,) = tx.query(sql).bind(json).fetch_one().await.unwrap();
    assert_eq!(theirs, expected);
}

async fn instants_have_no_more_digits_than_they_need(db: &Database) {
    let mut tx = db.write().await;
    let ebb = krate(&mut tx, "ebb").await;
    for (micros, text) in [
        (0, "1970-01-01 00:00:00+00"),
        (1_483_712_591_000_000, "2017-01-06 14:23:11+00"),
        (1_483_712_591_100_000, "2017-01-06 14:23:11.1+00"),
        (1_483_712_591_120_000, "2017-01-06 14:23:11.12+00"),
        (1_483_712_591_123_000, "2017-01-06 14:23:11.123+00"),
        (1_483_712_591_123_450, "2017-01-06 14:23:11.12345+00"),
        (1_483_712_591_000_001, "2017-01-06 14:23:11.000001+00"),
        (1_483_712_610_000_000, "2017-01-06 14:23:30+00"),
    ] {
        tx.query("UPDATE crates SET created_at = $1 WHERE id = $2").bind(micros).bind(ebb).execute().await.unwrap();
        let (rows, _) = dump::rows(&mut tx, table("crates"), day(0), Cursor::default(), 1).await.unwrap();
        assert_eq!(rows[0][0].as_deref(), Some(text));
    }
}

async fn only_the_downloads_of_ninety_days_are_dumped(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let tide = krate(&mut tx, "tide").await;
    let (first, second) =
        (version(&mut tx, tide, alice, "1.0.0", at(0)).await, version(&mut tx, tide, alice, "2.0.0", at(0)).await);
    for days in [-91, -90, -89, 0] {
        downloads::add(&mut tx, day(days), &[(first, 1), (second, 2)]).await.unwrap();
    }
    let expected = ["2026-10-18", "2027-01-15"];
    let of = |version_id: i64, count: i64| expected.map(|date| format!("{date}|{count}|{version_id}"));
    assert_eq!(read(&mut tx, "version_downloads").await, [of(first, 1), of(second, 2)].concat());
}

async fn dependencies_on_other_registries_are_left_out(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let (tide, ebb) = (krate(&mut tx, "tide").await, krate(&mut tx, "Ebb-Flow").await);
    let first = version(&mut tx, tide, alice, "1.0.0", at(0)).await;
    let elsewhere = NewDependency { registry: Some("https://example.org".to_owned()), ..dependency("tide") };
    let given = [elsewhere, dependency("Ebb-Flow"), dependency("gone"), dependency("ebb_flow")];
    dependencies::insert_all(&mut tx, first, &given).await.unwrap();
    assert_eq!(read(&mut tx, "dependencies").await, [format!("{ebb}|t|-|{{}}|2|0|f|^1|-|{first}")]);
}

async fn a_snapshot_does_not_see_what_comes_later(db: &Database) {
    let mut tx = db.write().await;
    fill(&mut tx).await;
    tx.commit().await.unwrap();
    let mut snapshot = db.store.snapshot().await.unwrap();
    assert_eq!(read(&mut snapshot, "metadata").await, ["8"]);
    let mut tx = db.write().await;
    let flow = krate(&mut tx, "flow").await;
    keywords::set_of_crate(&mut tx, flow, &set(&["moon", "new"]), at(0)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(read(&mut snapshot, "crate_downloads").await.len(), 2);
    assert_eq!(read(&mut snapshot, "keywords").await.len(), 2);
    assert_eq!(read(&mut snapshot, "crates_keywords").await.len(), 2);
    assert!(snapshot.query("UPDATE feed SET seq = 7").execute().await.is_err(), "it only reads");
}

async fn a_list_that_cannot_be_read_is_named(db: &Database) {
    let mut tx = db.write().await;
    let Filled { second, .. } = fill(&mut tx).await;
    tx.query("UPDATE versions SET keywords = 'moon' WHERE id = $1").bind(second).execute().await.unwrap();
    let found = dump::rows(&mut tx, table("versions"), day(0), Cursor::default(), 9).await;
    assert_names_row(found, "versions.keywords", second);
}
