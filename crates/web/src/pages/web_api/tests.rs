use super::WebApi;
use crate::openapi::OperationView;
use crate::pages::samples::{Sample, frame, sample};

pub(in crate::pages) fn samples() -> Vec<Sample> {
    let operation = OperationView {
        id: "list_crates".to_owned(),
        method: "GET".to_owned(),
        path: "/api/v1/crates".to_owned(),
        summary: "Lists crates.".to_owned(),
        description: "In pages.".to_owned(),
        parameters: vec![("q".to_owned(), "query".to_owned(), "What to search for".to_owned())],
        answers: vec![("200".to_owned(), "CrateList".to_owned())],
        is_internal: true,
    };
    vec![sample("api.html", &WebApi { frame: frame(), operations: &[operation] })]
}
