//! `/schemas/…`: JSON Schemas of a crate and of an index entry, a JSON-LD context and samples, made from the very types that the
//! API and the index are made of.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use cargohold_protocol::api::{self, CrateLinks};
use cargohold_protocol::{Cksum, CrateName, DependencyKind, IndexDependency, IndexEntry, Timestamp, Version};
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};

use crate::app::App;
use crate::error::envelope;
use crate::extract::PathText;

const SCHEMA: &str = "application/schema+json";
const CONTEXT: &str = "application/ld+json";
const SAMPLE: &str = "application/json";

/// What a crate's members are called in the vocabulary that search engines know.
const TERMS: [(&str, &str); 9] = [
    ("name", "https://schema.org/name"),
    ("description", "https://schema.org/description"),
    ("homepage", "https://schema.org/url"),
    ("documentation", "https://schema.org/softwareHelp"),
    ("repository", "https://schema.org/codeRepository"),
    ("keywords", "https://schema.org/keywords"),
    ("created_at", "https://schema.org/dateCreated"),
    ("updated_at", "https://schema.org/dateModified"),
    ("max_version", "https://schema.org/softwareVersion"),
];

/// Lists what there is.
pub(crate) async fn list(State(app): State<App>) -> Response {
    let base = app.base_url();
    let names = [
        "crate.schema.json",
        "index-entry.schema.json",
        "context.jsonld",
        "crate.sample.json",
        "index-entry.sample.json",
    ];
    let addresses: Vec<String> = names.iter().map(|name| format!("{base}/schemas/{name}")).collect();
    answer(SAMPLE, &json!({ "schemas": addresses }))
}

/// One of them.
pub(crate) async fn file(State(app): State<App>, PathText(name): PathText) -> Response {
    let id = format!("{}/schemas/{name}", app.base_url());
    match name.as_str() {
        "crate.schema.json" => answer(SCHEMA, &schema("Crate", &id, &app.documents.schemas)),
        "index-entry.schema.json" => answer(SCHEMA, &schema("IndexEntry", &id, &index_schemas())),
        "context.jsonld" => answer(CONTEXT, &context(app.base_url(), &app.documents.schemas)),
        "crate.sample.json" => answer(SAMPLE, &serde_json::to_value(sample_crate()).unwrap_or_default()),
        "index-entry.sample.json" => answer(SAMPLE, &serde_json::to_value(sample_entry()).unwrap_or_default()),
        _ => {
            let text = format!("there is no schema `{name}`; see `/schemas/` for all");
            envelope(axum::http::StatusCode::NOT_FOUND, text)
        }
    }
}

fn answer(content_type: &'static str, value: &Value) -> Response {
    ([(CONTENT_TYPE, content_type)], serde_json::to_vec_pretty(value).unwrap_or_default()).into_response()
}

/// The schemas of the index, which the API does not show.
fn index_schemas() -> Map<String, Value> {
    let mut schemas = vec![(IndexEntry::name().into_owned(), IndexEntry::schema())];
    IndexEntry::schemas(&mut schemas);
    let to_json = |(name, schema)| {
        (name, serde_json::to_value::<utoipa::openapi::RefOr<utoipa::openapi::Schema>>(schema).unwrap_or_default())
    };
    schemas.into_iter().map(to_json).collect()
}

/// The schema of one object, with those it refers to inside it.
fn schema(of: &str, id: &str, all: &Map<String, Value>) -> Value {
    let mut definitions = Map::new();
    let mut schema = all.get(of).cloned().unwrap_or_default();
    inline(&mut schema, all, &mut definitions);
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["$id"] = id.into();
    schema["title"] = of.into();
    schema["$defs"] = definitions.into();
    schema
}

/// Turns references into the document to references within the schema, and collects what they refer to.
fn inline(value: &mut Value, all: &Map<String, Value>, definitions: &mut Map<String, Value>) {
    match value {
        Value::Object(map) => {
            if let Some(name) = map.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next()) {
                let name = name.to_owned();
                map.insert("$ref".to_owned(), format!("#/$defs/{name}").into());
                if let Some(found) = all.get(&name).filter(|_| !definitions.contains_key(&name)) {
                    let mut found = found.clone();
                    definitions.insert(name.clone(), Value::Null);
                    inline(&mut found, all, definitions);
                    definitions.insert(name, found);
                }
            }
            map.values_mut().for_each(|value| inline(value, all, definitions));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| inline(value, all, definitions)),
        _ => {}
    }
}

/// What the members of a crate and of an index entry mean, for readers of linked data.
fn context(base_url: &str, schemas: &Map<String, Value>) -> Value {
    let index = index_schemas();
    let members = |schema: Option<&Value>| schema.and_then(|schema| schema["properties"].as_object()).cloned();
    let members = members(schemas.get("Crate")).into_iter().chain(members(index.get("IndexEntry"))).flatten();
    let term = |name: &str| {
        let known = TERMS.iter().find(|(member, _)| *member == name).map(|(_, term)| (*term).to_owned());
        known.unwrap_or_else(|| format!("{base_url}/schemas/#{name}"))
    };
    let terms: Map<String, Value> = members.map(|(name, _)| (name.clone(), term(&name).into())).collect();
    json!({ "@context": terms })
}

/// A crate such as the API shows in lists.
fn sample_crate() -> Option<api::Crate> {
    let name: CrateName = "example".parse().ok()?;
    let published: Timestamp = "2026-01-31T12:00:00Z".parse().ok()?;
    Some(api::Crate {
        id: name.clone(),
        links: CrateLinks::of(&name),
        name,
        updated_at: published,
        versions: None,
        keywords: None,
        categories: None,
        badges: [],
        created_at: published,
        downloads: 1234,
        recent_downloads: Some(567),
        default_version: Some("1.2.3".to_owned()),
        num_versions: 7,
        yanked: false,
        max_version: "1.3.0-beta.1".to_owned(),
        newest_version: "1.2.3".to_owned(),
        max_stable_version: Some("1.2.3".to_owned()),
        description: Some("Shows what a crate looks like".to_owned()),
        homepage: None,
        documentation: None,
        repository: Some("https://git.example.org/example".to_owned()),
        exact_match: false,
        trustpub_only: false,
    })
}

/// An index entry such as a line of the index is made of.
fn sample_entry() -> Option<IndexEntry> {
    let dependency = IndexDependency {
        name: "alias".to_owned(),
        req: "^1.0".to_owned(),
        features: vec!["std".to_owned()],
        optional: true,
        default_features: false,
        target: None,
        kind: DependencyKind::Normal,
        registry: None,
        package: Some("other-example".to_owned()),
    };
    Some(IndexEntry {
        name: "example".parse().ok()?,
        vers: "1.2.3".parse::<Version>().ok()?,
        deps: vec![dependency],
        cksum: Cksum::from_bytes([0xab; 32]),
        features: std::iter::once(("default".to_owned(), Vec::new())).collect(),
        features2: std::iter::once(("extra".to_owned(), vec!["dep:alias".to_owned()])).collect(),
        yanked: false,
        links: None,
        rust_version: Some("1.85".to_owned()),
        pubtime: Some("2026-01-31T12:00:00Z".to_owned()),
        v: Some(2),
    })
}
