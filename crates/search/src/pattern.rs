//! A part of a name, as somebody typed it.

use crate::names;

/// A part of a canonical name in which `_` stands for any one character and `%` for any run of them.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    /// What is between the `%`.
    pieces: Vec<String>,
}

impl Pattern {
    /// Returns nothing for what no name can contain.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let text = names::canonical(text);
        let fits = text.len() <= names::MAX_CHARS;
        let is_name = text.chars().all(|char| char.is_ascii_alphanumeric() || char == '_' || char == '%');
        (fits && is_name).then(|| Self { pieces: text.split('%').map(str::to_owned).collect() })
    }

    /// The runs of three known characters of each piece, with their places in it.
    pub(crate) fn trigrams(&self) -> impl Iterator<Item = Vec<(usize, &str)>> {
        self.pieces.iter().map(|piece| names::trigrams(piece).filter(|(_, text)| !text.contains('_')).collect())
    }

    /// Whether every name that has the trigrams of the only piece in their places matches.
    pub(crate) fn is_its_trigrams(&self) -> bool {
        let [piece] = self.pieces.as_slice() else {
            return false;
        };
        let runs: Vec<&str> = piece.split('_').collect();
        let is_long = |run: Option<&&str>| run.is_some_and(|run| run.len() > 2);
        is_long(runs.first()) && is_long(runs.last()) && runs.iter().all(|run| run.is_empty() || run.len() > 2)
    }

    /// Whether the canonical name has this part.
    pub(crate) fn matches(&self, name: &[u8]) -> bool {
        let mut rest = name;
        self.pieces.iter().all(|piece| match behind(rest, piece.as_bytes()) {
            Some(behind) => {
                rest = behind;
                true
            }
            None => false,
        })
    }
}

/// What follows the first place in `name` where `piece` fits.
fn behind<'a>(name: &'a [u8], piece: &[u8]) -> Option<&'a [u8]> {
    if piece.is_empty() {
        return Some(name);
    }
    let fits = |part: &[u8]| part.iter().zip(piece).all(|(have, want)| *want == b'_' || have == want);
    let at = name.windows(piece.len()).position(fits)?;
    Some(&name[at + piece.len()..])
}
