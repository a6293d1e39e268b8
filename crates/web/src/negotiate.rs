//! Reads the request headers by which a client says what it can take and what it has.

use axum::http::header::{ACCEPT_ENCODING, Entry, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue};
use cargohold_registry::Coding;

/// The best coding the client lists: by its q-values, then by how small it makes an index file. Never an unlisted one. For
/// who prefers deflate, which nobody keeps, it is none: the layer around the API makes that.
pub(crate) fn coding(headers: &HeaderMap) -> Coding {
    let (mut best_quality, mut best) = (0.0, (0, Coding::Identity));
    for value in headers.get_all(ACCEPT_ENCODING) {
        for item in value.to_str().unwrap_or_default().split(',') {
            let (name, quality) = item.split_once(';').unwrap_or((item, ""));
            let quality = quality.trim().strip_prefix("q=").map_or(1.0, |q| q.trim().parse().unwrap_or(0.0));
            let Some(ranked) = known(name.trim()) else { continue };
            let is_better = quality > best_quality || (quality >= best_quality && ranked.0 > best.0);
            if quality > 0.0 && is_better {
                (best_quality, best) = (quality, ranked);
            }
        }
    }
    best.1
}

/// A coding, with the higher rank for the better one.
fn known(name: &str) -> Option<(u8, Coding)> {
    const KNOWN: [(&str, (u8, Coding)); 7] = [
        ("zstd", (4, Coding::Zstd)),
        ("*", (4, Coding::Zstd)),
        ("br", (3, Coding::Brotli)),
        ("gzip", (2, Coding::Gzip)),
        ("x-gzip", (2, Coding::Gzip)),
        ("deflate", (1, Coding::Identity)),
        ("identity", (0, Coding::Identity)),
    ];
    KNOWN.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).map(|(_, ranked)| *ranked)
}

/// Writes the best coding where the client lists any, for the layer that compresses does not know the sign for that.
pub(crate) fn spell_out_any(headers: &mut HeaderMap) {
    if let Entry::Occupied(mut listed) = headers.entry(ACCEPT_ENCODING) {
        for value in listed.iter_mut() {
            let spelled_out =
                value.to_str().ok().filter(|text| text.contains('*')).map(|text| text.replace('*', "zstd"));
            if let Some(spelled_out) = spelled_out.and_then(|text| HeaderValue::try_from(text).ok()) {
                *value = spelled_out;
            }
        }
    }
}

/// Whether `If-None-Match` names a tag for which `matches` holds, weak tags included (RFC 9110 §13.1.2); `None` if the
/// client has no such header.
pub(crate) fn none_match(headers: &HeaderMap, matches: impl Fn(&str) -> bool) -> Option<bool> {
    let mut values = headers.get_all(IF_NONE_MATCH).iter().peekable();
    values.peek()?;
    let names_it = |tag: &str| {
        let tag = tag.trim();
        tag == "*" || matches(tag.strip_prefix("W/").unwrap_or(tag))
    };
    Some(values.any(|value| value.to_str().is_ok_and(|tags| tags.split(',').any(names_it))))
}
