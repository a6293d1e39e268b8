//! The categories of crates.io (contract, appendix B).

use std::collections::BTreeSet;

/// All slugs, one a line.
const SLUGS: &str = include_str!("categories.txt");

/// Splits what a manifest names into slugs that exist and texts that do not, the latter in manifest order.
pub(super) fn split(named: &[String]) -> (BTreeSet<String>, Vec<String>) {
    let known: BTreeSet<&str> = SLUGS.lines().collect();
    let (known, unknown): (Vec<_>, Vec<_>) = named.iter().cloned().partition(|slug| known.contains(slug.as_str()));
    (known.into_iter().collect(), unknown)
}
