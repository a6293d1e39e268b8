//! The reference server's real answers, replayed in their order: status exactly, JSON by key order, shape and value.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Shape, TestServer, User, eventually, on_both_shapes};

on_both_shapes!(the_recorded_requests_get_the_recorded_answers);

/// The recordings lie beside the repository.
fn folder() -> PathBuf {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/spec/recorded"));
    assert!(folder.exists(), "{} is missing; clone `shared` beside the repository", folder.display());
    folder
}

async fn the_recorded_requests_get_the_recorded_answers(shape: Shape) {
    let server = TestServer::start(shape);
    let people = [("owner", server.user("owner")), ("other", server.user("other"))];
    // Both had linked an account of the same name and given their names.
    server.execute_sql("UPDATE users SET github_login = login, name = upper(substr(login, 1, 1)) || substr(login, 2)");
    let recorded = std::fs::read(folder().join("recorded.json")).unwrap();
    let recorded: Vec<Value> = serde_json::from_slice(&recorded).unwrap();
    assert_eq!(recorded.len(), 114);
    let last_upload = recorded.iter().rposition(|entry| entry["request"]["body_file"].is_string()).unwrap();
    for (index, entry) in recorded.iter().enumerate() {
        replay(&server, &people, entry).await;
        if index == last_upload {
            wait_for_line_counts(&server).await;
        }
    }
}

/// The recording was made when the reference server had counted the lines of everything.
async fn wait_for_line_counts(server: &TestServer) {
    let uncounted = "SELECT COUNT(*) FROM versions WHERE linecounts IS NULL";
    eventually("all lines are counted", async || server.execute_sql(uncounted) == "0").await;
}

async fn replay(server: &TestServer, people: &[(&str, User)], entry: &Value) {
    let name = entry["name"].as_str().unwrap();
    let (asked, expected) = (&entry["request"], &entry["response"]);
    let mut request =
        server.request(asked["method"].as_str().unwrap().parse().unwrap(), asked["path"].as_str().unwrap());
    if asked["headers"].as_object().unwrap().is_empty() {
        // The recorder asked for JSON unless it says otherwise: `/download` answered it with JSON.
        request = request.header("accept", "application/json");
    }
    for (header, value) in asked["headers"].as_object().unwrap() {
        request = request.header(header, value.as_str().unwrap());
    }
    if let Some((_, user)) = people.iter().find(|(login, _)| asked["actor"] == *login) {
        request = request.header("authorization", &user.token);
    }
    if let Some(file) = asked["body_file"].as_str() {
        request = request.body(std::fs::read(folder().join(file)).unwrap());
    }
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), expected["status"], "{name}");
    for (header, value) in expected["headers"].as_object().unwrap() {
        assert_eq!(answer.headers()[header], value.as_str().unwrap(), "{name}: {header}");
    }
    let text = answer.text().await.unwrap();
    if let Some(expected) = expected["text"].as_str() {
        assert_eq!(text, expected, "{name}");
        return;
    }
    let given: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{name}: no JSON: {text}"));
    compare(name, &given, &expected["json"]);
}

/// Values that differ between any two servers: their type alone counts.
const VOLATILE: [&str; 11] = [
    "id",
    "version_id",
    "created_at",
    "updated_at",
    "time",
    "avatar",
    "url",
    "checksum",
    "crate_size",
    "detail",
    "next_page",
];

/// Lists whose order is left open where the counts are equal.
const BY_COUNT: [&str; 4] = ["keywords", "categories", "popular_keywords", "popular_categories"];

fn compare(at: &str, given: &Value, expected: &Value) {
    match (given, expected) {
        (Value::Object(given), Value::Object(expected)) => {
            let keys = |map: &serde_json::Map<String, Value>| map.keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(given), keys(expected), "{at}: the keys");
            for (key, expected) in expected {
                let (at, given) = (format!("{at}.{key}"), &given[key]);
                let is_number = expected.is_number() || given.is_number();
                if VOLATILE.contains(&key.as_str()) && (key != "id" || is_number) && key != "url" {
                    assert_eq!(std::mem::discriminant(given), std::mem::discriminant(expected), "{at}: {given}");
                } else if key == "url" && at.contains("download") | at.contains("readme") {
                    assert_eq!(given, expected, "{at}");
                } else if key == "url" {
                    assert!(given.is_string(), "{at}");
                } else if BY_COUNT.contains(&key.as_str()) && at.contains("sort=crates") | key.starts_with("popular") {
                    compare_by_count(&at, given, expected);
                } else if key == "versions" && expected[0].is_number() {
                    assert_eq!(given.as_array().unwrap().len(), expected.as_array().unwrap().len(), "{at}");
                } else {
                    compare(&at, given, expected);
                }
            }
        }
        (Value::Array(given), Value::Array(expected)) => {
            assert_eq!(given.len(), expected.len(), "{at}: the length");
            for (index, (given, expected)) in given.iter().zip(expected).enumerate() {
                compare(&format!("{at}[{index}]"), given, expected);
            }
        }
        (given, expected) => assert_eq!(given, expected, "{at}"),
    }
}

/// The counts must be the same in the same order, and so must be everything above the lowest count, whose members the end of
/// the list chooses.
fn compare_by_count(at: &str, given: &Value, expected: &Value) {
    let counts = |list: &Value| -> Vec<i64> {
        list.as_array().unwrap().iter().map(|item| item["crates_cnt"].as_i64().unwrap()).collect()
    };
    assert_eq!(counts(given), counts(expected), "{at}");
    let lowest = counts(expected).last().copied();
    let above = |list: &Value| {
        let items = list.as_array().unwrap().iter();
        let mut above: Vec<Value> = items.filter(|item| item["crates_cnt"].as_i64() > lowest).cloned().collect();
        above.sort_by_key(|item| (-item["crates_cnt"].as_i64().unwrap(), item["id"].to_string()));
        Value::Array(above)
    };
    compare(at, &above(given), &above(expected));
}
