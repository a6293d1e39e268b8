//! `cargohold admin dump`: what is in it, and that PostgreSQL takes it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Shape, TestServer, krate, new_database, on_both_shapes};

on_both_shapes!(
    postgresql_takes_a_dump_and_gives_it_back,
    a_dump_has_the_files_of_the_contract,
    an_empty_registry_can_be_dumped_and_loaded,
    a_dump_beside_publishes_fits_together,
    names_are_reserved_as_configured,
    a_dump_that_cannot_be_written_leaves_nothing,
);

const TABLES: [&str; 18] = [
    "categories",
    "crate_downloads",
    "crates",
    "keywords",
    "metadata",
    "oauth_github",
    "reserved_crate_names",
    "reserved_usernames",
    "teams",
    "users",
    "crates_categories",
    "crates_keywords",
    "crate_owners",
    "deleted_crates",
    "versions",
    "default_versions",
    "dependencies",
    "version_downloads",
];

/// Texts that a careless writer or reader of CSV breaks.
const ODD: &str = "a, \"b\"\nc \\ d\r\n'e'\t\\N ü🦀, \"\"\n\n{f}";

/// An unpacked dump.
struct Dump {
    folder: TempDir,
    /// All paths in the order of the archive.
    paths: Vec<String>,
}

impl Dump {
    fn of(server: &TestServer) -> Self {
        server.cli(&["admin", "dump", "--output", "made.tar.gz"]);
        Self::unpack(&server.data_dir().with_file_name("made.tar.gz"))
    }

    fn unpack(archive: &Path) -> Self {
        let open = || tar::Archive::new(flate2::read::GzDecoder::new(std::fs::File::open(archive).unwrap()));
        let path = |entry: tar::Entry<_>| entry.path().unwrap().to_str().unwrap().to_owned();
        let paths = open().entries().unwrap().map(|entry| path(entry.unwrap())).collect();
        let folder = tempfile::tempdir().unwrap();
        open().unpack(folder.path()).unwrap();
        Self { folder, paths }
    }

    /// The one folder at the top.
    fn top(&self) -> PathBuf {
        self.folder.path().join(self.paths[0].trim_end_matches('/'))
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.top().join(path)).unwrap()
    }

    fn csv(&self, table: &str) -> String {
        self.read(&format!("data/{table}.csv"))
    }

    /// Loads it as its own readme says.
    fn load(&self) -> Database {
        let database = Database(new_database());
        database.run_file(&self.top(), "schema.sql");
        database.run_file(&self.top(), "import.sql");
        database
    }
}

/// A database with a dump in it.
struct Database(String);

impl Database {
    fn run_file(&self, folder: &Path, file: &str) {
        let mut psql = Command::new("psql");
        // The scripts say themselves which encoding they need.
        psql.args([&self.0, "-q", "--set", "ON_ERROR_STOP=1", "--file", file]).env("PGCLIENTENCODING", "LATIN1");
        let output = psql.current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{file}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{file}");
    }

    /// The one value that a statement answers, exactly as it is stored.
    fn ask(&self, sql: &str) -> Value {
        let sql = format!("SELECT to_jsonb(({sql}))");
        let output = Command::new("psql").args([&self.0, "-qtA", "-c", &sql]).output().unwrap();
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(output.stdout.trim_ascii()).unwrap_or(Value::Null)
    }
}

/// A registry with a row in every table that can have one, and odd texts wherever there are texts.
async fn fill(server: &TestServer) {
    let text = serde_json::to_string(ODD).unwrap();
    let odd = krate("Tide-Pool")
        .version("1.0.0+a")
        .package(&format!("description = {text}"))
        .package("keywords = [\"sea\", \"moon\"]")
        .package("categories = [\"games\", \"development-tools::testing\"]")
        .toml("[features]\ndefault = [\"a\"]\na = []\n\"b-c\" = [\"a\"]")
        .metadata("readme", json!(ODD))
        .metadata("readme_file", json!("README.md"));
    server.publish_ok(&krate("ebb")).await;
    server.publish_ok(&odd).await;
    let dependent = odd.version("2.0.0").dependency("ebb", ">=1, <3").toml(
        "[target.'cfg(any(unix, target_os = \"wasi\"))'.dev-dependencies]\nflow = { package = \"ebb\", version = \"1\", \
         features = [\"x\", \"y\"], default-features = false }",
    );
    // The features have to be there for the metadata of the dependency not to contradict them.
    server.publish_ok(&dependent).await;
    assert_eq!(server.yank(&server.admin, "Tide-Pool", "2.0.0").await.status(), 200);
    for sql in [
        "UPDATE crates SET homepage = '', documentation = NULL WHERE name = 'ebb'",
        "UPDATE versions SET bin_names = '[\"a,b\", \"c\\\"d\", \"\", \"NULL\", \"e\\\\f\", null]' WHERE num = '1.0.0+a'",
        "UPDATE users SET github_login = 'octo', name = 'A, \"B\"' WHERE login = 'admin'",
        "INSERT INTO tombstones (name, canonical_name, available_at, created_at, deleted_at, message) \
            VALUES ('gone', 'gone', 1800000000500000, 1, 2, 'too, \"small\"')",
        "INSERT INTO version_downloads (version_id, day, downloads, counted) \
            SELECT id, created_at / 86400000000, 7, 7 FROM versions WHERE num = '1.0.0+a'",
        "UPDATE crates SET downloads = 7000000000 WHERE name = 'ebb'",
    ] {
        server.execute_sql(sql);
    }
    // Until nothing changes behind the dump's back.
    crate::support::eventually("there are no jobs", async || server.execute_sql("SELECT COUNT(*) FROM jobs") == "0")
        .await;
}

async fn postgresql_takes_a_dump_and_gives_it_back(shape: Shape) {
    let server = TestServer::start(shape);
    fill(&server).await;
    let dump = Dump::of(&server);
    let database = dump.load();

    let odd = "SELECT description FROM crates WHERE name = 'Tide-Pool'";
    assert_eq!(database.ask(odd), ODD.trim_end());
    assert_eq!(database.ask(&odd.replace("description", "readme")), ODD);
    assert_eq!(database.ask("SELECT homepage FROM crates WHERE name = 'ebb'"), "", "an empty text is not null");
    assert_eq!(database.ask("SELECT documentation IS NULL FROM crates WHERE name = 'ebb'"), true);
    let first = "FROM versions WHERE num = '1.0.0+a'";
    let bins = json!(["a,b", "c\"d", "", "NULL", "e\\f", null]);
    assert_eq!(database.ask(&format!("SELECT bin_names {first}")), bins);
    assert_eq!(database.ask(&format!("SELECT num_no_build {first}")), "1.0.0");
    assert_eq!(database.ask(&format!("SELECT keywords {first}")), json!(["sea", "moon"]));
    let features = json!({ "default": ["a"], "a": [], "b-c": ["a"] });
    assert_eq!(database.ask(&format!("SELECT features {first}")), features);
    let cksum = &server.index_lines("Tide-Pool").await[0]["cksum"];
    assert_eq!(&database.ask(&format!("SELECT encode(tar_sha256, 'hex') {first}")), cksum);
    assert_eq!(database.ask(&format!("SELECT length(zip_sha256) {first}")), 32, "the source archive is there");
    assert_eq!(database.ask("SELECT array_agg(yanked ORDER BY num) FROM versions"), json!([false, false, true]));
    let renamed = database.ask("SELECT to_jsonb(d) - 'id' FROM dependencies d WHERE explicit_name = 'flow'");
    assert_eq!(renamed["features"], json!(["x", "y"]));
    assert_eq!(
        (&renamed["kind"], &renamed["target"], &renamed["req"], &renamed["default_features"]),
        (&json!(2), &json!("cfg(any(unix, target_os = \"wasi\"))"), &json!("^1"), &json!(false))
    );
    assert_eq!(database.ask("SELECT req FROM dependencies WHERE explicit_name IS NULL"), ">=1, <3");
    let newest = "SELECT v.num FROM default_versions d JOIN versions v ON v.id = d.version_id \
                  JOIN crates c ON c.id = d.crate_id WHERE c.name = 'Tide-Pool'";
    assert_eq!(database.ask(newest), "1.0.0+a");
    let today = "SELECT d.downloads FROM version_downloads d JOIN versions v ON v.id = d.version_id \
                 WHERE d.date = (v.created_at AT TIME ZONE 'UTC')::date";
    assert_eq!(database.ask(today), 7);
    assert_eq!(database.ask("SELECT sum(downloads) FROM crate_downloads"), 7_000_000_000_i64);
    assert_eq!(database.ask("SELECT name FROM users"), "A, \"B\"");
    assert_eq!(database.ask("SELECT message FROM deleted_crates"), "too, \"small\"");
    assert_eq!(database.ask("SELECT extract(epoch FROM available_at) FROM deleted_crates"), json!(1_800_000_000.5));
    assert_eq!(database.ask("SELECT count(*) FROM crates_categories"), 2);
    let answer: Value = server.get("/api/v1/crates/Tide-Pool").await.json().await.unwrap();
    let created_at = "SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM crates \
                      WHERE name = 'Tide-Pool'";
    assert_eq!(database.ask(created_at), answer["crate"]["created_at"]);

    // PostgreSQL writes the same files, but for the spaces in JSON.
    let again = tempfile::tempdir().unwrap();
    std::fs::create_dir(again.path().join("data")).unwrap();
    std::fs::copy(dump.top().join("export.sql"), again.path().join("export.sql")).unwrap();
    database.run_file(again.path(), "export.sql");
    for table in TABLES {
        let theirs = std::fs::read_to_string(again.path().join(format!("data/{table}.csv"))).unwrap();
        let plain = |text: String| if table == "versions" { without_order(&text) } else { text };
        assert_eq!(plain(dump.csv(table)), plain(theirs), "{table}");
    }

    // A newer dump goes over an older one.
    server.publish_ok(&krate("ebb").version("1.1.0")).await;
    let newer = Dump::of(&server);
    database.run_file(&newer.top(), "import.sql");
    assert_eq!(database.ask("SELECT count(*) FROM versions"), 4);
}

/// The letters of a text: PostgreSQL orders the members of JSON objects anew, and puts spaces between them.
fn without_order(text: &str) -> String {
    let mut bytes: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
    bytes.sort_unstable();
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn a_dump_has_the_files_of_the_contract(shape: Shape) {
    let server = TestServer::start(shape);
    server.publish_ok(&krate("ebb")).await;
    let said = server.cli(&["admin", "dump"]);
    assert!(said.starts_with("db-dump.tar.gz: ") && said.contains(" rows, "), "{said}");
    let archive = server.data_dir().with_file_name("db-dump.tar.gz");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&archive).unwrap().permissions());
    assert_eq!(mode & 0o044, 0o044, "whoever serves it may read it");
    let dump = Dump::unpack(&archive);
    let top = dump.paths[0].trim_end_matches('/');
    let shape: String = top.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(shape, "0000-00-00-000000");
    let files =
        ["", "README.md", "export.sql", "import.sql", "metadata.json", "schema.sql", "data/"].map(str::to_owned);
    let files = files.into_iter().chain(TABLES.map(|table| format!("data/{table}.csv")));
    assert_eq!(dump.paths, files.map(|file| format!("{top}/{file}")).collect::<Vec<_>>());

    let text = dump.read("metadata.json");
    let metadata: Value = serde_json::from_str(&text).unwrap();
    assert!(text.starts_with("{\n  \"timestamp\": \"2"), "{text}");
    assert_eq!(metadata.as_object().unwrap().keys().collect::<Vec<_>>(), ["timestamp", "crates_io_commit"]);
    let timestamp = metadata["timestamp"].as_str().unwrap();
    assert_eq!(timestamp[..19].replace('T', "-").replace(':', ""), top);
    let versions = dump.csv("versions");
    let head = "bin_names,categories,crate_id,crate_size,created_at,description,documentation,downloads,edition,features,\
                has_lib,homepage,id,keywords,license,links,num,num_no_build,published_by,repository,rust_version,\
                tar_sha256,updated_at,yanked,zip_json_sha256,zip_sha256\n{},{},";
    assert!(versions.starts_with(head), "{versions}");
    assert_eq!(dump.csv("metadata"), "total_downloads\n0\n");
    assert_eq!(dump.csv("teams"), "avatar,github_id,id,login,name,org_id\n");
    let everything: String = TABLES.iter().map(|table| dump.csv(table)).collect();
    for secret in [server.admin.token.as_str(), "admin@", "argon2"] {
        assert!(!everything.contains(secret), "{secret}");
    }

    // A second one takes the place of the first, and nothing else stays behind.
    server.cli(&["admin", "dump"]);
    assert_eq!(files_beside(&server), ["data", "db-dump.tar.gz", "log"]);
}

fn files_beside(server: &TestServer) -> Vec<String> {
    let entries = std::fs::read_dir(server.data_dir().parent().unwrap()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

async fn an_empty_registry_can_be_dumped_and_loaded(shape: Shape) {
    let server = TestServer::start(shape);
    // The categories are there before the first answer.
    assert_eq!(server.get("/api/v1/crates").await.status(), 200);
    let database = Dump::of(&server).load();
    assert_eq!(database.ask("SELECT count(*) FROM crates"), 0);
    assert_eq!(database.ask("SELECT count(*) FROM users"), 0, "whoever has published nothing is not in it");
    assert!(database.ask("SELECT count(*) FROM categories").as_i64().unwrap() > 50);
}

async fn a_dump_beside_publishes_fits_together(shape: Shape) {
    let server = Arc::new(TestServer::start(shape));
    server.publish_ok(&krate("base")).await;
    let dumping = tokio::task::spawn_blocking({
        let server = server.clone();
        move || (0..3).map(|_| Dump::of(&server)).collect::<Vec<_>>()
    });
    let mut published = 0;
    while !dumping.is_finished() {
        let krate = krate(&format!("grown-{published}")).package("keywords = [\"sea\"]").dependency("base", "1");
        server.publish_ok(&krate).await;
        published += 1;
    }
    let mut last = 0;
    for dump in dumping.await.unwrap() {
        // The references are checked by PostgreSQL.
        let database = dump.load();
        let found = database.ask("SELECT count(*) FROM crates").as_u64().unwrap();
        assert_eq!(database.ask("SELECT count(*) FROM versions"), found);
        assert_eq!(database.ask("SELECT count(*) FROM crate_owners"), found);
        assert_eq!(database.ask("SELECT count(*) FROM dependencies"), found - 1);
        let counted = database.ask("SELECT coalesce(max(crates_cnt), 0) FROM keywords");
        assert_eq!(counted, found - 1, "the counter is from the same moment as the crates");
        assert!(found >= last && found <= published + 1);
        last = found;
    }
}

async fn names_are_reserved_as_configured(shape: Shape) {
    let server = TestServer::start(shape);
    let names = Dump::of(&server).csv("reserved_crate_names");
    assert_eq!(names.lines().count(), 63, "{names}");
    for name in ["std", "compiler-builtins", "fmt_macros", "lpt9"] {
        assert!(names.lines().any(|line| line == name), "{name}");
    }
    let server = TestServer::start_with(shape, &[("CARGOHOLD_POLICY__RESERVE_NAMES", "false")]);
    assert_eq!(Dump::of(&server).csv("reserved_crate_names"), "name\n");
}

async fn a_dump_that_cannot_be_written_leaves_nothing(shape: Shape) {
    let server = TestServer::start(shape);
    let text = server.cli_fails(&["admin", "dump", "--output", "nowhere/x.tar.gz"], 1);
    assert!(text.contains("cannot write nowhere/x.tar.gz") && text.contains("No such file"), "{text}");
    let text = server.cli_fails(&["admin", "dump", "--output", "data"], 1);
    assert!(text.contains("cannot write data"), "{text}");
    assert_eq!(files_beside(&server), ["data", "log"]);
    assert_eq!(server.request(Method::GET, "/api/v1/crates").send().await.unwrap().status(), 200);
}
