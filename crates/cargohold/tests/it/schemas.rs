//! What lies under `/schemas/`: does it describe what the server really says?

use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::support::{Shape, Shop, TestServer, on_both_shapes, refusal};

on_both_shapes!(the_schemas_describe_live_crates_and_index_entries);

async fn load(server: &TestServer, name: &str, content_type: &str) -> Value {
    let answer = server.get(&format!("/schemas/{name}")).await;
    assert_eq!((answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()), (200, content_type));
    answer.json().await.unwrap()
}

fn members(schema: &Value) -> BTreeSet<String> {
    schema["properties"].as_object().unwrap().keys().cloned().collect()
}

/// Compiles a schema, and closes it: a live object may not have a member that the schema does not describe.
fn compile(schema: &Value) -> Validator {
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    jsonschema::meta::validate(schema).unwrap();
    let mut closed = schema.clone();
    closed["unevaluatedProperties"] = false.into();
    for definition in closed["$defs"].as_object_mut().unwrap().values_mut() {
        if definition.get("properties").is_some() {
            definition["unevaluatedProperties"] = false.into();
        }
    }
    jsonschema::options().should_validate_formats(true).build(&closed).unwrap()
}

fn check(validator: &Validator, value: &Value) {
    let problems: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(problems.is_empty(), "{value}\n{}", problems.join("\n"));
}

async fn the_schemas_describe_live_crates_and_index_entries(shape: Shape) {
    let server = TestServer::start(shape);
    Shop::open(&server).await;
    let krate = load(&server, "crate.schema.json", "application/schema+json").await;
    let entry = load(&server, "index-entry.schema.json", "application/schema+json").await;
    let (krates, entries) = (compile(&krate), compile(&entry));
    check(&krates, &load(&server, "crate.sample.json", "application/json").await);
    check(&entries, &load(&server, "index-entry.sample.json", "application/json").await);

    let mut seen = BTreeSet::new();
    for name in ["tide-core", "tide-codec", "manifold", "silent"] {
        let found: Value = server.get(&format!("/api/v1/crates/{name}")).await.json().await.unwrap();
        check(&krates, &found["crate"]);
        let lines = server.index_lines(name).await;
        assert!(!lines.is_empty());
        for line in lines {
            check(&entries, &line);
            seen.extend(line.as_object().unwrap().keys().cloned());
        }
    }
    assert_eq!(seen, members(&entry), "every member was seen on some line");
    let list: Value = server.get("/api/v1/crates?q=tide").await.json().await.unwrap();
    for found in list["crates"].as_array().unwrap() {
        check(&krates, found);
        assert_eq!(found.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>(), members(&krate));
    }

    // A member too many, one too few, one of another kind.
    let sample = load(&server, "crate.sample.json", "application/json").await;
    for (member, value) in [("more", json!(1)), ("downloads", json!("many")), ("name", json!("1st"))] {
        let mut wrong = sample.clone();
        wrong[member] = value;
        assert!(!krates.is_valid(&wrong), "{member}");
    }
    let mut wrong = sample;
    wrong.as_object_mut().unwrap().remove("description");
    assert!(!krates.is_valid(&wrong));
}

#[tokio::test]
async fn everything_is_listed_and_every_member_has_a_term() {
    let server = TestServer::start(Shape::Small);
    let listed: Value = server.get("/schemas/").await.json().await.unwrap();
    let mut names = BTreeSet::new();
    for address in listed["schemas"].as_array().unwrap() {
        let address = address.as_str().unwrap();
        let name = address.strip_prefix(&format!("{}/schemas/", server.url)).unwrap();
        assert_eq!(server.http.get(address).send().await.unwrap().status(), 200, "{name}");
        names.insert(name.to_owned());
    }
    let expected = [
        "context.jsonld",
        "crate.sample.json",
        "crate.schema.json",
        "index-entry.sample.json",
        "index-entry.schema.json",
    ];
    assert_eq!(names, expected.map(str::to_owned).into());
    let context = load(&server, "context.jsonld", "application/ld+json").await;
    let terms = context["@context"].as_object().unwrap();
    let mut described = BTreeSet::new();
    for name in ["crate.schema.json", "index-entry.schema.json"] {
        let schema = load(&server, name, "application/schema+json").await;
        assert_eq!(schema["$id"], format!("{}/schemas/{name}", server.url));
        described.extend(members(&schema));
    }
    assert_eq!(terms.keys().cloned().collect::<BTreeSet<_>>(), described);
    for (member, term) in terms {
        let term: url::Url = term.as_str().unwrap().parse().unwrap();
        assert!(term.has_host(), "{member}");
    }
    let text = refusal(server.get("/schemas/none.json").await, 404).await;
    assert!(text.contains("`none.json`") && text.contains("/schemas/"), "{text}");
}
