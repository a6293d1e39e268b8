//! Tells lines of code from lines of comments.

use super::languages::Syntax;

/// The lines of a file that are not blank.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lines {
    /// Lines with code, also those with a comment behind it.
    pub(super) code: u64,
    /// Lines with nothing but comments.
    pub(super) comments: u64,
}

/// Counts the lines of a file. Doc comments and what is embedded in a page are neither code nor comments; a blank line
/// within a comment or a text belongs to it.
pub(super) fn count(text: &[u8], syntax: &Syntax) -> Lines {
    let mut scanner = Scanner { syntax, begins: first_bytes(syntax), state: State::Plain };
    let mut lines = Lines::default();
    for (number, line) in text.strip_suffix(b"\n").unwrap_or(text).split(|byte| *byte == b'\n').enumerate() {
        let is_shebang = number == 0 && line.starts_with(b"#!") && !line.starts_with(b"#![");
        let kind = if is_shebang { Kind::Comment } else { scanner.read(line) };
        match kind {
            Kind::Code => lines.code += 1,
            Kind::Comment => lines.comments += 1,
            Kind::Neither => {}
        }
    }
    lines
}

enum Kind {
    Code,
    Comment,
    Neither,
}

/// What the end of a line lies in.
#[derive(Clone, Copy)]
enum State {
    Plain,
    /// A comment that may hold others of its kind.
    Comment {
        start: &'static str,
        end: &'static str,
        depth: usize,
    },
    Text {
        end: &'static str,
        is_raw: bool,
    },
    /// Another language in a page.
    Embedded {
        end: &'static str,
    },
}

struct Scanner<'s> {
    syntax: &'s Syntax,
    /// The bytes that something of the syntax begins with; all others are passed over.
    begins: [bool; 256],
    state: State,
}

impl Scanner<'_> {
    fn read(&mut self, line: &[u8]) -> Kind {
        let trimmed = line.trim_ascii();
        match self.state {
            State::Plain if trimmed.is_empty() => return Kind::Neither,
            State::Plain if starts_with_any(trimmed, self.syntax.docs) => return Kind::Neither,
            State::Embedded { end } if !trimmed.windows(end.len()).any(|part| part == end.as_bytes()) => {
                return Kind::Neither;
            }
            _ => {}
        }
        let begins_in = self.state;
        let mut at = 0;
        while at < trimmed.len() {
            let rest = &trimmed[at..];
            if !self.begins[usize::from(rest[0])] {
                at += 1;
                continue;
            }
            match self.step(rest) {
                Some(length) => at += length,
                None => break,
            }
        }
        self.kind_of(trimmed, begins_in)
    }

    /// Takes the next token and answers its length; `None` when the rest of the line is a comment.
    fn step(&mut self, rest: &[u8]) -> Option<usize> {
        let starts = |token: &str| rest.starts_with(token.as_bytes());
        match self.state {
            State::Text { end, .. } | State::Embedded { end } if starts(end) => {
                self.state = State::Plain;
                Some(end.len())
            }
            State::Text { is_raw: false, .. } if starts("\\") => Some(2),
            State::Text { .. } | State::Embedded { .. } => Some(1),
            State::Comment { start, end, depth } => Some(self.step_in_comment(rest, start, end, depth)),
            State::Plain => self.step_in_code(rest),
        }
    }

    fn step_in_comment(&mut self, rest: &[u8], start: &'static str, end: &'static str, depth: usize) -> usize {
        if rest.starts_with(end.as_bytes()) {
            self.state = if depth == 0 { State::Plain } else { State::Comment { start, end, depth: depth - 1 } };
            return end.len();
        }
        if self.syntax.is_nested && rest.starts_with(start.as_bytes()) {
            self.state = State::Comment { start, end, depth: depth + 1 };
            return start.len();
        }
        1
    }

    fn step_in_code(&mut self, rest: &[u8]) -> Option<usize> {
        let starts = |token: &str| rest.starts_with(token.as_bytes());
        // A quotation mark behind a backslash or as a character begins no text.
        if starts("\\") {
            return Some(2);
        }
        if starts("'\"'") && !self.syntax.texts.iter().any(|(start, _)| *start == "'") {
            return Some(3);
        }
        for (texts, is_raw) in [(self.syntax.raw_texts, true), (self.syntax.texts, false)] {
            if let Some((start, end)) = texts.iter().find(|(start, _)| starts(start)) {
                self.state = State::Text { end, is_raw };
                return Some(start.len());
            }
        }
        if let Some((start, end)) = self.syntax.blocks.iter().find(|(start, _)| starts(start)) {
            self.state = State::Comment { start, end, depth: 0 };
            return Some(start.len());
        }
        if self.syntax.lines.iter().any(|token| starts(token)) {
            return None;
        }
        if let Some((start, end)) = self.syntax.embeds.iter().find(|(start, _)| starts(start)) {
            self.state = State::Embedded { end };
            return Some(start.len());
        }
        Some(1)
    }

    fn kind_of(&self, line: &[u8], begins_in: State) -> Kind {
        let is_block = |(start, end): &(&str, &str)| {
            line.starts_with(start.as_bytes())
                && line.ends_with(end.as_bytes())
                && line.len() >= start.len() + end.len()
        };
        let is_comment = match self.state {
            State::Text { .. } | State::Embedded { .. } => false,
            _ if matches!(begins_in, State::Embedded { .. }) => false,
            State::Comment { start, .. } if line.starts_with(start.as_bytes()) => true,
            _ => {
                matches!(begins_in, State::Comment { .. })
                    || starts_with_any(line, self.syntax.lines)
                    || self.syntax.blocks.iter().any(is_block)
            }
        };
        if is_comment { Kind::Comment } else { Kind::Code }
    }
}

fn starts_with_any(line: &[u8], tokens: &[&str]) -> bool {
    tokens.iter().any(|token| line.starts_with(token.as_bytes()))
}

fn first_bytes(syntax: &Syntax) -> [bool; 256] {
    let pairs = [syntax.blocks, syntax.texts, syntax.raw_texts, syntax.embeds].into_iter().flatten();
    let tokens = pairs.flat_map(|(start, end)| [*start, *end]).chain(syntax.lines.iter().copied()).chain(["\\", "'"]);
    let mut begins = [false; 256];
    for token in tokens {
        begins[usize::from(token.as_bytes()[0])] = true;
    }
    begins
}
