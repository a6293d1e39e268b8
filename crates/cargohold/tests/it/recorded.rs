//! The reference server's real answers, replayed: status exactly, JSON by shape and value.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Shape, TestServer, on_both_shapes};

on_both_shapes!(the_recorded_publishes_get_the_recorded_answers);

/// The recordings lie beside the repository.
fn folder() -> PathBuf {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/spec/recorded"));
    assert!(folder.exists(), "{} is missing; clone `shared` beside the repository", folder.display());
    folder
}

/// The first list is the group `publish`; those of `refuse` that have a body are publishes as well.
async fn the_recorded_publishes_get_the_recorded_answers(shape: Shape) {
    let server = TestServer::start(shape);
    let (owner, other) = (server.user("owner"), server.user("other"));
    let recorded = std::fs::read(folder().join("recorded.json")).unwrap();
    let recorded: Vec<Value> = serde_json::from_slice(&recorded).unwrap();
    let uploads = recorded.iter().filter(|entry| entry["request"]["body_file"].is_string());
    let mut replayed = 0;
    for entry in uploads {
        let name = entry["name"].as_str().unwrap();
        let user = if entry["request"]["actor"] == "owner" { &owner } else { &other };
        let body = std::fs::read(folder().join(entry["request"]["body_file"].as_str().unwrap())).unwrap();
        let answer = server.put_publish(user, body).await;
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        assert_eq!(status, entry["response"]["status"], "{name}: {text}");
        let given: Value = serde_json::from_str(&text).unwrap();
        let expected = &entry["response"]["json"];
        let keys = |json: &Value| serde_json::to_string(&key_order(json)).unwrap();
        assert_eq!(keys(&given), keys(expected), "{name}: the keys");
        compare(name, &given, expected);
        replayed += 1;
    }
    assert_eq!(replayed, 24, "15 of the group `publish` and 9 of `refuse`");
}

/// Values that differ between any two servers: their type alone counts.
const VOLATILE: [&str; 2] = ["created_at", "updated_at"];

fn compare(at: &str, given: &Value, expected: &Value) {
    match (given, expected) {
        (Value::Object(given), Value::Object(expected)) => {
            for (key, expected) in expected {
                let given = &given[key];
                if VOLATILE.contains(&key.as_str()) {
                    assert_eq!(given.is_string(), expected.is_string(), "{at}.{key}");
                } else {
                    compare(&format!("{at}.{key}"), given, expected);
                }
            }
        }
        (given, expected) => assert_eq!(given, expected, "{at}"),
    }
}

/// The keys of an object, sorted, with those of its values.
fn key_order(json: &Value) -> Value {
    match json {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), key_order(value))).collect(),
        _ => Value::Null,
    }
}
