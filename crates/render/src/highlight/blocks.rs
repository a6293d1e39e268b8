//! The code blocks of a readme.

use std::borrow::Cow;
use std::fmt::Write;

use super::grammars::grammar_of_language;
use super::marked::MAX_WORK;
use super::{is_reasonable, marked_lines, without_ending};

/// How a block with a language begins. A serialiser wrote it: in text `<` is escaped, in values of attributes `"` is.
const START: &str = "<pre><code class=\"language-";

/// The HTML of a sanitised readme with its code blocks marked, where their language is known. Everything else is as it was.
///
/// What it gets must have come from [`crate::readme::render`]: this makes nothing safe.
#[must_use]
pub fn readme(html: &str) -> String {
    let mut marked = String::with_capacity(html.len() * 2);
    let mut rest = html;
    let mut work_left = MAX_WORK;
    while let Some(at) = rest.find(START) {
        let (before, block) = rest.split_at(at + START.len());
        marked.push_str(before);
        rest = block;
        let Some((language, code)) = take_apart(block) else { continue };
        let Some(lines) = mark(language, code, &mut work_left) else { continue };
        _ = write!(marked, "{language}\">{lines}");
        rest = &block[language.len() + "\">".len() + code.len()..];
    }
    marked.push_str(rest);
    marked
}

/// The language and the text of a block that has nothing but text in it.
fn take_apart(block: &str) -> Option<(&str, &str)> {
    let (language, behind) = block.split_once("\">")?;
    let code = &behind[..behind.find('<')?];
    let is_whole = behind[code.len()..].starts_with("</code></pre>") && !language.contains(['<', '"']);
    is_whole.then_some((language, code))
}

fn mark(language: &str, code: &str, work_left: &mut usize) -> Option<String> {
    let grammar = grammar_of_language(language)?;
    let text = unescape(code)?;
    if !is_reasonable(&text) {
        return None;
    }
    let mut html = String::with_capacity(2 * code.len());
    let lines = marked_lines(&text, grammar, work_left);
    for (line, source) in lines.iter().zip(text.split_inclusive('\n')) {
        html.push_str(line);
        // Line endings stay what they are.
        html.push_str(&source[without_ending(source).len()..]);
    }
    Some(html)
}

/// The text that the serialiser wrote; `None` for what it does not write.
fn unescape(html: &str) -> Option<Cow<'_, str>> {
    const ENTITIES: [(&str, char); 6] =
        [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&#39;", '\''), ("&nbsp;", '\u{a0}')];
    if !html.contains('&') {
        return Some(html.into());
    }
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('&') {
        let (before, entity) = rest.split_at(at);
        text.push_str(before);
        let (escaped, c) = ENTITIES.iter().find(|(escaped, _)| entity.starts_with(escaped))?;
        text.push(*c);
        rest = &entity[escaped.len()..];
    }
    text.push_str(rest);
    Some(text.into())
}
