//! Filters with places to fill in.

use ldap3::{ldap_escape, parse_filter};

/// The filter with the values in their places, escaped after RFC 4515, section 3. What a value contains is never filled
/// in again.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filter = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        let (before, after) = rest.split_at(start);
        filter.push_str(before);
        let known = values.iter().find_map(|(place, value)| Some((after.strip_prefix(place)?, *value)));
        rest = if let Some((behind, value)) = known {
            filter.push_str(&ldap_escape(value));
            behind
        } else {
            filter.push('{');
            &after[1..]
        };
    }
    filter + rest
}

/// Whether it is a filter that depends on one of the places: one that does not would match everybody.
pub(super) fn is_usable(template: &str, places: &[&str]) -> bool {
    let values: Vec<(&str, &str)> = places.iter().map(|place| (*place, "x")).collect();
    places.iter().any(|place| template.contains(place)) && parse_filter(fill(template, &values)).is_ok()
}
