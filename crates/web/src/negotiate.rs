//! Reads the request headers by which a client says what it can take and what it has.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_ENCODING, IF_NONE_MATCH};
use cargohold_registry::Coding;

/// The best coding the client lists: by its q-values, then by how small it makes an index file. Never an unlisted one.
pub(crate) fn coding(headers: &HeaderMap) -> Coding {
    let mut best = (0.0, Coding::Identity);
    for value in headers.get_all(ACCEPT_ENCODING) {
        for item in value.to_str().unwrap_or_default().split(',') {
            let (name, quality) = item.split_once(';').unwrap_or((item, ""));
            let quality = quality.trim().strip_prefix("q=").map_or(1.0, |q| q.trim().parse().unwrap_or(0.0));
            let Some(coding) = known(name.trim()) else { continue };
            let is_better = quality > best.0 || (quality >= best.0 && rank(coding) > rank(best.1));
            if quality > 0.0 && is_better {
                best = (quality, coding);
            }
        }
    }
    best.1
}

fn known(name: &str) -> Option<Coding> {
    match name.to_ascii_lowercase().as_str() {
        "zstd" | "*" => Some(Coding::Zstd),
        "br" => Some(Coding::Brotli),
        "gzip" | "x-gzip" => Some(Coding::Gzip),
        _ => None,
    }
}

/// The name of a coding in `Content-Encoding`.
pub(crate) const fn coding_name(coding: Coding) -> Option<&'static str> {
    match coding {
        Coding::Identity => None,
        Coding::Gzip => Some("gzip"),
        Coding::Brotli => Some("br"),
        Coding::Zstd => Some("zstd"),
    }
}

const fn rank(coding: Coding) -> u8 {
    match coding {
        Coding::Identity => 0,
        Coding::Gzip => 1,
        Coding::Brotli => 2,
        Coding::Zstd => 3,
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
