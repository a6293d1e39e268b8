//! Counts lines of code and of comments, by language (contract §11.5).
//!
//! The library for this, tokei, was weighed and left out: it takes quadratic time on a long run of blank lines, recurses
//! as deep as code in doc comments in code goes, and brings fifty crates. Files come from strangers, so the counter
//! here reads each byte once, keeps no stack, and knows a line as tokei does: by how it begins.

mod languages;
mod scan;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Files below these are not counted, and as the contract has it, neither are those below `my_tests/`.
const EXCLUDED: [&str; 6] = ["benches/", "benchmark/", "examples/", "tests/", "test/", "testing/"];

/// How many lines a package has, by language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineCounts {
    languages: BTreeMap<String, LanguageLines>,
    total_code_lines: u64,
    total_comment_lines: u64,
}

/// The lines of one language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct LanguageLines {
    code_lines: u64,
    comment_lines: u64,
    files: u64,
}

impl LineCounts {
    /// Counts the lines of a file, unless it is a hidden file, a test or in no programming language.
    ///
    /// The path is the one in the package, without the leading `name-version/`.
    pub fn add(&mut self, path: &str, contents: &[u8]) {
        if is_excluded(path) {
            return;
        }
        let Some((name, syntax)) = path.rsplit_once('.').and_then(|(_, extension)| languages::find(extension)) else {
            return;
        };
        let lines = scan::count(contents, syntax);
        let language = self.languages.entry(name.to_owned()).or_default();
        language.files += 1;
        language.code_lines += lines.code;
        language.comment_lines += lines.comments;
        self.total_code_lines += lines.code;
        self.total_comment_lines += lines.comments;
    }
}

fn is_excluded(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let path = path.to_lowercase();
    name.starts_with('.') || EXCLUDED.iter().any(|folder| path.contains(folder))
}
