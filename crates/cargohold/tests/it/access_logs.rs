//! `cargohold admin import-logs`: what counts, and that it counts once.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Shape, TestServer, eventually, gzip, krate, on_both_shapes};

on_both_shapes!(
    downloads_in_logs_of_every_format_are_counted,
    a_log_is_counted_once,
    downloads_of_unknown_versions_are_left_out_with_a_warning,
    lines_that_cannot_be_read_do_no_harm,
    a_log_that_breaks_off_counts_nothing,
    a_log_is_counted_while_no_server_runs,
    many_downloads_are_counted_one_by_one,
);

/// A server with `tide` 1.0.0 and 1.1.0+a, and the day it is.
async fn start(shape: Shape) -> (TestServer, Today) {
    let server = TestServer::start(shape);
    server.publish_ok(&krate("tide")).await;
    let answer = server.publish_ok(&krate("tide").version("1.1.0+a")).await;
    let today = answer["crate"]["updated_at"].as_str().unwrap()[..10].to_owned();
    (server, Today(today))
}

/// A day like `2026-01-31`.
struct Today(String);

impl Today {
    /// The same day like `31/Jan/2026`.
    fn apache(&self) -> String {
        const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
        let month: usize = self.0[5..7].parse().unwrap();
        format!("{}/{}/{}", &self.0[8..], &MONTHS[3 * month - 3..3 * month], &self.0[..4])
    }

    /// A line in the combined format.
    fn combined(&self, path: &str, agent: &str) -> String {
        let time = self.apache();
        format!("203.0.113.7 - - [{time}:12:00:00 +0000] \"GET {path} HTTP/2.0\" 200 4711 \"-\" \"{agent}\"\n")
    }

    fn download(&self) -> String {
        self.combined("/crates/tide/tide-1.0.0.crate", "cargo/1.95.0")
    }
}

fn write(server: &TestServer, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path: PathBuf = server.data_dir().with_file_name(name);
    std::fs::write(&path, bytes).unwrap();
    path.into_os_string().into_string().unwrap()
}

/// Imports logs and answers what was said about each.
fn import(server: &TestServer, files: &[&str]) -> Vec<Value> {
    let said = server.cli(&[&["admin", "import-logs", "--json"], files].concat());
    said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn total(server: &TestServer) -> i64 {
    let answer: Value = server.get("/api/v1/crates/tide").await.json().await.unwrap();
    answer["crate"]["downloads"].as_i64().unwrap()
}

async fn has_total(server: &TestServer, wanted: i64) {
    eventually("the total follows", async || total(server).await == wanted).await;
}

async fn downloads_in_logs_of_every_format_are_counted(shape: Shape) {
    let (server, today) = start(shape).await;
    let combined = [
        today.download(),
        today.combined("/crates/tide/1.0.0/download?x", "cargo 1.30.0"),
        today.combined("/crates/tide/tide-1.1.0%2Ba.crate", "cargo/1.95.0"),
        today.combined("/crates/tide/tide-1.0.0.crate", "curl/8"),
        today.download().replace("GET", "HEAD"),
        today.download().replace(" 200 ", " 206 "),
        today.combined("/index/ti/de/tide", "cargo/1.95.0"),
    ];
    let w3c = format!(
        "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes cs-method cs(Host) cs-uri-stem sc-status cs(User-Agent)\n\
         {0}\t12:00:00\tFRA2\t9\tGET\ta.example\t/crates/tide/tide-1.1.0%252Ba.crate\t200\tcargo/1.95.0%20(x)\n\
         {0}\t12:00:00\tFRA2\t9\tGET\ta.example\t/crates/tide/tide-1.0.0.crate\t200\tMozilla/5.0\n",
        today.0
    );
    let json = format!(
        "{{\"timestamp\":\"{0}T12:00:00Z\",\"method\":\"GET\",\"path\":\"/crates/tide/1.0.0/download\",\"status\":200}}\n\
         {{\"time\":\"{0}T12:00:00Z\",\"method\":\"GET\",\"uri\":\"/crates/tide/1.0.0/download\",\"status\":\"200\",\
         \"user_agent\":\"cargo/1\"}}",
        today.0
    );
    let files = [
        write(&server, "combined.log", combined.concat()),
        write(&server, "w3c.log.gz", [gzip(&w3c.as_bytes()[..100]), gzip(&w3c.as_bytes()[100..])].concat()),
        write(&server, "json.log", json),
    ];
    let said = import(&server, &files.each_ref().map(String::as_str));
    let found: Vec<_> = said.iter().map(|log| (log["downloads"].as_i64(), log["versions"].as_i64())).collect();
    assert_eq!(found, [(Some(3), Some(2)), (Some(1), Some(1)), (Some(2), Some(1))], "{said:?}");
    has_total(&server, 6).await;
    for (num, wanted) in [("1.0.0", 4), ("1.1.0+a", 2)] {
        let answer: Value = server.get(&format!("/api/v1/crates/tide/{num}/downloads")).await.json().await.unwrap();
        let days = answer["version_downloads"].as_array().unwrap();
        assert_eq!((days.len(), &days[0]["downloads"]), (1, &Value::from(wanted)), "{num}");
        assert_eq!(days[0]["date"], today.0.as_str());
    }
    let answer: Value = server.get("/api/v1/crates/tide").await.json().await.unwrap();
    assert_eq!(answer["crate"]["recent_downloads"], 6);
}

async fn a_log_is_counted_once(shape: Shape) {
    let (server, today) = start(shape).await;
    let log = today.download().repeat(2);
    let first = write(&server, "access.log.1", &log);
    let said = server.cli(&["admin", "import-logs", &first]);
    assert_eq!(said, format!("{first}: counted 2 downloads of 1 versions on 1 days\n"));
    has_total(&server, 2).await;
    // Under its own name, under another one, and compressed.
    let moved = write(&server, "access.log.2", &log);
    let compressed = write(&server, "access.log.2.gz", gzip(log.as_bytes()));
    let said = server.cli(&["admin", "import-logs", &first, &moved, &compressed]);
    let expected = [&first, &moved, &compressed].map(|file| format!("{file}: was counted before; skipped\n"));
    assert_eq!(said, expected.concat());
    // A log that has grown would count twice. The other one is counted all the same.
    write(&server, "access.log.1", log + today.download().as_str());
    let other = write(&server, "other.log", today.download());
    let text = server.cli_fails(&["admin", "import-logs", &first, &other], 1);
    assert!(text.contains("has changed since") && text.contains("1 of 2 logs"), "{text}");
    assert_eq!(import(&server, &[&other])[0]["outcome"], "counted before");
    has_total(&server, 3).await;
}

async fn downloads_of_unknown_versions_are_left_out_with_a_warning(shape: Shape) {
    let (server, today) = start(shape).await;
    let unknown = ["/crates/Tide/Tide-1.0.0.crate", "/crates/tide/tide-1.1.0.crate", "/crates/ebb/1.0.0/download"];
    let unknown = unknown.map(|path| today.combined(path, "cargo/1.95.0")).concat();
    let file = write(&server, "a.log", today.download() + unknown.as_str());
    let text = server.cli_fails(&["admin", "import-logs", &file], 0);
    assert!(text.contains("left out 3 downloads of versions that are not here, such as `"), "{text}");
    has_total(&server, 1).await;
}

async fn lines_that_cannot_be_read_do_no_harm(shape: Shape) {
    let (server, today) = start(shape).await;
    let long = today.combined(&format!("/{}", "x".repeat(10_000_000)), "cargo/1.95.0");
    let future = today.download().replace(&today.apache(), "31/Dec/2999");
    let log =
        [today.download().as_bytes(), b"\xff\0 rubbish\n", long.as_bytes(), future.as_bytes(), b"\r\n\n"].concat();
    // The last line has no end.
    let log = [&log, today.download().trim_end().as_bytes()].concat();
    let file = write(&server, "a.log", log);
    let text = server.cli_fails(&["admin", "import-logs", &file], 0);
    assert!(text.contains("3 lines could not be read, the first is line 2"), "{text}");
    has_total(&server, 2).await;

    // What is no log at all may be tried again by a release that can read it.
    let file = write(&server, "b.log", "#Fields: date cs-method\n2026-01-31\tGET\nrubbish\n");
    for _ in 0..2 {
        let said = import(&server, &[&file]);
        assert_eq!((&said[0]["outcome"], &said[0]["unreadable_lines"]), (&"unreadable".into(), &2.into()));
    }
    let empty = write(&server, "c.log", "");
    assert_eq!(import(&server, &[&empty])[0]["downloads"], 0);
}

async fn a_log_that_breaks_off_counts_nothing(shape: Shape) {
    let (server, today) = start(shape).await;
    let whole = gzip(today.download().repeat(1000).as_bytes());
    let file = write(&server, "a.log.gz", &whole[..whole.len() - 9]);
    let text = server.cli_fails(&["admin", "import-logs", &file, "missing.log"], 1);
    assert!(text.contains("cannot read") && text.contains("nothing of it is counted"), "{text}");
    assert!(text.contains("missing.log") && text.contains("2 of 2 logs"), "{text}");
    write(&server, "a.log.gz", whole);
    assert_eq!(import(&server, &[&file])[0]["downloads"], 1000);
    has_total(&server, 1000).await;
}

async fn a_log_is_counted_while_no_server_runs(shape: Shape) {
    let (mut server, today) = start(shape).await;
    server.kill();
    let file = write(&server, "a.log", today.download());
    assert_eq!(import(&server, &[&file])[0]["downloads"], 1);
    server.restart();
    has_total(&server, 1).await;
}

async fn many_downloads_are_counted_one_by_one(shape: Shape) {
    let (server, today) = start(shape).await;
    // More different downloads than are looked up at once, known ones all over.
    let mut log = String::new();
    for number in 0..10_000 {
        log += &today.combined(&format!("/crates/wave-{number}/1.0.0/download"), "cargo/1.95.0");
        log += &today.download();
        if number % 10 == 0 {
            log += &today.combined("/crates/tide/1.1.0+a/download", "cargo/1.95.0");
        }
    }
    let file = write(&server, "a.log", log);
    let said = import(&server, &[&file]);
    assert_eq!((&said[0]["downloads"], &said[0]["unknown_downloads"]), (&11_000.into(), &10_000.into()));
    has_total(&server, 11_000).await;
}
