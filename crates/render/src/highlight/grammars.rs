//! Which grammar a file or a code block is read with.

use std::sync::LazyLock;

use syntect::parsing::{SyntaxReference, SyntaxSet};

/// All grammars. They are unpacked one by one, when first used.
pub(super) static GRAMMARS: LazyLock<SyntaxSet> = LazyLock::new(two_face::syntax::extra_newlines);

/// File names whose ending does not tell what they are, in lower case.
const FILE_NAMES: [(&str, &str); 5] = [
    ("cargo.lock", "toml"),
    ("cargo.toml.orig", "toml"),
    ("justfile", "makefile"),
    ("containerfile", "dockerfile"),
    (".cargo_vcs_info.json", "json"),
];

/// What code blocks call languages that the grammars call otherwise. What rustdoc knows of blocks is Rust.
const LANGUAGES: [(&str, &str); 14] = [
    ("compile_fail", "rs"),
    ("console", "sh"),
    ("edition2015", "rs"),
    ("edition2018", "rs"),
    ("edition2021", "rs"),
    ("edition2024", "rs"),
    ("ignore", "rs"),
    ("jsonc", "json"),
    ("no_run", "rs"),
    ("shell", "sh"),
    ("shell-session", "sh"),
    ("should_panic", "rs"),
    ("terminal", "sh"),
    ("zsh", "sh"),
];

/// The grammar of a file, by its name; `None` for plain text.
pub(super) fn grammar_of_file(path: &str) -> Option<&'static SyntaxReference> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let named = FILE_NAMES.iter().find(|(known, _)| *known == name).map(|(_, extension)| *extension);
    let named = named.or((extension == "in").then(|| inner_extension(&name)));
    match named {
        Some(extension) => find(extension),
        None => find(&name).or_else(|| find(extension)),
    }
}

/// `rs` of `version.rs.in`.
fn inner_extension(name: &str) -> &str {
    name.rsplit('.').nth(1).unwrap_or_default()
}

/// The grammar of a code block, by what it calls its language; `None` for plain text.
pub(super) fn grammar_of_language(language: &str) -> Option<&'static SyntaxReference> {
    let language = language.to_ascii_lowercase();
    let alias = LANGUAGES.iter().find(|(known, _)| *known == language).map(|(_, extension)| *extension);
    let known = || GRAMMARS.find_syntax_by_token(&language).filter(|grammar| !is_plain(grammar));
    match alias {
        Some(extension) => find(extension),
        None if language.is_empty() => None,
        None => known(),
    }
}

/// By an extension, which for the grammars may be a whole file name. They ignore ASCII case.
fn find(extension: &str) -> Option<&'static SyntaxReference> {
    let grammar = GRAMMARS.find_syntax_by_extension(extension).filter(|_| !extension.is_empty());
    grammar.filter(|grammar| !is_plain(grammar))
}

fn is_plain(grammar: &SyntaxReference) -> bool {
    grammar.name == "Plain Text"
}
