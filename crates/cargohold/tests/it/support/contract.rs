//! Judges answers by an `OpenAPI` document: ours, or the one this project began with.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use jsonschema::Validator;
use reqwest::Response;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Map, Value};
use yaml_rust2::{Yaml, YamlLoader};

/// The methods an `OpenAPI` document can describe and ours does.
pub(crate) const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

/// A document, and what its schemas became once they were needed.
pub(crate) struct Contract {
    document: Value,
    /// The document this project began with was written by hand, before the contract, and promises less.
    is_seed: bool,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// What was asked, and what came back.
#[derive(Clone)]
pub(crate) struct Exchange {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Exchange {
    pub(crate) async fn of(method: &str, path: &str, answer: Response) -> Self {
        let content_type = answer.headers().get(CONTENT_TYPE).map(|value| value.to_str().unwrap().to_owned());
        let (method, path) = (method.to_lowercase(), path.split('?').next().unwrap().to_owned());
        let status = answer.status().as_u16();
        Self { method, path, status, content_type, body: answer.bytes().await.unwrap().to_vec() }
    }

    /// The body; `null` if there is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl Contract {
    /// Our own document. An answer may not have a member that its schema does not describe.
    pub(crate) fn ours(mut document: Value) -> Self {
        close(&mut document, false);
        Self { document, is_seed: false, validators: Mutex::default() }
    }

    /// The document this project began with. Where it calls a member a text, the contract asks for a text or null; so there,
    /// a member that is null counts as absent.
    pub(crate) fn seed() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/spec/seed-openapi.yml");
        let text = std::fs::read_to_string(path).unwrap();
        let document = YamlLoader::load_from_str(&text).unwrap().remove(0);
        Self { document: to_json(&document), is_seed: true, validators: Mutex::default() }
    }

    pub(crate) fn document(&self) -> &Value {
        &self.document
    }

    /// Every operation as its method and path.
    pub(crate) fn operations(&self) -> Vec<(String, String)> {
        let paths = self.document["paths"].as_object().unwrap();
        let methods = |methods: &Value| METHODS.into_iter().filter(|method| methods.get(method).is_some()).collect();
        let of_path = |(path, item): (&String, &Value)| {
            let methods: Vec<&str> = methods(item);
            methods.into_iter().map(|method| (method.to_owned(), path.clone())).collect::<Vec<_>>()
        };
        paths.iter().flat_map(of_path).collect()
    }

    /// The path of the document that an address belongs to: a literal segment beats a parameter.
    pub(crate) fn template(&self, path: &str) -> Option<&str> {
        let fits = |template: &&String| {
            let (mut asked, mut known) = (path.split('/'), template.split('/'));
            loop {
                match (asked.next(), known.next()) {
                    (None, None) => return true,
                    (Some(asked), Some(known)) if asked == known || known.starts_with('{') => {}
                    _ => return false,
                }
            }
        };
        let fitting = self.document["paths"].as_object().unwrap().keys().filter(fits);
        fitting.min_by_key(|template| template.matches('{').count()).map(String::as_str)
    }

    /// Judges an answer. `None` if the document does not speak of it, which ours may only do of paths it does not have.
    pub(crate) fn judge(&self, exchange: &Exchange) -> Option<Result<(), String>> {
        let template = self.template(&exchange.path)?;
        let operation = &self.document["paths"][template][&exchange.method];
        if operation.is_null() {
            return (!self.is_seed)
                .then(|| if exchange.status == 405 { Ok(()) } else { Err("no such operation".to_owned()) });
        }
        let escaped = template.replace('~', "~0").replace('/', "~1");
        let status = exchange.status.to_string();
        let known = &operation["responses"];
        let pointer = match &known[&status] {
            Value::Null if self.is_seed && exchange.status >= 400 => "/components/responses/Error".to_owned(),
            Value::Null if self.is_seed => return None,
            Value::Null if exchange.status == 401 => format!("/paths/{escaped}/{}/responses/4XX", exchange.method),
            Value::Null => return Some(Err(format!("the status {status} is not described"))),
            response => match response["$ref"].as_str() {
                Some(reference) => reference.trim_start_matches('#').to_owned(),
                None => format!("/paths/{escaped}/{}/responses/{status}", exchange.method),
            },
        };
        Some(self.judge_as(exchange, &pointer))
    }

    fn judge_as(&self, exchange: &Exchange, pointer: &str) -> Result<(), String> {
        let response = self.document.pointer(pointer).ok_or_else(|| format!("there is no {pointer}"))?;
        let Some(content) = response.get("content") else {
            let is_empty = exchange.body.is_empty() && exchange.content_type.is_none();
            return is_empty.then_some(()).ok_or_else(|| "there should be no body".to_owned());
        };
        let content_type = exchange.content_type.as_deref().unwrap_or_default();
        if content.get(content_type).is_none() {
            return Err(format!("the content type {content_type:?} is not described"));
        }
        let mut value: Value = serde_json::from_slice(&exchange.body).map_err(|error| error.to_string())?;
        if self.is_seed {
            drop_nulls(&mut value);
        }
        let schema = format!("{pointer}/content/{}/schema", content_type.replace('/', "~1"));
        let problems = self.problems(&schema, &value);
        if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
    }

    /// Why a value is not as the schema at this place of the document says.
    pub(crate) fn problems(&self, pointer: &str, value: &Value) -> Vec<String> {
        let validator = {
            let mut validators = self.validators.lock().unwrap();
            validators.entry(pointer.to_owned()).or_insert_with(|| Arc::new(self.compile(pointer))).clone()
        };
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    /// A schema alone, with all it may refer to beside it.
    fn compile(&self, pointer: &str) -> Validator {
        let mut schema = self.document.pointer(pointer).unwrap().clone();
        schema["components"] = self.document["components"].clone();
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
        jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
    }
}

/// Forbids, wherever the document refers to a schema, members that this schema does not describe. A part of an `allOf`
/// describes only some of the members, so there the whole is closed and not its parts.
fn close(value: &mut Value, is_part: bool) {
    match value {
        Value::Object(map) => {
            if map.get("$ref").and_then(Value::as_str).is_some_and(|to| to.starts_with("#/components/schemas/"))
                && !is_part
            {
                map.insert("unevaluatedProperties".to_owned(), false.into());
            }
            map.iter_mut().for_each(|(key, value)| match value {
                Value::Array(parts) if key == "allOf" => parts.iter_mut().for_each(|part| close(part, true)),
                value => close(value, false),
            });
        }
        Value::Array(values) => values.iter_mut().for_each(|value| close(value, false)),
        _ => {}
    }
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(values) => values.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

fn to_json(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Hash(hash) => {
            let pairs = hash.iter().map(|(key, value)| (key.as_str().unwrap().to_owned(), to_json(value)));
            pairs.collect::<Map<_, _>>().into()
        }
        Yaml::Array(values) => values.iter().map(to_json).collect(),
        Yaml::String(text) => text.as_str().into(),
        Yaml::Integer(number) => (*number).into(),
        Yaml::Boolean(is_so) => (*is_so).into(),
        Yaml::Null => Value::Null,
        other => panic!("no JSON can say {other:?}"),
    }
}
