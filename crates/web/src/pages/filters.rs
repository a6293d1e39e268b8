//! How pages write numbers, sizes and instants.
#![expect(
    unreachable_pub,
    clippy::inline_always,
    clippy::trivially_copy_pass_by_ref,
    clippy::unnecessary_wraps,
    clippy::unused_self,
    reason = "askama says what a filter is like"
)]

use askama::Values;
use cargohold_protocol::Timestamp;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What is escaped in a path: everything that has a meaning in addresses, but not `/`.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'\\');

/// What is escaped in one part of a path.
const SEGMENT: &AsciiSet = &PATH.add(b'/');

/// A number with narrow blanks between thousands, as `1 234 567`.
#[askama::filter_fn]
pub(super) fn number(value: impl std::fmt::Display, _: &dyn Values) -> askama::Result<String> {
    Ok(group(&value.to_string()))
}

/// So many of something, as `1 download` and `2 downloads`.
#[askama::filter_fn]
pub(super) fn count(value: impl std::fmt::Display, _: &dyn Values, noun: &str) -> askama::Result<String> {
    let number = value.to_string();
    let end = if number == "1" { "" } else { "s" };
    Ok(format!("{} {noun}{end}", group(&number)))
}

/// A size in bytes, as `12.3 KiB`.
#[askama::filter_fn]
pub(super) fn size(value: &i64, _: &dyn Values) -> askama::Result<String> {
    Ok(bytes(*value))
}

/// The day of an instant, as `2026-11-23`.
#[askama::filter_fn]
pub(super) fn day(value: &Timestamp, _: &dyn Values) -> askama::Result<String> {
    Ok(value.to_string().chars().take(10).collect())
}

/// An instant to the minute, as `2026-11-23 11:34 UTC`.
#[askama::filter_fn]
pub(super) fn minute(value: &Timestamp, _: &dyn Values) -> askama::Result<String> {
    let text = value.to_string();
    Ok(format!("{} {} UTC", text.get(..10).unwrap_or_default(), text.get(11..16).unwrap_or_default()))
}

/// A path of files as it stands in an address.
#[askama::filter_fn]
pub(super) fn path(value: &str, _: &dyn Values) -> askama::Result<String> {
    Ok(escape_path(value))
}

/// A path as it stands in an address.
pub(super) fn escape_path(value: &str) -> String {
    utf8_percent_encode(value, PATH).to_string()
}

/// One part of a path as it stands in an address.
#[askama::filter_fn]
pub(super) fn segment(value: &str, _: &dyn Values) -> askama::Result<String> {
    Ok(path_segment(value))
}

/// A value in the query of an address.
#[askama::filter_fn]
pub(super) fn query(value: &str, _: &dyn Values) -> askama::Result<String> {
    Ok(form_urlencoded::byte_serialize(value.as_bytes()).collect())
}

/// One part of a path as it stands in an address.
pub(super) fn path_segment(value: &str) -> String {
    utf8_percent_encode(value, SEGMENT).to_string()
}

/// Groups the digits of a number in threes.
pub(super) fn group(digits: &str) -> String {
    let mut grouped = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && digit.is_ascii_digit() {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// A size in the largest unit that leaves at least one.
pub(super) fn bytes(value: i64) -> String {
    let mut tenths = value.max(0).saturating_mul(10);
    let mut unit = "B";
    for larger in ["KiB", "MiB", "GiB", "TiB"] {
        if tenths < 10_240 {
            break;
        }
        (tenths, unit) = ((tenths + 512) / 1024, larger);
    }
    match (unit, tenths % 10) {
        ("B", _) | (_, 0) => format!("{} {unit}", tenths / 10),
        (_, tenth) => format!("{}.{tenth} {unit}", tenths / 10),
    }
}

#[cfg(test)]
mod tests;
