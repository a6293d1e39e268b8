//! Fits a readme into a page: its headings go below the page's own, what scrolls can be reached with the keyboard, boxes say
//! what they are, and nothing is loaded from elsewhere. A link stands where a picture or a film was.

use std::fmt::Write;

/// The HTML of a readme as it stands in a page, with links in place of all films, and of all pictures but those whose address is
/// kept.
///
/// What it gets must have come from [`super::render`]: this makes nothing safe. A picture in a link becomes its text.
#[must_use]
pub fn embed(html: &str, is_kept: impl Fn(&str) -> bool) -> String {
    let mut page = String::with_capacity(html.len() + html.len() / 16);
    let mut rest = html;
    let mut links: usize = 0;
    while let Some(at) = rest.find('<') {
        let (before, from_tag) = rest.split_at(at);
        let (tag, behind) = from_tag.split_at(tag_len(from_tag));
        page.push_str(before);
        rest = behind;
        match name(tag) {
            "a" => links += 1,
            "/a" => links = links.saturating_sub(1),
            _ => {}
        }
        match name(tag) {
            "img" if !attribute(tag, "src").is_some_and(&is_kept) => stand_in(&mut page, tag, links),
            "video" => {
                stand_in(&mut page, tag, links);
                page.push_str("<span>");
            }
            "/video" => page.push_str("</span>"),
            name => fit(&mut page, tag, name),
        }
    }
    page.push_str(rest);
    page
}

/// Writes what stands for a picture or a film: nothing if it was nowhere and had no text. There are no links in links.
fn stand_in(page: &mut String, tag: &str, links: usize) {
    let kind = if name(tag) == "img" { "image" } else { "video" };
    let alt = attribute(tag, "alt").filter(|alt| !alt.trim().is_empty());
    let src = attribute(tag, "src");
    // In attributes, these two need not be escaped; in text they do.
    let text = alt.unwrap_or(kind).replace('<', "&lt;").replace('>', "&gt;");
    _ = match src.filter(|_| links == 0) {
        Some(src) => write!(page, "<a href=\"{src}\" rel=\"nofollow noopener noreferrer\">{text}</a>"),
        None if src.is_some() || alt.is_some() => write!(page, "<span>{text}</span>"),
        None => Ok(()),
    };
}

/// Writes any other tag, changed where a page wants it to be.
fn fit(page: &mut String, tag: &str, name: &str) {
    let lower = match name {
        "h1" | "/h1" => "2",
        "h2" | "/h2" => "3",
        "h3" | "/h3" => "4",
        "h4" | "/h4" => "5",
        "h5" | "/h5" => "6",
        _ => "",
    };
    let more = match name {
        "pre" => " tabindex=\"0\"",
        "img" if attribute(tag, "alt").is_none() => " alt=\"\"",
        "input" if attribute(tag, "checked").is_some() => " aria-label=\"done\"",
        "input" => " aria-label=\"to do\"",
        _ => "",
    };
    let (start, attributes) = tag.split_at("<".len() + name.len());
    let start = if lower.is_empty() { start } else { &start[..start.len() - 1] };
    _ = write!(page, "{start}{lower}{more}{attributes}");
}

/// How long the tag at the beginning is. A serialiser wrote it: all values stand in double quotation marks, and there are none
/// in the values.
fn tag_len(text: &str) -> usize {
    let mut is_quoted = false;
    let end = text.bytes().position(|byte| {
        is_quoted ^= byte == b'"';
        byte == b'>' && !is_quoted
    });
    end.map_or(text.len(), |end| end + 1)
}

/// The name in a tag, with the `/` of one that ends an element.
fn name(tag: &str) -> &str {
    let name = tag.strip_prefix('<').unwrap_or(tag);
    name.split([' ', '>']).next().unwrap_or(name)
}

/// The value of an attribute, as it is escaped.
fn attribute<'t>(tag: &'t str, wanted: &str) -> Option<&'t str> {
    let mut rest = tag.split_once(' ')?.1;
    loop {
        let (name, behind) = rest.split_once("=\"")?;
        let (value, behind) = behind.split_once('"')?;
        if name.trim_start() == wanted {
            return Some(value);
        }
        rest = behind;
    }
}
