//! The elements and attributes that a readme may have. What is not named here is dropped.

use std::borrow::Cow;

use ammonia::{Builder, UrlRelative, UrlRelativeEvaluate};

use super::ID_PREFIX;
use super::links::Base;

const LINK_REL: &str = "nofollow noopener noreferrer";

/// Where a link may lead that is not relative.
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

/// What the alerts of Markdown and its footnotes are marked with.
const CLASSES: [(&str, &[&str]); 5] = [
    ("a", &["anchor", "footnote-backref"]),
    (
        "div",
        &[
            "markdown-alert",
            "markdown-alert-note",
            "markdown-alert-tip",
            "markdown-alert-important",
            "markdown-alert-warning",
            "markdown-alert-caution",
        ],
    ),
    ("p", &["markdown-alert-title"]),
    ("section", &["footnotes"]),
    ("sup", &["footnote-ref"]),
];

const ALIGNED: [&str; 9] = ["div", "h1", "h2", "h3", "h4", "h5", "h6", "img", "p"];

/// The HTML with nothing in it but what is allowed. Relative links lead below the base; without one they are dropped.
pub(super) fn sanitise(html: &str, base: Option<&Base>) -> String {
    let mut builder = Builder::default();
    builder
        .rm_tags(&["area", "map"])
        .add_tags(&["input", "section", "tfoot", "video"])
        .add_generic_attributes(&["id"])
        .add_tag_attributes("a", &["aria-label", "data-footnote-backref", "data-footnote-ref", "name"])
        .add_tag_attributes("code", &["class"])
        .add_tag_attributes("details", &["open"])
        .add_tag_attributes("input", &["checked"])
        .add_tag_attributes("ol", &["reversed", "type"])
        .add_tag_attributes("section", &["data-footnotes"])
        .add_tag_attributes("td", &["height", "valign", "width"])
        .add_tag_attributes("th", &["height", "valign", "width"])
        .add_tag_attributes("video", &["controls", "height", "loop", "muted", "src", "width"])
        .set_tag_attribute_value("input", "disabled", "")
        .set_tag_attribute_value("input", "type", "checkbox")
        .url_schemes(SCHEMES.into())
        .url_relative(UrlRelative::Custom(Box::new(Resolve(base))))
        .id_prefix(Some(ID_PREFIX))
        .attribute_filter(filter)
        .link_rel(Some(LINK_REL));
    for tag in ALIGNED {
        builder.add_tag_attributes(tag, &["align"]);
    }
    for (tag, classes) in CLASSES {
        builder.add_allowed_classes(tag, classes);
    }
    builder.clean(html).to_string()
}

struct Resolve<'b>(Option<&'b Base>);

impl<'b> UrlRelativeEvaluate<'b> for Resolve<'b> {
    fn evaluate<'l>(&self, link: &'l str) -> Option<Cow<'l, str>> {
        // A place in the readme itself.
        if link.starts_with('#') {
            return Some(link.into());
        }
        self.0?.resolve(link).map(|url| String::from(url).into())
    }
}

/// Changes or drops allowed attributes by their values.
fn filter<'v>(element: &str, attribute: &str, value: &'v str) -> Option<Cow<'v, str>> {
    match (element, attribute) {
        ("code", "class") => is_language(value).then_some(value.into()),
        ("a", "name") if !value.starts_with(ID_PREFIX) => Some(format!("{ID_PREFIX}{value}").into()),
        // Links to footnotes and back follow their ids.
        ("a", "href") if value.starts_with("#fn-") || value.starts_with("#fnref-") => {
            Some(format!("#{ID_PREFIX}{}", &value[1..]).into())
        }
        _ => Some(value.into()),
    }
}

/// Whether this is the one class that tells a highlighter the language.
fn is_language(class: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '#' | '.');
    class.strip_prefix("language-").is_some_and(|language| language.chars().all(is_plain))
}
