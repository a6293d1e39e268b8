//! Source code as HTML whose words are marked by what they are.
//!
//! A marked word is a `<span>` with one of these classes; everything else is plain text:
//!
//! | class | what it marks |
//! |---|---|
//! | `hk` | keywords, operators that are words, modifiers, primitive types |
//! | `hs` | strings and characters |
//! | `hc` | comments |
//! | `hn` | numbers, constants, escapes in strings |
//! | `ht` | types, traits and modules where they are named |
//! | `hf` | functions where they are named or called |
//! | `hm` | macros |
//! | `ha` | attributes, annotations, decorators |
//! | `hv` | keys of configuration files, tags of markup, headings |
//!
//! Grammars come from elsewhere and code from strangers, so what is spent on a text is bounded, and where the bound is
//! reached the rest is left unmarked.

mod blocks;
mod classes;
mod grammars;
mod marked;

use std::fmt::Write;

use syntect::parsing::SyntaxReference;

use crate::escape::{escape, escaped};

pub use self::blocks::readme;
use self::grammars::grammar_of_file;
use self::marked::{MAX_WORK, Marker, Run};

/// A longer text is not marked, in bytes.
const MAX_TEXT_BYTES: usize = 512 * 1024;

/// A text with a longer line is not marked, in bytes: such lines are written by machines, and grammars take quadratic time.
const MAX_LINE_BYTES: usize = 4 * 1024;

/// Every line of a source file as HTML that is complete in itself, without its line ending.
///
/// The grammar follows from the name of the file. The lines are those of [`str::lines`].
#[must_use]
pub fn lines(text: &str, path: &str) -> Vec<String> {
    match grammar_of_file(path).filter(|_| is_reasonable(text)) {
        Some(grammar) => marked_lines(text, grammar, &mut { MAX_WORK }),
        None => plain_lines(text),
    }
}

/// The same lines with nothing marked.
#[must_use]
pub fn plain_lines(text: &str) -> Vec<String> {
    text.lines().map(escaped).collect()
}

fn is_reasonable(text: &str) -> bool {
    text.len() <= MAX_TEXT_BYTES && text.lines().all(|line| line.len() <= MAX_LINE_BYTES)
}

/// The lines, marked as long as there is work left.
fn marked_lines(text: &str, grammar: &SyntaxReference, work_left: &mut usize) -> Vec<String> {
    let mut marker = Marker::new(grammar, *work_left);
    let line = |line: &str| {
        let runs = marker.mark(line);
        html(without_ending(line), &runs)
    };
    let lines = text.split_inclusive('\n').map(line).collect();
    *work_left = marker.work_left();
    lines
}

/// The line as [`str::lines`] has it.
fn without_ending(line: &str) -> &str {
    line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line))
}

/// The line with its marked runs, which are in order and may reach behind its end.
fn html(line: &str, runs: &[Run]) -> String {
    let mut html = String::with_capacity(line.len() + 32 * runs.len());
    let mut done = 0;
    for run in runs {
        let (start, end) = (run.start.clamp(done, line.len()), run.end.clamp(done, line.len()));
        // What a grammar calls a boundary may be none.
        let (Some(before), Some(marked)) = (line.get(done..start), line.get(start..end)) else { break };
        escape(before, &mut html);
        done = end;
        if !marked.is_empty() {
            _ = write!(html, "<span class=\"{}\">", run.class);
            escape(marked, &mut html);
            html.push_str("</span>");
        }
    }
    escape(&line[done..], &mut html);
    html
}
