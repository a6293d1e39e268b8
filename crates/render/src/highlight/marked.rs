//! Runs a grammar over a text, line by line, and says which parts of a line are what.

use syntect::parsing::{BasicScopeStackOp, ParseState, ScopeStack, ScopeStackOp, SyntaxReference};

use super::classes::{Says, says};
use super::grammars::GRAMMARS;

/// What may be spent on one text, or on all code of a readme: a few seconds at worst, and 100 to
/// 200 KiB of common code.
pub(super) const MAX_WORK: usize = 16 * 1024 * 1024;

/// What a byte costs besides what its line makes it cost.
const BYTE_WORK: usize = 54;

/// In a longer line the worst of grammars look through what is behind each byte.
const SHORT_BYTES: usize = 24;

/// A text whose scopes are nested more deeply is not code that anybody reads.
const MAX_DEPTH: usize = 500;

/// A part of a line, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) class: &'static str,
}

/// Marks the lines of one text.
pub(super) struct Marker {
    state: ParseState,
    scopes: ScopeStack,
    /// What counts for text at each depth of the scopes.
    classes: Vec<Option<&'static str>>,
    /// What may still be spent.
    work_left: usize,
    /// Whether the rest stays unmarked.
    has_stopped: bool,
}

impl Marker {
    /// A marker that may spend so much of [`MAX_WORK`].
    pub(super) fn new(grammar: &SyntaxReference, work_left: usize) -> Self {
        Self {
            state: ParseState::new(grammar),
            scopes: ScopeStack::new(),
            classes: Vec::new(),
            work_left,
            has_stopped: false,
        }
    }

    /// What was not spent.
    pub(super) fn work_left(&self) -> usize {
        self.work_left
    }

    /// The marked parts of the next line, in order. The line still has its ending.
    pub(super) fn mark(&mut self, line: &str) -> Vec<Run> {
        // At worst every byte is a token, and each makes the grammar look through the whole line once more.
        if self.has_stopped || line.len() * (BYTE_WORK + line.len()) > self.work_left {
            self.has_stopped = true;
            return Vec::new();
        }
        let Ok(ops) = self.state.parse_line(line, &GRAMMARS) else {
            self.has_stopped = true;
            return Vec::new();
        };
        let spent = line.len() * (BYTE_WORK + line.len().saturating_sub(SHORT_BYTES) * 2 + ops.len());
        self.work_left = self.work_left.saturating_sub(spent);
        let mut runs = Vec::new();
        let mut done = 0;
        for (at, op) in &ops {
            self.add(&mut runs, done, *at);
            done = done.max(*at);
            self.apply(op);
        }
        self.add(&mut runs, done, line.len());
        runs
    }

    /// Marks what lies between two operations; a run that goes on is made longer.
    fn add(&self, runs: &mut Vec<Run>, start: usize, end: usize) {
        let Some(class) = self.classes.last().copied().flatten() else { return };
        match runs.last_mut() {
            _ if start >= end => {}
            Some(last) if last.end == start && last.class == class => last.end = end,
            _ => runs.push(Run { start, end, class }),
        }
    }

    fn apply(&mut self, op: &ScopeStackOp) {
        let classes = &mut self.classes;
        let applied = self.scopes.apply_with_hook(op, |op, _| match op {
            BasicScopeStackOp::Pop => _ = classes.pop(),
            BasicScopeStackOp::Push(scope) => classes.push(match says(scope) {
                Some(Says::Class(class)) => Some(class),
                Some(Says::Plain) => None,
                None => classes.last().copied().flatten(),
            }),
        });
        self.has_stopped |= applied.is_err() || classes.len() > MAX_DEPTH;
    }
}
