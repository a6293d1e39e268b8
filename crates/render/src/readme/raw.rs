//! Raw HTML in Markdown, made harmless to parse.
//!
//! Each piece is rewritten so that a parser of HTML is between tags where it begins and where it ends: nothing that
//! follows, written by the Markdown renderer, can be swallowed by a tag, a comment or a script that was left open.

/// Elements whose tags are shown as text: what is in them is not HTML, or would be run (GFM, section 6.11).
const SHOWN: [&str; 10] =
    ["iframe", "noembed", "noframes", "noscript", "plaintext", "script", "style", "textarea", "title", "xmp"];

/// The longest accepted tag, in bytes: parsers of HTML compare each attribute with all in front of it.
const MAX_TAG_BYTES: usize = 4096;

/// The piece without comments, overlong tags and what only looks like a tag.
pub(super) fn tame(piece: &str) -> String {
    let mut tamed = String::with_capacity(piece.len());
    let mut rest = piece;
    while let Some(at) = rest.find('<') {
        tamed.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = after_comment(comment);
            continue;
        }
        match tag_len(rest) {
            Some(len) if len > MAX_TAG_BYTES => rest = &rest[len..],
            Some(len) if !SHOWN.contains(&tag_name(rest).to_ascii_lowercase().as_str()) => {
                tamed.push_str(&rest[..len]);
                rest = &rest[len..];
            }
            _ => {
                tamed.push_str("&lt;");
                rest = &rest[1..];
            }
        }
    }
    tamed.push_str(rest);
    tamed
}

/// What follows the comment whose text begins here; nothing if it never ends.
fn after_comment(text: &str) -> &str {
    text.find("-->").map_or("", |end| &text[end + "-->".len()..])
}

/// The name in a tag.
fn tag_name(tag: &str) -> &str {
    let name = tag.trim_start_matches(['<', '/']);
    name.split(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).next().unwrap_or(name)
}

/// How long the tag at the beginning is; `None` if there is none, or none that ends. The states are those of the
/// tokenisation in the HTML standard (section 13.2.5), so that its parsers agree.
fn tag_len(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let name_at = if bytes.get(1) == Some(&b'/') { 2 } else { 1 };
    if !bytes.get(name_at)?.is_ascii_alphabetic() {
        return None;
    }
    let mut state = State::Name;
    for (at, byte) in bytes.iter().enumerate().skip(name_at) {
        state = match (state, byte) {
            (State::Quoted(quote), byte) if *byte == quote => State::Between,
            (State::Quoted(quote), _) => State::Quoted(quote),
            (_, b'>') => return Some(at + 1),
            (State::BeforeValue, b'"' | b'\'') => State::Quoted(*byte),
            (State::BeforeValue, byte) if byte.is_ascii_whitespace() => State::BeforeValue,
            (State::BeforeValue | State::Value, byte) if !byte.is_ascii_whitespace() => State::Value,
            (State::Name, byte) if !byte.is_ascii_whitespace() && *byte != b'/' => State::Name,
            (State::Attribute | State::AfterAttribute, b'=') => State::BeforeValue,
            (_, b'/') => State::Between,
            (State::Attribute | State::AfterAttribute, byte) if byte.is_ascii_whitespace() => State::AfterAttribute,
            (_, byte) if byte.is_ascii_whitespace() => State::Between,
            _ => State::Attribute,
        };
    }
    None
}

#[derive(Clone, Copy)]
enum State {
    /// In the name of the tag.
    Name,
    /// Where an attribute may begin. A `=` here is the first character of its name.
    Between,
    /// In the name of an attribute.
    Attribute,
    /// In the white space behind it.
    AfterAttribute,
    /// Behind its `=`.
    BeforeValue,
    /// In a value without quotation marks.
    Value,
    /// In a value within them.
    Quoted(u8),
}
