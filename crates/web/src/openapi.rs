//! The `OpenAPI` document, made from the annotations of the handlers, and the page that shows it (contract §5.15).

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::params::Params;

/// The tag of operations that are not for the public.
const INTERNAL: &str = "internal";

/// What the groups of operations are about.
const TAGS: [(&str, &str); 11] = [
    ("crates", "Search, publish, show and change crates"),
    ("versions", "Show, download, yank and unyank versions"),
    ("owners", "List, invite and remove owners"),
    ("teams", "Show teams, and manage those of this registry"),
    ("keywords", "List keywords"),
    ("categories", "List categories"),
    ("users", "Show people, and what they change of themselves"),
    ("tokens", "Create, list and revoke API tokens"),
    ("trusted_publishing", "Let pipelines publish without a secret of their own"),
    ("site", "What this registry holds and runs"),
    (INTERNAL, "What only the web site does"),
];

/// The document, ready to send.
#[derive(Clone)]
pub(crate) struct Documents {
    public: Bytes,
    whole: Bytes,
    /// What the page shows.
    pub(crate) operations: Vec<OperationView>,
    /// The schemas of all objects, by name.
    pub(crate) schemas: Map<String, Value>,
}

impl Documents {
    /// Makes both documents from what the annotations say.
    pub(crate) fn new(generated: &utoipa::openapi::OpenApi, base_url: &str) -> Self {
        // A document of maps and texts always serialises.
        let mut whole = serde_json::to_value(generated).unwrap_or_default();
        complete(&mut whole, base_url);
        let mut public = whole.clone();
        for_each_operation(&mut public, |methods, method| {
            if methods[method]["tags"][0] == INTERNAL {
                methods.remove(method);
            }
        });
        if let Some(paths) = public["paths"].as_object_mut() {
            paths.retain(|_, methods| methods.as_object().is_some_and(|methods| !methods.is_empty()));
        }
        if let Some(tags) = public["tags"].as_array_mut() {
            tags.retain(|tag| tag["name"] != INTERNAL);
        }
        let schemas = whole["components"]["schemas"].as_object().cloned().unwrap_or_default();
        Self { operations: views(&whole), schemas, public: text(&public), whole: text(&whole) }
    }
}

fn text(document: &Value) -> Bytes {
    serde_json::to_vec(document).unwrap_or_default().into()
}

/// Adds what holds for all operations.
fn complete(document: &mut Value, base_url: &str) {
    document["info"] = json!({
        "title": "cargohold Web API",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "The web API of crates.io, served by cargohold. Every error is an envelope with one sentence in it.",
        "license": { "name": "MIT OR Apache-2.0" },
    });
    document["servers"] = json!([{ "url": base_url }]);
    document["tags"] =
        TAGS.iter().map(|(name, description)| json!({ "name": name, "description": description })).collect();
    document["components"]["securitySchemes"] = json!({
        "api_token": { "type": "apiKey", "in": "header", "name": "Authorization", "description": "A token, bare or after `Bearer`" },
        "trustpub_token": { "type": "http", "scheme": "bearer", "description": "The token of a pipeline, bare or after `Bearer`" },
        "session": { "type": "apiKey", "in": "cookie", "name": crate::api::session::COOKIE, "description": "A sign-in at the web site" },
    });
    let envelope = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Errors" } } });
    let other_errors = json!({
        "4XX": { "description": "The request was refused; the text says why", "content": envelope },
        "5XX": { "description": "The registry has a problem", "content": envelope },
    });
    for_each_operation(document, |methods, method| {
        if let (Some(responses), Some(more)) = (methods[method]["responses"].as_object_mut(), other_errors.as_object())
        {
            for (status, response) in more {
                responses.insert(status.clone(), response.clone());
            }
            let is_mute = |response: &&mut Value| response["description"].as_str().is_none_or(str::is_empty);
            for response in responses.values_mut().filter(is_mute) {
                response["description"] = "As described by its schema".into();
            }
        }
    });
}

fn for_each_operation(document: &mut Value, mut change: impl FnMut(&mut Map<String, Value>, &str)) {
    for methods in
        document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut)
    {
        for method in ["get", "put", "post", "patch", "delete"] {
            if methods.contains_key(method) {
                change(methods, method);
            }
        }
    }
}

/// `GET /api/openapi.json`: the public operations, or with `?internal` all of them.
pub(crate) async fn document(State(app): State<App>, params: Params) -> Response {
    let is_whole = params.has("internal");
    let document = if is_whole { &app.documents.whole } else { &app.documents.public };
    ([(CONTENT_TYPE, "application/json")], document.clone()).into_response()
}

/// One operation, as the page of the API shows it.
#[derive(Clone)]
pub(crate) struct OperationView {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) summary: String,
    pub(crate) description: String,
    pub(crate) parameters: Vec<(String, String, String)>,
    pub(crate) answers: Vec<(String, String)>,
    pub(crate) is_internal: bool,
}

fn views(document: &Value) -> Vec<OperationView> {
    let mut views = Vec::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            views.push(view(path, method, operation));
        }
    }
    views
}

fn view(path: &str, method: &str, operation: &Value) -> OperationView {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let parameter =
        |parameter: &Value| (text(&parameter["name"]), text(&parameter["in"]), text(&parameter["description"]));
    let answer = |(status, response): (&String, &Value)| {
        let schema = text(&response["content"]["application/json"]["schema"]["$ref"]);
        (status.clone(), schema.rsplit('/').next().unwrap_or_default().to_owned())
    };
    OperationView {
        id: text(&operation["operationId"]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(&operation["summary"]),
        description: text(&operation["description"]),
        parameters: operation["parameters"].as_array().into_iter().flatten().map(parameter).collect(),
        answers: operation["responses"].as_object().into_iter().flatten().map(answer).collect(),
        is_internal: operation["tags"][0] == INTERNAL,
    }
}
