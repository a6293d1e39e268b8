//! Which categories a manifest may name (contract, appendix B).

use std::collections::BTreeSet;

/// Splits what a manifest names into slugs that exist and texts that do not, the latter in manifest order.
pub(super) fn split(named: &[String]) -> (BTreeSet<String>, Vec<String>) {
    let known: BTreeSet<&str> = crate::categories::all().map(|(slug, ..)| slug).collect();
    let (known, unknown): (Vec<_>, Vec<_>) = named.iter().cloned().partition(|slug| known.contains(slug.as_str()));
    (known.into_iter().collect(), unknown)
}
