use super::RebuildDocs;
use crate::pages::samples::{Sample, frame, sample};

pub(in crate::pages) fn samples() -> Vec<Sample> {
    let page = RebuildDocs { frame: frame(), krate: "tide".to_owned(), num: "1.0.0+build".to_owned() };
    vec![sample("rebuild_docs.html", &page)]
}
