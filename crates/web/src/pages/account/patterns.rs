//! What the crate patterns of a token mean, in words.

use cargohold_registry::CratePattern;

/// A pattern and what it covers, or what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Explained {
    /// The pattern as it was typed.
    pub(super) pattern: String,
    /// The words. `site.js` says the same while somebody types.
    pub(super) words: String,
    /// Whether it is a pattern at all.
    pub(super) is_good: bool,
}

/// The patterns in a text, one a line; blanks around them do not count.
pub(super) fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

impl Explained {
    pub(super) fn of(pattern: &str) -> Self {
        let (words, is_good) = match pattern.parse() {
            Ok(CratePattern::All) => ("all crates".to_owned(), true),
            Ok(CratePattern::Prefix(prefix)) => (format!("all crates whose names begin with {prefix}"), true),
            Ok(CratePattern::Name(name)) => (format!("the crate {name} and no other"), true),
            Err(_) => ("no pattern; use a crate name, prefix* or *".to_owned(), false),
        };
        Self { pattern: pattern.to_owned(), words, is_good }
    }
}

#[cfg(test)]
mod tests;
