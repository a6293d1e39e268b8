//! The difference between two texts, line by line, as hunks with three lines around each change.

use std::collections::HashMap;

use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices, group_diff_ops};

/// How many lines are shown around a change.
const CONTEXT: usize = 3;

/// How many pairs of lines may have to be compared to find the shortest difference. Beyond it, everything between the first and
/// the last change counts as replaced.
const MAX_PAIRS: u64 = 64 * 1024 * 1024;

/// What makes one text of another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// The places that differ, in order. Equal texts have none.
    pub hunks: Vec<Hunk>,
    /// How many lines are only in the new text.
    pub added: usize,
    /// How many lines are only in the old text.
    pub removed: usize,
}

/// Lines that follow each other, some of them changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// The number of its first line in the old text, from 1. Where it has none there, that of the line in front of it, as `diff -u` has it.
    pub old_start: usize,
    /// How many lines it has in the old text.
    pub old_lines: usize,
    /// The number of its first line in the new text, as `old_start`.
    pub new_start: usize,
    /// How many lines it has in the new text.
    pub new_lines: usize,
    /// The lines. Removed ones come before those added in their place.
    pub lines: Vec<Line>,
}

/// A line of a hunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// In which of the texts it is.
    pub kind: LineKind,
    /// Its number in the old text, from 1.
    pub old_no: Option<usize>,
    /// Its number in the new text, from 1.
    pub new_no: Option<usize>,
    /// The line without its `\n`.
    pub text: String,
    /// Whether it is the last one of its text and ends without `\n`.
    pub is_unended: bool,
}

/// In which of two texts a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// In both.
    Kept,
    /// In the old one.
    Removed,
    /// In the new one.
    Added,
}

/// How much may still be spent on the differences of several texts.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    pairs_left: u64,
}

impl Default for Effort {
    fn default() -> Self {
        Self { pairs_left: MAX_PAIRS }
    }
}

/// The difference between two texts. It takes a second at most, whatever the texts; it is the shortest unless they are large and hardly
/// alike.
#[must_use]
pub fn diff(old: &str, new: &str) -> Diff {
    diff_with(old, new, &mut Effort::default())
}

/// As [`diff`], with one bound for all texts that are compared with the same effort.
#[must_use]
pub fn diff_with(old: &str, new: &str, effort: &mut Effort) -> Diff {
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let new: Vec<&str> = new.split_inclusive('\n').collect();
    let ops = changes(&old, &new, effort);
    let hunks: Vec<Hunk> =
        group_diff_ops(ops, CONTEXT).iter().filter(|ops| !ops.is_empty()).map(|ops| hunk(ops, &old, &new)).collect();
    let count = |kind| hunks.iter().flat_map(|hunk| &hunk.lines).filter(|line| line.kind == kind).count();
    Diff { added: count(LineKind::Added), removed: count(LineKind::Removed), hunks }
}

/// What happens to the lines, with equal ones at both ends set aside first.
fn changes(old: &[&str], new: &[&str], effort: &mut Effort) -> Vec<DiffOp> {
    let equal = |pair: &(&&str, &&str)| pair.0 == pair.1;
    let start = old.iter().zip(new).take_while(equal).count();
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let end = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(equal).count();
    let (old_rest, new_rest) = (&old_rest[..old_rest.len() - end], &new_rest[..new_rest.len() - end]);
    let between = between(old_rest, new_rest, effort).into_iter().map(|op| moved(op, start));
    let head = (start > 0).then_some(DiffOp::Equal { old_index: 0, new_index: 0, len: start });
    let tail = (end > 0).then_some(DiffOp::Equal { old_index: old.len() - end, new_index: new.len() - end, len: end });
    head.into_iter().chain(between).chain(tail).collect()
}

fn between(old: &[&str], new: &[&str], effort: &mut Effort) -> Vec<DiffOp> {
    match (old.len(), new.len()) {
        (0, 0) => Vec::new(),
        (0, new_len) => vec![DiffOp::Insert { old_index: 0, new_index: 0, new_len }],
        (old_len, 0) => vec![DiffOp::Delete { old_index: 0, old_len, new_index: 0 }],
        (old_len, new_len) => {
            let pairs = (old_len as u64).saturating_mul(new_len as u64);
            let Some(left) = effort.pairs_left.checked_sub(pairs) else {
                return vec![DiffOp::Replace { old_index: 0, old_len, new_index: 0, new_len }];
            };
            effort.pairs_left = left;
            let (old, new) = numbered(old, new);
            capture_diff_slices(Algorithm::Myers, &old, &new)
        }
    }
}

/// Equal lines as equal numbers, so that comparing two of them never takes long.
fn numbered<'t>(old: &[&'t str], new: &[&'t str]) -> (Vec<usize>, Vec<usize>) {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut number = |line: &'t str| {
        let next = numbers.len();
        *numbers.entry(line).or_insert(next)
    };
    let old = old.iter().map(|line| number(line)).collect();
    (old, new.iter().map(|line| number(line)).collect())
}

/// The operation, so many lines later in both texts.
fn moved(op: DiffOp, by: usize) -> DiffOp {
    match op {
        DiffOp::Equal { old_index, new_index, len } => {
            DiffOp::Equal { old_index: old_index + by, new_index: new_index + by, len }
        }
        DiffOp::Delete { old_index, old_len, new_index } => {
            DiffOp::Delete { old_index: old_index + by, old_len, new_index: new_index + by }
        }
        DiffOp::Insert { old_index, new_index, new_len } => {
            DiffOp::Insert { old_index: old_index + by, new_index: new_index + by, new_len }
        }
        DiffOp::Replace { old_index, old_len, new_index, new_len } => {
            DiffOp::Replace { old_index: old_index + by, old_len, new_index: new_index + by, new_len }
        }
    }
}

fn hunk(ops: &[DiffOp], old: &[&str], new: &[&str]) -> Hunk {
    let mut lines = Vec::new();
    for op in ops {
        let (tag, old_range, new_range) = op.as_tag_tuple();
        if tag == DiffTag::Equal {
            let kept = old_range.zip(new_range);
            lines.extend(kept.map(|(from, to)| line(LineKind::Kept, Some(from), Some(to), old[from])));
        } else {
            lines.extend(old_range.map(|at| line(LineKind::Removed, Some(at), None, old[at])));
            lines.extend(new_range.map(|at| line(LineKind::Added, None, Some(at), new[at])));
        }
    }
    let (old_at, old_lines) = extent(ops.iter().map(DiffOp::old_range));
    let (new_at, new_lines) = extent(ops.iter().map(DiffOp::new_range));
    let number = |at: usize, lines: usize| at + usize::from(lines > 0);
    Hunk { old_start: number(old_at, old_lines), old_lines, new_start: number(new_at, new_lines), new_lines, lines }
}

/// Where ranges that follow each other begin, and how long they are together.
fn extent(mut ranges: impl Iterator<Item = std::ops::Range<usize>>) -> (usize, usize) {
    let first = ranges.next().unwrap_or_default();
    (first.start, first.len() + ranges.map(|range| range.len()).sum::<usize>())
}

fn line(kind: LineKind, old_at: Option<usize>, new_at: Option<usize>, text: &str) -> Line {
    Line {
        kind,
        old_no: old_at.map(|at| at + 1),
        new_no: new_at.map(|at| at + 1),
        text: text.strip_suffix('\n').unwrap_or(text).to_owned(),
        is_unended: !text.ends_with('\n'),
    }
}
